// Package b3held has lines 41 to 43 of the list: range over maps, channels and iterator functions, and
// select.
package b3held

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

//async:func
//forms:run
func B3_41_map(e *env.Env) (s string) {
	m := map[int]int{1: 10}
	for k, v := range m {
		m[k] += e.Int(v)
		s += fmt.Sprint(k, v, m[k])
	}
	big := map[int]bool{}
	for i := range 5 {
		big[i] = true
	}
	n := 0
	for k := range big {
		for i := range 5 {
			if i != k {
				delete(big, i) // what is deleted does not come any more
			}
		}
		n += e.Int(1)
	}
	nan := map[float64]int{math.NaN(): 3, math.NaN(): 3}
	sum := 0
	for k, v := range nan {
		sum += e.Int(v)
		n += len(nan)
		_ = k
	}
	var none map[string]int
	for range none {
		e.Wait("never")
	}
	for range m {
		m = nil
		e.Wait("replaced")
	}
	return s + fmt.Sprint(n, sum)
}

// B3_41_mapInsert stores new entries while it ranges. Whether these come is open; each entry that was
// there comes once.
//
//async:func
//forms:run
func B3_41_mapInsert(e *env.Env) string {
	m, seen := map[int]int{1: 1, 2: 2, 3: 3}, map[int]int{}
	for k := range m {
		if k > 3 {
			continue
		}
		seen[k] += e.Int(1)
		for i := range 100 {
			m[1000*k+i] = i
		}
	}
	return fmt.Sprint(seen, len(m))
}

//async:func
//forms:run
func B3_41_channel(e *env.Env) (n int) {
	ch := make(chan int, 3)
	ch <- 1
	ch <- 2
	for v := range ch {
		n += e.Int(v)
		if v == 2 {
			ch <- 3
			close(ch)
		}
	}
	for range ch {
		e.Wait("never")
	}
	return n
}

// count yields numbers, and says when it is left.
func count(e *env.Env, n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer e.Log("iterator out")
		for i := range n {
			if !yield(i) {
				return
			}
		}
		e.Log("iterator done")
	}
}

//async:func
//forms:run 0 1 2 3 4
func B3_42_iterator(e *env.Env, n int) (r int, err error) {
	defer e.Log("function out")
outer:
	for i := range count(e, 3) {
		for k, v := range slices.All([]string{"a", "b"}) {
			r += e.Int(i + k)
			switch {
			case n == 1 && i == 1:
				continue outer
			case n == 2 && i == 1:
				break outer
			case n == 3 && k == 1:
				return r, fmt.Errorf("left at %s", v)
			case n == 4 && i == 2:
				panic("in the body")
			}
		}
		if _, err = e.Step(i); err != nil {
			return r, err
		}
	}
	for range count(e, 2) {
		r += e.Int(100)
	}
	for i := range count(e, 4) {
		if i == 0 {
			continue
		}
		if e.Int(i) == 2 {
			break
		}
		r += 1000
	}
	return r, nil
}

//async:func
//forms:run
func B3_42_defers(e *env.Env) (r int) {
	for i := range count(e, 2) {
		defer func() { r += i; e.Log("deferred %d", i) }()
		defer e.Log("plain %d", i)
		e.Int(i)
	}
	e.Wait("after the loop")
	return 10
}

//async:func
//forms:run 0 1 2
func B3_43_select(e *env.Env, n int) (s string) {
	in, out, a := make(chan int, 2), make(chan string, 1), [2]int{}
	idx := func(i int) int { e.Log("idx %d", i); return i }
	if n == 1 {
		in <- 7
		out = nil // only one case is ready, so that the choice is not random
	}
	if n == 2 {
		close(in)
		in = nil
	}
	for range 2 {
		select {
		case a[idx(1)] = <-in:
			s += fmt.Sprint("in", e.Int(a[1]))
		case out <- fmt.Sprint(e.Int(5)):
			s += "out"
			if e.Is("again", n == 0) {
				break
			}
			s += <-out
		default:
			s += fmt.Sprint("default", e.Int(2))
		}
	}
	select {
	case v, ok := <-env.Val(e, out):
		s += fmt.Sprint(e.Int(1), v, ok)
	default:
	}
	return s
}

// B3_43_operands evaluates channels and values on entry, in order, also those of cases that lose and of
// nil channels, and what is assigned to when its case has won.
//
//async:func
//forms:run 0 1 2
func B3_43_operands(e *env.Env, n int) (s string) {
	chans := make([]chan int, 3)
	chans[n] = make(chan int, 1)
	if n < 2 {
		chans[n] <- 5
	}
	ch := func(i int) chan int { e.Log("chan %d", i); return chans[i] }
	list, ok := []int{0, 0}, false
	i := func(n int) int { e.Log("index %d", n); return n }
	p := func() *bool { e.Log("pointer"); return &ok }
	select {
	case list[i(0)] = <-ch(e.Int(0)):
		s = "first"
	case list[i(1)], *p() = <-ch(1):
		s = "second"
		e.Wait(s)
	case ch(2) <- e.Int(e.N(7)):
		s = "third"
		if e.Is("leave", true) {
			break
		}
		s = "not reached"
	}
	return s + fmt.Sprint(list, ok, len(chans[n]))
}

// B3_43_forms has the forms of a receive, in clauses with and without an await.
//
//async:func
//forms:run 0 1
func B3_43_forms(e *env.Env, n int) (s string) {
	ch := make(chan int, 5)
	for i := range 4 {
		ch <- i
	}
	if n == 1 {
		close(ch)
	}
	v, ok := 0, false
	for k := range 5 {
		if k == 4 && n == 0 {
			ch <- 9
		}
		switch k {
		case 0:
			select {
			case <-ch:
				s += fmt.Sprint(e.Int(k))
			}
		case 1:
			select {
			case v = <-ch:
				s += fmt.Sprint(e.Int(v))
			}
		case 2:
			select {
			case v, ok = <-ch:
				s += fmt.Sprint(v, ok)
			case <-env.Val[chan int](e, nil):
			}
		default:
			select {
			case v := <-ch:
				f := func() int { v++; return v }
				s += fmt.Sprint(f(), e.Int(v), v)
			}
		}
	}
	select {
	case v, ok := <-ch:
		s += fmt.Sprint(v, ok, e.Int(8))
	default:
		s += fmt.Sprint("empty", e.Int(9))
	}
	return s + fmt.Sprint(v, ok)
}

//async:func
//forms:run
func B3_41_operandAwaits(e *env.Env) (s string) {
	for _, k := range slices.Sorted(maps.Keys(env.Val(e, map[string]int{"b": 1, "a": 2}))) {
		s += env.Val(e, k)
	}
	for v := range count(e, e.Int(2)) {
		s += fmt.Sprint(v)
	}
	return s
}
