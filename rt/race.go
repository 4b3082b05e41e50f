package rt

import (
	"errors"
	"fmt"
)

// Race runs the futures concurrently inside the calling task until one has
// finished, with a value or an error, and gives that. The others are cancelled
// in the order of the arguments, and their cleanup has run when Race returns. A
// nil future never wins; if all are nil, Race panics.
//
// The futures are polled one at a time, so that they may share variables without
// locks; which is polled first is random. All are used up. If Race itself is
// cancelled, so are they.
func Race[T any](fs ...Future[T]) (T, error) { return Await(RaceAsync(fs...)) }

// RaceAsync is the async form of [Race].
func RaceAsync[T any](fs ...Future[T]) Future[T] {
	r := &race[T]{}
	r.fill(fs)
	r.init(r, firstEnd)
	r.needOne()
	r.fair = true
	return r
}

type race[T any] struct{ armSlice[T] }

func (r *race[T]) name() string { return "Race" }

// Poll implements [Future].
func (r *race[T]) Poll(cx *Context) (v T, ready bool, err error) {
	if !r.advance(cx) {
		return v, false, nil
	}
	v, err = r.slots[r.win].Get()
	return v, true, err
}

// Any is [Race] to the first success: a future that fails leaves the race. If all
// fail, the error has the errors of all, in the order of the arguments, for
// errors.Is and errors.As.
func Any[T any](fs ...Future[T]) (T, error) { return Await(AnyAsync(fs...)) }

// AnyAsync is the async form of [Any].
func AnyAsync[T any](fs ...Future[T]) Future[T] {
	a := &anyOf[T]{}
	a.fill(fs)
	a.init(a, firstValue)
	a.needOne()
	a.fair = true
	return a
}

type anyOf[T any] struct{ armSlice[T] }

func (a *anyOf[T]) name() string { return "Any" }

// Poll implements [Future].
func (a *anyOf[T]) Poll(cx *Context) (v T, ready bool, err error) {
	if !a.advance(cx) {
		return v, false, nil
	}
	if a.win != noArm {
		return a.slots[a.win].Value, true, nil
	}
	var errs []error
	for i := range a.slots {
		if err := a.slots[i].Err; err != nil { // not a future that is nil
			errs = append(errs, err)
		}
	}
	return v, true, fmt.Errorf("rt: none of %d succeeded: %w", len(errs), errors.Join(errs...))
}
