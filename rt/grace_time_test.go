package rt

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

const hour = time.Hour

// lasting is a call that waits for ever, and whose cleanup waits for second.
func lasting(j *journal, name string, begun *atomic.Int32, second Future[Unit]) Future[Unit] {
	return bodyAsync(name, j, beginning(begun), second)
}

// onVirtualWith is onVirtual with a time of grace. The clock jumps when no task is ready, whatever goroutines
// do, so that time is exact only for tasks, or if there is no other timer.
func onVirtualWith(t *testing.T, grace time.Duration) (*Runtime, *virtual) {
	c := new(virtual)
	return testRuntime(t, task.Config{Workers: 1, Current: true, Clock: c, Grace: grace}), c
}

// abortsAfter waits for d in a task of r, aborts h, and says how long that takes to end it.
func abortsAfter(t *testing.T, r *Runtime, c *virtual, d time.Duration, h *JoinHandle[Unit]) (took time.Duration, err error) {
	wait[Unit](t, r, Spawn(AsyncFunc(func() error {
		Sleep(d)
		begin := c.Now()
		h.Abort()
		_, err = Await(h)
		took = time.Duration(c.Now() - begin)
		return nil
	}), On(r)))
	return took, err
}

func TestGraceIsTenSecondsByDefault(t *testing.T) {
	r := New()
	defer shutDownNow(t, r)
	if r.engine.Grace != 10*time.Second {
		t.Errorf("%v", r.engine.Grace)
	}
}

// The time counts from when the cleanup comes to wait.
func TestA2_40_GraceInVirtualTime(t *testing.T) {
	for _, tt := range []struct {
		name           string
		grace, cleanup time.Duration
		takes          time.Duration
	}{
		{"long enough", 10 * time.Second, 9 * time.Second, 9 * time.Second},
		{"too short", 10 * time.Second, hour, 10 * time.Second},
		{"for ever", 0, hour, hour},
		{"of a moment", time.Millisecond, hour, time.Millisecond},
	} {
		for name, under := range map[string]func(Future[Unit]) Future[Unit]{
			"task":  func(f Future[Unit]) Future[Unit] { return f },
			"verb":  func(f Future[Unit]) Future[Unit] { return unit(Join2Async(f, Never[int]())) },
			"slice": func(f Future[Unit]) Future[Unit] { return RaceAsync(f) },
			"block": blockOn,
			"scope": func(f Future[Unit]) Future[Unit] {
				return ScopeAsync(func(*Group) Future[Unit] { return f })
			},
			"stream": func(f Future[Unit]) Future[Unit] { return eachOf(Merge(streamFrom(f))) },
		} {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				r, c := onVirtualWith(t, tt.grace)
				j, begun := &journal{}, new(atomic.Int32)
				h := Spawn(under(lasting(j, "b", begun, SleepAsync(tt.cleanup))), On(r))
				took, err := abortsAfter(t, r, c, time.Second, h)
				if took != tt.takes || err != ErrAborted {
					t.Errorf("it took %v, with %v; want %v", took, err, tt.takes)
				}
				j.want(t, "b begins", "b cleans up", "b ends")
			})
		}
	}
}

// Each deferred call that is left in this way gives the rest the same time again.
func TestGraceIsGivenToEachDeferredCall(t *testing.T) {
	r, c := onVirtualWith(t, time.Second)
	j, begun := &journal{}, new(atomic.Int32)
	inner := lasting(j, "inner", begun, SleepAsync(hour))
	h := Spawn(bodyAsync("outer", j, bodyAsync("middle", j, inner, SleepAsync(hour)), SleepAsync(time.Millisecond)), On(r))
	if took, _ := abortsAfter(t, r, c, time.Second, h); took != 2*time.Second+time.Millisecond {
		t.Errorf("it took %v", took)
	}
	j.want(t, "outer begins", "middle begins", "inner begins", "inner cleans up", "inner ends",
		"middle cleans up", "middle ends", "outer cleans up", "outer ends")
}

