package rt

import "github.com/asyncgen/asyncgen/rt/internal/task"

// Context is what a poll knows of its surroundings. It is valid during the
// poll only, on the goroutine that polls. For those who write a Poll it has
//
//	cx.Waker()  // the Waker of the task that is polled
//	cx.Spend()  // takes one from the budget of the turn; false: give way, and return pending
type Context = task.Context

// Waker wakes the task, or the goroutine, that waits for a future. It is one
// word, may be copied freely, kept as long as one likes, and used from any
// goroutine:
//
//	w.Wake()            // has the task polled again, soon and at least once
//	w.WillWake(other)   // reports whether both wake the same task
//
// Waking a task that has ended does nothing; nor does the zero Waker.
type Waker = task.Waker

// NewContext makes a Context to poll with by hand, in tests and in executors.
// The zero Waker is one that wakes nobody.
func NewContext(w Waker) *Context { return task.NewContext(w) }

// NewWaker makes a Waker that calls f, which may be called from any goroutine
// and any number of times. Whoever wakes waits for f, and has nothing to do with how
// it ends: a panic is reported to the standard logger, and a Goexit (of t.FailNow, say)
// goes no further, since f has a goroutine of its own.
func NewWaker(f func()) Waker { return task.NewWaker(f) }

// PanicError is the error of a task that has panicked. Its Value is what panic was
// called with; an errors.As finds that, too, if it is an error. The method Stack gives
// the stack of the goroutine where the panic came up, as text.
type PanicError = task.PanicError

// handle is the part of a [JoinHandle] that does not know its type.
type handle = task.Handle

// streamCore is the part of a stream that is the same for all.
type streamCore[T any] = task.StreamCore[T]

// DeadlockError is the error of [BlockOn] and [Await], on an ordinary goroutine, if nothing can wake what they wait
// for. What was awaited is cancelled then, and its cleanup has run. Its Dump is what each task waits for; see
// [Runtime.Dump].
//
// It is given only where it is certain, so not at once, and only if in all of the process
//
//   - no task is ready or runs, on no runtime, no timer is armed, and no call of [Blocking] runs;
//   - all that waits waits for what only rt and its packages end: locks, channels and the like of rtsync, handles,
//     groups. A future that a program has written itself may be woken by anybody, and so may one that waits for a
//     native channel, a context or the network;
//   - no other goroutine could do anything: each waits in rt, in package testing or for signals. A goroutine that
//     computes, sleeps or waits for a channel of its own may come to wake somebody;
//   - no function of time.AfterFunc waits for its time, and no C code was ever called.
//
// What Go itself may yet call is not seen: a finalizer that would wake somebody.
type DeadlockError = task.DeadlockError

// What dumps and hooks show.
type (
	// TaskInfo says what a task does; see [Runtime.Dump] and [DumpJSON]: ID, Name, Status and Chain.
	TaskInfo = task.TaskInfo
	// Call is a call that waits, or what a call waits for.
	Call = task.Call
	// Local is a variable that a call keeps while it waits.
	Local = task.Local
	// PlaceInfo is the tasks that wait in one place; see [DumpByPlace].
	PlaceInfo = task.PlaceInfo
	// TaskRef says which task a hook is called for: its ID, its Name, and the outermost Function.
	TaskRef = task.TaskRef
	// Hooks are functions that a runtime calls, see [WithHooks]; those that are nil it does not. Spawn, Turn, Park and
	// End get a [TaskRef]; WorkerStart, WorkerPark, WorkerUnpark and WorkerStop the number of a worker, -1 for a
	// spare. They are called on the goroutine that something happens on, so they have to be quick, and they must not
	// wait. A panic of a hook is reported to the standard logger. One that calls runtime.Goexit takes the task of its
	// goroutine along, and no hook is called any more.
	Hooks = task.Hooks
	// Histogram says how many durations there were of each size: Counts and Sum; N is their number, Bound(i) the
	// largest that Counts[i] counts, and Quantile(q) a bound of the part q of them.
	Histogram = task.Histogram
)
