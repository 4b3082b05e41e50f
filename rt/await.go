package rt

import "github.com/asyncgen/asyncgen/rt/internal/task"

// Await waits for f and gives its result. In a marked function it suspends the
// function; anywhere else it blocks the goroutine, which polls f and sleeps
// between. f is used up.
//
// If the runtime that the goroutine belongs to is shut down meanwhile, f is
// cancelled and the error is [ErrShutdown]. If nothing can wake f any more it is cancelled too, and the error is a
// [*DeadlockError].
func Await[T any](f Future[T]) (T, error) {
	if f == nil {
		panic(task.NilFuture("Await"))
	}
	return task.AwaitHere(f)
}

// BlockOn is [Await] for main and other ordinary code: it waits for f on the
// calling goroutine. With [On] the code of f, and the goroutines that it starts, belong to
// another runtime; with [WithValues] it has other values than the caller's; [Name] is for
// the error of a shutdown.
func BlockOn[T any](f Future[T], opts ...SpawnOption) (T, error) {
	if f == nil {
		panic(task.NilFuture("BlockOn"))
	}
	if len(opts) == 0 {
		return task.WaitOn(f, nil)
	}
	return task.WaitOn(f, applied("BlockOn", opts))
}
