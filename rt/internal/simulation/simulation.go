// Package simulation is the seam between rt, which runs the tasks of a simulated runtime one at a time, and
// rttest, which says whose turn it is and keeps the books:
//
//	rt:      three tasks are ready ──▶ Driver.Pick ──▶ turn ──▶ Driver.Paused or Driver.Ended
//	rttest:  s := task.NewSim(driver); rt.BlockOn(body, rt.On(rt.New(s.Configure)))
//
// Everything is called while nothing else of the runtime runs, so that no Driver needs a lock.
package simulation

// Task is a task as a Driver sees it. It is the same pointer for the life of the task.
type Task struct {
	// ID counts from 1, in the order in which tasks have become ready for the first time.
	ID int
	// Name is that of the task, or of its function.
	Name string
	// Root is true for a goroutine that is in BlockOn.
	Root bool
	// Detached is true for a task that nobody has a handle of: a panic that leaves it ends the program.
	Detached bool
}

// Place is where a task waits.
type Place struct {
	Leaf  string // the function of rt that it waits in
	Func  string // the innermost marked function, if there is one
	State string // where that waits
	Pos   string // the same as a source line
}

// Verdict is what is to happen to a task that has come to wait.
type Verdict uint8

const (
	// GoOn leaves the task alone.
	GoOn Verdict = iota
	// Cancel aborts it there.
	Cancel
	// Panic has the await panic with [Panicked].
	Panic
)

// Panicked is the value of a panic that a Driver has asked for.
type Panicked struct{}

// Error implements error.
func (Panicked) Error() string { return "rttest: a panic at an await" }

// Driver decides what a simulated runtime leaves open.
type Driver interface {
	// Pick gives the index of the task that has the next turn. There is at least one; they are in the order of ID.
	// If it is negative, all tasks are cancelled, and Pick is called again.
	Pick(ready []*Task, now int64) int
	// Random gives a number from 0 to n-1, for choices between futures that are ready.
	Random(n int) int
	// Paused is called when a turn has ended in which t has come to wait.
	Paused(t *Task, at Place) Verdict
	// Ended is called when a turn has ended in which t has ended, and with what: nil, its error, or what stands for a
	// panic or an abort in rt. For a goroutine in BlockOn it is nil.
	Ended(t *Task, with error)
	// Deadlock is called when nothing is ready and no timer is left. All tasks that wait are cancelled next.
	Deadlock(waiting []string)
	// Outside reports whether something that the runtime does not know may wake tasks: then there is no deadlock.
	Outside() bool
}
