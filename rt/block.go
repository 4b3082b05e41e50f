package rt

import "runtime"

// AsyncFunc makes a future of a block of code, which is run when the future is
// polled. In a marked function f is a literal that asyncgen turns into a state
// machine. Anywhere else the block has a goroutine of its own, which takes turns
// with whoever polls the future: at any moment only one of them runs, and they
// switch only at awaits. So in both forms the block, the code around it and
// other blocks that are joined with it may share variables without locks.
//
// A block that waits for something outside rt, such as a native channel, keeps
// whoever polls it waiting too. A cancel is runtime.Goexit at the await where
// the block waits; a panic or Goexit of the block goes on in the poller, with
// the same value, also one of its deferred calls when it is cancelled. A block
// that was polled has to be awaited or cancelled, otherwise its goroutine stays.
func AsyncFunc(f func() error) Future[Unit] {
	if f == nil {
		panic(nilFunction("AsyncFunc"))
	}
	return newBlock("AsyncFunc", func() (Unit, error) { return Unit{}, f() })
}

// AsyncValue is [AsyncFunc] for a block that has a value.
func AsyncValue[T any](f func() (T, error)) Future[T] {
	if f == nil {
		panic(nilFunction("AsyncValue"))
	}
	return newBlock("AsyncValue", f)
}

func newBlock[T any](what string, f func() (T, error)) *blockOf[T] {
	return &blockOf[T]{blockCore: blockCore{what: what}, f: f}
}

// blockOf is a block as a future.
type blockOf[T any] struct {
	blockCore
	handing
	f   func() (T, error) // nil: has been started
	res Result[T]
}

// Poll implements [Future].
func (b *blockOf[T]) Poll(cx *Context) (v T, ready bool, err error) {
	cx.need(b.what)
	switch {
	case b.handed != nil:
		misused(b.what, "polled", afterGone)
	case b.state == blockFresh:
		f := b.f
		b.f = nil
		b.start(func() { b.res.Value, b.res.Err = f() })
	case b.state != blockWaiting:
		b.misused("polled")
	}
	if !b.resume(cx, turnGoOn) {
		b.state = blockWaiting
		return v, false, nil
	}
	v, err = b.res.Get()
	b.res = Result[T]{}
	return v, true, err
}

// PollCancel has the block leave at the await where it waits.
func (b *blockOf[T]) PollCancel(cx *Context) (over bool) { return b.goOn(cx, b.pollCancel) }

func (b *blockOf[T]) pollCancel(cx *Context) (over bool) {
	next := turnGoOn
	switch b.state {
	case blockFresh:
		b.f, b.state = nil, blockGone
		return true
	case blockWaiting:
		next = turnLeave
	case blockLeaving: // its deferred calls wait
		if cx.force {
			next = turnForce
		}
	case blockRunning:
		b.misused("cancelled")
	default:
		return true
	}
	if !b.resume(cx, next) {
		b.state = blockLeaving
		return false
	}
	b.state = blockGone
	b.res = Result[T]{}
	return true
}

// Cancel implements [Canceler]. Deferred calls that have to wait go on as a task
// of their own.
func (b *blockOf[T]) Cancel() { b.dismiss(b.pollCancel) }

// blockCore is the part of a block that does not know its type. Its fields belong to
// whoever has the turn: the poller or the block's goroutine.
type blockCore struct {
	what  string
	state blockState
	claim
	ended  blockEnd
	panic  any       // what the block panicked with
	over   bool      // was cancelled: it leaves at an await, unless in a deferred call
	left   int       // how often an await has left by Goexit, because of a cancel
	exits  int       // Goexits that the block's goroutine was in when it ended
	cx     *Context  // of the poll that gave the block its turn
	by     uintptr   // the goroutine that polls
	awaits any       // what it waits for, between its turns
	turn   chan turn // gives the block its turn
	back   chan bool // gives it back: to come again, or for good
}

// turn is what a block is to do in its turn.
type turn uint8

const (
	turnGoOn  turn = iota
	turnLeave      // it was cancelled: let deferred calls end that have begun, and leave
	turnForce      // leave, from deferred calls too: their grace is over
)

// blockState says how far a block has come, as its poller sees it.
type blockState uint8

const (
	blockFresh blockState = iota
	blockWaiting
	blockRunning // has its turn
	blockLeaving // was cancelled; its deferred calls wait
	blockEnded
	blockGone // was cancelled, has panicked, or has called Goexit
)

// blockEnd says how a block has ended.
type blockEnd uint8

const (
	blockLeft blockEnd = iota // by Goexit
	blockReturned
	blockPanicked
)

// misused panics about a poll or cancel that cannot be.
func (b *blockCore) misused(what string) {
	switch b.state {
	case blockRunning:
		misused(b.what, what, whilePolled)
	case blockGone, blockLeaving:
		misused(b.what, what, afterGone)
	}
	misused(b.what, what, afterReady)
}

// own implements owned.
func (b *blockCore) own(by string) { b.take(b.what, by) }

// start makes the goroutine that runs f when it first gets its turn.
func (b *blockCore) start(f func()) {
	b.turn, b.back = make(chan turn), make(chan bool)
	go b.run(f)
}

// run is the block's goroutine. What ends it reaches the poller in resume.
func (b *blockCore) run(f func()) {
	<-b.turn
	id := enlist(nil, b)
	defer func() {
		if p := recover(); p != nil {
			b.cx.trace.note(p)
			b.panic, b.ended = p, blockPanicked
		}
		if b.ended != blockReturned {
			b.exits = goexitDepth()
		}
		delist(id)
		b.back <- false
	}()
	f()
	b.ended = blockReturned
}

// resume gives the block its turn, and says whether it has ended. A panic goes on
// here, and so does a Goexit, unless all Goexits of the block were the cancel's own.
func (b *blockCore) resume(cx *Context, next turn) (ended bool) {
	b.state, b.cx, b.by = blockRunning, cx, goroutine()
	b.turn <- next
	again := <-b.back
	b.cx, b.by = nil, 0
	if again {
		return false
	}
	b.state = blockGone
	switch b.ended {
	case blockReturned:
		b.state = blockEnded
	case blockPanicked:
		p := b.panic
		b.panic = nil
		if b.exits > b.left { // the panic has left a deferred call of a Goexit: so it does here
			defer panic(p)
			runtime.Goexit()
		}
		cx.trace.raise(cx)
	case blockLeft:
		if b.exits > b.left {
			runtime.Goexit()
		}
	}
	return true
}

// enter implements block: awaits in the block poll as its poller would.
func (b *blockCore) enter() *Context { return b.cx }

// poller implements block.
func (b *blockCore) poller() uintptr { return b.by }

// waitsFor implements block. Its poller, which has the turn then, may look at it.
func (b *blockCore) waitsFor(f any) { b.awaits = f }

// pause implements block: the block waits, and its poller goes on.
func (b *blockCore) pause() (goOn bool) {
	b.back <- true
	next := <-b.turn
	b.awaits = nil
	switch next {
	case turnLeave:
		b.over = true
		return b.mayWait()
	case turnForce:
		return false
	case turnGoOn:
	}
	return true
}

// mayWait implements block: it may, unless it was cancelled and is in no deferred call, as far as one can see.
// Awaits that have left run deferred calls.
func (b *blockCore) mayWait() bool { return !b.over || b.left > 0 || cleansUp() }

// leave implements block.
func (b *blockCore) leave() {
	b.left++
	runtime.Goexit()
}
