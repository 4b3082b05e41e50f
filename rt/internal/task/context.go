package task

import (
	"log"
	"runtime/debug"
)

// Context is what a poll knows of its surroundings. It is valid during the
// poll only, on the goroutine that polls.
type Context struct {
	waker    Waker   // of the task that is polled
	leaf     Machine // the innermost call that waits, set by whoever suspends there
	done     Machine // the callee that has just finished, for Returned
	value    any     // of the panic that Unwind raises, if why is thrown
	why      cause   // how the frame that is resumed goes on
	exiting  bool    // a Goexit is under way: a panic in its deferred calls only takes its place for a while
	depth    uint16  // how many polls of boxes cx is in, on this goroutine
	nested   uint8   // how many calls of nest cx is in
	caught   bool    // resume has recovered the panic in value, and has not returned
	force    bool    // a cancel leaves the awaits of cleanup too: its grace is over
	yields   bool    // the task waits for nothing but its next turn
	noBubble bool    // see bubbled
	budget   uint32  // of ready awaits in this turn, see budget.go
	own      *Task   // the task that is polled; whoever polls it honours yields

	w      *worker    // whose queue we use; nil on a goroutine that runs no worker
	frames *framePool // of the worker, or of the goroutine
	rt     *Runtime   // the runtime that the polled code belongs to
	trace  PanicTrace // of the panic that is being thrown
}

// cause says how a frame goes on when it is resumed.
type cause uint8

const (
	goOn   cause = iota // its callee has returned
	thrown              // its callee has panicked
	leave               // it was cancelled, or its callee has called Goexit
)

// enter begins a poll in a poll, or a poll after all others: of them nothing is under way any more. What it gives is
// for exit.
func (cx *Context) enter() (exiting bool) {
	exiting = cx.exiting && cx.depth > 0
	cx.exiting = false
	cx.depth++
	return exiting
}

// exit ends what enter has begun, also where a panic or Goexit leaves it.
func (cx *Context) exit(exiting bool) {
	cx.depth--
	cx.exiting = cx.exiting || exiting
}

// forget has nothing of what was polled stay reachable, between two futures that a goroutine waits for.
func (cx *Context) forget() {
	cx.leaf, cx.done, cx.value = nil, nil, nil
	cx.why, cx.exiting, cx.depth, cx.nested, cx.caught, cx.force, cx.yields, cx.noBubble = goOn, false, 0, 0, false, false, false, false
	if cx.trace.value != nil || cx.trace.pcs != nil || cx.trace.via != nil || cx.trace.lost != nil || cx.trace.box != nil {
		cx.trace = PanicTrace{}
	}
}

// Waker wakes the task, or the goroutine, that waits for a future. It is one
// word, may be copied freely, kept as long as one likes, compared with
// [Waker.WillWake], and used from any goroutine.
type Waker struct{ t *Task }

// WakerOf is what wakes t.
func WakerOf(t *Task) Waker { return Waker{t} }

// Waker is the waker of the task that is polled.
func (cx *Context) Waker() Waker {
	if cx == nil {
		panicNoContext()
	}
	return cx.waker
}

func panicNoContext() {
	panic(NilReceiver("Context.Waker", "Poll gets a Context from who polls; NewContext makes one to poll by hand with"))
}

// NewContext makes a Context to poll with by hand, in tests and in executors.
// The zero Waker is one that wakes nobody.
func NewContext(w Waker) *Context {
	if w.t == nil {
		w = Nobody
	}
	return &Context{waker: w, budget: byHandBudget, rt: Here(), frames: new(framePool)}
}

// ContextOf is a Context for a goroutine of r that polls, and what it polls wakes w.
func ContextOf(r *Runtime, w Waker) *Context {
	return &Context{rt: r, waker: w, frames: new(framePool)}
}

// NewWaker makes a Waker that calls f, which may be called from any goroutine
// and any number of times. Whoever wakes waits for f, and has nothing to do with how
// it ends: a panic is reported to the standard logger, and a Goexit (of t.FailNow, say)
// goes no further, since f has a goroutine of its own.
func NewWaker(f func()) Waker {
	if f == nil {
		panic(NilFunction("NewWaker"))
	}
	return NewCallback(f, true)
}

// NewCallback is NewWaker. A function of ours, which always returns, needs no goroutine.
func NewCallback(f func(), foreign bool) Waker {
	t := &Task{Leaf: &callback{f: f, foreign: foreign}}
	t.State.Store(uint32(StateForeign))
	return Waker{t}
}

// Wake has the task polled again, soon and at least once. Waking a task that
// has ended does nothing.
func (w Waker) Wake() {
	if w.t != nil {
		w.t.wake()
	}
}

// WillWake reports whether both wake the same task: then one need not replace the other.
func (w Waker) WillWake(other Waker) bool { return w.t == other.t }

// foreigner is the leaf of what is woken but is no task: a goroutine that
// waits, or a function.
type foreigner interface {
	Machine
	Woken(t *Task) // t is what was woken
}

// callback is what NewWaker makes.
type callback struct {
	Frame
	f       func()
	foreign bool // f is code of others
}

var callbackFunc = Func{Name: "rt.NewWaker"}

// Func implements [Machine].
func (c *callback) Func() *Func { return &callbackFunc }

// Reset implements [Machine]. A callback is no call: it is never reused.
func (c *callback) Reset() {}

// Resume implements [Machine]. A callback is no call: it is never resumed.
func (c *callback) Resume(*Context) Machine { panic("rt: NewWaker: not a call") }

func (c *callback) Woken(*Task) {
	if !c.foreign {
		c.f()
		return
	}
	// The goroutine of f stands for ours, which stands still: a worker that f blocks is taken over.
	own, over := CurrentRunner(), make(chan struct{})
	go func() {
		defer close(over)
		if own != nil {
			defer Delist(Enlist(own, nil))
		}
		defer func() {
			if p := recover(); p != nil {
				log.Printf("rt: panic in a waker: %v\n\n%s", p, debug.Stack())
			}
		}()
		c.f()
	}()
	<-over
}

// parker is the leaf of a goroutine that waits: Wake leaves a token in ch.
type parker struct {
	Frame
	Ch chan struct{}
}

var parkerFunc = Func{Name: "rt.Await"}

// Func implements [Machine].
func (p *parker) Func() *Func { return &parkerFunc }

// Reset implements [Machine]. A parker is no call: it is never reused.
func (p *parker) Reset() {}

// Resume implements [Machine]. A parker is no call: it is never resumed.
func (p *parker) Resume(*Context) Machine { panic("rt: Await: not a call") }

func (p *parker) Woken(*Task) {
	select {
	case p.Ch <- struct{}{}:
	default: // a token is there already
	}
}
