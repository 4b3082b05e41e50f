package rt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// outcomeOfTask is how the task ended.
func outcomeOfTask[T any](r *Runtime, h *JoinHandle[T]) error {
	_, err := BlockOn(h, On(r))
	return err
}

func TestA2_25_AbortBeforeTheFirstPoll(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Current: true})
	j := new(journal)
	h := Spawn(bodyAsync("b", j, new(gate), nil), On(r)) // nobody is in BlockOn: it has not run
	h.Abort()
	if err := outcomeOfTask(r, h); err != ErrAborted || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	j.want(t)
}

func TestA2_26_AbortWhileParked(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		j := new(journal)
		g := new(gate)
		h := Spawn(bodyAsync("b", j, g, nil), On(r))
		go func() {
			g.polled(1)
			h.Abort()
			h.Abort() // A2 29: once is enough
		}()
		if err := outcomeOfTask(r, h); err != ErrAborted {
			t.Error(err)
		}
		j.want(t, "b begins", "b cleans up", "b ends")
	})
}

// An abort while the task runs is noted: the poll goes on to its next await, and then cleanup runs.
func TestA2_27_AbortWhileRunning(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 2})
	j := new(journal)
	var h *JoinHandle[Unit]
	running, aborted := make(chan Unit), make(chan Unit)
	first := PollFunc(func(cx *Context) (Unit, bool, error) {
		close(running)
		<-aborted
		j.log("poll ends")
		return Pending[Unit]()
	})
	h = Spawn(bodyAsync("b", j, first, nil), On(r))
	<-running
	h.Abort()
	close(aborted)
	if err := outcomeOfTask(r, h); err != ErrAborted {
		t.Error(err)
	}
	j.want(t, "b begins", "poll ends", "b cleans up", "b ends")
}

func TestA2_28_AbortAfterTheEnd(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		h := Spawn(Ready(5), On(r))
		wait(t, r, h)
		h.Abort()
		if v := wait(t, r, h); v != 5 {
			t.Error(v)
		}
	})
}

func TestA2_29_ManyAborts(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 4})
	for range 200 {
		j := new(journal)
		g := new(gate)
		h := Spawn(bodyAsync("b", j, g, nil), On(r))
		g.polled(1)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(h.Abort)
		}
		wg.Wait()
		if err := outcomeOfTask(r, h); err != ErrAborted {
			t.Fatal(err)
		}
		j.want(t, "b begins", "b cleans up", "b ends")
	}
}

func TestA2_30_AbortsItself(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		j := new(journal)
		handle := make(chan *JoinHandle[Unit], 1)
		first := PollFunc(func(cx *Context) (Unit, bool, error) {
			(<-handle).Abort()
			j.log("after abort")
			return Pending[Unit]()
		})
		h := Spawn(bodyAsync("b", j, first, nil), On(r))
		handle <- h
		if err := outcomeOfTask(r, h); err != ErrAborted {
			t.Error(err)
		}
		j.want(t, "b begins", "after abort", "b cleans up", "b ends")
	})
}

// A panic in the cleanup of an aborted task is what its handle gives; the worker survives.
func TestA2_33_PanicInCleanup(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		j := new(journal)
		g := new(gate)
		boom := PollFunc(func(*Context) (Unit, bool, error) { panic("boom") })
		h := Spawn(bodyAsync("outer", j, bodyAsync("inner", j, g, boom), nil), On(r))
		go func() {
			g.polled(1)
			h.Abort()
		}()
		var pe *PanicError
		if err := outcomeOfTask(r, h); !errors.As(err, &pe) || pe.Value != "boom" {
			t.Error(err)
		}
		j.want(t, "outer begins", "inner begins", "inner cleans up", "outer cleans up", "outer ends")
		wait(t, r, Spawn(YieldAsync(), On(r)))
	})
}

// Cleanup of an aborted task runs on a worker of its own runtime.
func TestA2_34_CleanupRunsAtHome(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	g := new(gate)
	var at *Runtime
	cleanup := PollFunc(func(*Context) (Unit, bool, error) {
		if task.CurrentWorker() != nil {
			at = ownRuntime()
		}
		return Done(Unit{})
	})
	h := Spawn(bodyAsync("b", new(journal), g, cleanup), On(r))
	g.polled(1)
	h.Abort()
	if err := outcomeOfTask(r, h); err != ErrAborted || at != r {
		t.Error(err, at)
	}
}

