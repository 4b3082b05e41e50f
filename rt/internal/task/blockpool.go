package task

import (
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
)

// blockRunner is a goroutine that runs blocks. To start one costs more than what most blocks do: its stack has to grow, and
// it has to be enlisted. So when its block has returned it waits for another one, in the list of the runtime.
//
//	Poll of a block                 blockRunner
//	start: take one, or make one
//	resume        ── turn ────────▶ runs the block
//	              ◀─ back ───────── it waits, or has ended
//	put                             waits for a turn with another block
//
// One whose block was left by a panic or a Goexit ends, and one that has locked its thread: that ends too. So does one that
// the list has no room for.
type blockRunner struct {
	co     *coroutine
	pool   *coroutines[*blockRunner] // nil: it ends with its block
	waits  bool                      // for another block
	b      *BlockCore                // belongs to whoever has the turn, as the rest; nil: none comes any more
	f      BlockCode                 // what b is to run
	labels unsafe.Pointer            // of who has polled b first, which it inherits
}

// runnerOfBlock is a goroutine for a block that is polled with cx for the first time.
func runnerOfBlock(cx *Context) *blockRunner {
	var p *coroutines[*blockRunner]
	// A goroutine that waits belongs to no bubble of testing/synctest, or it keeps that from ending. A simulation ends all
	// its goroutines.
	if rt := cx.rt; !rt.fleeting && rt.Sim == nil && !cx.bubbled() {
		p = &rt.blocks
		if r, ok := p.take(); ok {
			return r
		}
	}
	r := &blockRunner{pool: p}
	r.co = newCoroutine(r.main, p == nil)
	return r
}

func (r *blockRunner) coroutine() *coroutine { return r.co }

// main runs a block in each first turn.
func (r *blockRunner) main() {
	defer Delist(Enlist(nil, r))
	for r.b != nil {
		r.waits = false
		goid.SetLabels(r.labels)
		if !r.b.run(r.f) || r.pool == nil || r.co.locked() {
			return
		}
		r.b, r.f, r.labels, r.waits = nil, nil, nil, true
		goid.SetLabels(nil)
		r.co.pause()
	}
}

// A blockRunner is, to awaits on it, the block that it runs.

func (r *blockRunner) enter() *Context { return r.b.enter() }

func (r *blockRunner) pause() bool { return r.b.pause() }

func (r *blockRunner) mayWait() bool { return r.b.mayWait() }

func (r *blockRunner) leave() { r.b.leave() }

func (r *blockRunner) waitsFor(f any) { r.b.waitsFor(f) }

func (r *blockRunner) poller() uintptr { return r.b.poller() }
