package task

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
	// TurnBudget is how many awaits may be ready in one turn.
	TurnBudget = 128
	// armBudget is how many may be in one poll of an arm, whatever is left of the turn's.
	armBudget = 16
)

// budgetText is set by the linker in tests: the budget of a turn, in place of TurnBudget, and of all
// polls with a Context made elsewhere. With 0 each await waits for the next turn.
var budgetText = ""

// fullBudget and byHandBudget are Context.budget at the start of a turn, and in a new Context.
var fullBudget, byHandBudget = func() (turn, hand uint32) {
	if n, err := strconv.Atoi(budgetText); err == nil {
		return uint32(n) + 1, uint32(n) + 1
	}
	return TurnBudget + 1, 0
}()

// refill gives cx the budget of a turn.
func (cx *Context) refill() { cx.budget = fullBudget }

// Spend takes one ready await from the budget of the turn. If there is none left it returns false,
// and has arranged for another turn: the caller has to wait, without having polled or taken
// anything. It is for leaves, and for futures by hand that poll others in a loop.
func (cx *Context) Spend() bool {
	cx.budget-- // without a limit it takes four billion to get to none
	return cx.budget != 0 || cx.spent()
}

// spent arranges for another turn.
func (cx *Context) spent() bool {
	cx.budget = 1
	if cx.w != nil {
		cx.w.count.budget++
	}
	NextTurn(cx)
	return false
}

// LendBudget gives an arm its budget for a poll, and what GiveBackBudget wants afterwards.
func LendBudget(cx *Context) (turns uint32) {
	turns = cx.budget
	if turns != 0 {
		cx.budget = max(turns, armBudget+1)
	}
	return turns
}

// GiveBackBudget leaves of the budget of the turn what there was, or what is left, if that is less.
func GiveBackBudget(cx *Context, turns uint32) { cx.budget = min(cx.budget, turns) }

// SetBudget sets the budget of cx, and gives what it was: 0 is no limit.
func SetBudget(cx *Context, budget uint32) (before uint32) {
	before, cx.budget = cx.budget, budget
	return before
}
