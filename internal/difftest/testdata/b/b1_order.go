// Package b1order has lines 1 to 5 of the list: evaluation order.
package b1order

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

//async:func
//forms:run 0 1 2 3 4 5 6 7
func B1_01_shortCircuit(e *env.Env, n int) (r int) {
	a, b, c := n&1 != 0, n&2 != 0, n&4 != 0
	if e.Is("a", a) && e.Is("b", b) || e.Is("c", c) {
		r |= 1
	}
	if (e.Is("a", a) || e.Bool("b", b)) && (e.Bool("c", c) || e.Is("a", !a)) {
		r |= 2
	}
	ok := a && (e.Is("b", b) || c && !e.Is("d", b))
	for i := 0; e.Bool("i", i < 2) && (e.Is("loop", ok) || i == 0); i++ {
		r += 4
	}
	return r + show(e, !a || e.Is("arg", c), a && b && e.Is("last", true))
}

func show(e *env.Env, list ...any) int {
	e.Log("%v", list)
	return len(list)
}

type point struct{ x, y, z int }

//async:func
//forms:run
func B1_02_calls(e *env.Env) int {
	return show(e, e.N(1), e.Int(2), e.N(3)) + show(e, e.Int(4), show(e, e.N(5), e.Int(6)), e.N(7))
}

//async:func
//forms:run
func B1_02_literals(e *env.Env) string {
	p := []point{{e.N(1), e.Int(2), e.N(3)}, {z: e.Int(4), x: e.N(5)}}
	m := map[string]*point{"a": {x: e.N(6)}, env.Val(e, "b"): {y: e.Int(7)}, "c": {z: e.N(8)}}
	a := [...]int{5: e.Int(9), 1: e.N(10)}
	return fmt.Sprint(p, *m["b"], len(m), a)
}

//async:func
//forms:run
func B1_02_trees(e *env.Env) int {
	s := [][]int{{1, 2}, {3, 4}}
	return (e.N(1)+e.Int(2))*(e.N(3)-e.Int(4))/e.Int(5) + s[e.N(1)][e.Int(0)]*e.N(6) + s[e.Int(0)][e.N(1)]
}

//async:func
//forms:run
func B1_03_lateVariable(e *env.Env) (int, string) {
	x, y := 1, "a"
	f := func() { x, y = 100, "z" }
	n := x + env.Do(e, 1, f)
	x, y = 1, "a"
	s := y + env.Do(e, "b", f)
	x = 1
	n += -x + env.Do(e, 1, f)
	x = 1
	if x == env.Do(e, 100, f) {
		n += 1000
	}
	return n, s
}

var global = 1

//async:func
//forms:run
func B1_03_lateGlobal(e *env.Env) int {
	global = 1
	return global*10 + env.Do(e, 1, func() { global = 7 }) + global
}

//async:func
//forms:run
func B1_03_latePointer(e *env.Env) int {
	x, z := 1, 5
	p := &x
	st := point{1, 2, 3}
	q := &st
	n := *p + env.Do(e, 1, func() { x = 10 })
	n += *p + env.Do(e, 1, func() { p = &z })
	n += st.y + env.Do(e, 1, func() { st.y = 50 })
	n += q.z + env.Do(e, 1, func() { q = &point{z: 900} })
	return n
}

//async:func
//forms:run norace
func B1_03_lateIndex(e *env.Env) int {
	s, m, a := []int{1, 2}, map[string]int{"k": 3}, [2]int{4, 5}
	n := s[0] + env.Do(e, 1, func() { s[0] = 10 })
	n += s[1] + env.Do(e, 1, func() { s = []int{7, 70} })
	n += m["k"] + env.Do(e, 1, func() { m["k"] = 30 })
	n += m["k"] + env.Do(e, 1, func() { m = nil })
	n += a[1] + env.Do(e, 1, func() { a[1] = 500 })
	i := 0
	n += a[i] + env.Do(e, 1, func() { i = 1 })
	return n
}

//async:func
//forms:run
func B1_03_lateWhole(e *env.Env) (string, bool) {
	a, st := [2]int{1, 2}, point{1, 2, 3}
	s := fmt.Sprint(a, st, env.Do(e, 0, func() { a[0], st.x = 10, 20 }))
	b := a
	ok := a == env.Do(e, b, func() { a[1]++ })
	s += fmt.Sprint([]any{a, env.Do(e, 1, func() { a[1]++ })}, point{a[1], env.Do(e, 2, func() { a[1]++ }), a[1]})
	return s, ok
}

//async:func
//forms:run
func B1_04_earlyLen(e *env.Env) int {
	s := []int{1, 2, 3}
	n := len(s) + env.Do(e, 10, func() { s = nil })
	s = make([]int, 1, 4)
	n += cap(s)*100 + env.Do(e, 10, func() { s = nil })
	t := "abc"
	n += len(t)*1000 + env.Do(e, 10, func() { t = "" })
	return n
}

