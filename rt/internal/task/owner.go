package task

import "sync/atomic"

// A future has one owner. Whoever takes it, a verb, Spawn or an await, claims it before the first
// poll: a second one would take the waker of the first, who would wait for ever. So the second
// panics, with the name of the first.

// takers are those who claim futures, by number. A box notes who has claimed it in a field that is
// zero at the start, so that an await has nothing to write.
var takers = [...]string{
	awaiting, "", "BlockOn", "Spawn", "Timeout", "Join2", "Select2", "JoinAll", "SelectAll", "Select2Biased",
	"SelectAllBiased", "Join3", "JoinSettled", "Race", "Any", "Select3", "Select3Biased", "Select4", "Select4Biased",
	"TimeoutCause", "Deadline", "WithContext", "Scope", "Map", "Unconstrained", "Shield",
}

const (
	awaiting  = "Await"  // the taker of an await
	Borrowing = "Borrow" // the taker of each poll of what is lent: it claims nothing, but others must not have it
	unlisted  = 1        // the number of those that takers does not list
	lastAwait = 3        // those after it are verbs, which cancel what they have
)

// takerOf is the number of by.
func takerOf(by string) uint32 {
	for i, name := range takers {
		if name == by {
			return uint32(i)
		}
	}
	return unlisted
}

// HasOneOwner is what to do in place of giving a future to a second owner.
const HasOneOwner = "a future has one owner; lend it with rt.Borrow, or await the handle of rt.Spawn"

// claimed panics: by has been given name, which belongs to the taker with the number first.
func claimed(name, by string, first uint32) {
	to := "on"
	if int(first) < len(takers) && first != unlisted {
		to = "to " + takers[first]
	}
	panic(Misuse(name, "is passed to "+by+" after it was passed "+to+" already", HasOneOwner))
}

// Claim is who has taken a future: the number of the taker, and one.
type Claim struct{ taker atomic.Uint32 }

// Take notes that by has the future name.
func (c *Claim) Take(name, by string) {
	switch n := c.taker.Load(); {
	case n != 0:
		claimed(name, by, n-1)
	case by == Borrowing:
		return
	}
	if !c.taker.CompareAndSwap(0, takerOf(by)+1) {
		claimed(name, by, c.taker.Load()-1)
	}
}

// boxed implements boxed.
func (b *Box[T]) boxed() *Task { return &b.t }

// Own claims t for by. What has ended is not claimed: the poll says more about it.
func (t *Task) Own(by string) {
	for {
		s := t.Load()
		switch {
		case s.Is(StateSpawned) && (by == awaiting || by == Borrowing), s.Is(StateDone):
			return // the poll says so
		case s.Is(StateSpawned):
			passed(t.name(), by, afterSpawned)
		case s.Is(stateOwned):
			claimed(t.name(), by, atomic.LoadUint32(&t.Index))
		case s.Is(StateRunning):
			Misused("a future", "passed to "+by, WhilePolled)
		case by == Borrowing:
			return
		}
		next := s | stateOwned
		if t.Leaf != nil && s.function() == nil {
			next |= outermost(t.Leaf).Func().number()
		}
		if t.State.CompareAndSwap(uint32(s), uint32(next)) { // pairs with itself: there is one owner
			if by != awaiting {
				atomic.StoreUint32(&t.Index, takerOf(by)) // not listed yet
			}
			return
		}
	}
}

// seize is own by an await, and enter, in one step, for a box that nobody has touched. It says
// whether it was one.
func (t *Task) seize() bool {
	return t.Load() == 0 && t.Leaf != nil &&
		t.State.CompareAndSwap(0, uint32(stateOwned|StateStarted|StateRunning|t.Leaf.Func().number()))
}

// claimAndPoll is the claim of f by an await, and its first poll.
func claimAndPoll[T any](cx *Context, f Future[T]) (T, bool, error) {
	if b, ok := f.(*Box[T]); ok && b.t.seize() {
		return b.polled(cx)
	}
	Own(f, awaiting)
	return f.Poll(cx)
}

// blame is for the message about a cancelled t, whose state is s: it says who has cancelled it.
func (s Word) blame(t *Task) string {
	by := atomic.LoadUint32(&t.Index)
	if !s.Is(stateOwned) || s.Is(StateSpawned) || by <= lastAwait || int(by) >= len(takers) {
		return ""
	}
	return takers[by] + " has cancelled it; lend it with rt.Borrow"
}
