package rt

import "github.com/asyncgen/asyncgen/rt/internal/task"

// Shield keeps a cancel away from f: once f has been polled, it goes on to its end also if who waits for it
// is cancelled, and that is left only then. It is for a step that must not be left half done:
//
//	_, err := rt.Shield(commitAsync(tx))
//
// A Shield that is cancelled before its first poll does not start f. When the time of grace of a cleanup is
// over (see [CleanupGrace]), f is cancelled all the same. f is used up.
func Shield[T any](f Future[T]) (T, error) { return Await(ShieldAsync(f)) }

// ShieldAsync is the async form of [Shield].
func ShieldAsync[T any](f Future[T]) Future[T] {
	if f == nil {
		panic(task.NilFuture("Shield"))
	}
	task.Own(f, "Shield")
	return &shield[T]{f: f}
}

type shield[T any] struct {
	f     Future[T] // nil: it has finished
	begun bool
	task.Handing
	task.Claim
}

// Own implements owned.
func (s *shield[T]) Own(by string) { s.Take("Shield", by) }

// Poll implements [Future].
func (s *shield[T]) Poll(cx *Context) (v T, ready bool, err error) {
	task.NeedContext(cx, "Shield")
	switch {
	case s.Handed != nil:
		task.Misused("Shield", "polled", task.AfterGone)
	case s.f == nil:
		task.Misused("Shield", "polled", task.AfterReady)
	}
	f := s.f
	s.begun, s.f = true, nil // a panic ends it
	v, ready, err = f.Poll(cx)
	if !ready {
		s.f = f
	}
	return v, ready, err
}

// PollCancel goes on with f, whose result nobody gets, and reports whether it has finished.
func (s *shield[T]) PollCancel(cx *Context) (over bool) { return s.GoOn(cx, s.pollCancel) }

func (s *shield[T]) pollCancel(cx *Context) bool {
	f := s.f
	s.f = nil
	over := true
	switch {
	case f == nil || !s.begun:
	case task.Forced(cx):
		over = task.Cancelling(cx, f)
	default:
		_, over, _ = f.Poll(cx)
	}
	if !over {
		s.f = f
	}
	return over
}

// Cancel implements [Canceler]. f goes on as a task of its own.
func (s *shield[T]) Cancel() { s.Dismiss(s.pollCancel) }
