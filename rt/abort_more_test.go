package rt

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Nothing but the abort wakes the task, and nothing but the end of the task its waiter.
func TestA2_31_AbortWakesTheWaiter(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		h := Spawn(Never[Unit](), On(r))
		err := wait(t, r, Future[error](Spawn(AsyncValue(func() (error, error) {
			waiter := Spawn(AsyncValue(func() (error, error) { _, err := Await(h); return err, nil }))
			Yield()
			h.Abort()
			return Await(waiter)
		}), On(r))))
		if err != ErrAborted {
			t.Error(err)
		}
	})
}

// A deferred call that recovers, and one that sets the result, do not make a return of a cancel.
func TestA2_32_ACancelCannotBeSwallowed(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		j, begun := &journal{}, new(atomic.Int32)
		h := Spawn(AsyncValue(func() (n int, err error) {
			defer func() { n, err = 1, nil }()
			defer func() { j.log("recovers %v", recover()) }()
			for {
				_, _ = Await(beginning(begun))
				j.log("goes on")
			}
		}), On(r))
		_ = wait[Unit](t, r, Spawn(AsyncFunc(func() error {
			for begun.Load() == 0 {
				Yield()
			}
			h.Abort()
			return nil
		}), On(r)))
		if err := outcomeOfTask(r, h); err != ErrAborted {
			t.Error(err)
		}
		j.want(t, "recovers <nil>")
	})
}

// A branch that has finished is not cancelled with the others: its value is dropped.
func TestA2_38_ValueThatNobodyHasTakenYet(t *testing.T) {
	j, h := &journal{}, newHand()
	ps := probes(j, "a", "b", "c")
	f := JoinAllAsync[string](ps[0], ps[1], ps[2])
	pending(t, h, f)
	ps[1].finish("value", nil)
	pending(t, h, f)
	j.take()
	Cancel(f)
	j.want(t, "cancel a", "cancel c")
}

// A task of its own goes on to its end though who waits for it is aborted, which takes effect at once.
func TestA2_39_ATaskOfItsOwnIsAShield(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		j, g := &journal{}, new(gate)
		var inner *JoinHandle[Unit]
		begun := make(chan struct{})
		outer := Spawn(AsyncFunc(func() error {
			defer j.log("outer out")
			inner = Spawn(bodyAsync("inner", j, g, nil))
			close(begun)
			_, err := Await(inner)
			return err
		}), On(r))
		wait(t, r, recv(begun))
		outer.Abort()
		if err := outcomeOfTask(r, outer); err != ErrAborted {
			t.Error(err)
		}
		if inner.Finished() {
			t.Error("the shielded task has ended")
		}
		g.Open()
		wait[Unit](t, r, inner)
		got := strings.Join(j.take(), ", ")
		if !strings.Contains(got, "outer out") || !strings.HasSuffix(got, "inner goes on, inner cleans up, inner ends") {
			t.Error(got)
		}
	})
}

func TestA2_41_FinishedWhenCleanupHasEnded(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		j, begun, cleanup := &journal{}, new(atomic.Int32), new(gate)
		h := Spawn(bodyAsync("b", j, beginning(begun), cleanup), On(r))
		wait[Unit](t, r, Spawn(AsyncFunc(func() error {
			for begun.Load() == 0 {
				Yield()
			}
			h.Abort()
			for polls := 0; polls == 0; {
				cleanup.mu.Lock()
				polls = cleanup.polls
				cleanup.mu.Unlock()
				Yield()
			}
			return nil
		}), On(r)))
		select {
		case <-h.Done():
			t.Error("done while the cleanup waits")
		default:
		}
		if _, ready, _ := h.Poll(newHand().cx); ready || h.Finished() {
			t.Error("finished while the cleanup waits")
		}
		cleanup.Open()
		if err := outcomeOfTask(r, h); err != ErrAborted {
			t.Error(err)
		}
		if _, ready, _ := h.Poll(newHand().cx); !ready || !h.Finished() {
			t.Error("not finished when the handle is ready")
		}
		<-h.Done()
	})
}

