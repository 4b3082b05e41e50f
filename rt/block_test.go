package rt

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
)

func TestBlockIsLazy(t *testing.T) {
	j := &journal{}
	f := AsyncValue(func() (int, error) { j.log("runs"); return 7, errBoom })
	j.want(t)
	if v, err := Await(f); v != 7 || err != errBoom {
		t.Errorf("got %v, %v", v, err)
	}
	j.want(t, "runs")
	wantPanic(t, "rt: AsyncValue is passed to Await after it was passed to Await"+oneOwner, func() { Await(f) })
}

func TestBlockSuspendsWhereItAwaits(t *testing.T) {
	j, h := &journal{}, newHand()
	p := &probe{name: "p", j: j}
	f := AsyncFunc(func() error {
		j.log("before")
		v, err := Await[string](p)
		j.log("after %s %v", v, err)
		return err
	})
	pending(t, h, f)
	pending(t, h, f)
	j.want(t, "before", "poll p", "poll p")
	p.finish("v", errBoom)
	if h.wakes != 1 {
		t.Errorf("%d wakes", h.wakes)
	}
	if _, err := ended(t, h, f); err != errBoom {
		t.Errorf("error %v", err)
	}
	j.want(t, "poll p", "after v boom")
}

// Blocks that are joined share variables without locks: the race detector agrees.
func TestBlocksTakeTurns(t *testing.T) {
	for _, run := range runners {
		t.Run(run.name, func(t *testing.T) {
			n := 0
			var order []string
			step := func(name string) func() error {
				return func() error {
					for i := range 100 {
						n++
						order = append(order, fmt.Sprint(name, i))
						Await(YieldAsync())
					}
					return nil
				}
			}
			err := run.do(func() error {
				_, _, _, err := Join3(AsyncFunc(step("a")), AsyncFunc(step("b")), AsyncFunc(step("c")))
				n++
				return err
			})
			if n != 301 || err != nil {
				t.Errorf("n is %d, error %v", n, err)
			}
			if want := []string{"a0", "b0", "c0", "a1", "b1", "c1"}; !slices.Equal(order[:6], want) {
				t.Errorf("order %q, want %q first", order[:6], want)
			}
		})
	}
}

// runners run a block and wait for it: on the goroutine of the test, and as a task.
var runners = []struct {
	name string
	do   func(f func() error) error
}{
	{"goroutine", func(f func() error) error { return f() }},
	{"block", func(f func() error) error { _, err := Await(AsyncFunc(f)); return err }},
	{"nested", func(f func() error) error {
		_, err := Await(AsyncFunc(func() error { _, err := Await(AsyncFunc(f)); return err }))
		return err
	}},
	{"task", func(f func() error) error { _, err := Await(Spawn(AsyncFunc(f))); return err }},
}

func TestBlockCancelIsGoexit(t *testing.T) {
	j, h := &journal{}, newHand()
	p, q := &probe{name: "p", j: j}, &probe{name: "q", j: j}
	f := AsyncFunc(func() error {
		defer j.log("first defer")
		defer func() {
			j.log("recover %v", recover())
			v, err := Await[string](q) // cleanup may wait
			j.log("q %s %v", v, err)
		}()
		defer j.log("last defer")
		Await[string](p)
		j.log("not reached")
		return nil
	})
	pending(t, h, f)
	p.cleanup = 1
	c := CancelAsync(f)
	pending(t, h, c)
	j.want(t, "poll p", "cancel p")
	p.wake()
	pending(t, h, c)
	j.want(t, "cancel p", "last defer", "recover <nil>", "poll q")
	q.finish("v", nil)
	ended(t, h, c)
	j.want(t, "poll q", "q v <nil>", "first defer")
	Cancel(f)
	j.want(t)
	wantPanic(t, "rt: AsyncFunc is polled after it was cancelled or has panicked", func() { f.Poll(h.cx) })
}

func TestBlockCancelBeforeItStarts(t *testing.T) {
	f := AsyncFunc(func() error { t.Error("runs"); return nil })
	Cancel(f)
	wantPanic(t, "rt: AsyncFunc is polled after it was cancelled or has panicked", func() { Await(f) })
}

func TestBlockPanicTravels(t *testing.T) {
	for _, run := range runners[:3] {
		j := &journal{}
		wantPanic(t, errBoom, func() {
			run.do(func() error {
				defer j.log("defer")
				_, _, err := Join2(AsyncFunc(func() error { Await(YieldAsync()); panic(errBoom) }), Never[int]())
				return err
			})
		})
		j.want(t, "defer")
	}
}

func TestBlockPanicInATask(t *testing.T) {
	_, err := Await(Spawn(AsyncFunc(func() error { panic(errBoom) })))
	var e *PanicError
	if !errors.As(err, &e) || e.Value != errBoom {
		t.Fatalf("error %v", err)
	}
}

func TestBlockPanicWhileItIsCancelled(t *testing.T) {
	h := newHand()
	f := AsyncFunc(func() error {
		defer func() { panic(errBoom) }()
		Await(Never[int]())
		return nil
	})
	pending(t, h, f)
	wantPanic(t, errBoom, func() { Cancel(f) })
}

func TestBlockGoexitTravels(t *testing.T) {
	for _, run := range runners[:3] {
		gone := make(chan any)
		go func() {
			defer func() { gone <- recover() }()
			run.do(func() error {
				_, err := Await(AsyncFunc(func() error { runtime.Goexit(); return nil }))
				return err
			})
			t.Error("goes on")
		}()
		if p := <-gone; p != nil {
			t.Errorf("%s: panic %v", run.name, p)
		}
	}
}

// A goroutine that a block starts is not the block: its awaits wait by themselves.
func TestBlockChildIsNoBlock(t *testing.T) {
	f := AsyncValue(func() (int, error) {
		v := make(chan int)
		go func() { v <- Must(Await(Ready(7))) }()
		return <-v, nil
	})
	if v, err := Await(f); v != 7 || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestBlockPolledByItself(t *testing.T) {
	var f Future[Unit]
	f = AsyncFunc(func() error { Await(f); return nil })
	wantPanic(t, "rt: AsyncFunc is passed to Await after it was passed to Await"+oneOwner, func() { Await(f) })
}

func TestMap(t *testing.T) {
	for _, limit := range []int{0, 1, 3, 100} {
		running, most := 0, 0
		items := make([]int, 20)
		for i := range items {
			items[i] = i
		}
		got, err := Map(limit, items, func(i int) (string, error) {
			running++
			most = max(most, running)
			for range i % 3 {
				Await(YieldAsync())
			}
			running--
			return fmt.Sprint(i), nil
		})
		if err != nil || len(got) != 20 || got[0] != "0" || got[19] != "19" {
			t.Errorf("limit %d: %v, %v", limit, got, err)
		}
		if limit > 0 && most > limit {
			t.Errorf("limit %d: %d at once", limit, most)
		}
	}
}

func TestMapFirstErrorCancels(t *testing.T) {
	j := &journal{}
	_, err := Map(2, []int{0, 1, 2}, func(i int) (int, error) {
		j.log("start %d", i)
		defer j.log("end %d", i)
		if i == 1 {
			return 0, errBoom
		}
		return Await(Never[int]())
	})
	if err != errBoom {
		t.Errorf("error %v", err)
	}
	j.want(t, "start 0", "start 1", "end 1", "end 0")
}

func TestMapOfNothing(t *testing.T) {
	got, err := Map(3, nil, func(int) (int, error) { panic("called") })
	if len(got) != 0 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}
