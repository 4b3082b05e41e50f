package rt

import (
	"context"
	"slices"
)

// Shutdown ends the runtime: it cancels all tasks, waits until their cleanup has
// run, and ends all goroutines. Tasks that are spawned meanwhile, or later, end
// with [ErrShutdown] before their first poll. Functions of [SpawnBlocking] that
// have not begun do not run, those that run are waited for.
//
// If ctx ends first, Shutdown gives its cause, and goes on by itself. It may be
// called any number of times; each call waits for the end. Called by a task or a function of
// the runtime itself, or by what is awaited in BlockOn on it, for which it cannot wait, it
// gives nil at once.
func (r *Runtime) Shutdown(ctx context.Context) error {
	r.once.Do(func() { go r.shutdown() })
	if r.holdsUp() {
		return nil
	}
	select {
	case <-r.ended:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-r.ended:
		return nil
	default:
		return context.Cause(ctx)
	}
}

func (r *Runtime) shutdown() {
	r.left.Store(1)       // for ourselves: it must not get 0 before all are counted
	r.refuses.Store(true) // pairs with the Loads in admit, list and turn
	r.mu.Lock()
	r.closed = true
	r.left.Add(int64(r.held))
	r.mu.Unlock()
	close(r.closing)
	r.workers[0].unpark() // current-thread flavour: it runs again
	for _, w := range r.workers {
		w.shard.each((*task).shutdown)
	}
	r.leave()
	<-r.drained
	r.pool.close()
	r.mu.Lock()
	r.stop.Store(true) // pairs with the Loads in begin, park and newSpare
	r.mu.Unlock()
	for _, w := range append(slices.Clone(r.spareList()), r.workers...) {
		w.unpark()
	}
	r.monitor.end()
	r.running.Wait()
	for _, w := range r.workers {
		dropWheel(w)
	}
	labelled.Delete(r.labels)
	close(r.ended)
}

// leave counts one out of those that shutdown waits for.
func (r *Runtime) leave() {
	if r.left.Add(-1) == 0 {
		r.drain()
	}
}

// shutdown aborts t because its runtime ends.
func (t *task) shutdown() { t.ask(state.shutdown, nil) }

// hold counts a goroutine that waits in BlockOn for f: the workers do not end before
// it has cancelled that. It says false if the shutdown has begun.
func (r *Runtime) hold(s *sitter, f any) bool {
	s.id, s.name = goroutine(), nameOf(f)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	s.held = true
	r.held++
	if s.next = r.sitting; s.next != nil {
		s.next.prev = s
	}
	r.sitting = s
	return true
}

// letGo undoes hold.
func (r *Runtime) letGo(s *sitter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		r.sitting = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	}
	s.prev, s.next, s.held = nil, nil, false
	r.held--
	if r.closed {
		r.leave()
	}
}

// isHeld says whether the goroutine id waits in BlockOn.
func (r *Runtime) isHeld(id uintptr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := r.sitting; s != nil; s = s.next {
		if s.id == id {
			return true
		}
	}
	return false
}
