// Package b5names has lines 69 and 78 of the list: imports and names.
package b5names

import (
	. "fmt"
	str "strings"

	rt "github.com/asyncgen/asyncgen/forms/lib"
	. "github.com/asyncgen/asyncgen/internal/difftest/env"
	async "github.com/asyncgen/asyncgen/rt"
)

type Foo struct{ state, flags, parent int }

//async:func
func (s Foo) Step(e *Env, m, cx, w, p, due, resume int) (v1 int, v2 error) {
	defer func() { v1 += due }()
	v1, v2 = e.Step(m + cx + w + p + resume)
	return v1 + s.state + s.flags + s.parent, v2
}

//async:func
func (s *Foo) Poll(e *Env) string { return Sprint(e.Int(1)) }

//async:func
func foo(e *Env) string { return Val(e, "foo") }

//async:func
func Fooo(e *Env) (loop, done, gotV string) { return Val(e, "Fooo"), "done", "v" }

//async:func
func label(e *Env) (n int) {
	resume, loop, done := 1, 2, 3
loop:
	for n < 3 {
		n += e.Int(resume)
		if n == 2 {
			continue loop
		}
	}
	goto resume
resume:
	return n + loop + done
}

//async:func
func slots(e *Env) string {
	State, Poll, Func, Val := 1, "p", 3, e.Int(4)
	Reset, Resume := e.Int(5), e.N(6)
	return Sprint(State, Poll, Func, Val, Reset, Resume, Val != e.Int(7))
}

//async:func
//forms:run
func B5_78_names(e *Env) (string, error) {
	n, err := Foo{1, 2, 3}.Step(e, 1, 2, 3, 4, 5, 6)
	f := Foo{}
	s, err2 := async.Await(FooAsync(e))
	if err == nil {
		err = err2
	}
	return Sprint(n, f.Poll(e), foo(e), label(e), s, Sprint(Fooo(e)), slots(e)), err
}

//async:func name=FooAsync
func foolish(e *Env) (string, error) {
	_, err := e.Step(1)
	return "foolish", err
}

//async:func
//forms:run
func B5_69_imports(e *Env) (string, error) {
	s := str.ToUpper(Val(e, "a"))
	k, err := rt.Load(e, s)
	async.Yield()
	return Sprint(s, k), err
}
