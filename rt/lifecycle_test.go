package rt

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"weak"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

func TestA1_01_ReadyNeedsOnePoll(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		polls := 0
		v := wait(t, r, PollFunc(func(*Context) (int, bool, error) {
			polls++
			return Done(7)
		}))
		if v != 7 || polls != 1 {
			t.Errorf("value %d after %d polls", v, polls)
		}
	})
}

func TestA1_02_WokenFromAGoroutine(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		g := new(gate)
		go func() {
			g.polled(1)
			g.Open()
		}()
		wait[Unit](t, r, g)
		if g.polls != 2 {
			t.Errorf("%d polls, want 2", g.polls)
		}
	})
}

// A task that is woken any number of times before its next poll is polled once.
// What makes the wakes is itself a task of the only worker, so they all come
// before.
func TestA1_03_WakesCoalesce(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1}) // no spare stands in if the machine stands still meanwhile
	g := new(gate)
	h := Spawn[Unit](g, On(r))
	g.polled(1)
	wait(t, r, Spawn(do(func() {
		for range 100 {
			g.wake()
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.polls != 1 {
			t.Errorf("%d polls before the turn ended", g.polls)
		}
	}), On(r)))
	wait(t, r, Spawn(YieldAsync(), On(r)))
	g.mu.Lock()
	if g.polls != 2 {
		t.Errorf("%d polls, want 2", g.polls)
	}
	g.mu.Unlock()
	g.Open()
	wait(t, r, h)
}

func TestA1_04_WakeDuringPoll(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		polls := 0
		wait(t, r, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
			if polls++; polls == 1 {
				cx.Waker().Wake()
				cx.Waker().Wake()
				return Pending[Unit]()
			}
			return Done(Unit{})
		}), On(r)))
		if polls != 2 {
			t.Errorf("%d polls, want 2", polls)
		}
	})
}

func TestA1_05_CurrentThreadStandsStill(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Current: true})
	var ran atomic.Bool
	h := Spawn(do(func() { ran.Store(true) }), On(r))
	// Whatever wakes the worker, it must not run: we wait until it sleeps again.
	r.engine.Workers[0].Unpark()
	for {
		r.engine.Mu.Lock()
		asleep := len(r.engine.Sleepers) == 1 && len(r.engine.Workers[0].Parking.Token) == 0
		r.engine.Mu.Unlock()
		if asleep {
			break
		}
		runtime.Gosched()
	}
	if ran.Load() {
		t.Error("a task has run with nobody in BlockOn")
	}
	wait(t, r, h)
	if !ran.Load() {
		t.Error("the task has not run")
	}
}

func TestA1_06_SpawnReturnsFirst(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Current: true})
	var order []string
	var h *JoinHandle[Unit]
	wait(t, r, Spawn(do(func() {
		h = Spawn(do(func() { order = append(order, "body") }))
		order = append(order, "spawned")
	}), On(r)))
	wait(t, r, h)
	if len(order) != 2 || order[0] != "spawned" {
		t.Error(order)
	}
}

func TestA1_07_ManyAwaitOneHandle(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		g := new(gate)
		h := Spawn(PollFunc(func(cx *Context) (int, bool, error) {
			_, ok, _ := g.Poll(cx)
			return 42, ok, nil
		}), On(r))
		var wg sync.WaitGroup
		var tasks []*JoinHandle[int]
		for range 20 {
			tasks = append(tasks, Spawn[int](PollFunc(h.Poll), On(r)))
			wg.Go(func() {
				if v, err := BlockOn(h, On(r)); v != 42 || err != nil {
					t.Error(v, err)
				}
			})
		}
		go func() {
			g.polled(1)
			g.Open()
		}()
		for _, task := range tasks {
			if v := wait(t, r, task); v != 42 {
				t.Error(v)
			}
		}
		wg.Wait()
		<-h.Done()
		if v := wait(t, r, h); v != 42 || !h.Finished() {
			t.Error(v)
		}
	})
}

func TestA1_08_IgnoredHandle(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	done := make(chan weak.Pointer[[1 << 16]byte])
	Spawn(PollFunc(func(*Context) (*[1 << 16]byte, bool, error) {
		big := new([1 << 16]byte)
		done <- weak.Make(big)
		return Done(big)
	}), On(r))
	p := <-done // the task runs though nobody has its handle
	wait(t, r, Spawn(YieldAsync(), On(r)))
	for p.Value() != nil { // and its result is given up
		runtime.GC()
	}
}

func TestA1_09_ManyTasks(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		const n = 10_000
		var sum atomic.Int64
		var outer []*JoinHandle[Unit]
		for i := range n / 2 {
			outer = append(outer, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
				Go(do(func() { sum.Add(int64(2 * i)) })) // from inside, on the same runtime
				sum.Add(int64(2*i + 1))
				return Done(Unit{})
			}), On(r)))
		}
		for _, h := range outer {
			wait(t, r, h)
		}
		wait(t, r, PollFunc(func(cx *Context) (Unit, bool, error) {
			if sum.Load() == n*(n-1)/2 {
				return Done(Unit{})
			}
			cx.Waker().Wake()
			return Pending[Unit]()
		}))
	})
}

func TestA1_10_ChainOfTasks(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		g := new(gate)
		h := Spawn[Unit](g, On(r))
		for range 1000 {
			h = Spawn(PollFunc(h.Poll), On(r))
		}
		go func() {
			g.polled(1)
			g.Open()
		}()
		wait(t, r, h)
	})
}

func TestA1_11_DeepAwait(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	wait(t, r, Spawn(chainAsync(100_000, 3), On(r)))
}

