package task

import (
	"runtime"
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
)

// A range over an iterator function in a marked function runs the iterator beside the loop, as iter.Pull
// does, so that the body can wait. But what leaves the body goes through the frames of the iterator in
// Go, since they are on its stack. So here: the iterator runs in a range statement of its own, whose
// body does to it whatever the body in the marked function has come to.
//
// The iterator has a goroutine of its own, which runs only while the loop waits for it (see coroutine), and stands for the
// goroutine of the loop: awaits in it are awaits there, and a worker that it blocks is taken over.
//
//	marked function                        its iterator
//	it := machine.Pull(seq)                     for v := range seq {
//	v, ok := it.Next()    ◀── v ──────────     yield v
//	…                     ─── Next ───────▶    // the next one
//	it.Stop()             ─── break ──────▶    break
//	panic(x)              ─── x ──────────▶    panic(x)
//	Goexit, cancel        ─── Goexit ─────▶    runtime.Goexit()
//	                                       }
//	                      ◀── how it has ended: by a return, a panic, or Goexit
//
// What the language says of iterators that recover, or that yield when they should not, is then what gc
// says.

// Puller is an iterator of one value that waits between two of them. It is for generated code.
type Puller[V any] struct {
	puller
	v V
}

// Pull starts to step through seq. It takes any type of function that a range statement takes, whose
// yield may have a named type, too. It is for generated code.
func Pull[F ~func(Y), Y ~func(V) bool, V any](seq F) *Puller[V] {
	p := new(Puller[V])
	p.start(func() {
		for p.v = range func(yield func(V) bool) { seq(yield) } {
			if !p.pause() {
				break
			}
		}
		var none V
		p.v = none
	})
	return p
}

// Next is the next value, and whether there is one.
func (p *Puller[V]) Next() (v V, ok bool) {
	if p.advance() {
		return p.v, true
	}
	return v, false
}

// Puller2 is a [Puller] of two values.
type Puller2[K, V any] struct {
	puller
	k K
	v V
}

// Pull2 is [Pull] of an iterator of two values.
func Pull2[F ~func(Y), Y ~func(K, V) bool, K, V any](seq F) *Puller2[K, V] {
	p := new(Puller2[K, V])
	p.start(func() {
		for p.k, p.v = range func(yield func(K, V) bool) { seq(yield) } {
			if !p.pause() {
				break
			}
		}
		var none Puller2[K, V]
		p.k, p.v = none.k, none.v
	})
	return p
}

// Next is the next pair, and whether there is one.
func (p *Puller2[K, V]) Next() (k K, v V, ok bool) {
	if p.advance() {
		return p.k, p.v, true
	}
	return k, v, false
}

// Puller0 is a [Puller] of no values.
type Puller0 struct{ puller }

// Pull0 is [Pull] of an iterator of no values.
func Pull0[F ~func(Y), Y ~func() bool](seq F) *Puller0 {
	p := new(Puller0)
	p.start(func() {
		for range func(yield func() bool) { seq(yield) } {
			if !p.pause() {
				break
			}
		}
	})
	return p
}

// Next reports whether the loop goes on.
func (p *Puller0) Next() bool { return p.advance() }

// puller is what pullers of any number of values share. Its fields belong to whoever runs: the loop, or
// the iterator.
type puller struct {
	loop  func()      // the iterator's range statement, which has not begun; nil: it has
	on    *pullRunner // nil: the iterator has not begun, or is over
	goOn  bool        // what the iterator is to do in its turn: to go on, or to leave
	more  bool        // it has yielded
	leave pullLeave
	ended pullEnd
	exits bool      // it has ended in a Goexit of its own
	over  bool      // the loop knows how the iterator has ended
	value any       // of a panic, on the way in or out
	stack []uintptr // of a panic on the way out
}

// pullRunner is a goroutine that runs iterators, one after the other, as a [blockRunner] runs blocks.
type pullRunner struct {
	co     *coroutine
	by     uintptr                  // the goroutine of the loop, which waits for the iterator
	pool   *coroutines[*pullRunner] // nil: it ends with its iterator
	waits  bool                     // for another iterator
	p      *puller                  // nil: none comes any more
	labels unsafe.Pointer           // of the goroutine of the loop, which it inherits
}

// pullLeave is what has left the body of the loop.
type pullLeave uint8

const (
	leftByBreak pullLeave = iota
	leftByPanic
	leftByGoexit
)

// pullEnd is how the iterator has ended.
type pullEnd uint8

const (
	pullRuns pullEnd = iota
	pullReturned
	pullPanicked
	pullExited
)

// start prepares the iterator, whose range statement is loop.
func (p *puller) start(loop func()) { p.loop = loop }

func (r *pullRunner) coroutine() *coroutine { return r.co }

// main runs an iterator in each first turn.
func (r *pullRunner) main() {
	defer Delist(enlistAs(special{puller: r}))
	for r.p != nil {
		r.waits = false
		goid.SetLabels(r.labels)
		if !r.p.run() || r.pool == nil || r.co.locked() {
			return
		}
		r.p, r.labels, r.waits = nil, nil, true
		goid.SetLabels(nil)
		r.co.pause()
	}
}

