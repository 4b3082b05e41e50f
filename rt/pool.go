package rt

import (
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"
)

// SpawnBlocking runs f, which may block as long as it likes, on a goroutine of
// the blocking pool, and gives the handle of the call. At most as many run at
// once as [BlockingLimit] says, in the order of the calls. Aborting one that has
// not begun cancels it; one that runs is not stopped, and ends with its result.
func SpawnBlocking[T any](f func() (T, error), opts ...SpawnOption) *JoinHandle[T] {
	if f == nil {
		panic(nilFunction("SpawnBlocking"))
	}
	return spawnCall(f, callOf(f, false), opts)
}

// spawnCall is SpawnBlocking of the function of.
func spawnCall[T any](f func() (T, error), of *Func, opts []SpawnOption) *JoinHandle[T] {
	b := new(struct {
		Box[T]
		call[T]
	})
	b.f, b.of = f, of
	b.Init(&b.call)
	t := &b.t
	if r := t.spawn(opts, asCall); r.sim == nil && !t.load().is(stateDone) {
		r.pool.add(t)
	}
	return (*JoinHandle[T])(&b.Box)
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

// callFuncs has a Func for each function that was called on the blocking pool, by its address, and by
// whether [Blocking] has called it.
var callFuncs sync.Map // of *Func by callKey

type callKey struct {
	pc    uintptr
	owned bool
}

// callOf is the Func of f, a function. owned says that it is called by Blocking.
func callOf(f any, owned bool) *Func {
	key := callKey{reflect.ValueOf(f).Pointer(), owned}
	if of, ok := callFuncs.Load(key); ok {
		return of.(*Func)
	}
	name := "rt.SpawnBlocking"
	if owned {
		name = "rt.Blocking"
	}
	called := runtime.FuncForPC(key.pc).Name()
	of, _ := callFuncs.LoadOrStore(key, &Func{
		Name:   name + "(" + called[strings.LastIndexByte(called, '/')+1:] + ")",
		Result: ResultValErr,
		States: []State{{Name: "start"}},
		owned:  owned,
	})
	return of.(*Func)
}

// pool runs calls on goroutines of their own: at most limit, started when there
// is work, and ended when they have had none for a while.
type pool struct {
	rt    *Runtime
	limit int
	idle  time.Duration

	mu          sync.Mutex
	first, last *queued
	threads     int           // goroutines
	free        int           // those that wait for work
	work        chan struct{} // a token for each of free that is to look at the queue
	ended       bool
	closed      chan struct{} // closed with ended
}

// queued is a call that has not begun.
type queued struct {
	t    *task
	next *queued
}

func (p *pool) init(r *Runtime, limit int, idle time.Duration) {
	p.rt, p.limit, p.idle = r, limit, idle
	p.work, p.closed = make(chan struct{}, limit), make(chan struct{})
}

// add puts t at the end of the queue.
func (p *pool) add(t *task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return // the shutdown has aborted it already
	}
	q := &queued{t: t}
	if p.first == nil {
		p.first = q
	} else {
		p.last.next = q
	}
	p.last = q
	switch {
	case p.free > 0:
		p.free--
		p.work <- struct{}{} // there is room: it was counted in free
	case p.threads < p.limit:
		p.threads++
		p.start()
	}
}

// start starts a goroutine, which is counted in threads.
func (p *pool) start() {
	p.rt.running.Add(1)
	go func() {
		setProfLabel(p.rt.labels)
		own := &runner{cx: Context{rt: p.rt}}
		id := enlist(own, nil)
		done := false
		defer func() {
			delist(id)
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
func (p *pool) serve(own *runner) {
	timer := time.NewTimer(p.idle)
	defer timer.Stop()
	for {
		for t := p.take(); t != nil; t = p.take() {
			own.cx.own = t
			p.run(t)
			own.cx.own = nil
		}
		if !p.rt.fleeting {
			timer.Reset(p.idle)
			select {
			case <-p.work:
				continue
			case <-timer.C:
			case <-p.closed:
			}
		}
		if p.quit() {
			return
		}
	}
}

// take gives the next call. Without one the goroutine counts as free.
func (p *pool) take() *task {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.first
	if q == nil {
		if p.free++; p.free == p.threads {
			standsStill()
		}
		return nil
	}
	if p.first = q.next; p.first == nil {
		p.last = nil // it must not be kept alive
	}
	return q.t
}

// quit counts a free goroutine out, unless it was given work meanwhile.
func (p *pool) quit() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free == 0 { // whoever has given the token has counted somebody out of free
		<-p.work
		return false
	}
	p.free--
	p.threads--
	return true
}

// close ends the goroutines. No call is left: all tasks have ended.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	close(p.closed)
}

// run runs one call. A panic becomes the error of its handle.
func (p *pool) run(t *task) {
	if _, do := t.change(state.begin); do != doPoll {
		if do == doDrop {
			t.leaf.Reset()
			t.end(&Context{rt: p.rt}, nil)
		}
		return
	}
	cx := Context{rt: p.rt, waker: nobody, frames: new(framePool)}
	returned := false
	defer func() {
		if returned {
			return
		}
		out := exited
		if v := recover(); v != nil {
			out = outcomeOf(cx.trace.take(v, t))
		}
		t.end(&cx, out)
	}()
	t.advance(&cx, goOn)
	returned = true
	settle(t.leaf)
	t.end(&cx, t.leaf)
}
