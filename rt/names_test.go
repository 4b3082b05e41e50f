package rt

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// busy is a future of a call whose frames change all the time, until stop is closed.
func busy(stop <-chan struct{}) Future[Unit] {
	turns := PollFunc(func(cx *Context) (Unit, bool, error) {
		select {
		case <-stop:
			return Done(Unit{})
		default:
			cx.Waker().Wake()
			return Pending[Unit]()
		}
	})
	return bodyAsync("b", new(journal), bodyAsync("inner", new(journal), YieldAsync(), nil), turns)
}

// The message about a future that is used after it was passed on names its function, and reads nothing
// that those who have it now may be changing: see it under -race.
func TestMisuseReadsNoForeignFrames(t *testing.T) {
	for _, tt := range []struct {
		name   string
		pass   func(f Future[Unit], r *Runtime)
		use    func(f Future[Unit], r *Runtime)
		panics string
	}{
		{"await", spawnIt, func(f Future[Unit], r *Runtime) { Await(f) }, "is polled after it was spawned"},
		{"join", spawnIt, func(f Future[Unit], r *Runtime) { JoinAllAsync(f) }, "is passed to JoinAll after it was spawned"},
		{"spawn", spawnIt, spawnIt, "is spawned twice, or after it has ended"},
		{"cancel", spawnIt, func(f Future[Unit], r *Runtime) { Cancel(f) }, "is cancelled after it was spawned"},
		{"in a join", joinIt, func(f Future[Unit], r *Runtime) { RaceAsync(f) }, "is passed to Race after it was passed to Join2" + oneOwner},
		{"spawn one in a join", joinIt, spawnIt, "is passed to Spawn after it was passed to Join2" + oneOwner},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := testRuntime(t, task.Config{Workers: 4})
			stop := make(chan struct{})
			defer close(stop)
			f := busy(stop)
			tt.pass(f, r)
			for range 200 {
				wantPanic(t, "rt: body "+tt.panics, func() { tt.use(f, r) })
				runtime.Gosched()
			}
		})
	}
}

func spawnIt(f Future[Unit], r *Runtime) { Spawn(f, On(r)) }

func joinIt(f Future[Unit], r *Runtime) { Spawn(Join2Async(f, Never[int]()), On(r)) }

// A box whose cleanup was handed over goes on as a task.
func TestMisuseOfWhatTheRuntimeCleansUp(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 4})
	stop := make(chan struct{})
	cx := task.ContextOf(&r.engine, task.Nobody)
	f := bodyAsync("b", new(journal), Never[Unit](), busy(stop))
	_, _, _ = f.Poll(cx)
	wait(t, r, Future[Unit](Spawn(do(func() { f.(Canceler).Cancel() }), On(r))))
	for range 200 {
		wantPanic(t, "rt: body is polled after it was spawned", func() { _, _, _ = f.Poll(cx) })
	}
	close(stop)
}

func TestHandleNames(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		stop := make(chan struct{})
		hs := []interface {
			Name() string
			Done() <-chan struct{}
		}{
			Spawn(busy(stop), On(r)),
			Spawn(busy(stop), On(r), Name("by hand")),
			Spawn(busy(stop), On(r), WithValues(t.Context())),
			Spawn(SleepAsync(1), On(r)),
			Spawn(Ready(1), On(r)),
			SpawnBlocking(func() (int, error) { return 1, nil }, On(r)),
		}
		names := func() (s []string) {
			for _, h := range hs {
				s = append(s, h.Name())
			}
			return s
		}
		want := fmt.Sprint([]string{"rt.body", "by hand", "rt.body", "rt.Sleep", "rt.Await", "rt.SpawnBlocking(rt.TestHandleNames.func1.1)"})
		if r.engine.Current { // it runs while somebody waits
			wait(t, r, SleepAsync(1))
		}
		for range 100 {
			if got := fmt.Sprint(names()); got != want {
				t.Fatalf("names %s, want %s", got, want)
			}
		}
		close(stop)
		for _, h := range hs {
			wait(t, r, recv(h.Done()))
		}
		if got := fmt.Sprint(names()); got != want {
			t.Errorf("names %s after the end, want %s", got, want)
		}
		g := Spawn(busy(stop), On(r))
		g.Abort()
		_ = outcomeOfTask(r, g)
		if g.Name() != "rt.body" {
			t.Errorf("name %q after an abort", g.Name())
		}
	})
}