//async:func
//forms:run
func B1_04_earlyLenShared(e *env.Env) string {
	ch := make(chan int, 3)
	ch <- 1
	m := map[string]int{"a": 1}
	other := m
	clear := func() { delete(other, "a") }
	s := fmt.Sprint(len(ch), <-ch, e.Int(5))
	return s + fmt.Sprint(len(m), env.Do(e, 6, clear))
}

//async:func
//forms:run
func B1_04_earlySlice(e *env.Env) int {
	s := []int{1, 2, 3, 4}
	i := 1
	n := show(e, s[1:], env.Do(e, 1, func() { s = []int{9, 8} }))
	n += show(e, s[i:], env.Do(e, 1, func() { i = 0; s[1] = 80 }))
	a := [3]int{1, 2, 3}
	n += show(e, a[:2:2], env.Do(e, 1, func() { a[0] = 10 }))
	t := "abc"
	return n + show(e, t[1:]+env.Do(e, "x", func() { t = "zzz" }))
}

//async:func
//forms:run
func B1_04_earlyAssert(e *env.Env) int {
	var x any = 1
	n := x.(int) + env.Do(e, 10, func() { x = 2 })
	v, ok := x.(string)
	return n + show(e, v, ok, x.(int), env.Do(e, 1, func() { x = "s" }))
}

type adder interface{ add(n int) int }

type one struct{ base int }

func (o one) add(n int) int { return o.base + n }

// opaque hides what type a has: where the compiler knows it, i.add(…) is i.(one).add(…) to it, and the
// assertion is early.
//
//go:noinline
func opaque(a adder) adder { return a }

//async:func
//forms:run
func B1_04_lateReceiver(e *env.Env) int {
	i := opaque(one{1})
	o := one{10}
	p := &o
	f := func(n int) int { return 1000 + n }
	n := i.add(env.Do(e, 1, func() { i = opaque(one{500}) }))
	n += o.add(env.Do(e, 2, func() { o = one{20} }))
	n += p.add(env.Do(e, 3, func() { p = &one{30} }))
	n += f(env.Do(e, 4, func() { f = func(n int) int { return 5000 } }))
	return n
}

//async:func
//forms:run
func B1_04_earlyMap(e *env.Env) string {
	x := 1
	m := map[int]int{x: x, 5: env.Do(e, 6, func() { x = 100 }), x + 1: x}
	s := "k"
	n := size(map[string]int{s: 1}, env.Do(e, 1, func() { s = "kk" }))
	return fmt.Sprint(n, m, map[string]int{s: 1, "z": env.Do(e, 2, func() { s = "zz" })})
}

func size(m map[string]int, n int) (sum int) {
	for k, v := range m {
		sum += len(k)*10 + v
	}
	return sum + n
}

//async:func
//forms:run
func B1_04_earlyTag(e *env.Env) (n int) {
	x := 1
	switch x {
	case env.Do(e, 5, func() { x = 7 }):
		n = 5
	case 7:
		n = 7
	case 1:
		n = 1
	}
	switch y := x + 1; y {
	case env.Do(e, 5, func() { y = 9 }), 8:
		n += 10 * y
	}
	return n
}

//async:func
//forms:run norace 0 1 2 3 4 5 6 7
func B1_05_latePanic(e *env.Env, n int) (r int, err error) {
	defer e.Rescue("late", &err)
	var p *point
	var s []int
	var m map[string]int
	var f func(int) int
	var arr *[2]int
	zero, neg := 0, -1
	var key any = []int{}
	switch n {
	case 0:
		return p.x + e.Int(1), nil
	case 1:
		return s[5] + e.Int(1), nil
	case 2:
		m["k"] = e.Int(1)
	case 3:
		return f(e.Int(1)), nil
	case 4:
		return 1/zero + e.Int(1), nil
	case 5:
		return 1<<neg + e.Int(1), nil
	case 6:
		return map[any]int{}[key] + e.Int(1), nil
	case 7:
		return arr[1] + e.Int(1), nil
	}
	return 0, nil
}

//async:func
//forms:run 0 1 2 3 4 5 6
func B1_05_earlyPanic(e *env.Env, n int) (r int, err error) {
	defer e.Rescue("early", &err)
	var x, y any = "s", []int{}
	var s []int
	var i adder
	neg := -1
	switch n {
	case 0:
		return x.(int) + e.Int(1), nil
	case 1:
		return show(e, s[1:], e.Int(1)), nil
	case 2:
		return show(e, [2]int(s), e.Int(1)), nil
	case 3:
		return show(e, make([]int, neg), e.Int(1)), nil
	case 4:
		return i.add(e.Int(1)), nil
	case 5:
		return show(e, i.add, e.Int(1)), nil
	case 6:
		return show(e, y == y, e.Int(1)), nil
	}
	return 0, nil
}
