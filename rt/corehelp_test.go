package rt

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// onEach runs a test on a runtime of each flavour, and shuts it down afterwards.
func onEach(t *testing.T, f func(t *testing.T, r *Runtime)) {
	t.Helper()
	for name, c := range map[string]task.Config{
		"current": {Workers: 1, Current: true},
		"one":     {Workers: 1},
		"four":    {Workers: 4},
	} {
		t.Run(name, func(t *testing.T) {
			r := testRuntime(t, c)
			f(t, r)
		})
	}
}

// testRuntime makes a runtime that is shut down at the end of the test.
func testRuntime(t *testing.T, c task.Config) *Runtime {
	if c.Clock == nil {
		c.Clock = task.NewRealClock()
	}
	if c.Threads == 0 {
		c.Threads, c.Idle = 4, time.Minute
	}
	r := runtimeOf(task.NewRuntime(c))
	t.Cleanup(func() { shutDownNow(t, r) })
	return r
}

func shutDownNow(t *testing.T, r *Runtime) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := r.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

// virtual is a clock that stands while anything is ready, and jumps to the next
// timer otherwise. It is for runtimes with one worker.
type virtual struct{ t atomic.Int64 }

func (c *virtual) Now() int64 { return c.t.Load() }

func (c *virtual) Wait(p *task.Parking, until int64) {
	select {
	case <-p.Token:
		return
	default:
	}
	if until == task.Forever {
		<-p.Token
		return
	}
	c.t.Store(max(until, c.t.Load()))
}

// onVirtual makes a runtime with one worker and a virtual clock.
func onVirtual(t *testing.T) (*Runtime, *virtual) {
	c := new(virtual)
	return testRuntime(t, task.Config{Workers: 1, Current: true, Clock: c}), c
}

// do makes a future of a function that never waits.
func do(f func()) Future[Unit] {
	return PollFunc(func(*Context) (Unit, bool, error) {
		f()
		return Done(Unit{})
	})
}

// gate is a future that is ready when it has been opened. It counts its polls.
type gate struct {
	mu    sync.Mutex
	open  bool
	waker Waker
	polls int
}

func (g *gate) Poll(cx *Context) (Unit, bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.polls++
	g.waker = cx.Waker()
	return Unit{}, g.open, nil
}

func (g *gate) Open() {
	g.mu.Lock()
	g.open = true
	w := g.waker
	g.mu.Unlock()
	w.Wake()
}

func (g *gate) wake() {
	g.mu.Lock()
	w := g.waker
	g.mu.Unlock()
	w.Wake()
}

// polled waits until the gate has been polled n times.
func (g *gate) polled(n int) {
	for {
		g.mu.Lock()
		ok := g.polls >= n
		g.mu.Unlock()
		if ok {
			return
		}
		runtime.Gosched()
	}
}

// wait waits for a handle, on its runtime's behalf.
func wait[T any](t *testing.T, r *Runtime, f Future[T]) T {
	t.Helper()
	v, err := BlockOn(f, On(r))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// body is a call with deferred cleanup, as asyncgen would emit it: it awaits
// first; when it leaves, in whatever way, it logs, and awaits second if there is one.
type body struct {
	task.Frame
	name          string
	j             *journal
	first, second Future[Unit]
	due           bool
	p             any
}

var bodyFunc = task.Func{Name: "rt.body", Defers: true, Exit: 2, States: []task.State{1: {Pos: "body.go:1"}, 3: {}}}

func (m *body) Func() *task.Func { return &bodyFunc }

func (m *body) Reset() { *m = body{} }

func (m *body) Resume(cx *Context) (w task.Machine) {
	return bodyRun(cx, m, m.name, m.j, m.first, m.second)
}

func bodyRun(cx *Context, m *body, name string, j *journal, first, second Future[Unit]) (w task.Machine) {
	var (
		due bool
		p   any
	)
	defer func() {
		if w != nil || !due {
			return
		}
		p = recover()
		m = task.Park(cx, m, 2).(*body)
		m.name, m.j, m.second, m.due, m.p = name, j, second, due, p
		w = leaveGuard(cx, m, p)
	}()
	if m != nil && m.State() != 0 {
		goto resume
	}
	due = true
	j.log("%s begins", name)
	_, _, w = task.AwaitFuture(cx, first)
	if w != nil {
		m = task.Suspend(cx, m, 1, w).(*body)
		m.name, m.j, m.first, m.second, m.due = name, j, nil, second, due
		return m
	}
goOn:
	j.log("%s goes on", name)
exit:
	if due {
		due = false
		j.log("%s cleans up", name)
		if second != nil {
			_, _, w = task.AwaitFuture(cx, second)
			if w != nil {
				m = task.Suspend(cx, m, 3, w).(*body)
				m.name, m.j, m.second, m.due, m.p = name, j, nil, due, p
				return m
			}
		}
	}
cleaned:
	j.log("%s ends", name)
	if p != nil {
		task.Rethrow(p)
	}
	return nil
resume:
	name, j, second, due, p = m.name, m.j, m.second, m.due, m.p
	if cx.Unwind() {
		p = nil
		goto exit
	}
	switch m.State() {
	case 1:
		cx.Drop()
		goto goOn
	case 2:
		goto exit
	default:
		cx.Drop()
		goto cleaned
	}
}

func bodyAsync(name string, j *journal, first, second Future[Unit]) Future[Unit] {
	b := new(struct {
		task.Box[Unit]
		body
	})
	b.name, b.j, b.first, b.second = name, j, first, second
	return b.Init(&b.body)
}

// ownRuntime is the runtime that the calling goroutine belongs to.
func ownRuntime() *Runtime { return runtimeOf(task.Here()) }

func leaveGuard(cx *Context, m task.Machine, p any) task.Machine { return task.LeaveBody(cx, m, p) }
