package rt

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// cleans is a future whose cleanup is f, in code that may wait; it closes begun when it waits.
func cleans(begun chan struct{}, f func()) Future[Unit] {
	return AsyncFunc(func() error {
		defer f()
		close(begun)
		_, err := Await(Never[int]())
		return err
	})
}

// Cleanup during a shutdown has its leaves, in the async and in the blocking form.
func TestCleanupDuringShutdownHasItsLeaves(t *testing.T) {
	for name, opts := range flavours {
		for what, run := range map[string]func(r *Runtime, f Future[Unit]){
			"a task":  func(r *Runtime, f Future[Unit]) { _, _ = BlockOn(Spawn(f, On(r)), On(r)) },
			"BlockOn": func(r *Runtime, f Future[Unit]) { _, _ = BlockOn(f, On(r)) },
		} {
			for form, blocking := range map[string]func(f Future[int]) (int, error){
				"async":    func(f Future[int]) (int, error) { return Await(f) },
				"blocking": func(f Future[int]) (int, error) { return BlockOn(f) },
			} {
				t.Run(name+"/"+what+"/"+form, func(t *testing.T) {
					r := New(opts...)
					j := new(journal)
					begun := make(chan struct{})
					f := cleans(begun, func() {
						v, err := blocking(BlockingAsync(context.Background(), func(context.Context) (int, error) { return 7, nil }))
						j.log("Blocking %v %v", v, err)
						v, err = blocking(AsyncValue(func() (int, error) { Sleep(time.Millisecond); Yield(); return 8, nil }))
						j.log("Sleep %v %v", v, err)
					})
					over := make(chan struct{})
					go func() { run(r, f); close(over) }()
					<-begun
					shutDownNow(t, r)
					j.want(t, "Blocking 7 <nil>", "Sleep 8 <nil>")
					<-over
					noGoroutines(r)
				})
			}
		}
	}
}

// A call of Blocking that cleanup has made before the shutdown runs, though it is still in the queue.
func TestShutdownLeavesCallsOfCleanupAlone(t *testing.T) {
	r := New(Workers(1), BlockingLimit(1, time.Minute))
	occupied, release := make(chan struct{}), make(chan struct{})
	SpawnBlocking(func() (int, error) { close(occupied); <-release; return 0, nil }, On(r))
	<-occupied
	begun, queued := make(chan struct{}), make(chan struct{})
	ran := false
	h := Spawn(cleans(begun, func() {
		close(queued)
		_, _ = Blocking(context.Background(), func(context.Context) (int, error) { ran = true; return 0, nil })
	}), On(r))
	<-begun
	h.Abort()
	<-queued
	closing := make(chan error)
	go func() { closing <- r.Shutdown(t.Context()) }()
	<-r.engine.Closing
	close(release)
	if err := <-closing; err != nil || !ran {
		t.Error(err, ran)
	}
}

