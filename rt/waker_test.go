package rt

import (
	"bytes"
	"context"
	"log"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// logged has the standard logger write into memory during a test.
func logged(t *testing.T) func() string {
	var (
		mu   sync.Mutex
		text bytes.Buffer
	)
	log.SetOutput(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return text.Write(p)
	}))
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return text.String()
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func raisesInWaker() { panic("in the waker") }

// Whoever wakes is not to blame for what the waker does.
func TestA4_60_PanicInAWaker(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		poll := func(f Future[Unit]) {
			cx := task.ContextOf(&r.engine, task.NewWaker(raisesInWaker))
			if _, ready, _ := f.Poll(cx); ready {
				t.Fatal("ready")
			}
		}
		for name, wakes := range map[string]func(){
			"by hand": func() { task.NewWaker(raisesInWaker).Wake() },
			"by a timer": func() {
				poll(SleepAsync(time.Microsecond))
			},
			"by the end of a task": func() {
				g := new(gate)
				h := Spawn[Unit](g, On(r))
				poll(h)
				wait(t, r, Spawn(do(g.Open), On(r)))
				wait(t, r, Future[Unit](h))
			},
			"by a task": func() {
				g := new(gate)
				poll(g)
				wait(t, r, Spawn(do(g.Open), On(r)))
			},
			"by a slice": func() {
				g := new(gate)
				poll(unit(JoinAllAsync[Unit](g)))
				wait(t, r, Spawn(do(g.Open), On(r)))
			},
			"by a group": func() {
				var group Group
				g := new(gate)
				SpawnIn[Unit](&group, g, On(r))
				poll(group.WaitAsync())
				wait(t, r, Spawn(do(g.Open), On(r)))
				wait(t, r, group.WaitAsync())
			},
		} {
			text := logged(t)
			wakes()
			for text() == "" {
				wait(t, r, Spawn(SleepAsync(time.Millisecond), On(r))) // the workers are there
			}
			if got := text(); strings.Count(got, "in the waker") != 1 || !strings.Contains(got, "raisesInWaker") {
				t.Errorf("%s: the report is %q", name, got)
			}
		}
	})
}

// All who wait for a task are woken, whatever the waker of one of them does.
func TestA4_60_TheOthersAreWoken(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1})
	text := logged(t)
	g := new(gate)
	h := Spawn[Unit](g, On(r))
	g.polled(1)
	woken := 0
	for _, f := range []func(){func() { woken++ }, raisesInWaker, func() { woken++ }, raisesInWaker, func() { woken++ }} {
		cx := task.ContextOf(&r.engine, task.NewWaker(f))
		_, _, _ = h.Poll(cx)
	}
	g.Open()
	<-h.Done()
	wait(t, r, Spawn(YieldAsync(), On(r))) // the turn of h is over
	if n := strings.Count(text(), "rt: panic in a waker: in the waker"); woken != 3 || n != 2 {
		t.Errorf("%d are woken, %d panics reported", woken, n)
	}
}

// A Goexit in a waker is no more of a concern to who wakes than a panic: the outcome of the task that has ended,
// or that has opened the gate, is what it was, and all others are woken, those of one batch of timers too.
func TestGoexitInAWaker(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		for _, exits := range []func(){
			runtime.Goexit,
			func() { defer runtime.Goexit(); panic("in the waker") },
			func() { defer func() { panic("in the waker") }(); runtime.Goexit() },
		} {
			logged(t)
			woken := new(atomic.Int32)
			poll := func(f Future[Unit]) {
				for i := range 9 {
					w := task.NewWaker(func() { woken.Add(1) })
					if i%3 == 1 {
						w = task.NewWaker(exits)
					}
					_, _, _ = f.Poll(task.ContextOf(&r.engine, w))
				}
			}
			g := new(gate)
			h := Spawn(returnsAfter(g, 7), On(r))
			poll(unit(Future[int](h)))
			late := Spawn(do(g.Open), On(r))
			wait(t, r, late)
			if v := wait(t, r, Future[int](h)); v != 7 {
				t.Errorf("the task has %d", v)
			}
			for woken.Load() != 6 {
				runtime.Gosched()
			}
			at := r.engine.Clock.Now() + int64(5*time.Millisecond)
			var sleeps []*JoinHandle[Unit]
			for i := range 200 {
				w := task.NewWaker(exits)
				if i%2 == 0 {
					sleeps = append(sleeps, Spawn(SleepUntilAsync(r.engine.Epoch.Add(time.Duration(at))), On(r)))
				}
				f := SleepUntilAsync(r.engine.Epoch.Add(time.Duration(at)))
				_, _, _ = f.Poll(task.ContextOf(&r.engine, w))
			}
			for _, h := range sleeps {
				wait(t, r, Future[Unit](h))
			}
		}
	})
}

// returnsAfter waits for f, and gives v.
func returnsAfter[T any](f Future[Unit], v T) Future[T] {
	return PollFunc(func(cx *Context) (T, bool, error) {
		_, ready, err := f.Poll(cx)
		return v, ready, err
	})
}

// A function of NewWaker that blocks does not keep the tasks of the worker that calls it.
func TestBlockingInAWaker(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	g := new(gate)
	h := Spawn[Unit](g, On(r))
	over := make(chan struct{})
	_, _, _ = h.Poll(task.ContextOf(&r.engine, task.NewWaker(func() {
		wait(t, r, Spawn(YieldAsync()))
		close(over)
	})))
	g.Open()
	<-over
}

// TestA1_14_WakersOutliveTheirTasks wakes after the end of the task, and after that of its runtime.
func TestA1_14_WakersOutliveTheirTasks(t *testing.T) {
	r := New(Workers(2))
	var w Waker
	n, err := Await(Spawn(PollFunc(func(cx *Context) (int, bool, error) {
		w = cx.Waker()
		return 1, true, nil
	}), On(r)))
	if n != 1 || err != nil {
		t.Fatal(n, err)
	}
	for range 10 {
		w.Wake()
	}
	if err := r.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		w.Wake()
	}
}
