// Package cleanup has deferred calls that await.
package cleanup

import (
	"fmt"

	"github.com/asyncgen/asyncgen/forms/lib"
	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

// save has a deferred literal that awaits, between others.
//
//async:func
//forms:run 0 1 2 3
func save(e *env.Env, n int) (r int, err error) {
	defer func() { e.Log("outermost r=%d %v", r, recover()) }()
	defer e.Rescue("save", &err)
	defer func() {
		v, cerr := e.Clean(70)
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
	r, err = plain(e, n)
	if n == 1 {
		panic("body")
	}
	return r + 1, err
}

//async:func
func plain(e *env.Env, n int) (int, error) {
	defer e.Log("plain out")
	return e.Step(n)
}

// outer awaits save.
//
//async:func
//forms:run 0 1 2 3
func outer(e *env.Env, n int) (s string, err error) {
	defer func() { e.Log("outer out %q", s) }()
	v, err := save(e, n)
	e.Log("outer got %d %v", v, err)
	s, err = lib.Load(e, "k")
	return fmt.Sprint(s, v), err
}
