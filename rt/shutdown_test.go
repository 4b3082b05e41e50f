package rt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// goroutinesOf gives the stacks of all goroutines that belong to r: they carry its label.
func goroutinesOf(r *Runtime) string {
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		panic(err)
	}
	var own []string
	for _, g := range strings.Split(all.String(), "\n\n") {
		if strings.Contains(g, fmt.Sprintf("%q:%q", "asyncgen", r.engine.Name)) {
			own = append(own, g)
		}
	}
	return strings.Join(own, "\n\n")
}

// noGoroutines waits for the goroutines that r has counted as ended to be gone.
// If one is left, the test runs into its time limit and shows it.
func noGoroutines(r *Runtime) {
	for goroutinesOf(r) != "" {
		runtime.Gosched()
	}
}

func TestA11_145_ShutdownEndsEverything(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		j := new(journal)
		g := new(gate)
		// The cleanup awaits, a timer too.
		h := Spawn(bodyAsync("b", j, g, SleepAsync(time.Millisecond)), On(r))
		var others []*JoinHandle[Unit]
		for range 2000 {
			others = append(others, Spawn(SleepAsync(time.Hour), On(r)))
		}
		block := make(chan Unit)
		call := SpawnBlocking(func() (int, error) { <-block; return 1, nil }, On(r))
		go func() {
			r.engine.Enter() // as in BlockOn, but not ended by the shutdown
			g.polled(1)
			if !strings.Contains(goroutinesOf(r), "serve") {
				t.Error("goroutinesOf does not see the workers")
			}
			close(block)
			r.engine.Exit()
			shutDownNow(t, r)
		}()
		<-r.engine.Ended
		shutDownNow(t, r) // again
		if _, err := Await(h); err != ErrShutdown {
			t.Error(err)
		}
		j.want(t, "b begins", "b cleans up", "b ends")
		for _, h := range others {
			if _, err := Await(h); err != ErrShutdown {
				t.Fatal(err)
			}
		}
		if !call.Finished() {
			t.Error("a blocking call was not waited for")
		}
		for _, w := range r.engine.Workers {
			if w.Shard.N != 0 {
				t.Error("a task is left")
			}
		}
		noGoroutines(r)
	})
}

func TestA11_145_ShutdownWithConcurrentSpawns(t *testing.T) {
	for range 20 {
		r := testRuntime(t, task.Config{Workers: 2})
		var stop atomic.Bool
		var wg sync.WaitGroup
		var spawned, ended atomic.Int32
		for range 3 {
			wg.Go(func() {
				for !stop.Load() {
					h := Spawn(YieldAsync(), On(r))
					b := SpawnBlocking(func() (Unit, error) { return Unit{}, nil }, On(r))
					spawned.Add(2)
					for _, h := range []*JoinHandle[Unit]{h, b} {
						<-h.Done()
						ended.Add(1)
					}
				}
			})
		}
		for spawned.Load() < 50 {
			runtime.Gosched()
		}
		shutDownNow(t, r)
		stop.Store(true)
		wg.Wait()
		if spawned.Load() != ended.Load() {
			t.Errorf("of %d tasks %d have ended", spawned.Load(), ended.Load())
		}
		noGoroutines(r)
	}
}

func TestA11_145_ShutdownFromInside(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		h := Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
			if err := r.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
			return Pending[Unit]()
		}), On(r))
		if _, err := BlockOn(h, On(r)); err != ErrShutdown {
			t.Error(err)
		}
		shutDownNow(t, r)
	})
}

func TestShutdownGivesUpWithItsContext(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	block := make(chan Unit)
	SpawnBlocking(func() (int, error) { <-block; return 1, nil }, On(r))
	for !working(&r.engine.Pool) {
		runtime.Gosched()
	}
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	if err := r.Shutdown(ctx); !errors.Is(err, cause) {
		t.Error(err)
	}
	close(block)
	shutDownNow(t, r)
}

// working reports whether a goroutine of the pool has work.
func working(p *task.Pool) bool {
	p.Mu.Lock()
	defer p.Mu.Unlock()
	return p.Threads > p.Free && p.First == nil
}

// A panic that leaves a detached task ends the program, with the stack of the panic.
func TestA4_63_PanicOfADetachedTask(t *testing.T) {
	const env = "ASYNCGEN_TEST_CRASH"
	if os.Getenv(env) != "" {
		Go(do(func() { panic("nobody will ever know") }))
		_, _ = Await(Never[Unit]())
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestA4_63_PanicOfADetachedTask$")
	cmd.Env = append(os.Environ(), env+"=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"panic: nobody will ever know", "TestA4_63_PanicOfADetachedTask.func1"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("the crash report has no %q:\n%s", want, out)
		}
	}
}

