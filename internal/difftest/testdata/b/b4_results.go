// Package b4results has lines of part B4 about what a function returns when a deferred call has recovered, and
// about deferred calls that are cancelled, or of what is.
package b4results

import (
	"runtime"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

//async:func
//forms:run
func B4_51_recoveredZero(e *env.Env, n int) (int, error) {
	k := e.Int(n + 3)
	defer func() { e.Log("recovered %v %d", recover(), k) }()
	return e.Int(7), nil
}

//async:func
//forms:run
func B4_51_recoveredEarlier(e *env.Env) (r int) {
	r = 5
	e.Int(1)
	defer func() { e.Log("recovered %v", recover()) }()
	e.Int(2)
	r = 7
	return r
}

//async:func
//forms:run
func B4_51_recoveredCleanup(e *env.Env, n int) (int, error) {
	k := e.Int(n + 3)
	defer func() { e.Log("recovered %v %d", recover(), e.CleanInt(k)) }()
	return e.Int(7), nil
}

//async:func
//forms:run
func B4_57_parkedPanic(e *env.Env) int {
	x := any("user's")
	p := &x
	e.Int(1)
	e.Log("%v", *p)
	defer func() { e.CleanInt(1) }()
	e.Int(2)
	return 3
}

// The first future of the select has returned, and its deferred calls wait, when the second one wins.
//
//async:func
//forms:run nocancel 0 1 2
func B4_58_cancelled(e *env.Env, n int) (r int, err error) {
	c := rt.Select2Biased(rt.AsyncValue(func() (int, error) {
		defer func() {
			v, err := e.Clean(n)
			e.Log("cleaned %d %v", v, err)
			if n == 1 {
				panic(e.N(v))
			}
		}()
		defer e.CleanInt(7)
		return n, nil
	}), e.StepAsync(5))
	e.Log("%v %v", c.A, c.B)
	return c.Index, c.B.Err
}

// A Goexit in a deferred call of a future that is cancelled goes on where the future is awaited.
//
//async:func
//forms:run nocancel 0 1 2
func B4_53_goexitCancelled(e *env.Env, n int) (r int, err error) {
	defer e.Log("outermost")
	c := rt.Select2Biased(rt.AsyncValue(func() (int, error) {
		defer e.Log("around")
		f := rt.AsyncValue(func() (int, error) {
			defer e.Log("out")
			defer func() {
				e.Log("recovered %v", recover())
				if e.CleanInt(n) > 0 {
					runtime.Goexit()
				}
			}()
			return e.Step(n)
		})
		if n == 2 {
			v, w, err := rt.Join2(f, e.IntAsync(1))
			return v + w, err
		}
		return rt.Await(f)
	}), e.StepAsync(5))
	e.Log("%v %v", c.A, c.B)
	return c.Index, c.B.Err
}