func TestA2_35_InnermostFirst(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		j := new(journal)
		g := new(gate)
		f := Future[Unit](g)
		for _, name := range []string{"c", "b", "a"} {
			f = bodyAsync(name, j, f, nil)
		}
		h := Spawn(f, On(r))
		go func() {
			g.polled(1)
			h.Abort()
		}()
		if err := outcomeOfTask(r, h); err != ErrAborted {
			t.Error(err)
		}
		j.want(t, "a begins", "b begins", "c begins",
			"c cleans up", "c ends", "b cleans up", "b ends", "a cleans up", "a ends")
	})
}

// A handle is not part of who awaits it.
func TestA2_36_SpawnedChildLivesOn(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		j := new(journal)
		g := new(gate)
		child := Spawn[Unit](g, On(r))
		h := Spawn(bodyAsync("parent", j, child, nil), On(r))
		go func() {
			g.polled(1)
			h.Abort()
			<-h.Done()
			g.Open()
		}()
		if err := outcomeOfTask(r, h); err != ErrAborted {
			t.Error(err)
		}
		wait(t, r, child)
	})
}

// Cleanup that awaits delays the end of the task by what it waits for.
func TestA2_40_AsyncCleanup(t *testing.T) {
	r, clock := onVirtual(t)
	j := new(journal)
	var h *JoinHandle[Unit]
	sleep := SleepAsync(10 * time.Millisecond)
	cleanup := PollFunc(func(cx *Context) (Unit, bool, error) {
		if h.Finished() { // A2 41
			t.Error("finished before its cleanup")
		}
		return sleep.Poll(cx)
	})
	h = Spawn(bodyAsync("b", j, Never[Unit](), cleanup), On(r))
	wait(t, r, Spawn(do(h.Abort), On(r)))
	if err := outcomeOfTask(r, h); err != ErrAborted || clock.Now() != int64(10*time.Millisecond) {
		t.Error(err, time.Duration(clock.Now()))
	}
	j.want(t, "b begins", "b cleans up", "b ends")
	if !h.Finished() {
		t.Error("not finished")
	}
}

// A cancel that comes while cleanup has begun does not interrupt it.
func TestCancelDuringCleanup(t *testing.T) {
	r, _ := onVirtual(t)
	j := new(journal)
	inner := bodyAsync("inner", j, Ready(Unit{}), SleepAsync(10*time.Millisecond))
	h := Spawn(bodyAsync("outer", j, inner, nil), On(r))
	wait(t, r, Spawn(do(h.Abort), On(r)))
	if err := outcomeOfTask(r, h); err != ErrAborted {
		t.Error(err)
	}
	j.want(t, "outer begins", "inner begins", "inner goes on", "inner cleans up", "inner ends",
		"outer cleans up", "outer ends")
}

func TestA4_56_PanicInATask(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		cause := errors.New("cause")
		bang := PollFunc(func(*Context) (Unit, bool, error) { panic(fmt.Errorf("wrapped: %w", cause)) })
		h := Spawn(bang, On(r))
		other := Spawn(YieldAsync(), On(r))
		_, err := BlockOn(h, On(r))
		var pe *PanicError
		if !errors.As(err, &pe) || !errors.Is(err, cause) { // A4 58
			t.Fatal(err)
		}
		if !strings.Contains(pe.Stack(), "TestA4_56_PanicInATask") {
			t.Errorf("the stack does not show the origin:\n%s", pe.Stack())
		}
		if !strings.Contains(err.Error(), "wrapped: cause") { // A2 42
			t.Error(err)
		}
		wait(t, r, other)
	})
}

// The stack is that of the origin, though the panic was thrown through suspended callers.
func TestPanicKeepsItsStack(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	f := bodyAsync("c", new(journal), &lateBang{}, nil)
	for _, name := range []string{"b", "a"} {
		f = bodyAsync(name, new(journal), f, nil)
	}
	var pe *PanicError
	if err := outcomeOfTask(r, Spawn(f, On(r))); !errors.As(err, &pe) || !strings.Contains(pe.Stack(), "lateBang") {
		t.Errorf("%v: the stack does not show the origin", err)
	}
}

