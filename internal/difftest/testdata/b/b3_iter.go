package b

import (
	"fmt"
	"iter"
	"runtime"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

// watched yields numbers, and says what its deferred calls see. What they do then depends on how.
func watched(e *env.Env, name string, n int, how string) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer e.Log("%s out", name)
		defer func() {
			if how == "ignore" {
				return
			}
			p := recover()
			e.Log("%s sees %v", name, p)
			switch {
			case how == "goexit":
				runtime.Goexit()
			case how == "replace":
				panic(fmt.Sprintf("%s after %v", name, p))
			case how == "yield":
				e.Log("%s goes on: %v", name, yield(100))
			case p != nil && how != "recover":
				panic(p)
			}
		}()
		for i := range n {
			if !yield(i) {
				e.Log("%s is left", name)
				if how != "deaf" {
					return
				}
			}
		}
	}
}

var iterEndings = []string{"", "ignore", "recover", "replace", "goexit", "yield", "deaf"}

// What leaves the body of the loop goes through the frames of the iterator, as through those of a caller.
//
//async:func
//forms:run 0 1 2 3 4 5 6
func B3_42_throughIterator(e *env.Env, n int) (r int, err error) {
	defer func() {
		p := recover()
		e.Log("function sees %v %d", p, r)
		if err, ok := p.(runtime.Error); ok {
			e.Log("a runtime error: %v", err)
			p = nil
		}
		if p != nil {
			panic(p)
		}
	}()
	for i := range watched(e, "iterator", 3, iterEndings[n]) {
		defer e.Log("deferred in the body %d", i)
		v, err := e.Step(i)
		if err != nil {
			return -1, err
		}
		if v == 1 && e.Is("panic", i == 1) {
			panic("in the body")
		}
		if r += v; i == 1 && e.Is("break", n == 6) {
			break
		}
	}
	return r, nil
}

//async:func
//forms:run 0 1 2 3 4 5 6
func B3_42_iterEndsBefore(e *env.Env, n int) (r int) {
	for i := range watched(e, "iterator", 3, iterEndings[n]) {
		if r += e.Int(i); r == 1 {
			return e.Int(10)
		}
	}
	return r
}

// The panic of the inner body goes through both iterators, the inner one first.
//
//async:func
//forms:run 0 1 2 3 4 5 6 7 8 9 10 11
func B3_42_nestedIterators(e *env.Env, n int) (r string) {
	defer func() { r = fmt.Sprint(recover()) }()
	inner, outer := iterEndings[n%4], iterEndings[n/4]
	for i := range watched(e, "outer", 2, outer) {
		for j, s := range pairs(e, "inner", inner) {
			e.Wait(s)
			if i+j == 2 {
				panic("at last")
			}
		}
	}
	return "over"
}

func pairs(e *env.Env, name, how string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := range watched(e, name, 2, how) {
			if !yield(i, name) {
				return
			}
		}
	}
}

// times is an iterator without values, of a named type.
type times func(yield func() bool)

//async:func
//forms:run 0 1 2
func B3_42_bareIterator(e *env.Env, n int) (r int) {
	defer func() { e.Log("recovered %v", recover()) }()
	var kept func() bool
	seq := times(func(yield func() bool) {
		defer func() { e.Log("iterator sees %v", recover()) }()
		kept = yield
		yield()
		yield()
	})
	for range seq {
		if r += e.Int(1); r == 2 && n == 1 {
			var m map[string]int
			m["no map"] = r
		}
	}
	if n == 2 {
		kept() // after the loop
	}
	return r
}

// A Goexit in the body runs the deferred calls of the iterator, which cannot stop it.
//
//async:func
//forms:run 0 1 2 3
func B3_42_goexitThroughIterator(e *env.Env, n int) int {
	defer e.Log("function out")
	for i := range watched(e, "iterator", 3, iterEndings[n]) {
		if e.Int(i) == 1 {
			runtime.Goexit()
		}
	}
	return 1
}

// One iterator after the other in a loop: what leaves the loop goes through the one that it is in, if any.
//
//async:func
//forms:run 0 1 2 3 4 5 6
func B3_42_iteratorsInALoop(e *env.Env, n int) (r string) {
	defer func() { r = fmt.Sprint(recover()) }()
	defer e.Log("function out")
	how := iterEndings[n]
	for turn := 0; ; turn++ {
		for i := range watched(e, "first", 2, how) {
			e.Wait("in the first")
			if turn == 2 && e.Is("panic", i == 1) {
				panic("in the first")
			}
		}
		e.Wait("between")
	second:
		for _, s := range pairs(e, "second", how) {
			for range watched(e, "third", 2, how) {
				if e.Int(turn) == 1 {
					continue second
				}
				e.Wait(s)
			}
		}
		if n == 6 && turn == 1 {
			panic("between")
		}
	}
}

// The inner loop stands in a range over a function that does not wait; the outer loop has a label.
//
//async:func
//forms:run 0 1 2 3
func B3_42_iteratorsUnderALabel(e *env.Env, n int) (r int) {
outer:
	for _, how := range iterEndings[:3] {
		for i := range 2 {
			for j := range watched(e, how, 2, how) {
				switch r += e.Int(i + j); {
				case n == 1 && i == 1:
					continue outer
				case n == 2 && j == 1:
					break outer
				case n == 3 && j == 1:
					goto out
				}
			}
		}
	}
out:
	return r
}

// B3_41_assignIterated assigns what an iterator gives to operands that depend on each other: one after the
// other.
//
//async:func
//forms:run
func B3_41_assignIterated(e *env.Env) (s string) {
	seq := func(yield func(int, string) bool) { _ = yield(0, "a") && yield(1, "b") && yield(2, "c") && yield(3, "d") }
	var a [3]string
	k := 7
	defer func() { s = fmt.Sprintf("%q %d %v", a, k, recover()) }()
	for k, a[k] = range seq {
		e.Int(k)
	}
	return ""
}
