package rt

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/sched"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// A producer pushes again and again just when the last worker goes to sleep: no
// task may be left lying.
func TestA6_85_NoLostWakeup(t *testing.T) {
	rounds := 30_000
	if testing.Short() {
		rounds = 3_000
	}
	for _, n := range []int{1, 2, 4} {
		r := testRuntime(t, task.Config{Workers: n})
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for range rounds / n / 2 {
					done := make(chan Unit)
					Go(do(func() { close(done) }), On(r))
					<-done
				}
			})
		}
		wg.Wait()
	}
}

func TestA6_74_YieldGoesToTheBack(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Current: true})
	var order []string
	log := func(s string) Future[Unit] { return do(func() { order = append(order, s) }) }
	yields := 0
	wait(t, r, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
		switch yields++; yields {
		case 1:
			for _, s := range []string{"a", "b", "c"} {
				Go(log(s))
			}
			return YieldAsync().Poll(cx)
		}
		order = append(order, "back")
		return Done(Unit{})
	}), On(r)))
	if !slices.Equal(order, []string{"a", "b", "c", "back"}) {
		t.Error(order)
	}
}

func TestA6_75_YieldersShareTurns(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Current: true})
	var turns [2]int
	var hs []*JoinHandle[Unit]
	for i := range turns {
		yield := YieldAsync()
		hs = append(hs, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
			if _, ok, _ := yield.Poll(cx); ok {
				yield = YieldAsync()
				_, _, _ = yield.Poll(cx)
			}
			turns[i]++
			if d := turns[0] - turns[1]; d < -1 || d > 1 {
				t.Errorf("turns %v", turns)
			}
			return Unit{}, turns[i] == 1000, nil
		}), On(r)))
	}
	for _, h := range hs {
		wait(t, r, h)
	}
}

// A task that wakes itself for ever does not keep the worker from what comes from outside, and from timers.
func TestA6_76_SelfWakingTaskDoesNotStarve(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		var stop atomic.Bool
		h := Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
			cx.Waker().Wake()
			return Unit{}, stop.Load(), nil
		}), On(r))
		wait(t, r, Spawn(YieldAsync(), On(r)))
		wait(t, r, Spawn(SleepAsync(1), On(r)))
		stop.Store(true)
		wait(t, r, h)
	})
}

// Two tasks that wake each other through the slot do not starve a third.
func TestA6_81_SlotDoesNotStarve(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Current: true})
	var stop bool
	var wakers [2]Waker
	polls := 0
	player := func(i int) Future[Unit] {
		return PollFunc(func(cx *Context) (Unit, bool, error) {
			polls++
			wakers[i] = cx.Waker()
			wakers[1-i].Wake()
			return Unit{}, stop, nil
		})
	}
	a, b := Spawn(player(0), On(r)), Spawn(player(1), On(r))
	third := Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
		stop = true
		return Done(Unit{})
	}), On(r))
	wait(t, r, third)
	wait(t, r, a)
	wait(t, r, b)
	if polls > 4*task.LifoBudget {
		t.Errorf("%d polls before the third had its turn", polls)
	}
}

// A task that yields for ever, and nothing else is queued, keeps no timer from firing: of so many turns one looks.
func TestA6_86_YieldersLetTimersIn(t *testing.T) {
	r, clock := onVirtual(t)
	fired := false
	sleeper := Spawn(PollFunc(func() func(cx *Context) (Unit, bool, error) {
		sleep := SleepAsync(10 * time.Millisecond)
		return func(cx *Context) (Unit, bool, error) {
			_, fired, _ = sleep.Poll(cx)
			return Unit{}, fired, nil
		}
	}()), On(r))
	turns, since := 0, 0
	wait(t, r, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
		switch turns++; {
		case fired:
			return Done(Unit{})
		case turns == 1000:
			clock.t.Add(int64(10 * time.Millisecond))
		case turns > 1000:
			since++
		}
		return YieldAsync().Poll(cx)
	}), On(r)))
	if turns <= 1000 || since > sched.MaxInterval+1 {
		t.Errorf("it fires after %d turns, and %d since its time has come", turns, since)
	}
	wait(t, r, sleeper)
}

// What comes from outside has its turns beside a task that yields for ever. While turns are quick that is one of so many; where
// they take long, and one after the other comes, about every other.
func TestA6_87_InjectedTasksHaveTheirTurns(t *testing.T) {
	for name, c := range map[string]struct {
		turn    time.Duration
		longest map[byte]int // how many turns of one kind come in a row
	}{
		"quick": {1, map[byte]int{'L': sched.MaxInterval - 1, 'i': 1}},
		"slow":  {5 * time.Millisecond, map[byte]int{'L': 3, 'i': 3}},
	} {
		t.Run(name, func(t *testing.T) {
			clock := new(virtual)
			r := testRuntime(t, task.Config{Workers: 1, Current: true, Clock: clock})
			const n = 1000
			var trace []byte
			local := 0 // how long it is when the one that yields ends
			var injected []*JoinHandle[Unit]
			turn := func(what byte) {
				clock.t.Add(int64(c.turn))
				trace = append(trace, what)
			}
			wait(t, r, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
				if turn('L'); len(injected) == n {
					local = len(trace)
					return Done(Unit{})
				}
				done := make(chan Unit)
				go func() { // it is none of the worker's
					defer close(done)
					injected = append(injected, Spawn(do(func() { turn('i') }), On(r)))
				}()
				<-done
				return YieldAsync().Poll(cx)
			}), On(r)))
			for _, h := range injected {
				wait(t, r, h)
			}
			if len(trace) != 2*n+1 {
				t.Errorf("%d turns, want %d", len(trace), 2*n+1)
			}
			// By then it is known how long turns take, and those that had come before have had theirs.
			run := 0
			for i := n / 2; i < local; i++ {
				if run++; trace[i] != trace[i-1] {
					run = 1
				}
				if run > c.longest[trace[i]] {
					t.Fatalf("turn %d: too many of one kind in a row: %s", i, trace[:i+1])
				}
			}
		})
	}
}

