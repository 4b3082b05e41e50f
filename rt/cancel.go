package rt

import "github.com/asyncgen/asyncgen/rt/internal/task"

// Cancel drops a future that is not finished. What was started in it leaves as by
// runtime.Goexit: what it awaits first, then its deferred calls, last first.
// Cancel returns when all of that has run; in a marked function it suspends
// while the deferred calls wait.
//
// A future that was never polled has nothing to clean up. Cancelling one that has
// ended, or again, or nil, or what is no future that holds something, does nothing; a
// handle of a task is not cancelled (see [JoinHandle.Abort]).
//
// To cancel without waiting, call the method Cancel of the future ([Canceler]).
func Cancel(f any) { _, _ = Await(CancelAsync(f)) } // also a shutdown waits for the cleanup

// CancelAsync is the async form of [Cancel]. It never fails. When it is itself
// cancelled, cleanup that has begun goes on to its end.
func CancelAsync(f any) Future[Unit] { return &task.CancelFuture{F: f} }
