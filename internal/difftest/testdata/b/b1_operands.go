// Package b1operands has more of lines 1 to 14 of the list: operands of all kinds beside an await.
package b1operands

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

func both(ok bool, n int) string { return fmt.Sprint(ok, n, " ") }

// B1_01_early has && and || to the left of an await: decided, and their right sides run, before it.
//
//async:func
//forms:run 0 1 2 3
func B1_01_early(e *env.Env, n int) string {
	a, b := n&1 != 0, n&2 != 0
	s := both(a && e.Bool("b", b), env.Do(e, 1, func() { a = !a }))
	s += both(a || e.Bool("b", b), env.Do(e, 2, func() { a = !a }))
	s += both(e.Bool("a", a) && b || !a, env.Do(e, 3, func() { b = !b }))
	return s + both(!(a && b), e.Int(4))
}

// B1_03_interfaceKey reads maps whose keys become interface values.
//
//async:func
//forms:run norace
func B1_03_interfaceKey(e *env.Env) string {
	m := map[any]int{1: 10, "k": 20, true: 30, [2]int{1, 2}: 40}
	i, k, list := 1, "k", [2]int{1, 2}
	n := m[i] + env.Do(e, 1, func() { i = 2 })
	n += m[k] + env.Do(e, 1, func() { k = "z" })
	n += m[i > 1] + env.Do(e, 1, func() { i = 0 })
	n += m[list] + env.Do(e, 1, func() { list[0]++ })
	s := fmt.Sprint(n, m["k"], env.Do(e, 1, func() { m["k"] = 21 }), m[1])
	m[list[1]] += env.Do(e, 5, func() { list[1] = 7 })
	m[i == 0] = env.Do(e, 6, func() { i = 9 })
	seen := map[string]bool{"a": true}
	s += fmt.Sprint([]any{seen["a"], env.Do(e, 7, func() { seen["a"] = false })}...)
	st := struct {
		a any
		b int
	}{seen["a"], env.Do(e, 8, func() { seen["a"] = true })}
	s += fmt.Sprint(st, seen["a"] == env.Do[any](e, true, func() { seen["a"] = false }))
	return s + fmt.Sprint(m[2], m[true], m[false], len(m))
}

type key struct{ a, b int }

// B1_04_mapTurns has a map literal whose entries read, and give keys to, what awaits between them change.
//
//async:func
//forms:run norace
func B1_04_mapTurns(e *env.Env) string {
	x := 1
	m := map[key]int{
		{x, 0}: x,
		{2, x}: env.Do(e, 5, func() { x = 10 }),
		{x, x}: x,
		{x, 3}: env.Do(e, 6, func() { x = 20 }),
		{4, x}: e.N(x),
	}
	y := map[int]key{1: {x, 1}}
	n := map[key]string{y[1]: env.Do(e, "v", func() { y[1] = key{} }), {7, 7}: "w"}
	p := map[string]*key{"a": {a: x}, "b": {b: env.Do(e, 7, func() { x = 30 })}, "c": {x, x}}
	return fmt.Sprint(m, n, *p["a"], *p["b"], *p["c"])
}

type matrix [2][2]int

// B1_06_targets has operands on the left of assignments: calls there come first, and once.
//
//async:func
//forms:run
func B1_06_targets(e *env.Env) string {
	x, y, a, b := 1, 2, []int{1, 2}, []int{3, 4}
	var mat matrix
	ptr := func(p *int) *int { e.Log("pointer %d", *p); return p }
	list := func(l []int) []int { e.Log("list %v", l); return l }
	m := func() map[string]int { e.Log("map"); return map[string]int{} }
	st := struct {
		l []int
		p *key
	}{b, &key{}}
	field := func() *struct {
		l []int
		p *key
	} {
		e.Log("field")
		return &st
	}
	*ptr(&x) = e.Int(5)
	*ptr(&y) += e.Int(6)
	list(a)[0] = e.Int(7)
	list(b)[e.N(1)] -= e.Int(8)
	mat[e.N(1)][e.N(0)] = e.Int(9)
	mat[e.Int(0)][e.N(1)]++
	m()["k"] = e.Int(10)
	field().l[0], field().p.a = e.Int(11), e.N(12)
	field().p.b = e.Int(13)
	p := &x
	*p = env.Do(e, 14, func() { p = &y })
	*ptr(p)++
	return fmt.Sprint(x, y, a, b, mat, st.l, *st.p)
}

type flag bool