// Cleanup after a return, a panic or a Goexit is part of the call: it has the time that it takes, until
// the task is aborted.
func TestGraceOfCleanupThatNobodyHasAskedFor(t *testing.T) {
	for _, how := range []ending{byValue, byPanic, byGoexit} {
		t.Run(string(how), func(t *testing.T) {
			r, c := onVirtualWith(t, time.Second)
			spawn := func(second Future[Unit]) *JoinHandle[Unit] {
				return Spawn(bodyAsync("b", &journal{}, troubled(how, new(atomic.Int32), 0, nil), second), On(r))
			}
			wantEnding(t, how, outcomeOfTask(r, spawn(SleepAsync(hour))))
			if took := time.Duration(c.Now()); took != hour {
				t.Errorf("it took %v", took)
			}
			if took, _ := abortsAfter(t, r, c, time.Minute, spawn(Never[Unit]())); took != time.Second {
				t.Errorf("it took %v with an abort", took)
			}
		})
	}
}

// A Goexit waits for the cleanup of siblings, but not longer than an abort or a shutdown lets it.
func TestGraceOfAVerbThatAGoexitLeaves(t *testing.T) {
	for _, byShutdown := range []bool{false, true} {
		r, c := onVirtualWith(t, time.Second)
		j, begun := &journal{}, new(atomic.Int32)
		sib := lasting(j, "sib", begun, Never[Unit]())
		h := Spawn(bodyAsync("caller", j, unit(Join2Async(sib, troubled(byGoexit, begun, 1, nil))), Never[Unit]()), On(r))
		if byShutdown {
			wait(t, r, Spawn(SleepAsync(time.Minute), On(r)))
			shutDownNow(t, r)
		} else if _, err := abortsAfter(t, r, c, time.Minute, h); err != ErrGoexit {
			t.Error(err)
		}
		took := time.Duration(c.Now()) - time.Minute
		if byShutdown && (took < time.Second || took > time.Second+2*time.Duration(task.Tick)) || !byShutdown && took != 2*time.Second {
			t.Errorf("it took %v, with a shutdown: %v", took, byShutdown) // all of that has one time
		}
		j.want(t, "caller begins", "sib begins", "sib cleans up", "sib ends", "caller cleans up", "caller ends")
	}
}

func TestGraceOfAShutdownInVirtualTime(t *testing.T) {
	r, c := onVirtualWith(t, time.Second)
	begun := new(atomic.Int32)
	Go(lasting(&journal{}, "task", begun, SleepAsync(hour)), On(r))
	wait(t, r, Spawn(YieldAsync(), On(r)))
	shutDownNow(t, r)
	if took := time.Duration(c.Now()); took != time.Second || begun.Load() != 1 {
		t.Errorf("it took %v", took)
	}
}

// A goroutine that waits for a future has the same grace for its cleanup.
func TestGraceOfAGoroutineThatWaits(t *testing.T) {
	r, c := onVirtualWith(t, time.Second)
	j, begun := &journal{}, new(atomic.Int32)
	went := make(chan error)
	go func() {
		_, err := BlockOn(lasting(j, "b", begun, Never[Unit]()), On(r))
		went <- err
	}()
	for r.heldNow() == 0 {
		runtime.Gosched()
	}
	shutDownNow(t, r)
	if err := <-went; err != ErrShutdown {
		t.Error(err)
	}
	if took := time.Duration(c.Now()); took != time.Second {
		t.Errorf("it took %v", took)
	}
	j.want(t, "b begins", "b cleans up", "b ends")
}

// heldNow is how many goroutines wait in BlockOn.
func (r *Runtime) heldNow() int {
	r.engine.Mu.Lock()
	defer r.engine.Mu.Unlock()
	return r.engine.Held
}

// On a runtime that has ended the grace is real time.
func TestGraceOnARuntimeThatHasEnded(t *testing.T) {
	r := runtimeOf(task.NewRuntime(task.Config{Workers: 1, Clock: task.NewRealClock(), Threads: 1, Idle: time.Minute, Grace: time.Millisecond}))
	shutDownNow(t, r)
	j, begun := &journal{}, new(atomic.Int32)
	_, err := BlockOn(lasting(j, "b", begun, Never[Unit]()), On(r))
	if err != ErrShutdown {
		t.Error(err)
	}
	j.want(t, "b begins", "b cleans up", "b ends")
}
