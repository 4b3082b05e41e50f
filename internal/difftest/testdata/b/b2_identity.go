// Package b2identity has more of lines 17 to 29 of the list: what is one variable, and what it is called.
package b2identity

import (
	"container/list"
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

func all(fs []func() int) (s string) {
	for _, f := range fs {
		s += fmt.Sprint(f(), " ")
	}
	return s
}

// B2_17_awaitInHeader has loops whose headers await while closures hold their variables.
//
//async:func
//forms:run
func B2_17_awaitInHeader(e *env.Env) string {
	var fs []func() int
	for i, j := e.Int(0), e.Int(10); e.Int(i) < 3; i, j = i+e.Int(1), j+1 {
		fs = append(fs, func() int { i += 100; return i + j })
		if i == 1 {
			continue
		}
		j += 1000
	}
	for i := e.Int(5); i > 2; i -= e.Int(1) {
		p := &i
		fs = append(fs, func() int { *p += 7; return i })
	}
	return all(fs) + all(fs)
}

// B2_19_pointers points to the variables of range loops, also through methods and slices.
//
//async:func
//forms:run
func B2_19_pointers(e *env.Env) (s string) {
	var ps []*int
	var cs []*counter
	var as [][]int
	for i, v := range []int{5, 6, 7} {
		ps = append(ps, &i, &v)
		v += e.Int(i)
	}
	for _, c := range []counter{{1}, {2}} {
		cs = append(cs, c.self())
		c.n += e.Int(10)
	}
	for _, a := range [][2]int{{1, 2}, {3, 4}} {
		as = append(as, a[:])
		a[0] += e.Int(10)
	}
	for i := range 2 {
		ps = append(ps, &i)
		e.Wait("int")
	}
	for _, p := range ps {
		s += fmt.Sprint(*p, " ")
	}
	return s + fmt.Sprint(cs[0].n, cs[1].n, as)
}

// B2_19_moved changes the variables of range loops through pointers and methods, which does not move the
// loops.
//
//async:func
//forms:run
func B2_19_moved(e *env.Env) (s string) {
	for i, v := range []int{5, 6} {
		p := &i
		*p += 10
		s += fmt.Sprint(e.Int(v), i, " ")
	}
	for i := range 2 {
		skip(&i)
		s += fmt.Sprint(e.Int(i), " ")
	}
	for n := range number(2) {
		n.skip()
		s += fmt.Sprint(e.Int(int(n)), " ")
	}
	return s
}

func skip(p *int) { *p += 10 }

type number int

func (n *number) skip() { *n += 10 }

type counter struct{ n int }

func (c *counter) self() *counter { return c }

// B2_20_cells declares variables without a value in each pass, and each is another.
//
//async:func
//forms:run
func B2_20_cells(e *env.Env) string {
	var fs []func() int
	for i := range 3 {
		var n, m int
		fs = append(fs, func() int { n++; m -= 2; return n*10 + m })
		n += e.Int(i)
		var p *int
		if p == nil {
			p = &m
		}
		*p += e.Int(5)
	}
	return all(fs) + all(fs)
}

// B2_21_hidden has statements without an await that hide results, parameters and nil, and return.
//
//async:func
//forms:run 0 1 2
func B2_21_hidden(e *env.Env, n int) (r int, s string, err error) {
	defer func() { s += "!" }()
	r = e.Int(n)
	if n == 1 {
		r, s, nil := 5, "inner", 6
		if r+nil > n {
			return r + nil, s, err
		}
	}
	for s := range 3 {
		if r := s; r == n {
			err := fmt.Errorf("hidden %d", r)
			return r, "loop", err
		}
	}
	return e.Int(r), s, err
}

// B2_21_hiddenExit leaves statements that hide the results, for a deferred call that awaits.
//
//async:func
//forms:run 0 1 2
func B2_21_hiddenExit(e *env.Env, n int) (r int, err error) {
	defer func() { e.CleanInt(r) }()
	e.Int(n)
	for i := range 2 {
		if r := i * 10; i == n {
			err := fmt.Errorf("hidden %d", r)
			return r + 1, err
		}
	}
	return e.Int(7), err
}

// file is the name of a type, and of a local.
type file struct{ n int }

func open(n int) *file { return &file{n} }

// B2_22_types has locals with the names of types and packages that values in it have.
//
//async:func
//forms:run
func B2_22_types(e *env.Env) string {
	file := open(e.Int(1))
	l := list.New()
	l.PushBack(2)
	first := l.Front()
	{
		list := open(e.Int(3))
		counter := []*counter{{n: e.Int(4)}}
		int := env.Val(e, "int")
		return fmt.Sprint(file.n, first.Value, list.n, counter[0].n, int, e.Int(5))
	}
}

// B2_23_parameter has parameters that closures change, and that somebody points to.
//
//async:func
//forms:run 3
func B2_23_parameter(e *env.Env, n int) (s string) {
	add := func(d int) { n += d }
	s = fmt.Sprint(n, " ")
	add(e.Int(10))
	s += fmt.Sprint(n, " ")
	n *= 2
	e.Wait("changed")
	add(1)
	return s + pointed(e, n, counter{5}) + fmt.Sprint(n)
}

//async:func
func pointed(e *env.Env, n int, c counter) string {
	p, q := &n, c.self()
	e.Wait("pointed")
	*p++
	q.n += n
	n += e.Int(100)
	return fmt.Sprint(*p, c.n, " ")
}

// B2_23_resultCell has awaits in a loop whose results are variables that closures change.
//
//async:func
//forms:run
func B2_23_resultCell(e *env.Env) string {
	var fs []func() int
	for i := range 3 {
		v, err := e.Step(i)
		w := e.Int(i + 10)
		fs = append(fs, func() int {
			v++
			w += v
			if err != nil {
				return -1
			}
			return v*100 + w
		})
	}
	return all(fs) + all(fs)
}

// B2_23_awaited assigns the result of an await to a variable that a closure reads before.
//
//async:func
//forms:run
func B2_23_awaited(e *env.Env) string {
	n := 1
	get := func() int { return n }
	s := fmt.Sprint(get(), " ")
	n = env.Do(e, 2, func() { s += fmt.Sprint(get(), " ") })
	s += fmt.Sprint(get(), " ")
	n, s = env.Two(e, n+get(), s+fmt.Sprint(get()))
	return s + fmt.Sprint(get(), n)
}

// B2_23_ranged has a variable that a range statement changes under a closure.
//
//async:func
//forms:run
func B2_23_ranged(e *env.Env) (s string) {
	i, v := 7, "none"
	var only int
	get := func() string { return fmt.Sprint(i, v, only, " ") }
	s = get() + fmt.Sprint(e.Int(0))
	for i, v = range []string{"a", "b"} {
		s += get()
	}
	e.Wait("between")
	for i = range 3 {
	}
	for only = range 3 {
	}
	s += get()
	for i, v = range []string{"c", "d"} {
		s += get() + fmt.Sprint(e.Int(i))
	}
	return s + get()
}

// B2_29_repeated has groups of constants that repeat expressions, one with a name of its own.
//
//async:func
//forms:run
func B2_29_repeated(e *env.Env) string {
	const x = 3
	n := e.Int(x)
	{
		const (
			x = x + iota
			y
			z
		)
		n += e.Int(x*100 + y*10 + z)
		if n > 0 {
			const (
				a, b = iota, x << iota
				c, d
			)
			return fmt.Sprint(n, a, b, c, d, e.Int(y))
		}
	}
	return ""
}

// B2_29_constants has local types of local constants.
//
//async:func
//forms:run
func B2_29_constants(e *env.Env) string {
	const (
		one = iota + 1
		size
	)
	const double = size * 2
	type row [double]int
	type table struct {
		rows [size]row
		*row
	}
	var t table
	t.row = &t.rows[one]
	t.rows[0][e.Int(one)] = e.Int(double)
	t.row[0] = 5
	return fmt.Sprint(t.rows, len(t.row), e.Int(size))
}
