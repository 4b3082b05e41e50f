package rt

// state is the state word of a task: a set of bits. All changes are made by one
// compare-and-swap loop, task.change, with one of the pure functions below: each
// gives the next state and what the caller has to do because of it. The upper half
// is no state: it says which function the task runs, see names.go.
//
//	        spawn                    start                    pause
//	(box) ────────▶ scheduled ─────────────▶ running ─────────────▶ waiting
//	                    ▲                      │  ▲ │                  │
//	                    │     pause, if woken  │  │ │ finish           │
//	                    ├──────────────────────┘  │ ▼                  │
//	                    │                         │ done               │
//	                    └─────────────────────────┼────────────────────┘
//	                             wake, abort      │ start
type state uint32

const (
	stateScheduled state = 1 << iota // in a run queue, or to be put there when the poll ends
	stateRunning                     // somebody polls it; only they touch leaf
	stateStarted                     // has been polled
	stateCleaning                    // its cancel has begun
	stateDone                        // has ended: the outcome is in leaf, for ever
	stateGone                        // with done: ended without a result
	stateTaken                       // with done: the owner has taken the result
	stateAbort                       // is to be cancelled
	stateShutdown                    // with abort: because its runtime ends
	stateSpawned                     // is scheduled by a runtime; otherwise its owner polls it
	stateDetached                    // nobody holds a handle: a panic that leaves it ends the program
	stateForce                       // with cleaning: its grace is over
	stateOwned                       // was passed on to a verb: not to another one
	stateForeign                     // is no task: a goroutine that waits, a function
	stateExtra                       // is no task: the head of an extra
)

// action is what the caller of a transition has to do.
type action uint8

const (
	doNothing action = iota
	doSubmit         // put the task into a run queue: the caller is the only one who does
	doPoll           // resume the leaf
	doCancel         // begin the cancel
	doForce          // go on with the cancel, whose grace is over
	doDrop           // end it: it was cancelled before its first poll
	doWakers         // wake who waits for the end
)

// What becomes of a box when it is passed on to a runtime: bits that are set at once.
const (
	asTask     = stateSpawned | stateScheduled
	asDetached = asTask | stateDetached     // nobody gets a handle
	asCall     = stateSpawned               // a function that runs on the blocking pool
	asCleanup  = asDetached | stateCleaning // cleanup that waits and that nobody owns any more
)

// wake asks for another poll.
func (s state) wake() (next state, do action) {
	if s&(stateDone|stateScheduled) != 0 || s&stateSpawned == 0 {
		return s, doNothing
	}
	if s&stateRunning != 0 {
		return s | stateScheduled, doNothing // pause sees it
	}
	return s | stateScheduled, doSubmit
}

// abort asks for a cancel. It is noted once; a cancel that has begun goes on.
func (s state) abort() (next state, do action) {
	if s&(stateDone|stateAbort) != 0 {
		return s, doNothing
	}
	next, do = s.wake()
	return next | stateAbort, do
}

// shutdown is abort because the runtime ends.
func (s state) shutdown() (next state, do action) {
	next, do = s.abort()
	if next != s {
		next |= stateShutdown
	}
	return next, do
}

// force ends the grace of a cancel whose cleanup waits.
func (s state) force() (next state, do action) {
	if s&stateDone != 0 || s&stateCleaning == 0 {
		return s, doNothing
	}
	next, do = s.wake()
	return next | stateForce, do
}

// start begins a turn of a task that was in a run queue. A task may be in a queue
// twice (see monitor.go): who is second finds it not scheduled, or running.
func (s state) start() (next state, do action) {
	if s&(stateDone|stateRunning|stateScheduled) != stateScheduled {
		return s, doNothing
	}
	return s.begin()
}

// begin is start for a call of the blocking pool, which is in the queue of the pool
// and has to be scheduled only to be aborted there.
func (s state) begin() (next state, do action) {
	next = s&^stateScheduled | stateRunning | stateStarted
	switch {
	case s&(stateDone|stateRunning) != 0:
		return s, doNothing
	case s&(stateCleaning|stateForce) == stateCleaning|stateForce:
		return next &^ stateForce, doForce
	case s&stateCleaning != 0:
		return next, doPoll
	case s&stateAbort == 0:
		return next, doPoll
	case s&stateStarted == 0:
		return next | stateCleaning, doDrop
	}
	return next | stateCleaning, doCancel
}

// pause ends a turn in which the task has come to wait.
func (s state) pause() (next state, do action) {
	next = s &^ stateRunning
	if s&stateScheduled != 0 {
		return next, doSubmit
	}
	return next, doNothing
}

// yield ends a turn of a task that wants another one, after the others.
func (s state) yield() (next state, do action) {
	return s&^stateRunning | stateScheduled, doSubmit
}

// finish ends the last turn of a task that has a result, or has panicked.
func (s state) finish() (next state, do action) {
	return s&^(stateRunning|stateScheduled) | stateDone, doWakers
}

// perish ends the last turn of a task that was cancelled.
func (s state) perish() (next state, do action) {
	next, do = s.finish()
	return next | stateGone, do
}

// bits is s without the number of the task's function.
func (s state) bits() state { return s & (1<<numberShift - 1) }

// owner is what s says of who owns the future: that it was passed on, and which function's it is.
func (s state) owner() state { return s & (stateOwned | ^state(1<<numberShift-1)) }

// is says whether all bits of x are set.
func (s state) is(x state) bool { return s&x == x }
