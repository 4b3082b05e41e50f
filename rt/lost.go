package rt

import (
	"log"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// FindLost finds the tasks of r that are lost, has them cancelled, and says what they were waiting for. A task is lost if
// it waits and nobody can ever wake it: the channel, say, from which it receives is known to itself alone, and so is its
// handle.
//
//	func worker() error {
//		results := rtsync.NewChan[int](0)
//		v, err := results.Recv() // nobody else has results: this would wait for ever
//		...
//
// The cleanup of such a task, its deferred calls, runs as after an Abort. Tasks that only lost ones can wake are lost too. A
// task is not lost as long as somebody has its handle, though nobody may ever use it, or as long as it holds a lock that
// others can reach.
//
// It is the garbage collector who finds them, so this takes a collection, or two if there are any, and about three
// kilobytes for each task that waits, of which at most 32768 are looked at together. Tasks go on meanwhile. Only the
// collector of Go 1.27 can do it, or that of Go 1.26 in a program that is built with
// GOEXPERIMENT=goroutineleakprofile; with others, for a simulated runtime, and in a bubble of testing/synctest the error
// is an [errors.ErrUnsupported].
func (r *Runtime) FindLost() ([]TaskInfo, error) {
	r.need("FindLost")
	found, err := r.engine.FindLost()
	lost := make([]TaskInfo, len(found))
	for i, t := range found {
		lost[i] = *t
	}
	return lost, err
}

// LostTasks has the runtime look for lost tasks, as [Runtime.FindLost] does, now and then after a garbage collection: at
// most every ten seconds, and for a hundredth of the time. For each that is found f is called, with a nil f it
// is reported to the standard logger. Where they cannot be found New says so, to that logger.
func LostTasks(f func(TaskInfo)) Option {
	if f == nil {
		f = func(t TaskInfo) {
			log.Printf("rt: task %s is lost: it waits for what nobody can bring about, and is cancelled\n%s", t.Name, t.Text())
		}
	}
	return func(c *task.Config) { c.Lost = func(t *task.TaskInfo) { f(*t) } }
}
