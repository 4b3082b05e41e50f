package task

import (
	"runtime"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
)

// BlockCore is the part of a block that does not know its type. Its fields belong to
// whoever has the turn: the poller or the block's goroutine.
type BlockCore struct {
	What  string
	Entry uintptr // of its function, for its name; 0: it has none
	State blockState
	Claim
	ended  blockEnd
	panic  any      // what the block panicked with
	over   bool     // was cancelled: it leaves at an await, unless in a deferred call
	left   int      // how often an await has left by Goexit, because of a cancel
	exits  int      // Goexits that the block's goroutine was in when it ended
	cx     *Context // of the poll that gave the block its turn
	by     uintptr  // the goroutine that polls
	awaits any      // what it waits for, between its turns
	runner *blockRunner
	co     *coroutine
	next   turn // what it is to do in its turn
	again  bool // it is to come again
}

// turn is what a block is to do in its turn.
type turn uint8

const (
	TurnGoOn  turn = iota
	TurnLeave      // it was cancelled: let deferred calls end that have begun, and leave
	TurnForce      // leave, from deferred calls too: their grace is over
)

// blockState says how far a block has come, as its poller sees it.
type blockState uint8

const (
	BlockFresh blockState = iota
	BlockWaiting
	BlockRunning // has its turn
	BlockLeaving // was cancelled; its deferred calls wait
	blockEnded
	BlockGone // was cancelled, has panicked, or has called Goexit
)

// blockEnd says how a block has ended.
type blockEnd uint8

const (
	blockLeft blockEnd = iota // by Goexit
	blockReturned
	blockPanicked
)

// Misused panics about a poll or cancel that cannot be.
func (b *BlockCore) Misused(what string) {
	switch b.State {
	case BlockRunning:
		Misused(b.What, what, WhilePolled)
	case BlockGone, BlockLeaving:
		Misused(b.What, what, AfterGone)
	}
	Misused(b.What, what, AfterReady)
}

// Own implements owned.
func (b *BlockCore) Own(by string) { b.Take(b.What, by) }

// BlockCode is what a block runs.
type BlockCode interface{ Run() }

// Start gets the goroutine that runs f when the block first gets its turn.
func (b *BlockCore) Start(cx *Context, f BlockCode) {
	r := runnerOfBlock(cx)
	r.b, r.f, r.labels = b, f, goid.Labels()
	b.runner, b.co = r, r.co
}

// run runs f on the block's goroutine, and reports whether it has returned. What ends it otherwise reaches the poller
// in Resume.
func (b *BlockCore) run(f BlockCode) (returned bool) {
	defer func() {
		if p := recover(); p != nil {
			b.cx.trace.Note(p)
			b.panic, b.ended = p, blockPanicked
		}
		if b.ended != blockReturned {
			b.exits = goid.GoexitDepth()
		}
	}()
	f.Run()
	b.ended = blockReturned
	return true
}

// Resume gives the block its turn, and reports whether it has ended. A panic goes on
// here, and so does a Goexit, unless all Goexits of the block were the cancel's own.
func (b *BlockCore) Resume(cx *Context, next turn) (ended bool) {
	b.State, b.cx, b.by = BlockRunning, cx, goid.ID()
	b.next, b.again = next, false
	if c := b.co; c.switches() {
		c.next()
	} else {
		c.resume()
	}
	b.cx, b.by = nil, 0
	if b.again {
		return false
	}
	b.co.ended()
	if r := b.runner; r != nil {
		b.runner, b.co = nil, nil
		if r.waits {
			r.pool.put(r)
		}
	}
	b.State = BlockGone
	switch b.ended {
	case blockReturned:
		b.State = blockEnded
	case blockPanicked:
		p := b.panic
		b.panic = nil
		if b.exits > b.left { // the panic has left a deferred call of a Goexit: so it does here
			defer panic(p)
			runtime.Goexit()
		}
		cx.trace.Raise(cx)
	case blockLeft:
		if b.exits > b.left {
			runtime.Goexit()
		}
	}
	return true
}

// enter implements block: awaits in the block poll as its poller would.
func (b *BlockCore) enter() *Context { return b.cx }

// poller implements block.
func (b *BlockCore) poller() uintptr { return b.by }

// waitsFor implements block. Its poller, which has the turn then, may look at it.
func (b *BlockCore) waitsFor(f any) { b.awaits = f }

// inside is what the block awaits; nil: nothing, or it is not known.
func (b *BlockCore) inside() any { return b.awaits }

// pause implements block: the block waits, and its poller goes on.
func (b *BlockCore) pause() (goOn bool) {
	b.again = true
	if c := b.co; c.switches() {
		c.yield(void{})
	} else {
		c.pause()
	}
	b.awaits = nil
	switch b.next {
	case TurnLeave:
		b.over = true
		return b.mayWait()
	case TurnForce:
		return false
	case TurnGoOn:
	}
	return true
}

// mayWait implements block: it may, unless it was cancelled and is in no deferred call, as far as one can see.
// Awaits that have left run deferred calls.
func (b *BlockCore) mayWait() bool { return !b.over || b.left > 0 || goid.CleansUp() }

// leave implements block.
func (b *BlockCore) leave() {
	b.left++
	runtime.Goexit()
}