func TestA5_65_PoolLimit(t *testing.T) {
	const limit, calls = 3, 8
	r := testRuntime(t, task.Config{Workers: 1, Threads: limit, Idle: time.Minute})
	var now, most atomic.Int32
	var mu sync.Mutex
	var order []int
	release := make(chan Unit)
	var hs []*JoinHandle[int]
	for i := range calls {
		hs = append(hs, SpawnBlocking(func() (int, error) {
			mu.Lock()
			order = append(order, i)
			n := now.Add(1)
			if n > most.Load() {
				most.Store(n)
			}
			mu.Unlock()
			<-release
			now.Add(-1)
			return i, nil
		}, On(r)))
	}
	for now.Load() < limit {
		runtime.Gosched()
	}
	for range calls {
		release <- Unit{}
	}
	for i, h := range hs {
		if v := wait(t, r, h); v != i {
			t.Error(v)
		}
	}
	if most.Load() != limit {
		t.Errorf("%d at once, want %d", most.Load(), limit)
	}
	for i, n := range order[:limit] {
		if n >= limit {
			t.Errorf("call %d began as number %d", n, i)
		}
	}
	wantPanic(t, "rt: BlockingLimit of 0", func() { New(BlockingLimit(0, 0)) })
}

func TestA5_66_IdleThreadsEnd(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Threads: 4, Idle: time.Millisecond})
	for range 3 {
		var hs []*JoinHandle[int]
		for range 6 {
			hs = append(hs, SpawnBlocking(func() (int, error) { return 0, nil }, On(r)))
		}
		for _, h := range hs {
			wait(t, r, h)
		}
		for threads := 1; threads > 0; runtime.Gosched() {
			r.engine.Pool.Mu.Lock()
			threads = r.engine.Pool.Threads
			r.engine.Pool.Mu.Unlock()
		}
	}
}

func TestA5_67_SpawnFromABlockingCall(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		h := SpawnBlocking(func() (int, error) { return Await(Spawn(Ready(4))) }, On(r))
		if v := wait(t, r, h); v != 4 {
			t.Error(v)
		}
	})
}

func TestA5_68_AbortOfABlockingCall(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Threads: 1, Idle: time.Minute})
	begun, release := make(chan Unit), make(chan Unit)
	running := SpawnBlocking(func() (int, error) {
		close(begun)
		<-release
		return 1, nil
	}, On(r))
	queued := SpawnBlocking(func() (int, error) { t.Error("it runs"); return 2, nil }, On(r))
	last := SpawnBlocking(func() (int, error) { return 3, nil }, On(r))
	<-begun
	queued.Abort()
	if err := outcomeOfTask(r, queued); err != ErrAborted {
		t.Error(err)
	}
	running.Abort()
	if running.Finished() {
		t.Error("the abort did not wait")
	}
	close(release)
	if v := wait(t, r, running); v != 1 {
		t.Error(v)
	}
	if v := wait(t, r, last); v != 3 {
		t.Error(v)
	}
}

func TestA5_70_PanicInABlockingCall(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1, Threads: 1, Idle: time.Minute})
	var pe *PanicError
	h := SpawnBlocking(func() (int, error) { panic("x") }, On(r))
	if err := outcomeOfTask(r, h); !errors.As(err, &pe) || pe.Value != "x" {
		t.Error(err)
	}
	h = SpawnBlocking(func() (int, error) { runtime.Goexit(); return 0, nil }, On(r))
	if err := outcomeOfTask(r, h); err != ErrGoexit {
		t.Error(err)
	}
	if v := wait(t, r, SpawnBlocking(func() (int, error) { return 5, nil }, On(r))); v != 5 {
		t.Error(v)
	}
}

// Users' labels work in a task, and do not stay on the worker.
func TestPprofLabels(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	wait(t, r, Spawn(do(func() {
		pprof.Do(context.Background(), pprof.Labels("k", "v"), func(ctx context.Context) {
			if v, ok := pprof.Label(ctx, "k"); v != "v" || !ok {
				t.Error("no label")
			}
			if ownRuntime() != r {
				t.Error("inside of pprof.Do the task does not belong to its runtime")
			}
		})
	}), On(r)))
	wait(t, r, Spawn(do(func() {
		if goid.Labels() != r.engine.Labels {
			t.Error("the worker has not taken its labels back")
		}
	}), On(r)))
}
