// Package seamtest tests the seam between generated code and rt: feed.go has
// source functions, feed_async.go has what asyncgen makes of them, and the tests
// run both forms under the same scripts.
package seamtest

//go:generate go tool asyncgen . ./lib

import (
	"fmt"
	"runtime"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/seamtest/lib"
)

type Env = lib.Env

//async:func
func step(e *Env, n int) (int, error) {
	v, err := rt.Await(e.Fut("step", n))
	if err != nil {
		return 0, fmt.Errorf("step %d: %w", n, err)
	}
	e.Log("stepped %d", v)
	return v + 1, nil
}

//async:func
func sum(e *Env, n int) (int, error) {
	s := 0
	for i := 0; i < n; i++ {
		v, err := step(e, i)
		if err != nil {
			return s, err
		}
		s += v
	}
	return s, nil
}

//async:func
func fib(e *Env, n int) int {
	if n < 2 {
		v, _ := step(e, n)
		return v
	}
	return fib(e, n-1) + fib(e, n-2)
}

//async:func
func down(e *Env, n int) (int, error) { // tail awaits
	if n == 0 {
		return step(e, 0)
	}
	if n%2 == 0 {
		v, err := step(e, n)
		e.Log("even %d %v", v, err)
	}
	return down(e, n-1)
}

// named: results changed by defers, arguments evaluated early, on a condition.
//
//async:func
func named(e *Env, n int) (r int, err error) {
	defer func() {
		e.Log("double %d %v", r, recover())
		r *= 2
	}()
	x := n
	defer e.Log("x=%d", x)
	x++
	r, err = step(e, x)
	if r > 2 {
		defer func() { r += x }()
	}
	x++
	if _, err := step(e, x); err != nil {
		return 100, err
	}
	return r + 1, nil
}

// files: defers in a loop.
//
//async:func
func files(e *Env, n int) (r int) {
	for i := range n {
		v, err := step(e, i)
		if err != nil {
			return v
		}
		defer e.Log("close %d", v)
		defer func() { r += i; e.Log("iter %d r=%d", i, r) }()
	}
	_, _ = step(e, 50)
	return 7
}

//async:func
func rescue(e *Env, n int) (r int, err error) {
	defer e.Log("first")
	defer func() {
		if p := recover(); p != nil {
			e.Log("recovered %v", p)
			err = fmt.Errorf("recovered: %v", p)
		}
	}()
	r, err = sum(e, n)
	if r == 1 {
		panic("one")
	}
	return r, err
}

//async:func
func rescueNamed(e *Env, n int) (r int, err error) {
	defer e.Rescue("outer", &err)
	r, err = sum(e, n)
	defer e.Rescue("inner", &err)
	v, _ := step(e, n)
	if n == 1 {
		panic(nil)
	}
	return r + v, err
}

//async:func
func rethrow(e *Env, n int) (r int, err error) {
	defer func() { e.Log("last sees %v", r) }()
	defer func() {
		p := recover()
		e.Log("second sees %v", p)
		if p != nil {
			panic(fmt.Sprint("again ", p))
		}
	}()
	defer func() {
		if n == 2 {
			panic("from defer")
		}
	}()
	r, err = named(e, n)
	if n == 3 {
		runtime.Goexit()
	}
	return r, err
}

// deep: defers at each level, one level recovers.
//
//async:func
func deep(e *Env, n int) (r int, err error) {
	if n == 0 {
		return step(e, 0)
	}
	if n == 3 {
		defer func() { e.Log("level 3 %v", recover()); r += 1000 }()
	}
	if n%2 == 0 {
		defer func() { e.Log("level %d", n) }()
	}
	r, err = deep(e, n-1)
	v, err := step(e, n)
	return r + v, err
}

// save: a deferred literal that awaits, between others.
//
//async:func
func save(e *Env, n int) (r int, err error) {
	defer func() { e.Log("outermost r=%d %v", r, recover()) }()
	defer e.Rescue("save", &err)
	defer func() {
		v, cerr := step(e, 70)
		e.Log("cleaned %d %v", v, cerr)
		if n == 2 {
			p := recover()
			e.Log("async recover %v", p)
			r = 22
		}
		if n == 3 {
			panic("cleanup")
		}
		r += v
	}()
	defer e.Log("innermost")
	r, err = rescueless(e, n)
	if n == 1 {
		panic("body")
	}
	return r + 1, err
}

//async:func
func rescueless(e *Env, n int) (int, error) {
	defer e.Log("rescueless out")
	return step(e, n)
}

// outer awaits save.
//
//async:func
func outer(e *Env, n int) (s string, err error) {
	defer func() { e.Log("outer out %q", s) }()
	v, err := save(e, n)
	e.Log("outer got %d %v", v, err)
	s, err = lib.Load(e, "k")
	return fmt.Sprint(s, v), err
}

//async:func
func mapOf[T, U any](e *Env, x T, f func(T) U) (out []U, err error) {
	defer func() { e.Log("mapped %d", len(out)) }()
	for i := range 2 {
		if _, err = step(e, i); err != nil {
			return nil, err
		}
		out = append(out, f(x))
	}
	return out, nil
}

//async:func
func useMap(e *Env, n int) (string, error) {
	s, err := mapOf(e, n, func(n int) string { return fmt.Sprint("<", n, ">") })
	if err != nil {
		return "", err
	}
	f, err := mapOf(e, "ab", func(s string) float64 { return float64(len(s)) })
	return fmt.Sprint(s, f), err
}