// B1_11_named has conditions of a type with a name, and shifts and comparisons that become interface values.
//
//async:func
//forms:run 1 2
func B1_11_named(e *env.Env, n int) string {
	var f flag = n > 1 && flag(e.Is("f", true))
	var g flag = n == 1 || n < e.Int(5) && 1 < 2
	var x any = n > 0 && e.Int(n) == 2
	f = !f || n == e.Int(1)
	var y any = 1<<n + e.Int(1)
	var z float64 = float64(n)/2 + env.Val(e, 0.5)
	f = together(n > 1 && n < 5, flag(e.Is("both", true)))
	return fmt.Sprintf("%T%v %T%v %T%v %T%v %T%v", f, f, g, g, x, x, y, y, z, z)
}

func together(f, g flag) flag { return f && g }

// B1_12_assigned assigns and returns the result of an await as another type.
//
//async:func
//forms:run 0 1
func B1_12_assigned(e *env.Env, n int) (string, error) {
	var err, err2 error
	var x, y any = 1, 2
	err = nothing(e, n)
	err2, x = pair(e, n)
	y = env.Val(e, n)
	if n == 0 {
		err = asError(e, n)
	}
	return fmt.Sprintf("%v %v %T %T", err == nil, err2 == nil, x, y), asError(e, n)
}

type problem struct{}

func (*problem) Error() string { return "problem" }

//async:func
func nothing(e *env.Env, n int) *problem {
	if e.Int(n) == 0 {
		return nil
	}
	return &problem{}
}

//async:func
func pair(e *env.Env, n int) (*problem, int) { return nothing(e, n), n }

//async:func
func asError(e *env.Env, n int) error { return nothing(e, n) }

func three(n int) (int, string, int) { return n, "s", -n }

//async:func
func takes(e *env.Env, a int, s string, b int) (string, error) {
	_, err := e.Step(a)
	return fmt.Sprint(a, s, b), err
}

//async:func
func takesAll(e *env.Env, list ...any) string { return fmt.Sprint(append(list, e.Int(len(list)))...) }

// B1_13_passedOn passes several results on to a call that awaits.
//
//async:func
//forms:run
func B1_13_passedOn(e *env.Env) (string, error) {
	f := func(n int) (*env.Env, int, string, int) {
		e.Log("results")
		a, s, b := three(n)
		return e, a, s, b
	}
	g := func() (*env.Env, int, string) { e.Log("more"); return e, 5, "five" }
	s, err := takes(f(1))
	if err != nil {
		return s, err
	}
	s += takesAll(g()) + fmt.Sprint(e.N(2), takesAll(g()))
	return takes(f(len(s)))
}

// B1_14_receives receives beside an await: before it where it stands to the left.
//
//async:func
//forms:run
func B1_14_receives(e *env.Env) string {
	ch := make(chan int, 3)
	ch <- 1
	s := both(true, <-ch+env.Do(e, 10, func() { ch <- 2 }))
	s += both(<-ch == 2, env.Do(e, 20, func() { ch <- len(ch) }))
	v, ok := <-ch
	s += fmt.Sprint(v, ok, len(ch), " ")
	ch <- 5
	s += fmt.Sprint(<-ch, env.Do(e, 30, func() { s += "!" }))
	ch <- e.Int(6)
	list := []int{e.Int(7), <-ch}
	return s + fmt.Sprint(list)
}

type adder struct{ n int }

func (a adder) add(n int) int    { return a.n*100 + n }
func (a *adder) point(n int) int { return a.n*1000 + n }

// B1_10_callee changes what is called while its argument is awaited: a function or receiver is read late,
// unless a call is a part of it. (Under the race detector gc reads the element of the map early.)
//
//async:func
//forms:run norace
func B1_10_callee(e *env.Env) string {
	one := func(n int) int { return n }
	two := func(n int) int { return -n }
	tab, m := []func(int) int{one, one}, map[string]func(int) int{"k": one}
	list, ptrs := []adder{{1}, {2}}, []*adder{{3}, {4}}
	var s []any
	s = append(s, tab[1](env.Do(e, 1, func() { tab[1] = two })))
	s = append(s, tab[e.N(0)](env.Do(e, 2, func() { tab[0] = two })))
	s = append(s, m["k"](env.Do(e, 3, func() { m["k"] = two })))
	s = append(s, list[1].add(env.Do(e, 4, func() { list[1].n = 9 })))
	s = append(s, list[e.N(0)].add(env.Do(e, 5, func() { list[0].n = 9 })))
	s = append(s, list[e.N(0)].point(env.Do(e, 6, func() { list[0].n = 8 })))
	s = append(s, ptrs[1].add(env.Do(e, 7, func() { ptrs[1] = &adder{9} })))
	s = append(s, ptrs[e.N(0)].point(env.Do(e, 8, func() { ptrs[0] = &adder{9} })))
	s = append(s, ptrs[e.N(1)].add(env.Do(e, 9, func() { ptrs[1].n = 7 })))
	return fmt.Sprint(s...)
}
