package rt

import (
	"math/rand/v2"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Backoff says how [Retry] waits between attempts. The zero Backoff tries without end, without waiting.
type Backoff struct {
	First    time.Duration         // before the second attempt
	Factor   float64               // each wait is so many times the last; below 1 it is 2
	Max      time.Duration         // no wait is longer; 0: no bound
	Jitter   float64               // each wait is cut by up to this part of it, at random: 0 to 1
	Attempts int                   // how many in all; 0: no bound
	Retry    func(err error) bool  // reports whether to try again after err; nil: after any
	rand     func(max int64) int64 // for tests
}

// wait is how long to wait before attempt n, counted from 1, is followed by the next.
func (b *Backoff) wait(n int) time.Duration {
	factor := b.Factor
	if factor < 1 {
		factor = 2
	}
	d := float64(b.First)
	for range n - 1 {
		if d *= factor; b.Max > 0 && d >= float64(b.Max) || d >= task.Forever/2 {
			break
		}
	}
	wait := time.Duration(min(d, task.Forever/2))
	if b.Max > 0 {
		wait = min(wait, b.Max)
	}
	if cut := int64(float64(wait) * min(b.Jitter, 1)); cut > 0 {
		random := b.rand
		if random == nil {
			random = rand.Int64N
		}
		wait -= time.Duration(random(cut + 1))
	}
	return wait
}

// Retry calls op until it succeeds, and waits between the attempts as b says. When there are no more, or
// when b.Retry refuses, it gives the last result. In a marked function a literal op is an async block. If
// Retry is cancelled, so is the attempt that runs.
func Retry[T any](b Backoff, op func() (T, error)) (T, error) {
	if op == nil {
		panic(task.NilFunction("Retry"))
	}
	return Await(RetryAsync(b, func() Future[T] { return AsyncValue(op) }))
}

// RetryAsync is the async form of [Retry].
func RetryAsync[T any](b Backoff, op func() Future[T]) Future[T] {
	if op == nil {
		panic(task.NilFunction("Retry"))
	}
	return &retry[T]{b: b, op: op}
}

type retry[T any] struct {
	b     Backoff
	op    func() Future[T]
	n     int          // attempts that were begun
	try   Future[T]    // the attempt that runs, or nil
	pause Future[Unit] // the wait for the next, or nil
	state uint8
	task.Claim
}

const (
	retryFresh uint8 = iota
	retryEnded
	retryGone
)

// Own implements owned.
func (r *retry[T]) Own(by string) { r.Take("Retry", by) }

// Poll implements [Future].
func (r *retry[T]) Poll(cx *Context) (v T, ready bool, err error) {
	task.NeedContext(cx, "Retry")
	switch r.state {
	case retryEnded:
		task.Misused("Retry", "polled", task.AfterReady)
	case retryGone:
		task.Misused("Retry", "polled", task.AfterGone)
	}
	r.state = retryGone // a panic ends it
	for {
		if r.pause != nil {
			if _, ready, _ = r.pause.Poll(cx); !ready {
				break
			}
			r.pause = nil
		}
		if r.try == nil {
			if r.try = r.op(); r.try == nil {
				panic(task.NilMade("Retry", "future"))
			}
			r.n++
		}
		if v, ready, err = r.try.Poll(cx); !ready {
			break
		}
		r.try = nil
		if err == nil || r.n == r.b.Attempts || r.b.Retry != nil && !r.b.Retry(err) {
			r.state = retryEnded
			return v, true, err
		}
		r.pause = SleepAsync(r.b.wait(r.n))
		if !cx.Spend() {
			break
		}
	}
	r.state = retryFresh
	var zero T
	return zero, false, nil
}

// PollCancel cancels the attempt that runs, or the wait.
func (r *retry[T]) PollCancel(cx *Context) bool {
	r.state = retryGone
	if r.pause != nil && task.Cancelling(cx, r.pause) {
		r.pause = nil
	}
	if r.try != nil && task.Cancelling(cx, r.try) {
		r.try = nil
	}
	return r.pause == nil && r.try == nil
}

// Cancel implements [Canceler]. Cleanup that has to wait goes on as a task of its own.
func (r *retry[T]) Cancel() { task.Dismiss(r) }
