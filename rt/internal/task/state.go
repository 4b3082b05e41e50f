package task

// Word is the state word of a task: a set of bits. All changes are made by one
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
type Word uint32

const (
	StateScheduled Word = 1 << iota // in a run queue, or to be put there when the poll ends
	StateRunning                    // somebody polls it; only they touch leaf
	StateStarted                    // has been polled
	StateCleaning                   // its cancel has begun
	StateDone                       // has ended: the outcome is in leaf, for ever
	stateGone                       // with done: ended without a result
	stateTaken                      // with done: the owner has taken the result
	StateAbort                      // is to be cancelled
	stateShutdown                   // with abort: because its runtime ends
	StateSpawned                    // is scheduled by a runtime; otherwise its owner polls it
	stateDetached                   // nobody holds a handle: a panic that leaves it ends the program
	StateForce                      // with cleaning: its grace is over
	stateOwned                      // was passed on to a verb: not to another one
	StateForeign                    // is no task: a goroutine that waits, a function
	StateExtra                      // is no task: the head of an extra
)

// Action is what the caller of a transition has to do.
type Action uint8

const (
	DoNothing Action = iota
	DoSubmit         // put the task into a run queue: the caller is the only one who does
	DoPoll           // resume the leaf
	DoCancel         // begin the cancel
	DoForce          // go on with the cancel, whose grace is over
	DoDrop           // end it: it was cancelled before its first poll
	DoWakers         // wake who waits for the end
)

// What becomes of a box when it is passed on to a runtime: bits that are set at once.
const (
	AsTask     = StateSpawned | StateScheduled
	AsDetached = AsTask | stateDetached     // nobody gets a handle
	asCall     = StateSpawned               // a function that runs on the blocking pool
	asCleanup  = AsDetached | StateCleaning // cleanup that waits and that nobody owns any more
)

// Wake asks for another poll.
func (s Word) Wake() (next Word, do Action) {
	if s&(StateDone|StateScheduled) != 0 || s&StateSpawned == 0 {
		return s, DoNothing
	}
	if s&StateRunning != 0 {
		return s | StateScheduled, DoNothing // pause sees it
	}
	return s | StateScheduled, DoSubmit
}

// Abort asks for a cancel. It is noted once; a cancel that has begun goes on.
func (s Word) Abort() (next Word, do Action) {
	if s&(StateDone|StateAbort) != 0 {
		return s, DoNothing
	}
	next, do = s.Wake()
	return next | StateAbort, do
}

// Shutdown is abort because the runtime ends.
func (s Word) Shutdown() (next Word, do Action) {
	next, do = s.Abort()
	if next != s {
		next |= stateShutdown
	}
	return next, do
}

// Force ends the grace of a cancel whose cleanup waits.
func (s Word) Force() (next Word, do Action) {
	if s&StateDone != 0 || s&StateCleaning == 0 {
		return s, DoNothing
	}
	next, do = s.Wake()
	return next | StateForce, do
}

// Start begins a turn of a task that was in a run queue. A task may be in a queue
// twice (see monitor.go): who is second finds it not scheduled, or running.
func (s Word) Start() (next Word, do Action) {
	if s&(StateDone|StateRunning|StateScheduled) != StateScheduled {
		return s, DoNothing
	}
	return s.Begin()
}

// Begin is start for a call of the blocking pool, which is in the queue of the pool
// and has to be scheduled only to be aborted there.
func (s Word) Begin() (next Word, do Action) {
	next = s&^StateScheduled | StateRunning | StateStarted
	switch {
	case s&(StateDone|StateRunning) != 0:
		return s, DoNothing
	case s&(StateCleaning|StateForce) == StateCleaning|StateForce:
		return next &^ StateForce, DoForce
	case s&StateCleaning != 0:
		return next, DoPoll
	case s&StateAbort == 0:
		return next, DoPoll
	case s&StateStarted == 0:
		return next | StateCleaning, DoDrop
	}
	return next | StateCleaning, DoCancel
}

// Pause ends a turn in which the task has come to wait.
func (s Word) Pause() (next Word, do Action) {
	next = s &^ StateRunning
	if s&StateScheduled != 0 {
		return next, DoSubmit
	}
	return next, DoNothing
}

// Yield ends a turn of a task that wants another one, after the others.
func (s Word) Yield() (next Word, do Action) {
	return s&^StateRunning | StateScheduled, DoSubmit
}

// Finish ends the last turn of a task that has a result, or has panicked.
func (s Word) Finish() (next Word, do Action) {
	return s&^(StateRunning|StateScheduled) | StateDone, DoWakers
}

// Perish ends the last turn of a task that was cancelled.
func (s Word) Perish() (next Word, do Action) {
	next, do = s.Finish()
	return next | stateGone, do
}

// bits is s without the number of the task's function.
func (s Word) bits() Word { return s & (1<<numberShift - 1) }

// owner is what s says of who owns the future: that it was passed on, and which function's it is.
func (s Word) owner() Word { return s & (stateOwned | ^Word(1<<numberShift-1)) }

// Is reports whether all bits of x are set.
func (s Word) Is(x Word) bool { return s&x == x }
