// Package b1stores has lines 6 to 16 of the list: assignments, constants, built-ins, construction.
package b1stores

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

//async:func
//forms:run
func B1_06_opAssign(e *env.Env) (int, string) {
	x, s, m, t := 1, []int{1, 2, 3}, map[int]int{1: 1}, "a"
	x += env.Do(e, 1, func() { x = 10 })
	s[e.N(1)] += e.Int(5)
	s[e.Int(2)] *= env.Do(e, 2, func() { s[2] = 100 })
	m[e.N(1)] -= e.Int(3)
	m[e.Int(7)] |= e.N(4)
	x <<= e.Int(2)
	t += env.Do(e, "b", func() { t = "z" })
	p := &x
	*p ^= e.Int(1)
	s[e.Int(0)]++
	m[e.Int(9)]--
	return x, fmt.Sprint(s, m, t)
}

//async:func
//forms:run
func B1_06_lateMap(e *env.Env) string {
	m, k := map[string]int{"a": 1, "b": 2}, "a"
	m[k] += env.Do(e, 10, func() { k = "b" })
	old := m
	m[k] += env.Do(e, 10, func() { m = map[string]int{"b": 50} })
	s := []int{1, 2}
	i := 0
	s[i] += env.Do(e, 10, func() { i = 1 })
	s[i] = env.Do(e, 20, func() { i = 0 })
	return fmt.Sprint(m, old, s)
}

//async:func
//forms:run 0 1
func B1_07_parallel(e *env.Env, n int) (i int, s []int, err error) {
	defer e.Rescue("parallel", &err)
	s = []int{1, 2, 3}
	i, s[i] = 1, e.Int(9)
	s[0], s[i] = s[i], e.Int(s[0])
	a, b := 1, 2
	a, b = env.Do(e, b, func() { a = 50 }), a
	e.Log("%d %d", a, b)
	a, b = b, e.Int(a)
	e.Log("%d %d", a, b)
	if n == 1 {
		var m map[string]int
		i, m["a"] = 2, e.Int(3)
	}
	return i, s, nil
}

//async:func
func two(e *env.Env) (int, string) { return env.Two(e, 1, "x") }

//async:func
//forms:run 0 1 2
func B1_08_returns(e *env.Env, n int) (x int, s string) {
	x, s = 1, "a"
	switch n {
	case 0:
		return x, env.Do(e, "b", func() { x = 10 })
	case 1:
		return e.Int(x) + x, s + fmt.Sprint(e.N(3))
	}
	return two(e)
}

//async:func
//forms:run
func B1_09_nested(e *env.Env) int {
	n := e.Int(e.Int(1)+e.Int(2)) + e.Int(e.Int(e.Int(4)))
	for i := 0; e.Int(i)+e.Int(1) < e.Int(3); i++ {
		n += i
	}
	return n
}

type chain struct {
	e *env.Env
	n int
}

func (c chain) next(n int) chain { c.e.Log("next %d", n); return chain{c.e, c.n*10 + n} }

//async:func
func (c *chain) later(n int) *chain { return &chain{c.e, c.n*10 + c.e.Int(n)} }

//async:func
func choose(e *env.Env, n int) func(int) int {
	e.Wait("choose")
	return func(m int) int { return n + m }
}

//async:func
//forms:run
func B1_10_chains(e *env.Env) int {
	c := &chain{e: e}
	n := choose(e, 1)(e.Int(2))
	n += c.next(e.Int(1)).next(e.N(2)).next(e.Int(3)).n
	n += c.later(e.Int(4)).later(e.N(5)).next(6).n
	tab := []func(int) int{func(n int) int { return n }, func(n int) int { return -n }}
	n += tab[e.Int(1)](e.Int(7))
	p := func() **chain { e.Log("p"); return &c }
	return n + (*p()).next(e.Int(8)).n
}

