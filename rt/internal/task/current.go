package task

import "github.com/asyncgen/asyncgen/rt/internal/goid"

// Who is calling? Functions of rt that have no Context ask it: Spawn, Sleep, Now
// and Await belong to the runtime of the task whose code calls them, Await on
// the goroutine of a worker must not keep the worker, and Wake uses the
// worker's own queue. There are two answers.
//
// What a goroutine *is*, a worker's or a block's, is found by its identity (see
// goid) in the table Goroutines. Goroutines that it starts have identities of
// their own, so they are never taken for it.
//
// Which runtime a goroutine *belongs to* is inherited by the goroutines that it
// starts: it travels as a pprof label, see labels.go.

// block is a goroutine that runs the code of a block (see AsyncFunc) in the
// blocking form, under strict hand-off: it runs only while the block is polled.
type block interface {
	// enter gives the Context for an await on this goroutine to poll with.
	enter() *Context
	// pause is called when what is awaited is pending: it hands control back to
	// whoever polls the block, and returns when the block is polled again. It
	// says false if the block is cancelled: then the await has to cancel what it
	// waits for, and to leave by Goexit. Deferred calls that have begun are not
	// interrupted by that.
	pause() bool
	// mayWait says false if the block was cancelled, and deferred calls that had begun
	// have ended since: then the next await leaves.
	mayWait() bool
	// leave is the Goexit of a block that is cancelled.
	leave()
	// waitsFor notes what it waits for, while it does.
	waitsFor(f any)
	// poller is the goroutine that polls the block.
	poller() uintptr
}

// special is what a goroutine is: a worker's, a block's, or an iterator's.
type special struct {
	runner *Runner
	block  block
	puller *pullRunner
}

// Enlist says what the calling goroutine is. Delist must undo it before the goroutine ends.
func Enlist(r *Runner, b block) (id uintptr) { return enlistAs(special{runner: r, block: b}) }

func enlistAs(s special) (id uintptr) { return Goroutines.Add(s) }

// Delist undoes the last Enlist of id.
func Delist(id uintptr) { Goroutines.Drop(id) }

// lookup says what the goroutine id is: nil for nearly all.
func lookup(id uintptr) *special { return Goroutines.Lookup(id) }

// Current says what the calling goroutine is. An iterator's is what the loop's is.
func Current() *special {
	s := lookup(goid.ID())
	for s != nil && s.puller != nil {
		s = lookup(s.puller.by)
	}
	return s
}

// place is the goroutine on whose behalf the calling one runs, and what it is. That is itself, but for
// a block or an iterator: its goroutine runs while the one that waits for it stands still.
func place() (id uintptr, s *special) {
	id = goid.ID()
	for s = lookup(id); s != nil; s = lookup(id) {
		switch {
		case s.block != nil:
			id = s.block.poller()
		case s.puller != nil:
			id = s.puller.by
		default:
			return id, s
		}
	}
	return id, nil
}

// CurrentRunner is what runs a worker on the calling goroutine, or nil. The code
// of a block that a worker polls counts as the worker's.
func CurrentRunner() *Runner {
	if _, s := place(); s != nil {
		return s.runner
	}
	return nil
}

// isWaiter reports whether r is a goroutine in BlockOn, which runs no worker: the end of its runtime waits for it
// only while it is held.
func (r *Runner) isWaiter() bool {
	return r.cx.w == nil && r.cx.own != nil && !r.cx.own.Load().Is(StateSpawned)
}

// inTask reports whether r is in a turn of a task of rt, or in a function of its blocking pool.
func (r *Runner) inTask(rt *Runtime) bool {
	return r != nil && r.cx.rt == rt && r.cx.own != nil && r.cx.own.Load().Is(StateSpawned)
}

// holdsUp reports whether the end of rt waits for the calling goroutine: it runs a worker of rt or a function
// of its pool, or is in BlockOn; or it is a block or an iterator, and that is true of who waits for it.
func (rt *Runtime) holdsUp() bool {
	for id := goid.ID(); ; {
		if rt.isHeld(id) {
			return true
		}
		var by uintptr // who waits for it
		for s := range Goroutines.All(id) {
			switch {
			case s.block != nil:
				by = s.block.poller()
			case s.puller != nil:
				by = s.puller.by
			case s.runner.cx.rt == rt && !s.runner.isWaiter():
				return true
			}
		}
		if by == 0 {
			return false
		}
		id = by
	}
}

// workerOf is the worker that r runs, if it is one of rt.
func (r *Runner) workerOf(rt *Runtime) *worker {
	if r == nil || r.cx.w == nil || r.cx.w.rt != rt {
		return nil
	}
	return r.cx.w
}

// CurrentWorker is the worker that the calling goroutine runs, or nil.
func CurrentWorker() *worker {
	if r := CurrentRunner(); r != nil {
		return r.cx.w
	}
	return nil
}

// awaitIn is Await on the goroutine of b.
func awaitIn[T any](b block, f Future[T]) (T, error) {
	for first := true; b.mayWait(); first = false {
		if !first || b.enter().Spend() {
			if v, ready, err := f.Poll(b.enter()); ready {
				return v, err
			}
		}
		b.waitsFor(f)
		if !b.pause() {
			break
		}
	}
	for !Cancelling(b.enter(), f) {
		b.waitsFor(f)
		b.pause() // what is left to wait for is the cleanup of f
	}
	b.leave()
	panic("not reached")
}
