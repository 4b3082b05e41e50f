package task

import (
	"sync"
	"unsafe"
)

// blockRunner is a goroutine that runs blocks. To start one costs more than what most blocks do: its stack has to grow, and
// it has to be enlisted. So when its block has returned it waits for another one, in the list of the runtime.
//
//	Poll of a block                 blockRunner
//	start: take one, or make one
//	resume        ── turn ────────▶ runs the block
//	              ◀─ back ───────── it waits (true), or has ended (false)
//	put                             waits for a turn with another block
//
// One whose block was left by a panic or a Goexit ends. So does one that the list has no room for.
type blockRunner struct {
	turn   chan turn      // gives the block its turn; closed: no block comes any more
	back   chan bool      // gives it back: to come again, or for good
	pool   *blockPool     // nil: it ends with its block
	next   *blockRunner   // in the list
	b      *BlockCore     // belongs to whoever has the turn, as the rest; nil: none
	f      func()         // what b is to run
	labels unsafe.Pointer // of who has polled b first, which it inherits
}

// blockPool is the list of a runtime's blockRunners that wait for a block.
type blockPool struct {
	mu    sync.Mutex
	first *blockRunner
	n     int
	ended bool // the runtime has
}

// mostIdle is how many of them wait at most.
const mostIdle = 128

// take gives a blockRunner that waits, or nil.
func (p *blockPool) take() *blockRunner {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.first
	if r != nil {
		p.first, r.next = r.next, nil
		p.n--
	}
	return r
}

// put takes r back, whose block has returned.
func (p *blockPool) put(r *blockRunner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || p.n == mostIdle {
		close(r.turn)
		return
	}
	p.first, r.next = r, p.first
	p.n++
}

// close ends those that wait, and all that come.
func (p *blockPool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	for ; p.first != nil; p.first = p.first.next {
		close(p.first.turn)
	}
	p.n = 0
}

// runnerOfBlock is a goroutine for a block that is polled with cx for the first time.
func runnerOfBlock(cx *Context) *blockRunner {
	var p *blockPool
	// A goroutine that waits belongs to no bubble of testing/synctest, or it keeps that from ending. A worker's blocks are
	// where the runtime is. A simulation ends all its goroutines.
	if rt := cx.rt; !rt.fleeting && rt.Sim == nil && (cx.w != nil || bubble() == 0) {
		p = &rt.blocks
		if r := p.take(); r != nil {
			return r
		}
	}
	r := &blockRunner{turn: make(chan turn), back: make(chan bool), pool: p}
	go r.main()
	return r
}

// main runs a block in each first turn.
func (r *blockRunner) main() {
	id := Enlist(nil, r)
	defer func() {
		Delist(id)
		if r.b != nil { // it ends with its block
			r.back <- false
		}
	}()
	for range r.turn {
		if SetProfLabel(r.labels); !r.b.run(r.f) || r.pool == nil {
			return
		}
		r.b, r.f, r.labels = nil, nil, nil
		SetProfLabel(nil)
		r.back <- false
	}
}

// A blockRunner is, to awaits on it, the block that it runs.

func (r *blockRunner) enter() *Context { return r.b.enter() }

func (r *blockRunner) pause() bool { return r.b.pause() }

func (r *blockRunner) mayWait() bool { return r.b.mayWait() }

func (r *blockRunner) leave() { r.b.leave() }

func (r *blockRunner) waitsFor(f any) { r.b.waitsFor(f) }

func (r *blockRunner) poller() uintptr { return r.b.poller() }