// run runs the iterator on its goroutine, and reports whether it has returned. What ends it reaches the loop in takeExit.
func (p *puller) run() (returned bool) {
	defer func() {
		if p.ended != pullReturned {
			p.ended = pullExited
			if v := recover(); v != nil {
				p.ended, p.value = pullPanicked, v
				if p.leave != leftByPanic { // else the loop has its stack
					var t PanicTrace
					t.Note(v)
					p.stack = t.pcs
				}
			}
			depth := goid.GoexitDepth()
			if p.leave == leftByGoexit {
				depth-- // that of pause
			}
			p.exits = depth > 0
		}
	}()
	loop := p.loop
	p.loop = nil
	loop()
	p.ended = pullReturned
	return true
}

// pause is called by the body of the iterator's range statement: it waits until the body of the loop is
// through, and ends as that does, or reports whether it is to go on.
func (p *puller) pause() (goOn bool) {
	p.more = true
	if c := p.on.co; c.switches() {
		c.yield(void{})
	} else {
		c.pause()
	}
	if p.goOn {
		return true
	}
	switch p.leave {
	case leftByPanic:
		v := p.value
		p.value = nil
		panic(v)
	case leftByGoexit:
		runtime.Goexit()
	case leftByBreak:
	}
	return false
}

// advance runs the iterator until it yields, or ends.
func (p *puller) advance() (ok bool) {
	if p.over {
		return false
	}
	if r := p.on; r != nil && r.co.switches() { // switchTo, with fewer calls
		r.by, p.goOn, p.more = goid.ID(), true, false
		r.co.next()
		r.by = 0
		ok = p.more
	} else {
		ok = p.switchTo(true)
	}
	if !ok {
		p.takeExit()
	}
	return ok
}

// switchTo runs the iterator, and reports whether it has yielded.
func (p *puller) switchTo(goOn bool) (ok bool) {
	if p.on == nil {
		if !goOn { // it has not begun
			return false
		}
		p.on = runnerOfPull()
		p.on.p, p.on.labels = p, goid.Labels()
	}
	p.on.by, p.goOn, p.more = goid.ID(), goOn, false
	p.on.co.resume()
	p.on.by = 0
	return p.more
}

// runnerOfPull is a goroutine for an iterator of a loop of the calling goroutine. As with blocks, none waits in a bubble of
// testing/synctest, or in a simulation.
func runnerOfPull() *pullRunner {
	own := CurrentRunner()
	var p *coroutines[*pullRunner]
	if own != nil && own.cx.w != nil || bubble() == 0 {
		if rt := own.belongs(); !rt.fleeting && rt.Sim == nil {
			p = &rt.pulls
			if r, ok := p.take(); ok {
				return r
			}
		}
	}
	r := &pullRunner{pool: p}
	r.co = newCoroutine(r.main, p == nil)
	return r
}

// finish has the iterator end: the body of the loop was left.
func (p *puller) finish(by pullLeave) {
	p.leave = by
	p.switchTo(false)
}

// takeExit lets go on in the loop what has left the iterator, of which it keeps nothing.
func (p *puller) takeExit() {
	p.over = true
	p.loop = nil
	if r := p.on; r != nil {
		p.on = nil
		if r.co.ended(); r.waits {
			r.pool.put(r)
		}
	}
	switch p.ended {
	case pullPanicked:
		v := p.value
		p.value = nil
		if p.exits { // the panic has left a deferred call of a Goexit: so it does here
			defer panic(v)
			runtime.Goexit()
		}
		o := origin{pcs: p.stack}
		o.on(func() { panic(v) })
	case pullExited:
		if p.leave != leftByGoexit { // else it goes on by itself, or it was a cancel
			runtime.Goexit()
		}
	case pullRuns, pullReturned:
	}
}

// Stop ends the loop, as break does: the iterator finishes.
func (p *puller) Stop() {
	if !p.over {
		p.finish(leftByBreak)
		p.takeExit()
	}
}

// Pulled is a [Puller] of any number of values. It is for generated code.
type Pulled interface{ base() *puller }

func (p *puller) base() *puller { return p }

// Unwind is deferred by a marked function, for generated code. If the loop was not left in another way, it
// is being left by a panic, by Goexit, or by a cancel: that goes through the iterator first.
func Unwind(it Pulled) {
	if p := it.base(); !p.over {
		p.unwind(recover())
	}
}

// Over reports whether the iterator of it has ended, as far as the loop knows.
func Over(it Pulled) bool { return it.base().over }

// UnwindBy is Unwind for who has recovered from what the body was left by; nil is a Goexit.
func UnwindBy(it Pulled, panicked any) { it.base().unwind(panicked) }

// HeldIter has the iterator of a loop that is in another loop, so that one deferred call is enough for all
// of them, one after the other. It is for generated code.
type HeldIter struct {
	It Pulled // nil: none yet
}

// Unwind is [Unwind] of the iterator that h has.
func (h *HeldIter) Unwind() {
	if h.It == nil {
		return
	}
	if p := h.It.base(); !p.over {
		p.unwind(recover())
	}
}

func (p *puller) unwind(panicked any) {
	by := leftByGoexit
	if panicked != nil {
		by, p.value = leftByPanic, panicked
	}
	p.finish(by)
	p.takeExit()
}
