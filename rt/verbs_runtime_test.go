package rt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// onRuntimes runs a block as a task of runtimes with one and with four workers.
func onRuntimes(t *testing.T, f func(t *testing.T) error) {
	for _, n := range []int{1, 4} {
		t.Run(fmt.Sprint("workers=", n), func(t *testing.T) {
			r := New(Workers(n))
			defer func() {
				if err := r.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
			}()
			_, err := BlockOn[Unit](Spawn(AsyncFunc(func() error { return f(t) }), On(r)), On(r))
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestJoinAllOfSleepsAndTasks(t *testing.T) {
	onRuntimes(t, func(t *testing.T) error {
		var fs []Future[int]
		for i := range 1000 {
			f := AsyncValue(func() (int, error) {
				Sleep(time.Duration(i%7) * time.Millisecond)
				Yield()
				return i, nil
			})
			if i%2 == 0 {
				f = Spawn(f)
			}
			fs = append(fs, f)
		}
		vs, err := JoinAll(fs...)
		for i, v := range vs {
			if v != i {
				return fmt.Errorf("value %d is %d", i, v)
			}
		}
		return err
	})
}

// Losing a select ends the wait, never the task; and what waited is forgotten.
func TestSelectLoopOverAHandle(t *testing.T) {
	onRuntimes(t, func(t *testing.T) error {
		stop := make(chan struct{})
		h := Spawn(AsyncFunc(func() error {
			_, err := Blocking(context.Background(), func(context.Context) (int, error) { <-stop; return 0, nil })
			return err
		}))
		for i := range 2000 {
			if c := Select2Biased(h, YieldAsync()); c.Index != 1 {
				return fmt.Errorf("round %d: %+v", i, c)
			}
			if i, _ := SelectAllBiased[Unit](h, YieldAsync()); i != 1 {
				return fmt.Errorf("%d has won", i)
			}
		}
		if x := task.TaskOf(&h.handle).Extra(); x.Waiters.Len() > 100 {
			t.Errorf("the handle knows %d that waited", x.Waiters.Len())
		}
		close(stop)
		c := Select2[Unit, int](h, Never[int]())
		return c.A.Err
	})
}

// The same on a goroutine: each wait is by another waker.
func TestAwaitsOfAHandleAreForgotten(t *testing.T) {
	stop := make(chan struct{})
	h := SpawnBlocking(func() (int, error) { <-stop; return 7, nil })
	for range 1000 {
		Select2Biased(h, YieldAsync())
	}
	if x := task.TaskOf(&h.handle).Extra(); x.Waiters.Len() > 100 {
		t.Errorf("the handle knows %d that waited", x.Waiters.Len())
	}
	close(stop)
	if v, err := Await(h); v != 7 || err != nil {
		t.Error(v, err)
	}
}

func TestA2_37_AbortCancelsBranchesInOrder(t *testing.T) {
	onRuntimes(t, func(t *testing.T) error {
		j := &journal{}
		waiting := make(chan struct{}, 2)
		branch := func(name string) Future[int] {
			return AsyncValue(func() (int, error) {
				defer func() {
					Sleep(time.Millisecond) // cleanup that waits
					j.log("cleaned %s", name)
				}()
				defer j.log("leaves %s", name)
				waiting <- struct{}{}
				return Await(Never[int]())
			})
		}
		h := Spawn(AsyncFunc(func() error {
			defer j.log("awaiter leaves")
			Select2Biased(branch("a"), branch("b"))
			return nil
		}))
		for range 2 {
			Await(recv(waiting))
		}
		h.Abort()
		_, err := Await(h)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		got := j.take()
		if len(got) != 5 || !slices.Equal(got[:2], []string{"leaves a", "leaves b"}) || got[4] != "awaiter leaves" {
			t.Errorf("got %q", got)
		}
		return nil
	})
}

// recv is a receive that does not keep the worker.
func recv[T any](ch <-chan T) Future[T] {
	return BlockingAsync(context.Background(), func(context.Context) (T, error) { return <-ch, nil })
}

func TestTimeoutsOnRuntimes(t *testing.T) {
	onRuntimes(t, func(t *testing.T) error {
		for range 20 {
			begin := Now()
			if _, err := Timeout(2*time.Millisecond, Never[int]()); err != ErrTimeout {
				return fmt.Errorf("error %v", err)
			}
			if d := Since(begin); d < 2*time.Millisecond {
				return fmt.Errorf("early: after %v", d)
			}
		}
		v, err := Timeout(time.Hour, AsyncValue(func() (int, error) {
			Sleep(time.Millisecond)
			return 7, nil
		}))
		if v != 7 {
			t.Errorf("got %v", v)
		}
		return err
	})
}

// The time that a future computes before it waits counts.
func TestTimeoutCountsFromTheStart(t *testing.T) {
	onRuntimes(t, func(t *testing.T) error {
		begin := Now()
		_, err := Timeout(2*time.Millisecond, PollFunc(func(*Context) (int, bool, error) {
			for Since(begin) < 2*time.Millisecond {
			}
			return Pending[int]()
		}))
		if err != ErrTimeout {
			t.Errorf("error %v", err)
		}
		return nil
	})
}

func TestSleepUntilIsLazy(t *testing.T) {
	f := SleepUntilAsync(Now().Add(time.Millisecond))
	Sleep(2 * time.Millisecond)
	if _, ready, _ := f.Poll(newHand().cx); !ready {
		t.Error("waits though its time has passed")
	}
}

func TestTickerOnRuntimes(t *testing.T) {
	onRuntimes(t, func(t *testing.T) error {
		k := NewTicker(time.Millisecond)
		first := k.Tick()
		for i := range 5 {
			if at, want := k.Tick(), first.Add(time.Duration(i+1)*time.Millisecond); !at.Equal(want) {
				return fmt.Errorf("tick %d at %v, want %v", i, at, want)
			}
			if Now().Before(first) {
				return errors.New("early")
			}
		}
		return nil
	})
}

func TestMapOnRuntimes(t *testing.T) {
	onRuntimes(t, func(t *testing.T) error {
		items := make([]int, 500)
		running, most := 0, 0
		_, err := Map(10, items, func(int) (int, error) {
			running++
			most = max(most, running)
			Sleep(time.Millisecond)
			running--
			return 0, nil
		})
		if most != 10 {
			t.Errorf("%d at once", most)
		}
		return err
	})
}

// Code of a block belongs to the runtime of the task that polls it, and waits on it
// without keeping its worker.
func TestBlockBelongsToItsTask(t *testing.T) {
	onRuntimes(t, func(t *testing.T) error {
		r := task.Here()
		if r == task.DefaultHere() {
			t.Error("the block is not on its runtime")
		}
		_, _, err := Join2(
			AsyncFunc(func() error {
				if task.Here() != r {
					t.Error("a nested block is not on its runtime")
				}
				h := Spawn(AsyncValue(func() (int, error) { Sleep(time.Millisecond); return 7, nil }))
				v, err := BlockOn[int](h) // blocks the goroutine; another takes the worker over
				if v != 7 {
					t.Errorf("got %v", v)
				}
				return err
			}),
			SleepAsync(time.Millisecond))
		return err
	})
}

func TestPanicWaitsForCleanupOnRuntimes(t *testing.T) {
	joins := []func(a, b Future[Unit]){
		func(a, b Future[Unit]) { Join2(a, b) },
		func(a, b Future[Unit]) { Join2(b, a) },
		func(a, b Future[Unit]) { JoinAll(a, b) },
		func(a, b Future[Unit]) { JoinAll(b, a) },
	}
	for i := range 2 * len(joins) {
		r := New(Workers(1 + 3*(i%2)))
		var cleaned atomic.Bool
		_, err := BlockOn[Unit](Spawn(AsyncFunc(func() error {
			joins[i/2](
				AsyncFunc(func() error {
					defer func() { Yield(); Sleep(time.Millisecond); cleaned.Store(true) }()
					Yield()
					_, err := Await(Never[int]())
					return err
				}),
				AsyncFunc(func() error { Yield(); panic(errBoom) }))
			return nil
		}), On(r)), On(r))
		var p *PanicError
		if !errors.As(err, &p) || p.Value != errBoom {
			t.Errorf("error %v", err)
		}
		if !cleaned.Load() {
			t.Error("the task has ended before the cleanup")
		}
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

func TestCancelMethodHandsCleanupToTheRuntime(t *testing.T) {
	h := newHand()
	done := make(chan struct{})
	f := Join2Async(
		AsyncFunc(func() error {
			defer close(done)
			defer Sleep(time.Millisecond)
			_, err := Await(Never[int]())
			return err
		}), Never[int]())
	pending(t, h, f)
	f.(Canceler).Cancel()
	<-done
	Cancel(f) // twice
}

func TestGoroutineWaitsOnARuntimeThatIsShutDown(t *testing.T) {
	r := New(Workers(2))
	begun := make(chan struct{})
	type out struct {
		c Choice2[int, int]
		s []Result[int]
	}
	result := make(chan out)
	SpawnBlocking(func() (int, error) {
		go func() { // it belongs to r, but is no task of it
			close(begun)
			c := Select2(Never[int](), Never[int]())
			result <- out{c, JoinSettled(Never[int]())}
		}()
		return 0, nil
	}, On(r))
	<-begun
	if err := r.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	got := <-result
	if got.c.A.Err != ErrShutdown || got.c.B.Err != ErrShutdown || got.s[0].Err != ErrShutdown {
		t.Errorf("got %+v", got)
	}
}

func TestBoxIsPassedOnOnce(t *testing.T) {
	f := SleepAsync(time.Hour)
	Join2Async(f, Never[int]())
	wantPanic(t, "rt: Sleep is passed to Timeout after it was passed to Join2"+oneOwner, func() { TimeoutAsync(0, f) })
	wantPanic(t, "rt: Sleep is passed to Spawn after it was passed to Join2"+oneOwner, func() { Spawn(f) })
	g := SleepAsync(0)
	Await(Spawn(g))
	if p := panicOf(func() { Race(g) }); p == nil {
		t.Error("Race of a future that was spawned does not panic")
	}
	h := SleepAsync(0)
	Await(h)
	wantPanic(t, "rt: Sleep is polled after it was ready", func() { Await(h) })
	k := SleepAsync(time.Hour)
	Cancel(k)
	wantPanic(t, "rt: Sleep is polled after it was cancelled or has panicked", func() { Await(k) })
}
