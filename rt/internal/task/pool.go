package task

import (
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
)

// SpawnCall is SpawnBlocking of the function of.
func SpawnCall[T any](f func() (T, error), of *Func, o *SpawnConfig) *Box[T] {
	b := new(struct {
		Box[T]
		call[T]
	})
	b.f, b.of = f, of
	b.Init(&b.call)
	t := &b.t
	if r := t.Spawn(o, asCall); r.Sim == nil && !t.Load().Is(StateDone) {
		r.Pool.add(t)
	}
	return &b.Box
}

// call is a function that runs on the blocking pool. It never waits.
type call[T any] struct {
	FrameOf[T]
	f  func() (T, error)
	of *Func
}

// Func implements [Machine].
func (m *call[T]) Func() *Func { return m.of }

// Reset implements [Machine].
func (m *call[T]) Reset() { *m = call[T]{of: m.of} }

// Resume implements [Machine].
func (m *call[T]) Resume(*Context) Machine {
	m.Val, m.Err = m.f()
	return nil
}

type callKey struct {
	pc    uintptr
	owned bool
}

// CallOf is the Func of f, a function. owned says that it is called by Blocking.
func CallOf(f any, owned bool) *Func {
	key := callKey{reflect.ValueOf(f).Pointer(), owned}
	if of, ok := callFuncs.Load(key); ok {
		return of.(*Func)
	}
	name := "rt.SpawnBlocking"
	if owned {
		name = "rt.Blocking"
	}
	of, _ := callFuncs.LoadOrStore(key, &Func{
		Name:   name + "(" + shortName(runtime.FuncForPC(key.pc)) + ")",
		Result: ResultValErr,
		States: []State{{Name: "start"}},
		owned:  owned,
	})
	return of.(*Func)
}

// shortName is the name of f with its package, and without the path of that.
func shortName(f *runtime.Func) string {
	name := f.Name()
	return name[strings.LastIndexByte(name, '/')+1:]
}

// Pool runs calls on goroutines of their own: at most limit, started when there
// is work, and ended when they have had none for a while.
type Pool struct {
	rt    *Runtime
	limit int
	idle  time.Duration

	Mu          sync.Mutex
	First, last *queued
	Threads     int           // goroutines
	Free        int           // those that wait for work
	work        chan struct{} // a token for each of free that is to look at the queue
	ended       bool
	closed      chan struct{} // closed with ended
}

// queued is a call that has not begun.
type queued struct {
	t    *Task
	next *queued
}

func (p *Pool) init(r *Runtime, limit int, idle time.Duration) {
	p.rt, p.limit, p.idle = r, limit, idle
	p.work, p.closed = make(chan struct{}, limit), make(chan struct{})
}

// add puts t at the end of the queue.
func (p *Pool) add(t *Task) {
	p.Mu.Lock()
	defer p.Mu.Unlock()
	if p.ended {
		return // the shutdown has aborted it already
	}
	q := &queued{t: t}
	if p.First == nil {
		p.First = q
	} else {
		p.last.next = q
	}
	p.last = q
	switch {
	case p.Free > 0:
		p.Free--
		p.work <- struct{}{} // there is room: it was counted in free
	case p.Threads < p.limit:
		p.Threads++
		p.start()
	}
}

// start starts a goroutine, which is counted in threads.
func (p *Pool) start() {
	p.rt.running.Add(1)
	go func() {
		goid.SetLabels(p.rt.Labels)
		own := &Runner{cx: Context{rt: p.rt}}
		id := Enlist(own, nil)
		done := false
		defer func() {
			Delist(id)
			defer p.rt.running.Done()
			if !done { // Goexit in a call: another one goes on
				p.start()
			}
		}()
		p.serve(own)
		done = true
	}()
}

// serve runs calls until there is nothing to do for long enough.
func (p *Pool) serve(own *Runner) {
	timer := time.NewTimer(p.idle)
	defer timer.Stop()
	cx := &Context{rt: p.rt, waker: Nobody, frames: new(framePool)}
	for {
		for t := p.take(); t != nil; t = p.take() {
			own.cx.own = t
			p.run(cx, t)
			own.cx.own = nil
		}
		if !p.rt.fleeting && (p.given() || p.wait(timer)) {
			continue
		}
		if p.quit() {
			return
		}
	}
}

// given gives way to others for a while, as the next call may come at once, and reports whether it has: the goroutine
// counts as free meanwhile.
func (p *Pool) given() bool {
	for range patience {
		select {
		case <-p.work:
			return true
		default:
			runtime.Gosched()
		}
	}
	return false
}

// wait waits for a call, and reports whether there is one.
func (p *Pool) wait(timer *time.Timer) bool {
	timer.Reset(p.idle)
	select {
	case <-p.work:
		return true
	case <-timer.C:
	case <-p.closed:
	}
	return false
}

// take gives the next call. Without one the goroutine counts as free.
func (p *Pool) take() *Task {
	p.Mu.Lock()
	defer p.Mu.Unlock()
	q := p.First
	if q == nil {
		if p.Free++; p.Free == p.Threads {
			StandsStill()
		}
		return nil
	}
	if p.First = q.next; p.First == nil {
		p.last = nil // it must not be kept alive
	}
	return q.t
}

// quit counts a free goroutine out, unless it was given work meanwhile.
func (p *Pool) quit() bool {
	p.Mu.Lock()
	defer p.Mu.Unlock()
	if p.Free == 0 { // whoever has given the token has counted somebody out of free
		<-p.work
		return false
	}
	p.Free--
	p.Threads--
	return true
}

// close ends the goroutines. No call is left: all tasks have ended.
func (p *Pool) close() {
	p.Mu.Lock()
	defer p.Mu.Unlock()
	p.ended = true
	close(p.closed)
}

// run runs one call with cx, which is that of its goroutine. A panic becomes the error of its handle.
func (p *Pool) run(cx *Context, t *Task) {
	if _, do := t.change(Word.Begin); do != DoPoll {
		if do == DoDrop {
			t.Leaf.Reset()
			t.end(cx, nil)
		}
		return
	}
	returned := false
	defer func() {
		if returned {
			return
		}
		out := exited
		if v := recover(); v != nil {
			out = outcomeOf(cx.trace.take(v, t))
		}
		t.end(cx, out)
	}()
	t.advance(cx, goOn)
	returned = true
	clearButResults(t.Leaf)
	t.end(cx, t.Leaf)
}
