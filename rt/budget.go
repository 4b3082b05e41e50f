package rt

import "strconv"

// A loop whose awaits are always ready would own its worker, and nothing could end it:
//
//	for {
//		n += rt.Must(rt.Await(rt.Ready(1)))
//	}
//
// So a turn has a budget of ready awaits. When it is used up the next await waits for the next
// turn, where an abort, a timeout or a shutdown is seen. It is looked at before the poll and not
// after it: what is ready cannot be given back, and a cancel between would lose it.
//
// Only awaits of values count, and Sleep(0): a direct call reaches a leaf, which counts, or
// computes, and costs nothing more. The arms of a verb use the budget of its task, but each has a
// little of its own in every poll: else a choice between what is there and what is ready at once
// would now and then choose wrongly.
//
// Context.budget is one more than the awaits that are left. 0 is no limit, so Contexts that are
// made elsewhere have none. Whoever polls again and again with one Context refills it.

const (
	// turnBudget is how many awaits may be ready in one turn.
	turnBudget = 128
	// armBudget is how many may be in one poll of an arm, whatever is left of the turn's.
	armBudget = 16
)

// budgetText is set by the linker in tests: the budget of a turn, in place of turnBudget, and of all
// polls with a Context made elsewhere. With 0 each await waits for the next turn.
var budgetText = ""

// fullBudget and byHandBudget are Context.budget at the start of a turn, and in a new Context.
var fullBudget, byHandBudget = func() (turn, hand uint32) {
	if n, err := strconv.Atoi(budgetText); err == nil {
		return uint32(n) + 1, uint32(n) + 1
	}
	return turnBudget + 1, 0
}()

// refill gives cx the budget of a turn.
func (cx *Context) refill() { cx.budget = fullBudget }

// Spend takes one ready await from the budget of the turn. If there is none left it returns false,
// and has arranged for another turn: the caller has to wait, without having polled or taken
// anything. It is for leaves, and for futures by hand that poll others in a loop.
func (cx *Context) Spend() bool {
	if cx.budget == 1 {
		if cx.w != nil {
			cx.w.count.budget++
		}
		nextTurn(cx)
		return false
	}
	cx.budget-- // without a limit it takes four billion to get to one
	return true
}

// lend gives an arm its budget for a poll. The caller sets cx.budget to what is returned
// afterwards, or to what is left, if that is less.
func (cx *Context) lendBudget() (turns uint32) {
	turns = cx.budget
	if turns != 0 {
		cx.budget = max(turns, armBudget+1)
	}
	return turns
}

// Unconstrained runs f without a budget: however many of its awaits are ready, it does not give
// way. Its worker is not free meanwhile, and an abort, a timeout or a shutdown is seen only where
// f waits. f is used up.
func Unconstrained[T any](f Future[T]) (T, error) { return Await(UnconstrainedAsync(f)) }

// UnconstrainedAsync is the async form of [Unconstrained].
func UnconstrainedAsync[T any](f Future[T]) Future[T] {
	if f == nil {
		panic(nilFuture("Unconstrained"))
	}
	own(f, "Unconstrained")
	return &unconstrained[T]{f: f}
}

type unconstrained[T any] struct {
	f    Future[T] // nil: was ready, or cancelled
	gone bool      // was cancelled
	claim
}

// Poll implements [Future].
func (u *unconstrained[T]) Poll(cx *Context) (v T, ready bool, err error) {
	cx.need("Unconstrained")
	switch {
	case u.gone:
		misused("Unconstrained", "polled", afterGone)
	case u.f == nil:
		misused("Unconstrained", "polled", afterReady)
	}
	left := cx.budget
	cx.budget = 0
	defer func() { cx.budget = left }()
	if v, ready, err = u.f.Poll(cx); ready {
		u.f = nil
	}
	return v, ready, err
}

// PollCancel cancels the future.
func (u *unconstrained[T]) PollCancel(cx *Context) bool {
	u.gone = true
	if u.f != nil && cancelling(cx, u.f) {
		u.f = nil
	}
	return u.f == nil
}

// Cancel implements [Canceler]. Cleanup that has to wait goes on as a task of its own.
func (u *unconstrained[T]) Cancel() {
	u.gone = true
	if c, ok := u.f.(Canceler); ok {
		c.Cancel()
	}
}

// own implements owned.
func (u *unconstrained[T]) own(by string) { u.take("Unconstrained", by) }
