// Package b3jumps has more of lines 35 to 46 of the list: ways through statements.
package b3jumps

import (
	"fmt"
	"iter"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

// B3_35_shortCircuit has an else to a condition of which only the right side awaits.
//
//async:func
//forms:run 0 1 2
func B3_35_shortCircuit(e *env.Env, n int) (r int) {
	if n > 0 && e.Is("one", n == 1) {
		r = 1
	} else {
		r = 2
	}
	if n == 0 || e.Is("two", n == 2) {
		r += 10
	} else if n < 2 && e.Is("three", n == 1) {
		r += 20
	} else {
		r += 30
	}
	if e.Is("first", n > 0) && n > 1 && e.Is("last", true) {
		r += 100
	}
	return r
}

// B3_36_labelled continues loops whose post statements await, from inside others.
//
//async:func
//forms:run
func B3_36_labelled(e *env.Env) (r int) {
outer:
	for i := 0; i < 3; i += e.Int(1) {
		for j := 0; j < 3; j += e.Int(1) {
			switch {
			case j == 1 && i == 0:
				continue outer
			case j == i:
				continue
			}
			r += 10*i + j
		}
		r += 1000
	}
	return r
}

// B3_38_loop jumps to labels of loops and switches that something runs before, and leaves them by name.
//
//async:func
//forms:run 0 1
func B3_38_loop(e *env.Env, n int) (r int) {
	goto first
again:
	for i := e.Int(1); i < e.Int(4); i++ {
		for j := range 3 {
			switch {
			case j == 1 && i == 2:
				continue again
			case i == 3 && n > 0:
				break again
			}
			r += 10*i + j
		}
	}
first:
	r += e.Int(1)
pick:
	switch e.Int(r) {
	case 1:
		if n == 0 {
			n--
			r = 50
			goto pick
		}
		if r < 100 {
			r = 100
			goto again
		}
		break pick
	default:
		if n == -1 {
			n = -2
			goto again
		}
		for {
			if e.Is("leave", true) {
				break pick
			}
		}
	}
	return r
}

// B3_38_kept has labels of statements without an await that gotos name, and breaks or continues inside of
// them; and a block with a label of the same name.
//
//async:func
//forms:run 0 2 nocancel
func B3_38_kept(e *env.Env, n int) (r int) {
	e.Wait("first")
again:
	for i := range 4 {
		for j := range 4 {
			switch {
			case j == n:
				continue again
			case i == 3:
				break again
			}
			r += 10*i + j
		}
	}
	if r += 50; r < 100 {
		e.Wait("again")
		goto again
	}
	if n > 0 {
	inside:
		for {
			switch r++; {
			case r%3 == 0:
				continue inside
			case r%7 == 0:
				break inside
			}
		}
		if r < 200 {
			r += 40
			goto inside
		}
	}
pick:
	switch {
	case n == 2:
		for {
			break pick
		}
	default:
		r += 1000
	}
	if n++; n < 4 {
		r += rt.Must(rt.Await(rt.AsyncValue(func() (int, error) {
			k := 0
		again:
			for i := range 3 {
				for {
					k += i
					continue again
				}
			}
			if e.Wait("block"); k < 4 {
				goto again
			}
			return k, nil
		})))
		goto pick
	}
	return r
}

// B3_38_leaf has gotos that only statements without an await hold, back and ahead.
//
//async:func
//forms:run 0 3
func B3_38_leaf(e *env.Env, n int) (r int) {
	i := 0
back:
	if i++; i < n {
		r += i
		goto back
	}
	switch {
	case i > 1:
		for {
			if r > 2 {
				goto ahead
			}
			r++
		}
	}
	r += e.Int(100)
	if n >= 0 {
		goto end
	}
ahead:
	r += e.Int(1000)
end:
	return r + e.Int(i)
}

// B3_39_conditions has cases that are comparisons, conversions and constants, some after an await.
//
//async:func
//forms:run 0 1 2
func B3_39_conditions(e *env.Env, n int) (r int) {
	a, b := n == 1, n == 2
	switch a || b {
	case n == 0 && e.Is("zero", true):
		r = 1
	case a == b, e.Is("one", n == 1):
		r = 2
	case !b || a:
		r = 3
	}
	switch x := any(n); x {
	case nil, "s", int64(e.Int(n)):
		r += 10
	case e.Int(2), 1:
		r += 20
	default:
		r += 30
	}
	switch {
	case a || b && !a, e.Is("none", !a && !b):
		r += 100
	}
	return r
}

// B3_40_changes changes the operand of a type switch in its clauses, and what these bind.
//
//async:func
//forms:run 0 1 2 3
func B3_40_changes(e *env.Env, n int) (s string) {
	var x any = []any{1, "s", nil, 2.5}[n]
	switch v := x.(type) {
	case int:
		x = "changed"
		v += e.Int(10)
		s = fmt.Sprint(v, x)
	case string:
		set := func() { v += "!"; x = 7 }
		e.Wait("string")
		set()
		s = fmt.Sprint(v, x)
	case nil, float64:
		x = e.Int(3)
		s = fmt.Sprint(v, x)
	}
	switch x := x.(type) {
	case int:
		for x < 10 {
			x += e.Int(4)
		}
		s += fmt.Sprint(x)
	case string:
		s += fmt.Sprint(e.Int(len(x)))
	}
	return s + fmt.Sprint(x)
}

func array(e *env.Env) [3]string { e.Log("array"); return [3]string{"a", "b", "c"} }

func pointer(e *env.Env) *[2]int { e.Log("pointer"); return nil }

// B3_41_lengths ranges over what has a length that is known, or not, with the index alone.
//
//async:func
//forms:run
func B3_41_lengths(e *env.Env) (s string) {
	for i := range array(e) {
		s += fmt.Sprint(e.Int(i))
	}
	for i := range [2]int{e.N(7), e.Int(8)} {
		s += fmt.Sprint(e.Int(i))
	}
	for i := range pointer(e) {
		s += fmt.Sprint(e.Int(i))
	}
	list := make([]int, 2, 5)
	for i := range list {
		s += fmt.Sprint(e.Int(i))
	}
	for i := range list[:1] {
		list = append(list, e.Int(i))
	}
	for range [2]struct{}{} {
		s += fmt.Sprint(e.Int(len(list)))
	}
	ch := make(chan int, 4)
	ch <- 1
	ch <- 2
	for v := range ch {
		s += fmt.Sprint(e.Int(v))
		if v == 2 {
			close(ch)
		}
	}
	in := make(chan string, 2)
	in <- "x"
	in <- "y"
	close(in)
	for v := range in {
		in = nil
		s += env.Val(e, v)
	}
	return s
}

// counts yields n numbers, and changes end when it is left.
func counts(e *env.Env, n int, end *int) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer func() { *end += 100; e.Log("left at %d", *end) }()
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func logged(e *env.Env, n int) int { e.Log("evaluated %d", n); return n }

// B3_42_returns returns from a loop over an iterator, whose cleanup changes what is returned.
//
//async:func
//forms:run 0 1 2 3
func B3_42_returns(e *env.Env, n int) (int, any, error) {
	end, const5 := 1, 5
	defer func() { e.Log("end %d", end) }()
	for i := range counts(e, 4, &end) {
		e.Int(i)
		switch {
		case n == 0 && i == 1:
			return end, logged(e, end), nil
		case n == 1 && i == 2:
			return const5, end > 50, fmt.Errorf("at %d", i)
		case n == 2 && i == 0:
			return pairs(e, end)
		case n == 3 && i == 3:
			return logged(e, i), nil, nil
		}
	}
	return end, "after", nil
}

func pairs(e *env.Env, n int) (int, any, error) { e.Log("pairs"); return n, n + 1, nil }

// B3_43_assignAwaits awaits in what a receive assigns to, once its case has won.
//
//async:func
//forms:run 0 1
func B3_43_assignAwaits(e *env.Env, n int) string {
	ch, none := make(chan int, 1), make(chan int)
	ch <- 7
	if n == 1 {
		ch, none = none, ch
	}
	a, ok := [3]int{}, []bool{false, false}
	for range 2 {
		select {
		case a[e.Int(1)] = <-ch:
			e.Log("first")
		case a[e.N(2)], ok[e.Int(1)] = <-none:
			e.Log("second")
		default:
			e.Log("neither")
		}
	}
	return fmt.Sprint(a, ok)
}

// B3_44_leaves has statements that look as if they never ended, before more.
//
//async:func
//forms:run 0 1 2 3
func B3_44_leaves(e *env.Env, n int) (r int, err error) {
	defer e.Rescue("leaves", &err)
	r = e.Int(1)
	for {
		if r > n {
			break
		}
		r++
	}
	e.Int(r)
loop:
	for {
		switch {
		case r > 2:
			break loop
		default:
			r++
		}
	}
	r += e.Int(10)
	if n == 3 {
		panic("three")
	}
	e.Int(r)
	switch n {
	case 0:
		return r, nil
	case 1:
		panic("one")
	}
	e.Int(n)
	select {
	default:
		if n < 5 {
			break
		}
		return r, nil
	}
	return e.Int(r), nil
}

// B3_46_outlives has statements without an await, whose variables deferred literals and blocks need later.
//
//async:func
//forms:run nocancel 0 1
func B3_46_outlives(e *env.Env, n int) (s string, err error) {
	list := []any{n, fmt.Sprint("s", n), 2.5}
	if f, err := fmt.Sprint(n), error(nil); err == nil {
		defer func() { e.Log("first %s %s", f, s) }()
	}
	switch x := list[n].(type) {
	case int:
		defer func() { e.Log("int %d", x) }()
		x += 10
	case string:
		defer func() { e.Log("string %s", x) }()
		x += "!"
	}
	for i, x := range list {
		if i == 2 {
			break
		}
		defer func() { e.Log("pass %d %v", i, x) }()
	}
	var made []rt.Future[int]
	for i := 0; i < 2; i++ {
		switch x := list[i].(type) {
		case int:
			made = append(made, rt.AsyncValue(func() (int, error) { x += e.Int(5); return x + i, nil }))
		default:
			made = append(made, rt.AsyncValue(func() (int, error) { return len(fmt.Sprint(x)) + i, nil }))
		}
	}
	for i := 0; i < n; i++ {
		i := i * 2
		s += fmt.Sprint(i)
	}
	for _, f := range made {
		v, err := rt.Await(f)
		if err != nil {
			return s, err
		}
		s += fmt.Sprint(" ", v)
	}
	return s + fmt.Sprint(e.Int(n)), nil
}
