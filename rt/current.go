package rt

import (
	"sync"
	"sync/atomic"
)

// Who is calling? Functions of rt that have no Context ask it: Spawn, Sleep, Now
// and Await belong to the runtime of the task whose code calls them, Await on
// the goroutine of a worker must not keep the worker, and Wake uses the
// worker's own queue. There are two answers.
//
// What a goroutine *is*, a worker's or a block's, is found by its identity (see
// goroutine) in the table below. Goroutines that it starts have identities of
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
	// waits for, and to leave by Goexit.
	pause() bool
	// leave is the Goexit of a block that is cancelled.
	leave()
	// poller is the runner in whose turn the block runs, or nil.
	poller() *runner
}

// goroutines says what goroutines are, by identity: a hash table of immutable
// lists, which are replaced under mu and read without it.
var goroutines struct {
	mu      sync.Mutex
	buckets [512]atomic.Pointer[special]
}

// special is a goroutine that is a worker's or a block's.
type special struct {
	id     uintptr
	runner *runner
	block  block
	next   *special
}

// bucketOf spreads the identities, which are addresses of large objects.
func bucketOf(id uintptr) *atomic.Pointer[special] {
	h := uint32(id>>6) * 0x9E3779B1
	return &goroutines.buckets[h>>23]
}

// enlist says what the calling goroutine is. delist must undo it before the
// goroutine ends, for identities are used again.
func enlist(r *runner, b block) (id uintptr) {
	id = goroutine()
	goroutines.mu.Lock()
	defer goroutines.mu.Unlock()
	list := bucketOf(id)
	list.Store(&special{id, r, b, list.Load()}) // pairs with the Load in current
	return id
}

// delist undoes enlist.
func delist(id uintptr) {
	goroutines.mu.Lock()
	defer goroutines.mu.Unlock()
	list := bucketOf(id)
	list.Store(list.Load().without(id))
}

func (s *special) without(id uintptr) *special {
	switch {
	case s == nil:
		return nil
	case s.id == id:
		return s.next
	}
	return &special{s.id, s.runner, s.block, s.next.without(id)}
}

// current says what the calling goroutine is: nil for nearly all.
func current() *special {
	id := goroutine()
	return bucketOf(id).Load().of(id)
}

// of is the entry of id in the list s, or nil.
func (s *special) of(id uintptr) *special {
	for s != nil && s.id != id {
		s = s.next
	}
	return s
}

// currentRunner is what runs a worker on the calling goroutine, or nil. The code
// of a block that a worker polls counts as the worker's: its goroutine stands
// still meanwhile.
func currentRunner() *runner {
	id := goroutine()
	s := bucketOf(id).Load().of(id)
	switch {
	case s == nil:
		return nil
	case s.block != nil:
		return s.block.poller()
	}
	return s.runner
}

// workerOf is the worker that r runs, if it is one of rt.
func (r *runner) workerOf(rt *Runtime) *worker {
	if r == nil || r.cx.w == nil || r.cx.w.rt != rt {
		return nil
	}
	return r.cx.w
}

// currentWorker is the worker that the calling goroutine runs, or nil.
func currentWorker() *worker {
	if r := currentRunner(); r != nil {
		return r.cx.w
	}
	return nil
}

// awaitIn is Await on the goroutine of b.
func awaitIn[T any](b block, f Future[T]) (T, error) {
	for {
		v, ready, err := f.Poll(b.enter())
		if ready {
			return v, err
		}
		if !b.pause() {
			for !cancelling(b.enter(), f) {
				b.pause() // what is left to wait for is the cleanup of f
			}
			b.leave()
		}
	}
}
