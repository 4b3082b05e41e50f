package rt

import (
	"strconv"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// A verb is a future that waits for other futures: a join, a choice, a timeout.
// It polls them, its arms, inside the task that polls it, one at a time and on
// the same goroutine, so that they may share variables without locks.
//
//	            begins               is decided                 all cleanup has run
//	fresh ──────────────▶ waiting ──────────────▶ settling ──────────────────────▶ ended
//	  │                      │                        │                              ▲
//	  └──────────────────────┴────────────────────────┴──▶ leaving ──────────────────┘
//	            cancelled
//
// When the verb is decided (by the first error of a join, the winner of a
// choice), the arms that are left are cancelled in the order of the arguments.
// Their cleanup may have to wait; it goes on side by side, and the verb is ready
// when all of it has run. A panic of an arm decides as well, and so does a Goexit: it
// goes on when all cleanup has run.
//
// A type of verb embeds verb (a few arms, in fields) or armSlice (a slice of arms)
// and gives itself to init; advance, PollCancel and Cancel are then the same for
// all of them.
type verb struct {
	self  arms
	few   []arm            // the arms, if they are in fields
	err   error            // of the arm that decided a join
	panic *task.PanicTrace // of an arm, until all cleanup has run
	state verbState
	rule  rule
	task.Handing
	task.Claim
	busy   bool     // is being polled or cancelled
	driven bool     // a Goexit drives the cleanup
	fair   bool     // arms are polled in random order, not in that of the arguments
	pos    uint8    // how many of order this poll has looked at
	order  [4]uint8 // in which order this poll looks at a few arms
	open   int32    // waiting: arms that have not finished; then: arms whose cleanup waits
	at     int32    // the arm that is being polled or cancelled, or noArm
	win    int32    // the arm that decided, or noArm
}

// noArm is the index of no arm.
const noArm = -1

// verbState says how far a verb has come; see [verb].
type verbState uint8

const (
	verbFresh    verbState = iota
	verbWaiting            // polls its arms
	verbSettling           // is decided; cancels the arms that are left
	verbLeaving            // was cancelled; cancels all arms
	verbEnded              // was ready
	verbGone               // has been cancelled, or an arm has panicked
)

// rule says which arm decides a verb.
type rule uint8

const (
	firstError rule = iota // joins: an error, or the last to finish
	everyEnd               // the last to finish, with or without an error
	firstEnd               // choices and races: whoever finishes
	firstValue             // whoever finishes without an error, or the last to finish
)

// arms is a verb seen as the futures that it waits for.
type arms interface {
	name() string // of the function that users call
	count() int
	arm(i int) arm
	begin(cx *Context) // is called once before next is called in a poll
	next() int         // an arm that may have got further, or noArm
}

// arm is a future of a verb, with its result. It is live until the future has
// finished, or its cleanup has.
type arm interface {
	live() bool
	poll(cx *Context) (finished bool)
	cancel(cx *Context) (over bool)
	drop() // forgets the future, which has panicked
	failure() error
	future() any
}

// init is called by the function that makes the verb, when its arms are there: few are those in fields.
func (v *verb) init(self arms, r rule, few ...arm) {
	v.self, v.few, v.rule, v.at, v.win = self, few, r, noArm, noArm
	v.order = [4]uint8{0, 1, 2, 3}
	for i := range self.count() {
		if a := self.arm(i); a.live() {
			task.Own(a.future(), self.name())
			v.open++
		}
	}
}

// reusable reports whether v was ready, and nothing of it is under way: nobody knows its arms any more.
func (v *verb) reusable() bool {
	return v.state == verbEnded && !v.busy && !v.driven && v.Handed == nil
}

// again makes *v, a verb, a zero one, if it is reusable.
func again[V any](v *V, reusable bool) bool {
	if reusable {
		*v = *new(V)
	}
	return reusable
}

// needAll panics if a future is nil: who waits for all of them would wait for ever.
func (v *verb) needAll() {
	n := v.self.count()
	if int(v.open) == n {
		return
	}
	for i := range n {
		if !v.self.arm(i).live() {
			panic(task.Misuse(v.self.name(), "of a nil future (number "+strconv.Itoa(i+1)+")", "it would wait for ever: leave it out, or give it Ready(v)"))
		}
	}
}

// needOne panics if there is no future that is not nil.
func (v *verb) needOne() {
	if v.open == 0 {
		panic(task.Misuse(v.self.name(), "of no future, or only of nil ones", "give it one that can be ready"))
	}
}

// enter takes the verb for a poll.
func (v *verb) enter(cx *Context) {
	task.NeedContext(cx, v.self.name())
	switch {
	case v.Handed != nil:
		task.Misused(v.self.name(), "polled", task.AfterGone)
	case v.busy:
		task.Misused(v.self.name(), "polled", task.WhilePolled)
	case v.state == verbEnded:
		task.Misused(v.self.name(), "polled", task.AfterReady)
	case v.state >= verbLeaving:
		task.Misused(v.self.name(), "polled", task.AfterGone)
	}
	v.busy = true
}

// advance polls the arms that may have got further, and reports whether the verb
// is ready: decided, with all cleanup done.
func (v *verb) advance(cx *Context) (ready bool) {
	v.enter(cx)
	defer v.leave(cx)
	v.step(cx)
	v.busy = false
	if v.state != verbSettling || v.open > 0 {
		return false
	}
	v.state = verbEnded
	v.raise(cx)
	return true
}

// step polls or cancels the arms that may have got further.
func (v *verb) step(cx *Context) {
	defer v.exit(cx, cx.Waker())
	switch v.state {
	case verbFresh:
		v.state = verbWaiting
		if v.open == 0 {
			v.state = verbSettling // a join of nothing
			break
		}
		fallthrough
	case verbWaiting:
		v.pollArms(cx)
	default:
		v.self.begin(cx)
		v.cancelOn(cx)
	}
}

// pollArms polls until an arm decides the verb, or all that may have got further
// wait again.
func (v *verb) pollArms(cx *Context) {
	if v.few != nil { // the same, without asking self at each step
		v.begin(cx)
		for _, i := range v.order[:len(v.few)] {
			if a := v.few[i]; a.live() && v.pollArm(cx, int(i), a) {
				return
			}
		}
		return
	}
	v.self.begin(cx)
	for i := v.self.next(); i != noArm; i = v.self.next() {
		if v.pollArm(cx, i, v.self.arm(i)) {
			return
		}
	}
}

// pollArm polls arm i, and reports whether that decides the verb.
func (v *verb) pollArm(cx *Context, i int, a arm) (decided bool) {
	v.at = int32(i)
	left := task.LendBudget(cx)
	finished := a.poll(cx)
	task.GiveBackBudget(cx, left)
	v.at = noArm
	if !finished || !v.decides(i, a) {
		return false
	}
	v.state = verbSettling
	if v.open > 0 || v.few == nil || a.live() { // else there is none left
		v.cancelAll(cx)
	}
	return true
}

// decides reports whether the end of arm i decides the verb.
func (v *verb) decides(i int, a arm) bool {
	v.open--
	switch v.rule {
	case firstError:
		err := a.failure()
		if err == nil {
			return v.open == 0
		}
		v.err = err
	case everyEnd:
		return v.open == 0
	case firstValue:
		if a.failure() != nil {
			return v.open == 0
		}
	case firstEnd:
	}
	v.win = int32(i)
	return true
}

// cancelAll begins the cancel of all arms that are live, in the order of the arguments.
func (v *verb) cancelAll(cx *Context) {
	v.endTurn()
	v.open = 0
	for i := range v.self.count() {
		a := v.self.arm(i)
		v.at = int32(i)
		if a.live() && !a.cancel(cx) {
			v.open++
		}
	}
	v.at = noArm
}

// endTurn takes the turn from all arms that have one: from now on a wake is for the cleanup.
func (v *verb) endTurn() {
	for v.few == nil && v.self.next() != noArm {
	}
}

// cancelOn goes on with cleanup that has waited.
func (v *verb) cancelOn(cx *Context) {
	for i := v.self.next(); i != noArm; i = v.self.next() {
		v.at = int32(i)
		if v.self.arm(i).cancel(cx) {
			v.open--
		}
		v.at = noArm
	}
}

// exit ends a step. An arm that is still being polled then has panicked, or has
// called Goexit. The others are cancelled. If no cleanup waits we do not recover, so
// that the panic goes on with its own stack. Else it waits for the cleanup, which
// may share variables with those to whom the panic goes; a later panic, in the
// cleanup, takes its place, as in deferred calls. A Goexit cannot wait, nor stop: its
// goroutine drives the cleanup, here, before it goes on.
func (v *verb) exit(cx *Context, w Waker) {
	if v.at == noArm {
		return
	}
	task.SetWaker(cx, w)
	if v.state < verbSettling {
		v.state = verbSettling
	}
	v.self.arm(int(v.at)).drop()
	v.endTurn()
	v.open, v.panic = 0, nil // a panic that waits is overtaken
	returned := false
	defer func() {
		if !returned { // a Goexit in the cleanup of an arm
			v.exitHere(cx)
		}
	}()
	v.collapse(cx)
	returned = true
	if v.open == 0 && v.panic == nil {
		v.state = verbGone
		return
	}
	switch p := recover(); {
	case p == nil:
		v.exitHere(cx)
	case v.panic == nil: // else one in the cleanup has overtaken it
		v.keep(cx, p)
	}
}

// exitHere drives the cleanup of the arms to its end in a Goexit. A panic in it goes on then. One more Goexit in it
// ends only the stand-in that makes the step.
func (v *verb) exitHere(cx *Context) {
	v.busy = false
	if v.state >= verbEnded || v.driven {
		return
	}
	v.driven = true
	task.Exits(cx)
	task.DriveCleanup(task.EngineOf(cx), func(cx *Context) bool {
		task.Beside(cx, func() { v.pollCancel(cx) })
		return v.state >= verbEnded
	})
}

// keep has the panic p wait for the cleanup, in place of one that waits already.
func (v *verb) keep(cx *Context, p any) {
	t := new(task.PanicTrace)
	*t = *task.TraceOf(cx) // it may be the same
	t.Note(p)
	v.panic = t
}

// leave ends a poll or a cancel. If its step has not returned, a panic goes on, or a
// Goexit: in that case exit may have recovered, to no avail, a panic that has left a
// deferred call of the Goexit.
func (v *verb) leave(cx *Context) {
	if v.busy {
		v.exitHere(cx)
	}
}

// raise lets the panic of an arm go on, if there was one.
func (v *verb) raise(cx *Context) {
	if t := v.panic; t != nil {
		v.state, v.panic = verbGone, nil
		t.Raise(cx)
	}
}

// collapse cancels the arms from the first on. A panic in the cleanup of an arm is kept; that and
// a Goexit do not keep the others from being cancelled.
func (v *verb) collapse(cx *Context) {
	i, n := 0, v.self.count()
	defer func() {
		for i < n { // a Goexit cannot be held up, so stand-ins do the rest
			task.Beside(cx, func() { v.collapseUpTo(cx, &i, n) })
		}
		v.at = noArm
	}()
	for i < n {
		v.collapseUpTo(cx, &i, n)
	}
}

// collapseUpTo is collapse up to the first panic or Goexit, behind which *i is then. It returns after a panic, so that
// the stack does not grow with the number of arms that panic.
func (v *verb) collapseUpTo(cx *Context, i *int, n int) {
	w := cx.Waker()
	defer func() {
		if *i == n {
			return
		}
		task.SetWaker(cx, w)
		v.self.arm(*i).drop()
		*i++
		v.panic = nil // a Goexit overtakes it
		if p := recover(); p != nil {
			v.keep(cx, p)
		}
	}()
	for ; *i < n; *i++ {
		if a := v.self.arm(*i); a.live() && !a.cancel(cx) {
			v.open++
		}
	}
}

// PollCancel cancels all arms in the order of the arguments, or goes on with
// their cleanup, and reports whether all of it has run.
func (v *verb) PollCancel(cx *Context) (over bool) { return v.GoOn(cx, v.pollCancel) }

func (v *verb) pollCancel(cx *Context) (over bool) {
	switch {
	case v.busy:
		task.Misused(v.self.name(), "cancelled", task.WhilePolled)
	case v.state >= verbEnded:
		return true
	}
	v.busy = true
	defer v.leave(cx)
	v.stepCancel(cx)
	v.busy = false
	if v.open > 0 {
		return false
	}
	v.state = verbGone
	v.raise(cx)
	return true
}

// stepCancel begins the cancel of the arms, or goes on with it.
func (v *verb) stepCancel(cx *Context) {
	defer v.exit(cx, cx.Waker())
	begun := v.state >= verbSettling
	v.state = verbLeaving
	v.self.begin(cx)
	if !begun || task.Forced(cx) { // by force also those that nobody has woken
		v.cancelAll(cx)
	} else {
		v.cancelOn(cx)
	}
}

// Cancel implements [Canceler]. Cleanup that has to wait goes on as a task of its own.
func (v *verb) Cancel() { v.Dismiss(v.pollCancel) }

// Title is the name of the function that users call.
func (v *verb) Title() string { return v.self.name() }

// Own implements owned.
func (v *verb) Own(by string) { v.Take(v.self.name(), by) }

// begin puts a few arms in order for a poll: that of the arguments, or any with
// equal chance, so that no arm that is always ready keeps the others from winning.
func (v *verb) begin(cx *Context) {
	v.pos = 0
	if !v.fair {
		return
	}
	for i := len(v.few) - 1; i > 0; i-- {
		j := task.RandomIn(cx, i+1)
		v.order[i], v.order[j] = v.order[j], v.order[i]
	}
}

func (v *verb) count() int { return len(v.few) }

func (v *verb) arm(i int) arm { return v.few[i] }

// next is the next live arm of a few.
func (v *verb) next() int {
	for int(v.pos) < len(v.few) {
		i := int(v.order[v.pos])
		v.pos++
		if v.few[i].live() {
			return i
		}
	}
	return noArm
}