// A task that waits for its first turn has it, though others are spawned after it all the time, which are next.
func TestA6_87_SpawnedTasksDoNotStarveOlderOnes(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Current: true})
	turns, before := 0, -1
	var grow func()
	grow = func() {
		turns++
		for range 2 {
			if before < 0 {
				Spawn(do(grow))
			}
		}
	}
	var oldest *JoinHandle[Unit]
	wait(t, r, Spawn(do(func() {
		oldest = Spawn(do(func() { before = turns }))
		grow()
	}), On(r)))
	wait(t, r, oldest)
	if before > 100 {
		t.Errorf("%d turns of others before the oldest had its first", before)
	}
}

// A tree of tasks that spawn tasks and await them grows depth first: few of them live at a time.
func TestTreesGrowDepthFirst(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Current: true})
	live, most, all := 0, 0, 0
	var tree func(size int) *JoinHandle[Unit]
	tree = func(size int) *JoinHandle[Unit] {
		live, all = live+1, all+1
		most = max(most, live)
		var kids []*JoinHandle[Unit]
		return Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
			if size > 1 {
				for range 10 {
					kids = append(kids, tree(size/10))
				}
				size = 0
			}
			for ; len(kids) > 0; kids = kids[1:] {
				if _, ready, _ := kids[0].Poll(cx); !ready {
					return Pending[Unit]()
				}
			}
			live--
			return Done(Unit{})
		}), On(r))
	}
	wait(t, r, tree(1000))
	if all != 1111 || most > all/2 {
		t.Errorf("of %d tasks %d live at a time", all, most)
	}
}

// More tasks than the ring has room for overflow, and none is lost.
func TestA6_82_Overflow(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		const n = 3000
		var ran atomic.Int32
		var hs []*JoinHandle[Unit]
		wait(t, r, Spawn(do(func() {
			for range n {
				hs = append(hs, Spawn(do(func() { ran.Add(1) })))
			}
		}), On(r)))
		for _, h := range hs {
			wait(t, r, h)
		}
		if ran.Load() != n {
			t.Errorf("%d of %d have run", ran.Load(), n)
		}
	})
}

// Tasks spawned behind a long poll are stolen and run meanwhile.
func TestA6_83_StolenFromALongPoll(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 2})
	var ran atomic.Int32
	wait(t, r, Spawn(do(func() {
		for range 10 {
			Go(do(func() { ran.Add(1) }))
		}
		for ran.Load() < 9 { // the last one is in our slot
			runtime.Gosched()
		}
	}), On(r)))
}

// An idle runtime does not spin: its workers have parked, and stay so.
func TestA6_86_IdleWorkersPark(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 4})
	parked := func() bool {
		r.engine.Mu.Lock()
		defer r.engine.Mu.Unlock()
		return len(r.engine.Sleepers) == 4 && r.engine.Idle.Load() == 0
	}
	for range 100 {
		wait(t, r, Spawn(YieldAsync(), On(r)))
	}
	for !parked() {
		runtime.Gosched()
	}
	var turns [4]uint32
	for i, w := range r.engine.Workers {
		turns[i] = w.Turns // they sleep: parked has seen it under the lock
	}
	for range 1000 {
		runtime.Gosched()
	}
	if !parked() {
		t.Error("a worker has got up")
	}
	for i, w := range r.engine.Workers {
		if w.Turns != turns[i] {
			t.Error("a worker has looked for work")
		}
	}
}

func TestBelongsToTheTasksRuntime(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		if ownRuntime() != Default() {
			t.Error("the test belongs to", task.Here().Name)
		}
		wait(t, r, Spawn(do(func() {
			if ownRuntime() != r || task.CurrentWorker() == nil {
				t.Error("a task does not belong to its runtime")
			}
			done := make(chan Unit)
			go func() {
				defer close(done)
				if ownRuntime() != r || task.CurrentWorker() != nil {
					t.Error("a goroutine of a task does not belong to its runtime")
				}
				inner := make(chan Unit)
				go func() {
					defer close(inner)
					if ownRuntime() != r {
						t.Error("nor does one that it starts")
					}
				}()
				<-inner
			}()
			<-done
		}), On(r)))
		h := SpawnBlocking(func() (*Runtime, error) { return ownRuntime(), nil }, On(r))
		if got := wait(t, r, h); got != r {
			t.Error("a blocking call does not belong to its runtime")
		}
	})
}

// A detached task must not wait for the turn that started it: the code may block its worker until the
// task has run.
func TestA5_64_DetachedTaskRunsBesideABlockedWorker(t *testing.T) {
	r := New(Workers(2))
	defer func() { _ = r.Shutdown(context.Background()) }()
	for range 100 {
		_, err := BlockOn(Spawn(PollFunc(func(*Context) (Unit, bool, error) {
			done := make(chan struct{})
			Go(PollFunc(func(*Context) (Unit, bool, error) {
				close(done)
				return Unit{}, true, nil
			}))
			<-done
			return Unit{}, true, nil
		}), On(r)))
		if err != nil {
			t.Fatal(err)
		}
	}
}