// A task is never polled by two workers at once, and never after its end.
func TestA1_12_NeverTwoPollsAtOnce(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 4})
	polls := 20_000
	if testing.Short() {
		polls = 2_000
	}
	var hs []*JoinHandle[Unit]
	for range 20 {
		var inside, ended atomic.Bool
		n := 0
		wakers := make(chan Waker, 1)
		hs = append(hs, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
			if !inside.CompareAndSwap(false, true) || ended.Load() {
				t.Error("two polls at once, or one after the end")
			}
			defer inside.Store(false)
			if n++; n > polls/20 {
				ended.Store(true)
				close(wakers)
				return Done(Unit{})
			}
			select {
			case wakers <- cx.Waker():
			default:
			}
			cx.Waker().Wake()
			return Pending[Unit]()
		}), On(r)))
		go func() {
			for w := range wakers {
				w.Wake()
			}
		}()
	}
	for _, h := range hs {
		wait(t, r, h)
	}
}

func TestA1_13_WakeAfterTheEnd(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 2})
	var waker Waker
	polls := 0
	wait(t, r, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
		polls++
		waker = cx.Waker()
		return Done(Unit{})
	}), On(r)))
	for range 1000 {
		waker.Wake()
	}
	wait(t, r, Spawn(YieldAsync(), On(r)))
	shutDownNow(t, r)
	waker.Wake() // A1 14: also when the runtime is gone
	if polls != 1 {
		t.Errorf("%d polls", polls)
	}
}

func TestA1_15_WillWake(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	waker := func() Waker {
		return wait(t, r, Spawn(PollFunc(func(cx *Context) (Waker, bool, error) {
			if !cx.Waker().WillWake(cx.Waker()) {
				t.Error("a task's own wakers differ")
			}
			return Done(cx.Waker())
		}), On(r)))
	}
	if waker().WillWake(waker()) {
		t.Error("wakers of two tasks are the same")
	}
}

func TestA1_16_TheNewestWakerCounts(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		g := new(gate)
		f := bodyAsync("f", new(journal), g, nil)
		pending(t, newHand(), f) // polled here first
		h := Spawn(f, On(r))     // and then by a task
		go func() {
			g.polled(2)
			g.Open()
		}()
		wait(t, r, h)
	})
}

// BlockOn in a task blocks the goroutine; the worker goes on without it.
func TestA1_17_BlockOnInATask(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		g := new(gate)
		h := Spawn(do(func() {
			inner := Spawn[Unit](g)
			Go(do(g.Open)) // is queued behind us on the only worker
			if _, err := BlockOn(inner); err != nil {
				t.Error(err)
			}
			other := New(Workers(1))
			if v, err := BlockOn(Ready(3), On(other)); v != 3 || err != nil {
				t.Error(v, err)
			}
			shutDownNow(t, other)
		}), On(r))
		wait(t, r, h)
		wait(t, r, Spawn(YieldAsync(), On(r))) // the worker is sound
	})
}

func TestA1_18_TwoInBlockOn(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Current: true})
	a, b := new(gate), new(gate)
	ha, hb := Spawn[Unit](a, On(r)), Spawn[Unit](b, On(r))
	var wg sync.WaitGroup
	wg.Go(func() { wait(t, r, ha) })
	wg.Go(func() { wait(t, r, hb) })
	a.polled(1)
	b.polled(1)
	a.Open()
	b.Open()
	wg.Wait()
}

func TestA1_19_TasksStayBetweenBlockOns(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Current: true})
	g := new(gate)
	h := Spawn[Unit](g, On(r))
	wait(t, r, Spawn(YieldAsync(), On(r)))
	if h.Finished() {
		t.Error("finished")
	}
	g.Open()
	wait(t, r, h)
}

func TestA1_20_IDs(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 2})
	seen := map[uint64]bool{}
	for range 100 {
		h := Spawn(do(func() {}), On(r), Name("worker"))
		if id := h.ID(); id == 0 || seen[id] || id != h.ID() {
			t.Error("id", id)
		}
		seen[h.ID()] = true
		if h.Name() != "worker" {
			t.Error(h.Name())
		}
	}
}

type values map[any]any

func (v values) Value(key any) any { return v[key] }

func TestA1_22_Values(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	look := func(want any) func() {
		return func() {
			if v := TaskValue("k"); v != want {
				t.Errorf("value %v, want %v", v, want)
			}
		}
	}
	a := Spawn(do(look(1)), On(r), WithValues(values{"k": 1}))
	b := Spawn(do(look(nil)), On(r))
	c := Spawn(do(look(2)), On(r), WithValues(values{"k": 2}), Name("c"))
	wait(t, r, a)
	wait(t, r, b)
	wait(t, r, c)
	look(nil)()
}

func TestA1_23_SpawnAfterShutdown(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		shutDownNow(t, r)
		h := Spawn(do(func() { t.Error("the body runs") }), On(r))
		if _, err := Await(h); !errors.Is(err, ErrShutdown) {
			t.Error(err)
		}
		b := SpawnBlocking(func() (int, error) { t.Error("the body runs"); return 0, nil }, On(r))
		if _, err := Await(b); !errors.Is(err, ErrShutdown) {
			t.Error(err)
		}
		// A goroutine in BlockOn with options is listed as one of r, but nothing waits for it any more.
		f := BlockingAsync(context.Background(), func(context.Context) (int, error) { t.Error("the body runs"); return 0, nil })
		if _, err := BlockOn(f, On(r)); !errors.Is(err, ErrShutdown) {
			t.Error(err)
		}
	})
}
