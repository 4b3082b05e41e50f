package rt

import (
	"context"
	"fmt"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// ErrTimeout is the error of [Timeout]. It is context.DeadlineExceeded to
// errors.Is, and has the method Timeout of net.Error.
var ErrTimeout error = timeoutError{}

type timeoutError struct{}

func (timeoutError) Error() string { return "rt: timeout" }

func (timeoutError) Timeout() bool { return true }

func (timeoutError) Temporary() bool { return true }

func (timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// TimeoutError is the error of [TimeoutCause]. To errors.Is it is its cause,
// [ErrTimeout] and context.DeadlineExceeded.
type TimeoutError struct {
	After time.Duration // how long the future was given
	Cause error
}

// Error implements error.
func (e *TimeoutError) Error() string { return fmt.Sprintf("%v (timeout after %v)", e.Cause, e.After) }

// Unwrap gives the cause, and ErrTimeout.
func (e *TimeoutError) Unwrap() []error { return []error{e.Cause, ErrTimeout} }

// Timeout runs f for at most d, counted from the first poll. When the time is up
// it cancels f, waits for its cleanup, and fails with [ErrTimeout].
//
// A value that is there when the time is up counts: with d zero or negative f is
// polled once. After that f is not polled again. f is used up. If Timeout itself
// is cancelled, so is f.
func Timeout[T any](d time.Duration, f Future[T]) (T, error) { return Await(TimeoutAsync(d, f)) }

// TimeoutAsync is the async form of [Timeout].
func TimeoutAsync[T any](d time.Duration, f Future[T]) Future[T] {
	return newTimeout("Timeout", d, ErrTimeout, f)
}

// TimeoutCause is [Timeout] with an error that wraps cause, a [*TimeoutError], so
// that of several timeouts one within another one can tell which it was. A nil cause is [ErrTimeout].
func TimeoutCause[T any](d time.Duration, cause error, f Future[T]) (T, error) {
	return Await(TimeoutCauseAsync(d, cause, f))
}

// TimeoutCauseAsync is the async form of [TimeoutCause].
func TimeoutCauseAsync[T any](d time.Duration, cause error, f Future[T]) Future[T] {
	if cause == nil {
		cause = ErrTimeout
	}
	return newTimeout("TimeoutCause", d, &TimeoutError{After: d, Cause: cause}, f)
}

// timeout is a choice between f and a timer, which is looked at second.
type timeout[T any] struct {
	verb
	all   [2]arm
	f     branch[T]
	end   branch[Unit]
	alarm task.Alarm
	what  string
	late  error
	at    time.Time // in place of alarm.d, if it is not zero
}

func newTimeout[T any](what string, d time.Duration, late error, f Future[T]) *timeout[T] {
	t := new(timeout[T])
	t.set(what, d, late, f)
	return t
}

func (t *timeout[T]) set(what string, d time.Duration, late error, f Future[T]) {
	if f == nil {
		panic(task.NilFuture(what))
	}
	t.what, t.late, t.f.f, t.alarm.D = what, late, f, d
	t.end.f = &t.alarm
	t.all = [...]arm{&t.f, &t.end}
	t.init(t, firstEnd, t.all[:]...)
}

// Again makes a cleared one a new [Timeout].
func (t *timeout[T]) Again(d time.Duration, f Future[T]) { t.set("Timeout", d, ErrTimeout, f) }

// AgainAt makes a cleared one a new [Deadline].
func (t *timeout[T]) AgainAt(at time.Time, f Future[T]) {
	t.set("Deadline", 0, ErrTimeout, f)
	t.at = at
}

// Clear implements task.Verb.
func (t *timeout[T]) Clear() bool { return again(t, t.reusable()) }

func (t *timeout[T]) name() string { return t.what }

// Poll implements [Future].
func (t *timeout[T]) Poll(cx *Context) (v T, ready bool, err error) {
	task.NeedContext(cx, t.what)
	if t.state == verbFresh {
		t.alarm.Count(cx, t.at) // what f computes before it waits counts too
	}
	switch {
	case !t.advance(cx):
		return v, false, nil
	case t.win == 0:
		return t.f.Value, true, t.f.Err
	}
	return v, true, t.late
}