// lateBang panics when it is polled a second time.
type lateBang struct{ polls int }

func (b *lateBang) Poll(cx *Context) (Unit, bool, error) {
	if b.polls++; b.polls > 1 {
		panic("late")
	}
	cx.Waker().Wake()
	return Pending[Unit]()
}

func TestA4_57_PanicInBlockOn(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		value := &struct{ int }{1}
		wantPanic(t, value, func() {
			_, _ = BlockOn(PollFunc(func(*Context) (Unit, bool, error) { panic(value) }), On(r))
		})
		wait(t, r, Spawn(YieldAsync(), On(r)))
	})
}

func TestA4_58_PanicNil(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	h := Spawn(do(func() { panic(nil) }), On(r))
	var pn *runtime.PanicNilError
	if err := outcomeOfTask(r, h); !errors.As(err, &pn) {
		t.Error(err)
	}
}

func TestA4_59_Goexit(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		j := new(journal)
		exit := func() Future[Unit] { return do(runtime.Goexit) }
		for range 10 {
			h := Spawn(bodyAsync("b", j, exit(), YieldAsync()), On(r))
			if err := outcomeOfTask(r, h); err != ErrGoexit {
				t.Error(err)
			}
			j.want(t, "b begins", "b cleans up", "b ends")
		}
		Go(exit(), On(r)) // nobody hears of it
		wait(t, r, Spawn(YieldAsync(), On(r)))
	})
}

// Goexit in a resumed leaf: its suspended callers clean up, blocking, and the worker goes on elsewhere.
func TestGoexitThroughSuspendedCallers(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		j := new(journal)
		polls := 0
		exit := PollFunc(func(cx *Context) (Unit, bool, error) {
			if polls++; polls > 1 {
				runtime.Goexit()
			}
			cx.Waker().Wake()
			return Pending[Unit]()
		})
		// The cleanup of outer waits for a task of the same worker.
		g := new(gate)
		helper := Spawn[Unit](g, On(r))
		h := Spawn(bodyAsync("outer", j, bodyAsync("inner", j, exit, nil), helper), On(r))
		Go(do(g.Open), On(r))
		if err := outcomeOfTask(r, h); err != ErrGoexit {
			t.Error(err)
		}
		j.want(t, "outer begins", "inner begins", "inner cleans up", "inner ends", "outer cleans up", "outer ends")
	})
}

func TestA4_61_PollAfterPanic(t *testing.T) {
	h := newHand()
	f := bodyAsync("b", new(journal), &lateBang{}, nil)
	pending(t, h, f)
	wantPanic(t, "late", func() { _, _, _ = f.Poll(h.cx) })
	wantPanic(t, "rt: body is polled after it was cancelled or has panicked", func() { _, _, _ = f.Poll(h.cx) })
}

func TestMisuseOfABox(t *testing.T) {
	h := newHand()
	f := bodyAsync("b", new(journal), Ready(Unit{}), nil)
	ended(t, h, f)
	wantPanic(t, "rt: body is polled after it was ready", func() { _, _, _ = f.Poll(h.cx) })

	var again Future[Unit]
	again = bodyAsync("b", new(journal), PollFunc(func(cx *Context) (Unit, bool, error) { return again.Poll(cx) }), nil)
	wantPanic(t, "rt: a future is polled while it is being polled", func() { _, _, _ = again.Poll(h.cx) })

	r := testRuntime(t, task.Config{Workers: 1})
	f = bodyAsync("b", new(journal), new(gate), nil)
	task := Spawn(f, On(r))
	wantPanic(t, "rt: body is polled after it was spawned", func() { _, _, _ = f.Poll(h.cx) })
	wantPanic(t, "rt: body is spawned twice, or after it has ended", func() { Spawn(f, On(r)) })
	task.Abort()
	if err := outcomeOfTask(r, task); err != ErrAborted {
		t.Error(err)
	}
}
