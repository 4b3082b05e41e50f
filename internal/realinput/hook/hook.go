// Package hook is what realinput copies into a module that it runs: awaits that are ready or pending at
// random, and the step from an async form back to a function that blocks.
package hook

import (
	"fmt"
	"os"
	"strconv"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/rt"
)

// SeedVariable is the environment variable with the seed. Without it the seed is 1.
const SeedVariable = "REALINPUT_SEED"

var (
	drawn  atomic.Uint64 // random numbers so far, from the seed on
	awaits atomic.Int64
	waited atomic.Int64
)

func init() {
	seed, err := strconv.ParseUint(os.Getenv(SeedVariable), 10, 32)
	if err != nil {
		seed = 1
	}
	drawn.Store(seed << 32)
}

// random is the next number of splitmix64.
func random() uint64 {
	z := drawn.Add(1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Report says how many of the awaits in this package were reached, and how many had to wait.
func Report() string {
	return fmt.Sprintf("realinput: awaits %d waited %d", awaits.Load(), waited.Load())
}

// A point is a future that is ready at once, or after some polls.
type point struct {
	begun bool
	left  int // polls that find it pending
}

// wait polls. Of sixteen points four are ready at once, eight are woken during the poll, two are woken
// by another goroutine, and two are so twice.
func (p *point) wait(cx *rt.Context) (ready bool) {
	if !p.begun {
		p.begun = true
		awaits.Add(1)
		p.left = 1
		switch n := random() % 16; {
		case n < 4:
			p.left = 0
		case n >= 14:
			p.left = 2
		}
		if p.left > 0 {
			waited.Add(1)
		}
	}
	if p.left == 0 {
		return true
	}
	p.left--
	if w := cx.Waker(); random()%4 == 0 {
		go w.Wake()
	} else {
		w.Wake()
	}
	return false
}

// pointFuture is a point without a value.
type pointFuture struct{ point }

// Poll implements [rt.Future].
func (p *pointFuture) Poll(cx *rt.Context) (_ rt.Unit, ready bool, err error) {
	return rt.Unit{}, p.wait(cx), nil
}

// Point waits, or does not.
func Point() { rt.Must(rt.Await(PointAsync())) }

// PointAsync is the async form of [Point].
func PointAsync() rt.Future[rt.Unit] { return new(pointFuture) }

// valueFuture is a point with a value.
type valueFuture[T any] struct {
	point
	value T
}

// Poll implements [rt.Future].
func (v *valueFuture[T]) Poll(cx *rt.Context) (value T, ready bool, err error) {
	if !v.wait(cx) {
		return rt.Pending[T]()
	}
	return rt.Done(v.value)
}

// Value waits, or does not, and gives v.
func Value[T any](v T) T { return rt.Must(rt.Await(ValueAsync(v))) }

// ValueAsync is the async form of [Value].
func ValueAsync[T any](v T) rt.Future[T] { return &valueFuture[T]{value: v} }

// None runs the async form of a function without results.
func None(f rt.Future[rt.Unit]) { rt.Must(rt.BlockOn(f)) }

// Err runs the async form of a function whose only result is an error.
func Err(f rt.Future[rt.Unit]) error {
	_, err := rt.BlockOn(f)
	return err
}

// Val runs the async form of a function with one value.
func Val[A any](f rt.Future[A]) A { return rt.Must(rt.BlockOn(f)) }

// ValErr runs the async form of a function with one value and an error.
func ValErr[A any](f rt.Future[A]) (A, error) { return rt.BlockOn(f) }

// Val2 runs the async form of a function with two values.
func Val2[A, B any](f rt.Future[rt.Pair[A, B]]) (A, B) {
	v := rt.Must(rt.BlockOn(f))
	return v.A, v.B
}

// Val2Err runs the async form of a function with two values and an error.
func Val2Err[A, B any](f rt.Future[rt.Pair[A, B]]) (A, B, error) {
	v, err := rt.BlockOn(f)
	return v.A, v.B, err
}

// Val3 runs the async form of a function with three values.
func Val3[A, B, C any](f rt.Future[rt.Triple[A, B, C]]) (A, B, C) {
	v := rt.Must(rt.BlockOn(f))
	return v.A, v.B, v.C
}

// Val3Err runs the async form of a function with three values and an error.
func Val3Err[A, B, C any](f rt.Future[rt.Triple[A, B, C]]) (A, B, C, error) {
	v, err := rt.BlockOn(f)
	return v.A, v.B, v.C, err
}
