// Package b2loops has lines 17 to 22 of the list: variables and scopes.
package b2loops

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

func all(fs []func() int) (s string) {
	for _, f := range fs {
		s += fmt.Sprint(f(), " ")
	}
	return s
}

//async:func
//forms:run
func B2_17_threeClause(e *env.Env) string {
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { i += 10; return i })
		if e.Int(i) == 1 {
			continue
		}
		i := i * 100
		fs = append(fs, func() int { return i })
	}
	return all(fs) + all(fs)
}

//async:func
//forms:run
func B2_17_pointers(e *env.Env) (s string) {
	var ps []*int
outer:
	for i, j := 0, 5; i < 3; i, j = i+1, j-1 {
		ps = append(ps, &i, &j)
		for k := 0; k < 2; k++ {
			if e.Int(k) == i {
				ps = append(ps, &k)
				continue outer
			}
		}
		*ps[0]++
		j += e.Int(10)
	}
	for _, p := range ps {
		s += fmt.Sprint(*p, " ")
	}
	return s
}

//async:func
//forms:run
func B2_17_closureInHeader(e *env.Env) string {
	var fs []func() int
	for i, f := 0, func() int { return 0 }; func() bool { fs = append(fs, f); return i < 2 }(); i++ {
		f = func() int { i += 100; return i }
		fs = append(fs, func() int { return i })
		e.Int(i)
	}
	for i := func() int { return 0 }(); i < 2; func() { i++; fs = append(fs, func() int { return i }) }() {
		e.Int(i)
	}
	return all(fs)
}

//async:func
//forms:run
func B2_19_range(e *env.Env) string {
	var fs []func() int
	for i, v := range []int{10, 20} {
		fs = append(fs, func() int { v++; return i + v })
		v += e.Int(i)
	}
	var i int
	a := [3]int{}
	st := struct{ n int }{}
	for i, a[e.N(i)] = range []int{5, 6} {
		fs = append(fs, func() int { return i*1000 + a[0]*10 + a[1] })
		e.Wait("assigned")
	}
	for _, st.n = range []int{7, 8} {
		e.Wait("field")
	}
	for st.n = range 3 {
		e.Wait("int")
	}
	for _, _ = range []int{1} {
		e.Wait("blank")
	}
	for range 2 {
		e.Wait("none")
	}
	return all(fs) + fmt.Sprint(a, st)
}

//async:func
//forms:run
func B2_20_rezero(e *env.Env) (s string) {
	i := 0
again:
	var z, w int
	var p []int
	var st struct{ a, b int }
	z += e.Int(i)
	w--
	p = append(p, z)
	st.a += w
	s += fmt.Sprint(z, w, p, st)
	if i++; i < 3 {
		goto again
	}
	for range 2 {
		var f func()
		var err error
		if f == nil && err == nil {
			s += fmt.Sprint(e.Int(1))
		}
		f, err = func() {}, fmt.Errorf("x")
		_, _ = f, err
	}
	return s
}

//async:func
//forms:run 1 2
func B2_21_shadowing(e *env.Env, x int) (r int, err error) {
	if x := e.Int(x + 1); x == 2 {
		x := x * 10
		r += e.Int(x)
	} else if y := e.Int(x); y > 2 {
		x := y
		x++
		r += x
	} else {
		r -= x
	}
	switch x := x * 2; e.Int(x) {
	case 2:
		x := e.Int(x + 3)
		r += x
	case 4:
		x, y := e.Int(1), x
		r += x * y
	}
	switch x := any(x).(type) {
	case int:
		x += e.Int(5)
		r += x
	case string:
		r += len(x)
	}
	ch := make(chan int, 1)
	ch <- x
	select {
	case x, err := <-ch:
		r += e.Int(x)
		if x := e.Int(x + 1); err {
			r += x
		}
	}
	f := func(x int) int { e := x; return e }
	for x, r := range []int{e.Int(1)} {
		x, r := r, x
		_ = f(x) + r
	}
	if r, err := e.Step(3); err == nil {
		return r + x, err
	}
	{
		err := fmt.Errorf("inner")
		_ = err
	}
	return r, err
}

//async:func
//forms:run
func B2_22_universe(e *env.Env) (string, error) {
	nil, true, new, any, int, recover := 1, false, 3, 4, 5, 6
	len := func(s string) string { return s + "!" }
	rt, append, panic, uint8, goto1 := 7, 8, 9, 10, 11
	env, fmt1 := e, fmt.Sprint
	n, err := env.Step(nil + new)
	if true {
		return "true", err
	}
	type string = []byte
	var bytes string = []byte("b")
	m, err := env.Step(any + int + recover + rt + append + panic + uint8 + goto1)
	return fmt1(len("x"), n, m, true, bytes), err
}

//async:func
//forms:run
func B2_22_error(e *env.Env) (s string, err error) {
	type error struct{ n int }
	type bool = int
	x := error{e.Int(1)}
	y := bool(e.Int(2))
	defer func() { s += fmt.Sprint(x, y) }()
	_, err = e.Step(y)
	return fmt.Sprint(x.n), err
}