//async:func
//forms:run
func B1_11_constants(e *env.Env) string {
	n := e.Int(3)
	var f32 float32 = 1 << 3
	f32 += 1<<2 + env.Val(e, float32(0.5))
	var u8 uint8 = 255
	u8 += 1<<n + env.Val(e, uint8(1))
	var i64 int64 = 1<<n + int64(e.Int(1))
	r := 'a' + env.Val(e, rune(1))
	c := 2i * env.Val(e, complex64(1))
	var x any = 1 << 3
	list := []any{x, 'b', 2.0, e.Int(1), 1 << e.Int(2)}
	return fmt.Sprintf("%T%v %v %v %T%v %T%v %v %T", f32, f32, u8, i64, r, r, c, c, list, list[1])
}

type problem struct{ n int }

func (p *problem) Error() string { return "problem" }

//async:func
func find(e *env.Env, n int) *problem {
	if e.Int(n) == 0 {
		return nil
	}
	return &problem{n}
}

//async:func
//forms:run
func B1_12_interfaces(e *env.Env) (string, error) {
	var err error = find(e, 0)
	list := []error{find(e, 0), nil, find(e, 1)}
	var x any = any(e.Int(1))
	same := error(nil) == error(find(e, 0))
	return fmt.Sprintf("%v %v %v %v %T %v", err == nil, list[0] == nil, list[1] == nil, same, x, x == any(e.Int(1))), list[1]
}

func join(list ...any) string { return fmt.Sprint(list...) }

func swap(a, b int) (int, int) { return b, a }

//async:func
//forms:run
func B1_13_multi(e *env.Env) string {
	s := join(env.Two(e, 1, "a"))
	a, b := swap(env.Two(e, 1, 2))
	t := append([]int{a}, env.Val(e, []int{b, 3})...)
	u := append(append(t[:1], e.Int(4)), e.N(5), e.Int(6))
	return join(s, t, u, join(swap(e.Int(7), e.N(8))))
}

//async:func
//forms:run
func B1_14_commaOk(e *env.Env) string {
	m := map[int]string{1: "one"}
	v, ok := m[e.Int(1)]
	var w, ok2 = env.Val(e, m)[e.Int(2)]
	x, ok3 := env.Val[any](e, "s").(string)
	_, ok4 := env.Val[any](e, "s").(int)
	ch := make(chan int, 1)
	ch <- 5
	y, ok5 := <-env.Val(e, ch)
	if _, ok := m[e.Int(3)]; !ok {
		ok4 = !ok4
	}
	return join(v, ok, w, ok2, x, ok3, ok4, y, ok5)
}

//async:func
//forms:run
func B1_15_builtins(e *env.Env) string {
	s := []int{1, 2, 3, 4, 5}
	t := s[e.Int(1):e.Int(3):e.Int(4)]
	n := copy(s[e.Int(3):], env.Val(e, []int{7, 8, 9}))
	m := map[string]int{"a": 1, "b": 2}
	delete(m, env.Val(e, "a"))
	p := new(e.Int(6))
	k := min(e.Int(3), e.N(2), e.Int(4)) + max(e.N(5), e.Int(6))
	c := complex(env.Val(e, 1.5), float64(e.Int(2)))
	u := make([]int, e.Int(1), e.Int(2))
	clear(env.Val(e, map[string]int{}))
	return fmt.Sprint(t, n, m, *p, k, real(c), len(u), cap(u), cap(t))
}

//async:func
func body(e *env.Env, n int, a [2]int, p struct{ x int }) (int, error) {
	e.Log("body")
	v, err := e.Step(n)
	return v + a[0] + p.x, err
}

//async:func
//forms:run
func B1_16_construction(e *env.Env) (int, error) {
	n, a, p := 1, [2]int{10, 20}, struct{ x int }{100}
	f := bodyAsync(e, e.N(n), a, p)
	n, a[0], p.x = 2, 0, 0
	g := bodyAsync(e, e.Int(n), a, p)
	e.Log("made")
	v, err := rt.Await(f)
	if err != nil {
		rt.Cancel(g)
		return v, err
	}
	w, err := rt.Await(g)
	return v + w, err
}