// A shutdown that may not wait returns at once. Functions that are in the queue then do not run; for one that runs the next
// shutdown waits, and it gives its result.
func TestA5_69_ShutdownOfBlockingCalls(t *testing.T) {
	r := New(Workers(1), BlockingLimit(1, time.Minute))
	begun, release := make(chan struct{}), make(chan struct{})
	running := SpawnBlocking(func() (int, error) { close(begun); <-release; return 1, nil }, On(r), Name("running"))
	<-begun
	never := func() (int, error) { t.Error("it runs"); return 0, nil }
	var dropped []*JoinHandle[int]
	for range 3 {
		dropped = append(dropped, SpawnBlocking(never, On(r)))
	}
	done, cancel := context.WithCancelCause(context.Background())
	cancel(errBoom)
	if err := r.Shutdown(done); !errors.Is(err, errBoom) || !strings.Contains(err.Error(), `"running"`) {
		t.Error(err)
	}
	for _, h := range append(dropped, SpawnBlocking(never, On(r))) {
		if _, err := Await(h); err != ErrShutdown {
			t.Error(err)
		}
	}
	if running.Finished() {
		t.Error("what runs was cut off")
	}
	ended := make(chan error)
	go func() { ended <- r.Shutdown(context.Background()) }()
	select {
	case err := <-ended:
		t.Errorf("it has not waited: %v", err)
	case release <- struct{}{}:
	}
	if v, err := Await(running); v != 1 || err != nil {
		t.Error(v, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// All cleanup of a shutdown has one time of grace.
func TestShutdownHasOneGrace(t *testing.T) {
	const grace = time.Hour
	c := new(virtual)
	r := runtimeOf(task.NewRuntime(task.Config{Workers: 1, Current: true, Clock: c, Threads: 1, Idle: time.Minute, Grace: grace}))
	begun := make(chan struct{})
	rest := 0
	forever := func(n int) func() {
		return func() {
			for range n {
				defer func() { rest++; _, _ = Await(Never[int]()) }()
			}
		}
	}
	Spawn(cleans(begun, forever(5)), On(r), Name("flush"))
	waiting := make(chan struct{})
	Spawn(cleans(waiting, forever(3)), On(r))
	go func() { _, _ = BlockOn(Never[int](), On(r)) }()
	<-begun
	<-waiting
	for r.heldNow() == 0 {
		Yield()
	}
	if err := r.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if rest != 8 {
		t.Errorf("%d of 8 deferred calls have run", rest)
	}
	// A deferred call that comes to wait later than that has a tick.
	if took := time.Duration(c.Now()); took < grace || took > grace+8*time.Duration(task.Tick) {
		t.Errorf("the shutdown took %v", took)
	}
}

// What cannot be cancelled is left behind, and named.
func TestShutdownGivesUp(t *testing.T) {
	r := New(Workers(1), CleanupGrace(time.Millisecond))
	release, runs := make(chan struct{}), make(chan struct{})
	SpawnBlocking(func() (int, error) { close(runs); <-release; return 0, nil }, On(r), Name("stuck"))
	<-runs
	err := r.Shutdown(t.Context())
	if err == nil || err.Error() != `rt: Shutdown: rt: timeout: not ended: rt.SpawnBlocking(rt.TestShutdownGivesUp.func1) "stuck"` {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errBoom)
	if err := r.Shutdown(ctx); !errors.Is(err, errBoom) || err.Error() != `rt: Shutdown: boom: not ended: rt.SpawnBlocking(rt.TestShutdownGivesUp.func1) "stuck"` {
		t.Error(err)
	}
	close(release)
	_ = r.Shutdown(t.Context()) // waits for the end
	noGoroutines(r)
}

// A goroutine that loops over Sleep, or a Ticker, is not told by a shutdown that time is over.
func TestGoroutinesDoNotSpinWhenTheirRuntimeEnds(t *testing.T) {
	for what, wait := range map[string]func(d time.Duration){
		"Sleep":      Sleep,
		"SleepUntil": func(d time.Duration) { SleepUntil(Now().Add(d)) },
		"Tick": func(d time.Duration) {
			ticker := NewTicker(d)
			ticker.ResetAfter(d)
			ticker.Tick()
		},
	} {
		for _, when := range []string{"before", "after"} {
			t.Run(what+"/"+when, func(t *testing.T) {
				const d = 20 * time.Millisecond
				r := New(Workers(1))
				start, took := make(chan struct{}), make(chan time.Duration)
				_, _ = BlockOn(do(func() {
					go func() {
						if when == "after" {
							<-start
						}
						begin := time.Now()
						wait(d)
						took <- time.Since(begin)
					}()
				}), On(r))
				if when == "before" {
					for r.heldNow() == 0 && r.engine.Alive() == 0 && len(took) == 0 {
						Yield()
					}
				}
				shutDownNow(t, r)
				close(start)
				// Timers are never early: how late it is does not matter.
				if d1 := <-took; d1 < d-2*time.Millisecond {
					t.Errorf("it waited %v, not %v", d1, d)
				}
			})
		}
	}
}

// Ordinary code of a task that loops over Sleep is told once that its runtime ends. Then it waits as long as
// it wants, up to the end of the grace.
func TestOrdinaryCodeOfATaskDoesNotSpinWhenItsRuntimeEnds(t *testing.T) {
	const d = 20 * time.Millisecond
	r := New(Workers(1))
	begun := make(chan struct{})
	var first, second time.Duration
	lap := func(d time.Duration) time.Duration {
		start := time.Now()
		Sleep(d)
		return time.Since(start)
	}
	Spawn(do(func() {
		close(begun)
		first, second = lap(time.Hour), lap(d)
	}), On(r))
	<-begun
	for r.heldNow() == 0 {
		Yield()
	}
	shutDownNow(t, r)
	if first > time.Minute || second < d {
		t.Errorf("the first Sleep took %v, the second one %v", first, second)
	}
}

// Shutdown returns a little after the grace, in real time; what goes on after that is left alone.
func TestSleepAfterShutdownHasGivenUp(t *testing.T) {
	r := New(Workers(1), CleanupGrace(time.Millisecond))
	begun, given := make(chan struct{}), make(chan struct{})
	laps, start := 0, time.Now()
	Spawn(do(func() {
		close(begun)
		for {
			Sleep(time.Second)
			laps++
			select {
			case <-given:
				return
			default:
			}
		}
	}), On(r))
	<-begun
	for r.heldNow() == 0 {
		Yield()
	}
	err := r.Shutdown(t.Context())
	var left *ShutdownError
	if !errors.As(err, &left) || left.Cause != ErrTimeout {
		t.Fatal(err)
	}
	close(given)
	if err := r.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	// Three may end early: by the shutdown, the grace, and its margin.
	if took := time.Since(start); laps > 3+int(took/time.Second) {
		t.Errorf("%d laps in %v", laps, took)
	}
}
