package rt

import "time"

// Deadline is [Timeout] with an instant, on the clock of the runtime (see [Now]), in place of a duration.
func Deadline[T any](t time.Time, f Future[T]) (T, error) { return Await(DeadlineAsync(t, f)) }

// DeadlineAsync is the async form of [Deadline].
func DeadlineAsync[T any](t time.Time, f Future[T]) Future[T] {
	to := new(timeout[T])
	to.AgainAt(t, f)
	return to
}
