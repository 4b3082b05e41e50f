// Package blocks has async blocks, and combinations of futures.
package blocks

import (
	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

//async:func
func named(e *env.Env, n int) (r int, err error) {
	defer func() { e.Log("double %d %v", r, recover()); r *= 2 }()
	defer e.Log("x=%d", n)
	r, err = e.Step(n)
	return r + 1, err
}

// both joins a block that shares total with its parent and another function.
//
//async:func
//forms:run nocancel 0 3
func both(e *env.Env, n int) (int, error) {
	total := n
	block := rt.AsyncValue(func() (int, error) {
		v, err := e.Step(1)
		total += v
		return v, err
	})
	a, b, err := rt.Join2(block, namedAsync(e, n))
	total += a + b
	return total, err
}

// first chooses; the loser is cancelled.
//
//async:func
//forms:run nocancel 0 3
func first(e *env.Env, n int) (int, error) {
	defer e.Log("first out")
	c := rt.Select2Biased(namedAsync(e, 0), namedAsync(e, n))
	v, _ := e.Step(90)
	return v + c.Index*0, nil
}
