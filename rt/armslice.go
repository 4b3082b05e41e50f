package rt

import (
	"slices"
	"sync"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// armSlice is a verb over a slice of futures, of any number. Each is polled with a
// waker of its own, so that a poll of the verb polls only those that were woken
// since the last one: a join of 10,000 costs per wake what a join of two costs.
type armSlice[T any] struct {
	verb
	woken readyList
	slots []slot[T]
}

// fill makes fs the arms.
func (c *armSlice[T]) fill(fs []Future[T]) {
	c.slots = make([]slot[T], len(fs))
	c.woken.init(len(fs))
	for i, f := range fs {
		s := &c.slots[i]
		s.f = f
		s.wake.Leaf, s.wake.Index = &c.woken, uint32(i)
		s.wake.State.Store(uint32(task.StateForeign))
		if f != nil {
			c.woken.add(&s.wake) // the first poll polls all
		}
	}
}

func (c *armSlice[T]) count() int { return len(c.slots) }

func (c *armSlice[T]) arm(i int) arm { return &c.slots[i] }

// begin takes the slots that were woken for this poll. Those that are woken
// during it get their turn in the next one.
func (c *armSlice[T]) begin(cx *Context) {
	first := c.woken.begin(cx.Waker())
	turn := c.woken.turn
	switch {
	case c.fair && first: // later they come in the order in which they were woken
		for i := len(turn) - 1; i > 0; i-- {
			j := task.RandomIn(cx, i+1)
			turn[i], turn[j] = turn[j], turn[i]
		}
	case !c.fair && c.rule == firstEnd:
		slices.SortFunc(turn, func(a, b *task.Task) int { return int(a.Index) - int(b.Index) })
	}
}

func (c *armSlice[T]) next() int {
	for t := c.woken.take(); t != nil; t = c.woken.take() {
		if c.slots[t.Index].live() {
			return int(t.Index)
		}
	}
	return noArm
}

// values are the results of a join.
func (c *armSlice[T]) values() []T {
	vs := make([]T, len(c.slots))
	for i := range c.slots {
		vs[i] = c.slots[i].Value
	}
	return vs
}

// slot is an arm of an armSlice, and what its waker wakes. The task is never run
// and never in a run queue: leaf is the readyList, index the place of the slot,
// StateScheduled says that it is in the list, and StateDone that its future has
// ended: whoever still has the waker may forget it.
type slot[T any] struct {
	wake task.Task
	branch[T]
}

func (s *slot[T]) poll(cx *Context) bool {
	w, yields := task.LendWaker(cx, &s.wake) // if the poll panics, verb.exit gives the old one back
	finished := s.branch.poll(cx)
	s.giveBack(cx, w, yields)
	if finished {
		s.wake.State.Or(uint32(task.StateDone))
	}
	return finished
}

func (s *slot[T]) cancel(cx *Context) bool {
	w, yields := task.LendWaker(cx, &s.wake)
	over := s.branch.cancel(cx)
	s.giveBack(cx, w, yields)
	if over {
		s.wake.State.Or(uint32(task.StateDone))
	}
	return over
}

// giveBack undoes LendWaker. A slot that asked for its next turn without a waker is
// noted here.
func (s *slot[T]) giveBack(cx *Context, w Waker, yields bool) {
	if task.GiveBackWaker(cx, w, yields) {
		s.wake.Leaf.(*readyList).add(&s.wake)
	}
}

// readyList has the slots of an armSlice that were woken and not polled since. Wakers
// add to it from any goroutine; the poll of the verb takes from it.
type readyList struct {
	task.Frame // only to be a foreigner
	mu         sync.Mutex
	waker      Waker // of who polls the verb
	begun      bool
	later      []*task.Task // woken, for the next poll
	turn       []*task.Task // woken, for this poll; those before at have had it
	at         int
}

var readyListFunc = task.Func{Name: "rt.readyList"}

// Func implements [Machine].
func (l *readyList) Func() *task.Func { return &readyListFunc }

// Reset implements [Machine]. A readyList is no call: it is never reused.
func (l *readyList) Reset() {}

// Resume implements [Machine]. A readyList is no call: it is never resumed.
func (l *readyList) Resume(*Context) task.Machine { panic("rt: readyList: not a call") }

// init makes room for n slots.
func (l *readyList) init(n int) {
	both := make([]*task.Task, 2*n)
	l.later, l.turn = both[:0:n], both[n:n]
}

// Woken is the wake of slot t.
func (l *readyList) Woken(t *task.Task) {
	if w, ok := l.add(t); ok {
		w.Wake()
	}
}

// add puts t into the list, and says who is to be woken: whoever polls the
// verb, if nothing was in the list.
func (l *readyList) add(t *task.Task) (w Waker, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.Load()&(task.StateScheduled|task.StateDone) != 0 {
		return w, false
	}
	t.State.Or(uint32(task.StateScheduled))
	l.later = append(l.later, t)
	if len(l.later) > 1 {
		return w, false
	}
	return l.waker, true
}

// begin makes all that is in the list the turn, and w the waker. It reports whether
// it is the first time.
func (l *readyList) begin(w Waker) (first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first = !l.begun
	l.begun, l.waker = true, w
	l.turn, l.later, l.at = l.later, l.turn[:0], 0
	return first
}

// take takes the next slot of the turn. From now on it can be woken again.
func (l *readyList) take() *task.Task {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == len(l.turn) {
		return nil
	}
	t := l.turn[l.at]
	l.at++
	t.State.And(^uint32(task.StateScheduled))
	return t
}
