// Package lib has marked functions that other packages call.
package lib

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

// Load has a deferred call.
//
//async:func
func Load(e *env.Env, key string) (string, error) {
	defer e.Log("loaded %s", key)
	v, err := e.Step(len(key))
	if err != nil {
		return "", err
	}
	return fmt.Sprint(key, v), nil
}

// Even and Odd call each other.
//
//async:func
func Even(e *env.Env, n int) bool {
	if n == 0 {
		return e.Is("zero", true)
	}
	return Odd(e, n-1)
}

// Odd is the other one.
//
//async:func
func Odd(e *env.Env, n int) bool {
	if n == 0 {
		return false
	}
	return Even(e, n-1)
}

// Store is generic.
type Store[K comparable, V any] struct{ m map[K]V }

// Put waits.
//
//async:func
func (s *Store[K, V]) Put(e *env.Env, k K, v V) (old V, had bool) {
	if s.m == nil {
		s.m = map[K]V{}
	}
	old, had = s.m[k]
	s.m[k] = env.Val(e, v)
	return old, had
}

// hidden is a type that other packages cannot name.
type hidden struct{ N int }

// Hidden gives a pointer to it.
func Hidden(n int) *hidden { return &hidden{n} }
