// Package b5funcs has lines 60 to 69 of the list: functions, methods, generics, packages.
package b5funcs

import (
	"fmt"

	"github.com/asyncgen/asyncgen/forms/lib"
	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

type base struct{ n int }

//async:func
func (b *base) Add(e *env.Env, n int) int { b.n += e.Int(n); return b.n }

//async:func
func (b base) Get(e *env.Env) int { b.n += e.Int(1); return b.n }

type middle struct{ base }

type outer struct {
	*middle
	name string
}

type adder interface {
	Add(e *env.Env, n int) int
	AddAsync(e *env.Env, n int) rt.Future[int]
}

type onlyAdd interface{ Add(e *env.Env, n int) int }

//async:func
//forms:run
func B5_60_methods(e *env.Env) (s string) {
	o := outer{&middle{base{1}}, "o"}
	s = fmt.Sprint(o.Add(e, 2), o.Get(e), o.middle.Get(e), o.base.Add(e, 3), o.n)
	var a adder = &o.base
	s += fmt.Sprint(a.Add(e, 4))
	a = o
	s += fmt.Sprint(a.Add(e, 5))
	b := o.base
	s += fmt.Sprint(b.Add(e, 10), o.n, (&b).Get(e), b.n)
	list := []*base{&b}
	return s + fmt.Sprint(list[e.Int(0)].Add(e, e.Int(1)), onlyAdd(a) != nil)
}

// B5_60_promoted takes the async form where the blocking one is found: promoted, as an element of an
// interface, and as a method expression.
//
//async:func
//forms:run
func B5_60_promoted(e *env.Env) (string, error) {
	o := outer{&middle{base{1}}, "o"}
	var a adder = o
	f, g := o.AddAsync(e, 2), a.AddAsync(e, 3)
	n, err := rt.Await(g)
	if err != nil {
		return "", err
	}
	m, err := rt.Await(f)
	if err != nil {
		return "", err
	}
	async := (*base).AddAsync
	k, err := rt.Await(async(&o.base, e, 4))
	bound := o.GetAsync
	o.n = e.Int(50)
	v, err2 := rt.Await(bound(e))
	return fmt.Sprint(n, m, k, v, err2), err
}

//async:func
func fact(e *env.Env, n int) int {
	if n == 0 {
		return e.Int(1)
	}
	return n * fact(e, n-1)
}

//async:func
func isEven(e *env.Env, n int) bool {
	if n == 0 {
		return e.Is("even", true)
	}
	return isOdd[int](e, n-1)
}

//async:func
func isOdd[T any](e *env.Env, n int) bool {
	if n == 0 {
		return e.Is("odd", false)
	}
	return isEven(e, n-1)
}

type tree struct {
	left, right *tree
	n           int
}

//async:func
func (t *tree) sum(e *env.Env) (n int) {
	if t == nil {
		return 0
	}
	n = t.left.sum(e) + e.Int(t.n)
	return n + t.right.sum(e)
}

//async:func
//forms:run
func B5_61_recursion(e *env.Env) string {
	t := &tree{&tree{nil, nil, 1}, &tree{&tree{n: 2}, nil, 3}, 4}
	return fmt.Sprint(fact(e, 4), isEven(e, 3), isOdd[string](e, 3), lib.Even(e, 5), t.sum(e))
}

//async:func
func deepen(e *env.Env, n int) int {
	if n == 0 {
		return e.Int(7)
	}
	m := deepen(e, n-1)
	return m + 1
}

//async:func
//forms:run
func B5_61_deep(e *env.Env) int { return deepen(e, 3_000) }

// B5_61_deeper has a stack of frames, and unwinds it.
//
//async:func
//forms:run few
func B5_61_deeper(e *env.Env) int { return deepen(e, 100_000) }

type shower interface{ Show() string }

type id int

func (i id) Show() string { return fmt.Sprint("id", int(i)) }

type text interface{ ~string | ~[]byte }

//async:func
func show[S shower, T text](e *env.Env, s S, t T) (string, T) {
	n := e.Int(len(t))
	u := append([]byte(t), byte('0'+n))
	return s.Show() + string(t[:1]), T(u)
}

//async:func
func convert[To, From any](e *env.Env, f func(From) To, list ...From) (out []To, err error) {
	type step struct {
		from From
		n    int
	}
	var zero To
	for _, x := range list {
		s := step{x, len(out)}
		if _, err := e.Step(s.n); err != nil {
			return []To{zero}, err
		}
		out = append(out, f(env.Val(e, s.from)))
	}
	return out, nil
}

type list[T any] struct {
	next *list[T]
	v    T
}

//async:func
func (l *list[T]) each(e *env.Env, f func(T)) (n int) {
	for ; l != nil; l = l.next {
		f(env.Val(e, l.v))
		n++
	}
	return n
}

//async:func
func (l *list[_]) length(e *env.Env) int {
	if l == nil {
		return e.Int(0)
	}
	return 1 + l.next.length(e)
}

type pair[A, B any] struct {
	list[A]
	b B
}

//async:func
//forms:run
func B5_62_generics(e *env.Env) (string, error) {
	a, b := show(e, id(1), "abc")
	c, d := show[id, []byte](e, 2, []byte("xy"))
	out, err := convert(e, func(n int) string { return fmt.Sprint(n) }, 1, 2)
	if err != nil {
		return a, err
	}
	fs, err := convert[float64, id](e, func(i id) float64 { return float64(i) / 2 })
	l := &list[string]{&list[string]{nil, "b"}, "a"}
	s := ""
	n := l.each(e, func(v string) { s += v })
	p := pair[bool, rt.Pair[int, string]]{b: rt.PairOf(e.Int(1), "p")}
	return fmt.Sprint(a, b, c, d, out, fs, n, s, l.length(e), p.length(e), p.b), err
}

//async:func
func variadic(e *env.Env, prefix string, list ...any) (string, bool) {
	e.Wait(prefix)
	if len(list) > 0 {
		list[0] = "changed"
	}
	return fmt.Sprint(append(list, prefix)...), list == nil
}

//async:func
func exotic(e *env.Env, f func(...int) (int, error), o struct {
	A int `note:"tag"`
	B *string
}, in <-chan int, out chan<- int, a [2]struct{}, m map[[1]int]func()) (_ struct{ X, Y int }, err error) {
	n, err := f(e.Int(o.A), 2)
	out <- n
	if m != nil {
		m[[1]int{n}]()
	}
	return struct{ X, Y int }{n, <-in + len(a)}, err
}

//async:func
//forms:run
func B5_63_parameters(e *env.Env) (string, error) {
	s, isNil := variadic(e, "a")
	l := []any{1, 2}
	t, isNil2 := variadic(e, "b", l...)
	u, _ := variadic(e, "c", e.Int(3), nil)
	v, isNil3 := variadic(e, "d", nil...)
	ch := make(chan int, 1)
	x, err := exotic(e, func(list ...int) (int, error) { return len(list), nil }, struct {
		A int `note:"tag"`
		B *string
	}{A: 5}, ch, ch, [2]struct{}{}, map[[1]int]func(){{2}: func() { e.Log("called") }})
	return fmt.Sprint(s, isNil, t, isNil2, l, u, v, isNil3, x), err
}

type myErr struct{ n int }

func (m *myErr) Error() string { return fmt.Sprint("my ", m.n) }

//async:func
func noResult(e *env.Env) { e.Wait("none") }

//async:func
func onlyErr(e *env.Env) error { _, err := e.Step(1); return err }

//async:func
func concrete(e *env.Env, n int) (int, *myErr) {
	if e.Int(n) > 1 {
		return 0, &myErr{n}
	}
	return n, nil
}

//async:func
func errErr(e *env.Env) (error, error) { _, err := e.Step(2); return fmt.Errorf("value"), err }

//async:func
func errMiddle(e *env.Env) (int, error, string) { n, err := e.Step(3); return n, err, "last" }

//async:func
func pairErr(e *env.Env) (a, b int, err error) { a, err = e.Step(4); b = a * 2; return }

//async:func
func tripleErr(e *env.Env) (int, string, bool, error) {
	n, err := e.Step(5)
	return n, "triple", err == nil, err
}

//async:func
//forms:run
func B5_64_results(e *env.Env) (string, int, error) {
	noResult(e)
	err := onlyErr(e)
	n, my := concrete(e, 1)
	_, my2 := concrete(e, 2)
	v, err2 := errErr(e)
	m, err3, s := errMiddle(e)
	a, b, err4 := pairErr(e)
	c, t, ok, err5 := tripleErr(e)
	p, err6 := rt.Await(pairErrAsync(e))
	q, err7 := rt.Await(tripleErrAsync(e))
	_, err8 := rt.Await(onlyErrAsync(e))
	x, err9 := rt.Await(errErrAsync(e))
	w := fmt.Sprint(err, n, my, my2, v, err2, m, err3, s, a, b, err4, c, t, ok, err5)
	return w + fmt.Sprint(p, err6, q, err7, err8, x, err9, rt.Must(rt.Await(concreteAsync(e, 3)))), n, err
}

type store struct{ m map[string]int }

//async:func
func (s *store) Get(e *env.Env, k string) (int, error) {
	if _, err := e.Step(len(k)); err != nil {
		return 0, err
	}
	return s.m[k], nil
}

type getter interface {
	Get(e *env.Env, k string) (int, error)
	GetAsync(e *env.Env, k string) rt.Future[int]
}

func sum(a int, err error) string { return fmt.Sprint(a, err) }

//async:func
//forms:run
func B5_67_directCalls(e *env.Env) (string, error) {
	s := &store{map[string]int{"a": 1, "bb": 2}}
	var g getter = s
	r := sum(s.Get(e, "a")) + sum(g.Get(e, "bb"))
	rt.Yield()
	gs := []getter{g, s}
	for _, g := range gs {
		n, err := g.Get(e, "a")
		if err != nil {
			return r, err
		}
		r += fmt.Sprint(n)
	}
	key, err := lib.Load(e, r)
	var st lib.Store[string, int]
	old, had := st.Put(e, "k", 5)
	old2, had2 := st.Put(e, "k", e.Int(6))
	rt.Sleep(0)
	return key + fmt.Sprint(old, had, old2, had2), err
}

//async:func
//forms:run
func B5_67_literals(e *env.Env) (int, error) {
	total := 0
	n, err := func(a, b int) (n int, err error) {
		defer func() { total += a }()
		defer func() {
			if p := recover(); p != nil {
				n = -1
			}
		}()
		n, err = e.Step(a + b)
		func() {
			total += e.Int(n)
			if total > 100 {
				return
			}
			total++
		}()
		return n, err
	}(e.N(1), e.Int(2))
	for i := range 2 {
		total += func() int { i++; return e.Int(i) }()
	}
	return total + n, err
}
