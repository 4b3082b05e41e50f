package task

import (
	"iter"
	"runtime/pprof"
	"sync"
)

// coroutine is a goroutine that runs only while another one waits for it. They give each other the turn and nothing
// else: what they have to say is in fields that belong to who has it.
//
//	who resumes it                     its goroutine
//	start         ─── turn ──────────▶ main begins
//	              ◀────────── pause ── waits
//	resume        ─── turn ──────────▶ goes on
//	              ◀─────────────────── main has ended, by a return or a Goexit
//
// Two hand-offs over channels go through Go's scheduler, which wakes other processors for them. So it is a coroutine of
// iter.Pull where it can be. It cannot be
//
//   - in a simulation and in a bubble of testing/synctest, whose goroutines are told apart by how they wait,
//   - where lost tasks can be found: the garbage collector does not say of a coroutine that it leaks,
//   - where we do not know whether a thread is locked: see threadlock.go.
//
// If a thread is locked when it is known, it is a goroutine for the switch that stands in for who has locked it: in
// Go any goroutine may call next, or yield, while the other side waits.
type coroutine struct {
	main   func()
	next   func() (void, bool) // of iter.Pull; nil: it goes by channels
	yield  func(void) bool
	turn   chan void // gives it the turn
	back   chan void // gives it back
	begun  bool
	exited bool // main has ended by a Goexit, which goes on when it is resumed once more
}

// canSwitch reports whether coroutines of iter.Pull can be used in this program.
var canSwitch = lockWord != 0 && pprof.Lookup("goroutineleak") == nil

// newCoroutine is a coroutine that runs main when it is first resumed. With plain it goes by channels.
func newCoroutine(main func(), plain bool) *coroutine {
	c := &coroutine{main: main}
	if plain || !canSwitch || threadLocked() || endedLocked.Load() {
		c.turn, c.back = make(chan void), make(chan void)
		return c
	}
	c.next, _ = iter.Pull(func(yield func(void) bool) {
		c.yield = yield
		c.run()
	})
	return c
}

// present is a coroutine for a goroutine that is there already, and waits for the turn with wait.
func present() *coroutine {
	return &coroutine{turn: make(chan void), back: make(chan void), begun: true}
}

// switches reports whether the calling goroutine may call next or yield by itself: that is what is quick about a coroutine,
// if few calls are between. Else it is resume and pause.
func (c *coroutine) switches() bool { return c.next != nil && !threadLocked() }

// resume gives the coroutine its turn, and returns when it has given that back.
func (c *coroutine) resume() {
	switch {
	case c.switches():
		c.next()
	case c.next != nil:
		done := make(chan void)
		go func() {
			c.next()
			close(done)
		}()
		<-done
	default:
		if c.begun {
			c.turn <- void{}
		} else {
			c.begun = true
			go c.run()
		}
		<-c.back
	}
}

// ended is called by who has resumed it and knows that it does not come again.
func (c *coroutine) ended() {
	if c.exited {
		c.exited = false
		go c.next() // which the Goexit takes along
	}
}

// pause gives the turn back, and returns when there is another one.
func (c *coroutine) pause() {
	switch {
	case c.switches():
		c.yield(void{})
	case c.next != nil:
		again := make(chan void)
		go func() {
			c.yield(void{})
			close(again)
		}()
		<-again
	default:
		c.back <- void{}
		c.wait()
	}
}

// wait waits for the turn.
func (c *coroutine) wait() { <-c.turn }

// over gives the turn back for good.
func (c *coroutine) over() { c.back <- void{} }

// locked reports whether the coroutine, which runs, has locked its thread. Then nobody else is to have that.
func (c *coroutine) locked() bool { return lockWord != 0 && threadLocked() }

// run is the goroutine of the coroutine.
func (c *coroutine) run() {
	returned := false
	defer func() {
		switch {
		case c.next == nil:
			c.over()
		case threadLocked():
			// It can neither switch nor end. A goroutine that goes by channels ends, and its thread with it: so do all others
			// from now on, as there may be more that do this.
			endedLocked.Store(true)
			go c.yield(void{})
			select {}
		case !returned:
			c.exited = true
			c.yield(void{})
		}
	}()
	main := c.main
	c.main = nil // it may hold what the coroutine is not to keep
	main()
	returned = true
}

// coroutines is a list of those who have a coroutine and wait for more to do.
type coroutines[R interface{ coroutine() *coroutine }] struct {
	mu    sync.Mutex
	idle  []R
	ended bool // the runtime has
}

// mostIdle is how many of them wait at most.
const mostIdle = 128

// take gives one that waits, if there is one.
func (p *coroutines[R]) take() (r R, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return r, false
	}
	var none R
	r, p.idle[n-1] = p.idle[n-1], none
	p.idle = p.idle[:n-1]
	return r, true
}

// put takes r back. If there is no room for it, it ends: as when it has its turn and nothing to do.
func (p *coroutines[R]) put(r R) {
	p.mu.Lock()
	keeps := !p.ended && len(p.idle) < mostIdle
	if keeps {
		p.idle = append(p.idle, r)
	}
	p.mu.Unlock()
	if !keeps {
		r.coroutine().resume()
	}
}

// close ends those that wait, and all that come.
func (p *coroutines[R]) close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.ended = nil, true
	p.mu.Unlock()
	for _, r := range idle {
		r.coroutine().resume()
	}
}
