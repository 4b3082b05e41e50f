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
// called any number of times; each call waits for the end. Called by a task of
// the runtime itself, which it cannot wait for, it gives nil at once.
func (r *Runtime) Shutdown(ctx context.Context) error {
	r.once.Do(func() { go r.shutdown() })
	if own := currentRunner(); own != nil && own.cx.rt == r {
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
	r.stop.Store(true) // pairs with the Loads in park and newSpare
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

// hold counts a goroutine that waits in BlockOn: the workers do not end before
// it has cancelled what it waits for. It says false if the shutdown has begun.
func (r *Runtime) hold() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.held++
	return true
}

// letGo undoes hold.
func (r *Runtime) letGo() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held--
	if r.closed {
		r.leave()
	}
}
