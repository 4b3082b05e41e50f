// Package b4saved has more of lines 48 to 58 of the list: what defer statements save, and cleanup that awaits.
package b4saved

import (
	"fmt"
	"runtime"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

// B4_48_goto jumps back over a defer statement.
//
//async:func
//forms:run 0 2
func B4_48_goto(e *env.Env, n int) (r int) {
	i := 0
again:
	defer e.Log("deferred %d", i)
	r += e.Int(i)
	if i++; i <= n {
		goto again
	}
	return r
}

// B4_48_changes has literals in a list of deferred calls that share the variable of their iteration.
//
//async:func
//forms:run
func B4_48_changes(e *env.Env) (s string) {
	for i := range 2 {
		x := e.Int(i)
		defer func() { s += fmt.Sprint("a", x, " "); x++ }()
		defer func() { s += fmt.Sprint("b", x, i, " "); x += 10 }()
		y := e.N(i)
		defer func() { s += fmt.Sprint("c", y, " ") }()
		defer func() { y += 5 }()
		get := func() int { x += 100; return x }
		if get() > e.Int(50) {
			x++
		}
	}
	return "end "
}

var global = "global"

type logger interface{ log(e *env.Env) }

type named string

func (n named) log(e *env.Env) { e.Log("named %s", string(n)) }

type pointed struct{ s string }

func (p *pointed) log(e *env.Env) { e.Log("pointed %s", p.s) }

// B4_49_global saves what somebody else can change meanwhile.
//
//async:func
//forms:run
func B4_49_global(e *env.Env) (n int) {
	global = "old"
	defer e.Log("%s", global)
	x := 1
	p := &x
	defer e.Log("%d %d", x, *p)
	defer func(s string, m int) { e.Log("%s %d %d", s, m, x) }(global, x)
	*p = e.Int(2)
	global = "new"
	return x + e.Int(3)
}

func show(e *env.Env, list ...any) { e.Log("%T %v %v", list[0], list, len(list)) }

func isNil(e *env.Env, err error, f func(), l logger) {
	e.Log("%v %v %v", err == nil, f == nil, l == nil)
}

// B4_49_converted converts arguments when the defer statement runs.
//
//async:func
//forms:run 0 1
func B4_49_converted(e *env.Env, n int) (err error) {
	var p *problem
	var l logger = named("l")
	c := pointed{"old"}
	defer isNil(e, p, nil, &c)
	defer show(e, 1<<n, 'a', 2.5, n, c)
	defer show(e, c.s, &n == nil)
	defer l.log(e)
	defer c.log(e)
	defer logger.log(&c, e)
	c.s, n, l = "new", e.Int(5), nil
	p = &problem{}
	e.Int(n)
	return nil
}

type problem struct{}

func (*problem) Error() string { return "problem" }

func two(e *env.Env, n int) (int, string) { e.Log("two %d", n); return n, "s" }

// B4_49_multi defers calls whose arguments are the results of one other, which changes what is called.
//
//async:func
//forms:run
func B4_49_multi(e *env.Env) (n int) {
	f := func(n int, s string) { e.Log("first %d %s", n, s) }
	g := func() (int, string) {
		f = func(n int, s string) { e.Log("second %d %s", n, s) }
		return two(e, 1)
	}
	defer f(g())
	defer f(two(e, e.Int(2)))
	for i := range 2 {
		defer f(two(e, i))
		e.Int(i)
	}
	return e.Int(3)
}

type counter struct{ n int }

func (c counter) value(e *env.Env, n int)    { e.Log("value %d %d", c.n, n) }
func (c *counter) pointer(e *env.Env, n int) { e.Log("pointer %d %d", c.n, n) }

// B4_49_callee changes what is deferred while its arguments are evaluated: a function or receiver is read
// after that, unless a call is a part of the function.
//
//async:func
//forms:run 0 1
func B4_49_callee(e *env.Env, n int) int {
	one := func(n int) { e.Log("one %d", n) }
	two := func(n int) { e.Log("two %d", n) }
	tab, list, ptrs := []func(int){one, one, one}, []counter{{1}, {2}, {3}}, []*counter{{4}, {5}}
	do := func(n int, f func()) int { f(); return n }
	for range n + 1 {
		defer tab[0](do(1, func() { tab[0] = two }))
		defer tab[e.N(1)](do(2, func() { tab[1] = two }))
		defer tab[e.N(2)](env.Do(e, 3, func() { tab[2] = two }))
		defer list[0].value(e, do(4, func() { list[0].n = 10 }))
		defer list[e.N(1)].value(e, do(5, func() { list[1].n = 20 }))
		defer list[e.N(2)].value(e, env.Do(e, 6, func() { list[2].n = 30 }))
		defer ptrs[0].pointer(e, do(7, func() { ptrs[0] = &counter{40} }))
		defer ptrs[e.N(1)].value(e, do(8, func() { ptrs[1] = &counter{50} }))
		e.Wait("pass")
		list[0].n, list[1].n, ptrs[1].n = 100, 200, 500
	}
	return e.Int(n)
}

// B4_49_constants names local constants in deferred calls.
//
//async:func
//forms:run
func B4_49_constants(e *env.Env) (n int) {
	const format = "%d of " + "%d"
	if e.Bool("if", true) {
		const limit = 5
		defer e.Log(format, limit, e.Int(1))
		defer func() { e.Log(format, n, limit*2) }()
	}
	if n == 0 {
		const most = 7
		defer func() { e.Log(format, n, most) }()
	}
	return e.Int(4)
}

// B4_52_cells returns results that closures hold, with and without values.
//
//async:func
//forms:run 0 1 2 3
func B4_52_cells(e *env.Env, n int) (r int, s string, err error) {
	add := func(d int) { r += d; s += fmt.Sprint(r, " ") }
	add(e.Int(1))
	switch n {
	case 0:
		return e.N(r) * 10, s + "zero", nil
	case 1:
		add(5)
		return
	case 2:
		return more(e, &r, &s)
	}
	add(e.Int(3))
	if r, err := e.Step(7); err == nil {
		return r, s, nil
	}
	return r, s, err
}

func more(e *env.Env, r *int, s *string) (int, string, error) {
	*r, *s = *r*2, *s+"more"
	return *r + e.N(1), *s, nil
}

//async:func
func later(e *env.Env, r *int) (int, error) {
	n, err := e.Clean(20)
	*r += n
	return n, err
}

// B4_58_always has deferred calls that await from the start, and panics that only they can end.
//
//async:func
//forms:run 0 1
func B4_58_always(e *env.Env, n int) (r int, err error) {
	defer later(e, &r)
	defer func() {
		p := recover()
		v, _ := e.Clean(30)
		e.Log("recovered %v %d", p, v)
		if n == 1 && p != nil {
			r = 7
			panic(fmt.Sprint("again ", p))
		}
	}()
	for {
		panic(fmt.Sprint("always ", n))
	}
}

// B4_58_recovers has calls that do not await among those that do: recover works in each.
//
//async:func
//forms:run 0 1 2
func B4_58_recovers(e *env.Env, n int) (r int, err error) {
	defer e.Log("outermost %d", n)
	defer func() { r++; e.Log("sees %v", recover()) }()
	defer later(e, &r)
	if n > 0 {
		defer e.Rescue("plain", &err)
	}
	defer func() {
		e.Clean(40)
		if n == 2 {
			panic("from cleanup")
		}
	}()
	r, err = e.Step(1)
	if n == 1 {
		panic("body")
	}
	return r * 2, err
}

// B4_58_future defers the await of a future that is made, with its arguments, at the statement.
//
//async:func
//forms:run 0 1
func B4_58_future(e *env.Env, n int) (r int) {
	k, f := 1, e.CleanAsync(5)
	defer rt.Await(laterAsync(e, &r))
	defer rt.Await(e.CleanAsync(e.N(k)))
	defer rt.Await(f)
	defer e.Clean(e.N(k) + 1)
	for i := range n {
		defer rt.Await(e.CleanAsync(i + 50))
		defer later(e, &r)
	}
	k, f = e.Int(9), nil
	return k
}

// B4_50_deferredRecover has defer recover() in deferred calls that await: it takes the panic that they were
// run for, unless they panic themselves.
//
//async:func
//forms:run 0 1 2 3 4 5 6 7
func B4_50_deferredRecover(e *env.Env, n int) (r int) {
	defer func() {
		v, err := e.Clean(1)
		e.Log("then %v %d %v", recover(), v, err)
		r += v
	}()
	switch n {
	case 0:
		defer func() {
			defer recover()
			e.Clean(2)
		}()
	case 1:
		defer func() {
			e.Clean(2)
			defer recover()
			e.Clean(3)
		}()
	case 2: // the panic of the literal takes its place
		defer func() {
			defer recover()
			e.Clean(2)
			panic("its own")
		}()
	case 3: // which is recovered first
		defer func() {
			defer recover()
			defer func() { _, err := e.Clean(2); e.Log("recovered %v %v", recover(), err) }()
			panic("its own")
		}()
	case 4: // … or too late
		defer func() {
			defer func() { _, err := e.Clean(2); e.Log("recovered %v %v", recover(), err) }()
			defer recover()
			panic("its own")
		}()
	case 5:
		defer func() {
			for i := range 3 {
				defer recover()
				e.Clean(i)
			}
		}()
	case 6:
		defer recovers(e)
	case 7:
		recovers(e)
	}
	r = e.Int(n)
	panic(fmt.Sprint("body ", n))
}

// recovers recovers where it is deferred.
//
//async:func
func recovers(e *env.Env) {
	defer recover()
	e.Clean(2)
}

// B4_53_panicInGoexit has a panic take the place of a Goexit, whose deferred calls go on with it. Who recovers
// from it only lets the Goexit go on, with deferred calls that await.
//
//async:func
//forms:run 0 1 2 3
func B4_53_panicInGoexit(e *env.Env, n int) (r int) {
	defer func() {
		v, err := e.Clean(1)
		e.Log("outermost %v %d %v", recover(), v, err)
	}()
	for range 2 {
		r += replaced(e, n)
	}
	return r
}

//async:func
func replaced(e *env.Env, n int) int {
	defer func() {
		p := recover()
		v, err := e.Clean(2)
		e.Log("replaced %v %d %v", p, v, err)
		if n == 2 && p != nil {
			panic(p)
		}
	}()
	if n == 3 {
		defer func() {
			e.Clean(3)
			panic("after a wait")
		}()
	}
	return replacing(e, n)
}

//async:func
func replacing(e *env.Env, n int) int {
	defer e.Log("replacing out")
	defer func() {
		if n > 0 {
			panic("instead")
		}
	}()
	v := e.Int(n)
	if n < 3 {
		runtime.Goexit()
	}
	return v
}
