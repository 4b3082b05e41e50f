package rt

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// Shutdown ends the runtime: it cancels all tasks, waits until their cleanup has
// run, and ends all goroutines. Tasks that are spawned meanwhile, or later, end
// with [ErrShutdown] before their first poll. Functions of [SpawnBlocking] that
// have not begun do not run, those that run are waited for. Cleanup may wait as always, for
// [Blocking] and [Sleep] too.
//
// All of this has one time of grace, see [CleanupGrace]. What waits when it is over is
// cancelled, cleanup too. What has not ended a little later (a tenth of the grace, and at least a
// second), because it does not wait in rt, Shutdown leaves behind: the error, a [*ShutdownError],
// says what that is.
//
// If ctx ends first, Shutdown gives a [*ShutdownError] with its cause, and goes on by itself. It may be
// called any number of times; each call waits for the end. Called by a task or a function of
// the runtime itself, or by what is awaited in BlockOn on it, for which it cannot wait, it
// gives nil at once.
func (r *Runtime) Shutdown(ctx context.Context) error {
	r.need("Shutdown")
	if ctx == nil {
		panic(nilContext("Runtime.Shutdown"))
	}
	r.once.Do(func() { go r.shutdown() })
	if r.holdsUp() {
		return nil
	}
	late := r.late
	select {
	case <-late: // another call has given up
		late = nil
	default:
	}
	select {
	case <-r.ended:
		return nil
	case <-late:
		return &ShutdownError{Cause: ErrTimeout, Left: r.leftBehind}
	case <-ctx.Done():
	}
	select {
	case <-r.ended:
		return nil
	default:
		return &ShutdownError{Cause: context.Cause(ctx), Left: r.whatIsLeft()}
	}
}

// ShutdownError is the error of [Runtime.Shutdown] if something has not ended in time.
type ShutdownError struct {
	// Cause is that of the ctx of Shutdown, or [ErrTimeout]: the time of grace is over.
	Cause error
	// Left is what had not ended then, by the names of functions and, in quotes, of tasks.
	Left []string
}

// Error implements error.
func (e *ShutdownError) Error() string {
	if len(e.Left) == 0 {
		return fmt.Sprintf("rt: Shutdown: %v", e.Cause)
	}
	return fmt.Sprintf("rt: Shutdown: %v: not ended: %s", e.Cause, strings.Join(e.Left, ", "))
}

// Unwrap gives the cause.
func (e *ShutdownError) Unwrap() error { return e.Cause }

// whatIsLeft names what has not ended.
func (r *Runtime) whatIsLeft() (left []string) {
	count := map[string]int{}
	listed := map[*task]bool{} // each may give a task twice
	for _, w := range r.workers {
		w.shard.each(func(t *task) {
			if !listed[t] && !t.load().is(stateDone) {
				listed[t] = true
				count[t.described()]++
			}
		})
	}
	if n := int(r.alive()) - len(listed); n > 0 {
		count["a task that has not waited yet"] = n
	}
	r.mu.Lock()
	for s := r.sitting; s != nil; s = s.next {
		count["BlockOn of "+s.described()]++
	}
	r.mu.Unlock()
	for what, n := range count {
		if n > 1 {
			what = fmt.Sprintf("%s (%d times)", what, n)
		}
		left = append(left, what)
	}
	sort.Strings(left)
	return left
}

// described is the name of the function of t, and that of t, if it has one.
func (t *task) described() string {
	name := t.name()
	if title := t.title(); title != name {
		return fmt.Sprintf("%s %q", name, title)
	}
	return name
}

func (s *sitter) described() string {
	if isExtra(s.t.aux.Load()) {
		if name := s.t.extra().name; name != "" {
			return fmt.Sprintf("%s %q", s.name, name)
		}
	}
	return s.name
}

func (r *Runtime) shutdown() {
	r.began = time.Now()
	if r.grace > 0 {
		r.doom.Store(deadline(r.clock.now(), r.grace))
	}
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
	r.awaitEnd()
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
		if r.begun.Load() {
			r.sight.callWorker(stopHook, w)
		}
		dropWheel(w)
	}
	r.releaseLabels()
	close(r.ended)
}

// join counts one in among those that shutdown waits for, unless that is over.
func (r *Runtime) join() bool {
	for {
		n := r.left.Load()
		if n < 0 {
			return false
		}
		if r.left.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// leave counts one out of those that shutdown waits for.
func (r *Runtime) leave() {
	if r.left.Add(-1) == 0 {
		r.drain()
	}
}

// awaitEnd waits until all has ended. When the grace is over, what waits is cancelled, see graceEnd. What
// does not wait cannot be: so a little later Shutdown returns. That is in real time, which is that of what
// does not wait in rt.
func (r *Runtime) awaitEnd() {
	if r.grace > 0 {
		patience := time.NewTimer(r.grace + r.margin())
		defer patience.Stop()
		select {
		case <-r.drained:
			return
		case <-patience.C:
		}
		r.leftBehind = r.whatIsLeft()
		close(r.late)
	}
	<-r.drained
}

// margin is how long after the grace Shutdown returns.
func (r *Runtime) margin() time.Duration { return max(time.Second, r.grace/10) }

// shutdown aborts t because its runtime ends. A call of [Blocking] is left to its owner, whose cleanup it
// may be part of.
func (t *task) shutdown() {
	if f := t.load().function(); f == nil || !f.owned {
		t.ask(state.shutdown, nil)
	}
}

// cleansUp says whether the calling goroutine does cleanup for r: in a task that is being cancelled, or in
// BlockOn, of a future that is.
func (r *Runtime) cleansUp() bool {
	id, s := place()
	if s != nil && s.runner.inTask(r) && s.runner.cx.own.load().is(stateCleaning) {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := r.sitting; s != nil; s = s.next {
		if s.id == id && s.leaves {
			return true
		}
	}
	return false
}

// leaving notes that s cancels what it has waited for.
func (r *Runtime) leaving(s *sitter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.leaves = true
}

// outlasts goes on with a wait for d that has begun at start, on a goroutine that r has told that it ends,
// so that a loop with a Sleep is no faster than before. Who r waits for does not wait where it is the first
// to be told so, and later not beyond the grace, nor beyond the end of Shutdown.
func (r *Runtime) outlasts(start time.Time, d time.Duration) {
	if r.holdsUp() {
		since := start.Sub(r.began)
		if since < 0 {
			return
		}
		for _, end := range []time.Duration{r.grace, r.grace + r.margin()} {
			if r.grace > 0 && since < end {
				d = min(d, end-since)
			}
		}
	}
	d -= time.Since(start)
	aboutToBlock()
	time.Sleep(d)
}

// hold counts a goroutine that waits in BlockOn for f: the workers do not end before
// it has cancelled that. It says false if the shutdown is over.
func (r *Runtime) hold(s *sitter, f any) bool {
	s.id, s.name = goroutine(), nameOf(f)
	s.shows(f)
	stalls.waiting.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed && !r.join() {
		stalls.waiting.Add(-1)
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
	stalls.waiting.Add(-1)
	s.shows(nil)
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
