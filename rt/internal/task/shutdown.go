package task

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
)

// End ends the runtime, as Shutdown says, and reports whether it has. If not, left names what has not ended, and
// late says that the time of grace is over, and not ctx.
func (r *Runtime) End(ctx context.Context) (left []string, late, ok bool) {
	r.once.Do(func() { go r.shutdown() })
	if r.holdsUp() {
		return nil, false, true
	}
	givenUp := r.late
	select {
	case <-givenUp: // another call has given up
		givenUp = nil
	default:
	}
	select {
	case <-r.Ended:
		return nil, false, true
	case <-givenUp:
		return r.leftBehind, true, false
	case <-ctx.Done():
	}
	select {
	case <-r.Ended:
		return nil, false, true
	default:
		return r.whatIsLeft(), false, false
	}
}

// whatIsLeft names what has not ended.
func (r *Runtime) whatIsLeft() (left []string) {
	count := map[string]int{}
	listed := map[*Task]bool{} // each may give a task twice
	r.eachTask(func(t *Task) {
		if !listed[t] && !t.Load().Is(StateDone) {
			listed[t] = true
			count[t.described()]++
		}
	})
	if n := int(r.Alive()) - len(listed); n > 0 {
		count["a task that has not waited yet"] = n
	}
	r.Mu.Lock()
	for s := r.waiters; s != nil; s = s.next {
		count["BlockOn of "+s.described()]++
	}
	r.Mu.Unlock()
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
func (t *Task) described() string {
	name := t.name()
	if title := t.Title(); title != name {
		return fmt.Sprintf("%s %q", name, title)
	}
	return name
}

func (s *waiter) described() string {
	if isExtra(s.t.aux.Load()) {
		if name := s.t.Extra().name; name != "" {
			return fmt.Sprintf("%s %q", s.name, name)
		}
	}
	return s.name
}

func (r *Runtime) shutdown() {
	r.began = time.Now()
	if r.Grace > 0 {
		r.doom.Store(Deadline(r.Clock.Now(), r.Grace))
	}
	r.Left.Store(1)       // for ourselves: it must not get 0 before all are counted
	r.Refuses.Store(true) // pairs with the Loads in admit, list and turn
	r.Mu.Lock()
	r.closed = true
	r.Left.Add(int64(r.Held))
	r.Mu.Unlock()
	close(r.Closing)
	r.wakeWaiters()
	r.Workers[0].Unpark() // current-thread flavour: it runs again
	r.eachTask((*Task).shutdown)
	r.leave()
	r.awaitEnd()
	r.Pool.close()
	r.blocks.close()
	r.pulls.close()
	r.Mu.Lock()
	r.stop.Store(true) // pairs with the Loads in begin, park and newSpare
	r.Mu.Unlock()
	for _, w := range append(slices.Clone(r.SpareList()), r.Workers...) {
		w.Unpark()
	}
	r.Monitor.end()
	r.running.Wait()
	for _, w := range r.Workers {
		if r.Begun.Load() {
			r.sight.callWorker(stopHook, w)
		}
		dropWheel(w)
	}
	r.releaseLabels()
	close(r.Ended)
}

// wakeWaiters wakes the goroutines that wait in BlockOn: they may not look at Closing while they wait.
func (r *Runtime) wakeWaiters() {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	for s := r.waiters; s != nil; s = s.next {
		s.P.Woken(&s.t)
	}
}

// join counts one in among those that shutdown waits for, unless that is over.
func (r *Runtime) join() bool {
	for {
		n := r.Left.Load()
		if n < 0 {
			return false
		}
		if r.Left.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// leave counts one out of those that shutdown waits for.
func (r *Runtime) leave() {
	if r.Left.Add(-1) == 0 {
		r.drain()
	}
}

// awaitEnd waits until all has ended. When the grace is over, what waits is cancelled, see graceEnd. What
// does not wait cannot be: so a little later Shutdown returns. That is in real time, which is that of what
// does not wait in rt.
func (r *Runtime) awaitEnd() {
	if r.Grace > 0 {
		patience := time.NewTimer(r.Grace + r.margin())
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
func (r *Runtime) margin() time.Duration { return max(time.Second, r.Grace/10) }

// shutdown aborts t because its runtime ends. A call of [Blocking] is left to its owner, whose cleanup it
// may be part of.
func (t *Task) shutdown() {
	if f := t.Load().function(); f == nil || !f.owned {
		t.Ask(Word.Shutdown, nil)
	}
}

// cleansUp reports whether the calling goroutine does cleanup for r: in a task that is being cancelled, or in
// BlockOn, of a future that is.
func (r *Runtime) cleansUp() bool {
	id, s := place()
	if s != nil && s.runner.inTask(r) && s.runner.cx.own.Load().Is(StateCleaning) {
		return true
	}
	r.Mu.Lock()
	defer r.Mu.Unlock()
	for s := r.waiters; s != nil; s = s.next {
		if s.id == id && s.leaves {
			return true
		}
	}
	return false
}

// leaving notes that s cancels what it has waited for.
func (r *Runtime) leaving(s *waiter) {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	s.leaves = true
}

// Outlasts goes on with a wait for d that has begun at start, on a goroutine that r has told that it ends,
// so that a loop with a Sleep is no faster than before. Who r waits for does not wait where it is the first
// to be told so, and later not beyond the grace, nor beyond the end of Shutdown.
func (r *Runtime) Outlasts(start time.Time, d time.Duration) {
	if r.holdsUp() {
		since := start.Sub(r.began)
		if since < 0 {
			return
		}
		for _, end := range []time.Duration{r.Grace, r.Grace + r.margin()} {
			if r.Grace > 0 && since < end {
				d = min(d, end-since)
			}
		}
	}
	d -= time.Since(start)
	aboutToBlock()
	time.Sleep(d)
}

// Hold counts a goroutine that waits in BlockOn for f: the workers do not end before
// it has cancelled that. It says false if the shutdown is over.
func (r *Runtime) Hold(s *waiter, f any) bool {
	id, name := goid.ID(), nameOf(f)
	s.shows(f)
	stalls.waiting.Add(1)
	r.Mu.Lock()
	defer r.Mu.Unlock()
	s.id, s.name = id, name
	if r.closed && !r.join() {
		stalls.waiting.Add(-1)
		return false
	}
	s.held = true
	r.Held++
	if s.next = r.waiters; s.next != nil {
		s.next.prev = s
	}
	r.waiters = s
	return true
}

// LetGo undoes hold.
func (r *Runtime) LetGo(s *waiter) {
	stalls.waiting.Add(-1)
	s.shows(nil)
	r.Mu.Lock()
	defer r.Mu.Unlock()
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		r.waiters = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	}
	s.prev, s.next, s.held = nil, nil, false
	r.Held--
	if r.closed {
		r.leave()
	}
}

// isHeld reports whether the goroutine id waits in BlockOn.
func (r *Runtime) isHeld(id uintptr) bool {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	for s := r.waiters; s != nil; s = s.next {
		if s.id == id {
			return true
		}
	}
	return false
}
