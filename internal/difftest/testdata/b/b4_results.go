// Package b4results has lines of part B4 about what a function returns when a deferred call has recovered.
package b4results

import (
	"github.com/asyncgen/asyncgen/internal/difftest/env"
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
