// Package feed has the functions by which the seam between generated code and rt was designed.
package feed

import (
	"fmt"
	"runtime"

	"github.com/asyncgen/asyncgen/forms/lib"
	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

//async:func
//forms:run 4
func step(e *env.Env, n int) (int, error) {
	v, err := rt.Await(e.Fut("step", n))
	if err != nil {
		return 0, fmt.Errorf("step %d: %w", n, err)
	}
	e.Log("stepped %d", v)
	return v + 1, nil
}

//async:func
//forms:run 0 3
func sum(e *env.Env, n int) (int, error) {
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
//forms:run 1 4
func fib(e *env.Env, n int) int {
	if n < 2 {
		v, _ := step(e, n)
		return v
	}
	return fib(e, n-1) + fib(e, n-2)
}

// down has tail awaits.
//
//async:func
//forms:run 0 5
func down(e *env.Env, n int) (int, error) {
	if n == 0 {
		return step(e, 0)
	}
	if n%2 == 0 {
		v, err := step(e, n)
		e.Log("even %d %v", v, err)
	}
	return down(e, n-1)
}

// named has results that defers change, arguments evaluated early, a conditional defer.
//
//async:func
//forms:run 0 5
func named(e *env.Env, n int) (r int, err error) {
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

// files has defers in a loop.
//
//async:func
//forms:run 0 3
func files(e *env.Env, n int) (r int) {
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
//forms:run 0 1 2
func rescue(e *env.Env, n int) (r int, err error) {
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
//forms:run 0 1 2
func rescueNamed(e *env.Env, n int) (r int, err error) {
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
//forms:run 0 2 3
func rethrow(e *env.Env, n int) (r int, err error) {
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

// deep has defers at each level, and one level recovers.
//
//async:func
//forms:run 0 5
func deep(e *env.Env, n int) (r int, err error) {
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

//async:func
func rescueless(e *env.Env, n int) (int, error) {
	defer e.Log("rescueless out")
	return step(e, n)
}

//async:func
func mapOf[T, U any](e *env.Env, x T, f func(T) U) (out []U, err error) {
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
//forms:run 2
func useMap(e *env.Env, n int) (string, error) {
	s, err := mapOf(e, n, func(n int) string { return fmt.Sprint("<", n, ">") })
	if err != nil {
		return "", err
	}
	f, err := mapOf(e, "ab", func(s string) float64 { return float64(len(s)) })
	return fmt.Sprint(s, f), err
}

// other awaits a function of another package.
//
//async:func
//forms:run 0 1
func other(e *env.Env, n int) (s string, err error) {
	defer func() { e.Log("other out %q", s) }()
	v, err := rescueless(e, n)
	e.Log("other got %d %v", v, err)
	s, err = lib.Load(e, "k")
	return fmt.Sprint(s, v), err
}
