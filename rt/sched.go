package rt

import (
	"runtime"
	"sync"
	"time"
)

// Runtime runs tasks.
type Runtime struct {
	mu          sync.Mutex
	cond        *sync.Cond
	first, last *task
}

type worker struct{ frames framePool }

type shard struct{ rt *Runtime }

var defaultRuntime = sync.OnceValue(func() *Runtime {
	r := &Runtime{}
	r.cond = sync.NewCond(&r.mu)
	for range max(2, runtime.GOMAXPROCS(0)) {
		go r.work()
	}
	return r
})

func here() *Runtime { return defaultRuntime() }

// SpawnOption is an option of Spawn, Go and BlockOn.
type SpawnOption func(*spawnConfig)

type spawnConfig struct{ rt *Runtime }

func spawnOptions(opts []SpawnOption) (o spawnConfig) {
	for _, f := range opts {
		f(&o)
	}
	if o.rt == nil {
		o.rt = here()
	}
	return o
}

// On has the task run on r.
func On(r *Runtime) SpawnOption { return func(o *spawnConfig) { o.rt = r } }

func blocked() *worker      { return nil }
func goAhead(*worker)       {}
func (cx *Context) detach() { cx.w = nil }

func (t *task) spawn(o spawnConfig, detached bool) {
	t.shard = &shard{o.rt}
	t.change(func(s state) (state, action) { return s.spawn(detached) })
	t.submit(nil)
}

func (t *task) submit(*worker) {
	r := t.shard.rt
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == nil {
		r.first = t
	} else {
		r.last.next = t
	}
	r.last = t
	r.cond.Signal()
}

func (r *Runtime) next() *task {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.first == nil {
		r.cond.Wait()
	}
	t := r.first
	r.first, t.next = t.next, nil
	return t
}

func (r *Runtime) work() {
	clean := false
	cx := &Context{rt: r, w: &worker{}}
	var t *task
	defer func() {
		if t == nil || clean {
			return
		}
		if t.load().is(stateDetached) && t.crashing(cx) {
			return
		}
		v := recover()
		err := ErrGoexit
		if v != nil {
			err = &PanicError{Value: v, pcs: cx.trace.take(v)}
		}
		t.end(cx, outcomeOf(err), true)
		go r.work()
	}()
	for {
		t = r.next()
		cx.waker = Waker{t}
		t.turn(cx)
	}
}

func (t *task) crashing(*Context) bool { return true }

func (t *task) turn(cx *Context) {
	s, do := t.change(state.start)
	done := false
	switch do {
	case doPoll:
		done = t.advance(cx, goOn)
	case doCancel:
		done = t.advanceLeaving(cx)
	case doDrop:
		t.leaf, done = nil, true
	}
	if !done {
		f := state.pause
		if cx.yields {
			f, cx.yields = state.yield, false
		}
		if _, do := t.change(f); do == doSubmit {
			t.submit(cx.w)
		}
		return
	}
	if t.leaf == nil {
		err := ErrAborted
		if s.is(stateShutdown) {
			err = ErrShutdown
		}
		t.end(cx, outcomeOf(err), true)
		return
	}
	t.leaf.settle(t.leaf)
	t.end(cx, t.leaf, false)
}

func (t *task) end(cx *Context, out Machine, gone bool) {
	t.leaf = out
	t.change(func(s state) (state, action) { return s.finish(gone) })
	watchMu.Lock()
	ws := watchers[t]
	delete(watchers, t)
	watchMu.Unlock()
	for _, w := range ws {
		w.Wake()
	}
}

var (
	watchMu  sync.Mutex
	watchers = map[*task][]Waker{}
)

func (t *task) watch(w Waker) {
	watchMu.Lock()
	defer watchMu.Unlock()
	watchers[t] = append(watchers[t], w)
}

func (t *task) abort(shutdown bool) {
	if _, do := t.change(func(s state) (state, action) { return s.abort(shutdown) }); do == doSubmit {
		t.submit(nil)
	}
}

func (t *task) cancel() {
	s := t.load()
	if s.is(stateCleaning) || s.is(stateDone) {
		return
	}
	cx := &Context{}
	r := here()
	t.shard = &shard{r}
	cx.rt, cx.waker = r, Waker{t}
	if t.pollCancel(cx) {
		return
	}
	t.change(func(s state) (state, action) { return s | stateSpawned | stateScheduled | stateDetached, doSubmit })
	t.submit(nil)
}

// Sleep waits for d.
func Sleep(d time.Duration) { time.Sleep(d) }

// SleepAsync is the async form of [Sleep].
func SleepAsync(d time.Duration) Future[Unit] {
	b := new(struct {
		Box[Unit]
		sleepFrame
	})
	b.d = d
	return b.Init(&b.sleepFrame)
}

type sleepFrame struct {
	Frame
	d     time.Duration
	timer *time.Timer
	until time.Time
}

var sleepFunc = Func{Name: "rt.Sleep", Defers: true, States: []State{{Name: "start"}, {Name: "asleep"}}}

func (m *sleepFrame) Func() *Func { return &sleepFunc }
func (m *sleepFrame) Reset()      { *m = sleepFrame{} }
func (m *sleepFrame) Resume(cx *Context) Machine {
	if cx.Unwind() {
		m.timer.Stop()
		return nil
	}
	return SleepRun(cx, m, m.d)
}

// SleepRun is for generated code, which passes a nil m.
func SleepRun(cx *Context, m *sleepFrame, d time.Duration) Machine {
	if m != nil && m.state == 1 {
		if !time.Now().Before(m.until) {
			return nil
		}
		m.timer.Stop()
		d = time.Until(m.until)
	} else if d <= 0 {
		return nil
	}
	if m == nil {
		m = newFrame[sleepFrame, *sleepFrame](cx)
	}
	m.state = 1
	w := cx.Waker()
	m.until = time.Now().Add(d)
	m.timer = time.AfterFunc(d, w.Wake)
	cx.leaf = m
	return m
}

// Yield lets others run.
func Yield() { runtime.Gosched() }

// YieldAsync is the async form of [Yield].
func YieldAsync() Future[Unit] {
	b := new(struct {
		Box[Unit]
		yieldFrame
	})
	return b.Init(&b.yieldFrame)
}

type yieldFrame struct{ Frame }

var yieldFunc = Func{Name: "rt.Yield", States: []State{{Name: "start"}, {Name: "yielded"}}}

func (m *yieldFrame) Func() *Func                { return &yieldFunc }
func (m *yieldFrame) Reset()                     { *m = yieldFrame{} }
func (m *yieldFrame) Resume(cx *Context) Machine { return YieldRun(cx, m) }

// YieldRun is for generated code, which passes a nil m.
func YieldRun(cx *Context, m *yieldFrame) Machine {
	if m != nil && m.state == 1 {
		return nil
	}
	if m == nil {
		m = newFrame[yieldFrame, *yieldFrame](cx)
	}
	m.state = 1
	cx.Waker().Wake()
	cx.leaf = m
	return m
}