func TestA2_42_ErrorTexts(t *testing.T) {
	for want, err := range map[string]error{
		"rt: task aborted":               ErrAborted,
		"rt: runtime shut down":          ErrShutdown,
		"rt: task called runtime.Goexit": ErrGoexit,
		"rt: task panicked: boom":        outcomeOfTask(Default(), Spawn(do(func() { panic(errBoom) }))),
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}

// A member that is started after the end was decided ends before its first poll.
func TestA3_54_MemberOfACancelledScope(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		j := &journal{}
		var late *JoinHandle[Unit]
		err := outcomeOfTask(r, Spawn(ScopeAsync(func(g *Group) Future[Unit] {
			g.Spawn(Fail[Unit](errBoom))
			return bodyAsync("body", j, Never[Unit](), PollFunc(func(*Context) (Unit, bool, error) {
				late = SpawnIn(g, do(func() { j.log("the member runs") }))
				return Done(Unit{})
			}))
		}), On(r)))
		if err != errBoom {
			t.Error(err)
		}
		if err := outcomeOfTask(r, late); err != ErrAborted {
			t.Errorf("the late member has ended with %v", err)
		}
		j.want(t, "body begins", "body cleans up", "body ends")
	})
}

// Those who stop waiting for a handle, in a choice or by a timeout or an abort, leave no wake behind that
// the others need.
func TestA3_55_ManyStopWaitingForAHandle(t *testing.T) {
	const rounds, waiters = 300, 8
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 1))
	r := testRuntime(t, task.Config{Workers: 4})
	for range rounds {
		g := new(gate)
		h := Spawn[Unit](g, On(r))
		var all sync.WaitGroup
		for range waiters {
			kind, turns := rng.IntN(4), rng.IntN(4)
			yields := AsyncFunc(func() error {
				for range turns {
					Yield()
				}
				return nil
			})
			waits := Spawn(AsyncFunc(func() error {
				switch kind {
				case 0:
					Select2(Future[Unit](h), yields)
				case 1:
					_, _ = Timeout(time.Duration(turns)*time.Microsecond, Future[Unit](h))
				default:
					_, err := Await(h)
					return err
				}
				return nil
			}), On(r))
			if kind == 2 {
				go waits.Abort()
			}
			all.Go(func() {
				if _, err := Await(waits); err != nil && (kind != 2 || !errors.Is(err, ErrAborted)) {
					t.Errorf("seed %d: %v", seed, err)
				}
			})
		}
		go g.Open()
		all.Wait() // or the test hangs
	}
}

// What is wrong is said, each with its own words, and no code of the user's runs.
func TestB4_59_PolledAgain(t *testing.T) {
	h, j := newHand(), &journal{}
	cancelled := bodyAsync("b", j, Never[Unit](), nil)
	pending(t, h, cancelled)
	Cancel(cancelled)
	done := bodyAsync("b", j, Ready(Unit{}), nil)
	ended(t, h, done)
	panicked := bodyAsync("b", j, do(func() { panic(errBoom) }), nil)
	wantPanic(t, errBoom, func() { _, _, _ = panicked.Poll(h.cx) })
	j.take()
	for range 2 {
		wantPanic(t, "rt: body is polled after it was cancelled or has panicked", func() { _, _, _ = cancelled.Poll(h.cx) })
		wantPanic(t, "rt: body is polled after it was ready", func() { _, _, _ = done.Poll(h.cx) })
		wantPanic(t, "rt: body is polled after it was cancelled or has panicked", func() { _, _, _ = panicked.Poll(h.cx) })
	}
	j.want(t)

	var again Future[Unit]
	again = bodyAsync("b", j, do(func() {
		j.take()
		wantPanic(t, "rt: a future is polled while it is being polled", func() { _, _, _ = again.Poll(h.cx) })
		j.want(t)
	}), nil)
	ended(t, h, again)
	j.want(t, "b goes on", "b cleans up", "b ends")
}
