// Package b4defer has lines 48 to 59 of the list: defer, panic, recover, results.
package b4defer

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

//async:func
//forms:run 0 1 2
func B4_48_order(e *env.Env, n int) (err error) {
	defer e.Log("one")
	if _, err = e.Step(1); err != nil {
		return err
	}
	defer func() { e.Log("two %v", err) }()
	if n > 0 {
		defer e.Log("three")
		e.Wait("in if")
	}
	for i := range n {
		defer e.Log("loop %d", i)
		if e.Int(i) == 1 {
			defer func() { e.Log("inner %d", i) }()
		}
	}
	_, err = e.Step(2)
	defer e.Log("last")
	return err
}

type counter struct{ n int }

func (c counter) value(e *env.Env, s string)    { e.Log("%s value %d", s, c.n) }
func (c *counter) pointer(e *env.Env, s string) { e.Log("%s pointer %d", s, c.n) }

type logger interface{ value(*env.Env, string) }

//async:func
//forms:run 0 1 2 3 4
func B4_49_arguments(e *env.Env, n int) (err error) {
	defer e.Rescue("arguments", &err)
	c, s, list := counter{1}, "old", []any{1, 2}
	defer c.value(e, s)
	defer c.pointer(e, s)
	var l logger = c
	defer l.value(e, "interface")
	defer e.Log("%v %v", list...)
	defer e.Log("%d %d", e.N(3), len(list))
	f := func(p *counter) { e.Log("f %d", p.n) }
	defer f(&c)
	defer counter.value(c, e, "expr")
	c.n, s, l, list = e.Int(2), "new", nil, nil
	f = nil
	switch n {
	case 1:
		defer f(nil) // panics when it runs
		e.Wait("nil func")
	case 2:
		defer l.value(e, "nil interface") // panics here
		e.Log("not reached")
	case 3:
		var p *counter
		defer p.value(e, "nil pointer") // panics here
		e.Log("not reached")
	case 4:
		var p *counter
		defer p.pointer(e, "nil pointer") // panics when it runs
		e.Wait("nil pointer")
	}
	return nil
}

// B4_49_awaits has awaits in what a defer statement evaluates, on its way to a panic of a later one too.
//
//async:func
//forms:run 0 1
func B4_49_awaits(e *env.Env, n int) (err error) {
	defer e.Rescue("awaits", &err)
	list := []counter{{1}, {2}}
	defer list[e.Int(1)].value(e, env.Val(e, "receiver"))
	defer e.Log("%d %d %d", e.Int(3), n, e.Int(4))
	f := func(n int, s ...string) { e.Log("f %d %v", n, s) }
	defer f(e.Int(5), env.Val(e, []string{"a", "b"})...)
	defer env.Val(e, f)(6)
	defer f(env.Two(e, 7, "two"))
	list[1].n, f = 50, nil
	if n == 1 {
		defer list[e.Int(2)].value(e, env.Val(e, "out of range")) // panics here
	}
	return nil
}

//async:func
//forms:run
func B4_49_result(e *env.Env) (r int, err error) {
	defer e.Log("given %d %v", r, err)
	defer func(n int) { e.Log("passed %d, is %d", n, r) }(r)
	return e.Step(5)
}

func named(e *env.Env, r *int) {
	if p := recover(); p != nil {
		e.Log("named %v", p)
		*r += 100
	}
}

func helper(e *env.Env) any { return recover() }

type catcher struct{ e *env.Env }

func (c catcher) catch(r *int) {
	c.e.Log("helper %v", helper(c.e))
	func() { c.e.Log("nested %v", recover()) }()
	if p := recover(); p != nil {
		c.e.Log("method %v", p)
		*r += 1000
	}
}

//async:func
//forms:run 0 1 2 3
func B4_50_recover(e *env.Env, n int) (r int) {
	defer func() { e.Log("outermost %v", recover()) }()
	switch n {
	case 0:
		defer named(e, &r)
	case 1:
		defer catcher{e}.catch(&r)
	case 2:
		defer func() {
			defer func() { e.Log("in a deferred literal's defer %v", recover()) }()
			if p := recover(); p != nil {
				e.Log("literal %v", p)
				r += 10000
			}
		}()
	case 3:
		defer recover()
		defer func() { helper(e) }()
	}
	r = 1
	r = e.Int(5)
	panic(fmt.Sprint("r is ", r))
}

//async:func
func child(e *env.Env, n int) int {
	defer e.Log("child out")
	var list []int
	if n == 2 {
		return list[e.Int(3)]
	}
	return e.Int(n) / (n - 1)
}

//async:func
//forms:run 0 1 2 3 4 5 6 7
func B4_51_panics(e *env.Env, n int) (r int, err error) {
	defer func() {
		p := recover()
		var re runtime.Error
		perr, _ := p.(error)
		var nilErr *runtime.PanicNilError
		e.Log("%T %v %v %v", p, p, errors.As(perr, &re), errors.As(perr, &nilErr))
		if p != nil && n != 7 {
			err = fmt.Errorf("was %v", p)
		} else if p != nil {
			panic(p)
		}
	}()
	defer func() {
		if n == 3 {
			panic("replaced")
		}
		if n == 4 {
			p := recover()
			e.Log("again %v", p)
			panic(p)
		}
	}()
	if n == 0 {
		panic("before")
	}
	r = child(e, n)
	switch n {
	case 5:
		panic(nil)
	case 6:
		panic(errors.New("an error"))
	case 7, 3, 4:
		var m map[string]int
		m["a"] = e.Int(1)
	}
	return r, nil
}

//async:func
func onlyNamed(e *env.Env) (n int, s string, err error) {
	defer func() { n, s = n*2, s+"!" }()
	n = 1
	if n, err = e.Step(5); err != nil {
		s := "shadow"
		return 3, s, err
	}
	s = env.Val(e, "s")
	return
}

//async:func
func unnamed(e *env.Env) (int, error) {
	n := 1
	defer func() { n = 100; recover() }()
	m, err := e.Step(2)
	n += m
	return n, err
}

//async:func
func blanks(e *env.Env) (_ int, _ error, r int) {
	defer func() { r++; recover() }()
	n, err := e.Step(3)
	return n, err, 5
}

//async:func
//forms:run
func B4_52_results(e *env.Env) (string, error) {
	n, s, err := onlyNamed(e)
	u, err2 := unnamed(e)
	b, err3, r := blanks(e)
	return fmt.Sprint(n, s, err, u, err2, b, err3, r), errors.Join(err, err2)
}

// B4_52_stops panics where nothing is due yet; the result is a cell.
//
//async:func
//forms:run 0 1
func B4_52_stops(e *env.Env, n int) (r int) {
	p := &r
	if n > 0 {
		e.Wait("stops")
		panic("stops")
	}
	defer func() { r++ }()
	*p = e.Int(2)
	return *p
}

//async:func
func leaves(e *env.Env, n int) int {
	defer e.Log("leaves %v", n)
	if e.Int(n) == 1 {
		runtime.Goexit()
	}
	return n
}

//async:func
//forms:run 0 1
func B4_53_goexit(e *env.Env, n int) (r int) {
	defer func() { e.Log("parent %v %d", recover(), r) }()
	r = 5
	r = leaves(e, n)
	e.Log("got %d", r)
	return r + e.Int(1)
}

//async:func
func nested(e *env.Env, n int) (r int) {
	defer func() { r++; e.Log("a%d %v %d", n, recover(), r) }()
	if n > 0 {
		r = nested(e, n-1)
	}
	defer func() { r++; e.Log("b%d %v %d", n, recover(), r) }()
	r += e.Int(10)
	defer e.Log("c%d %d", n, r)
	e.Wait("last")
	return r
}

//async:func
//forms:run 2
func B4_54_cancel(e *env.Env, n int) int {
	defer e.Log("top")
	return nested(e, n)
}

// B4_55_beforeAndAfter is cancelled before its first poll, and twice when it is over, as all functions here
// are: nothing of it runs then, not even what it defers first.
//
//async:func
//forms:run
func B4_55_beforeAndAfter(e *env.Env) (n int, err error) {
	defer e.Log("deferred %d", n)
	defer func() { n++; e.Log("literal %d", n) }()
	n, err = e.Step(1)
	return n + e.Int(2), err
}

//async:func
//forms:run 0 1
func B4_56_panicInCleanup(e *env.Env, n int) (err error) {
	if n == 1 {
		defer e.Rescue("outer", &err)
	}
	defer func() { e.Log("sees %v", recover()) }()
	defer func() { panic("cleanup") }()
	defer func() {
		if n == 1 {
			defer func() { e.Log("inner %v", recover()) }()
		}
		panic("first")
	}()
	_, err = e.Step(1)
	return err
}

//async:func
//forms:run
func B4_56_escapes(e *env.Env) int {
	defer e.Log("last")
	defer func() { panic(fmt.Sprint("escapes ", e.N(1))) }()
	return e.Int(1)
}

//async:func
//forms:run 0 1
func B4_57_builtins(e *env.Env, n int) (err error) {
	defer e.Rescue("builtins", &err)
	ch, m, s := make(chan int), map[string]int{"a": 1}, []int{1, 2}
	defer func() {
		_, open := <-ch
		e.Log("%v %d %v", open, len(m), s)
	}()
	defer close(ch)
	defer delete(m, "a")
	defer clear(s)
	defer print()
	if n == 1 {
		defer panic(e.N(7))
	}
	defer func(k string) { m[k] = len(s) }("b")
	_, err = e.Step(1)
	m = nil
	m = map[string]int{}
	return err
}

//async:func
func cleans(e *env.Env, n int) (r int, err error) {
	defer e.Log("outermost")
	defer func() {
		v, cerr := e.Clean(n)
		e.Log("closed %d %v, r is %d", v, cerr, r)
		r += v
		if n == 3 {
			return
		}
		e.Clean(50)
		r++
	}()
	defer func() {
		if p := recover(); p != nil {
			e.Clean(60)
			err = fmt.Errorf("recovered %v", p)
		}
	}()
	r, err = e.Step(10)
	if n == 1 {
		panic("cleans")
	}
	return r, err
}

//async:func
//forms:run 0 1 3
func B4_58_asyncCleanup(e *env.Env, n int) (int, error) {
	defer e.Log("parent")
	return cleans(e, n)
}

//async:func
//forms:run 2
func B4_58_inLoop(e *env.Env, n int) (r int) {
	for i := range n {
		defer func() {
			r += i
			v, _ := e.Clean(i)
			e.Log("closed %d %d", i, v)
		}()
		defer e.Log("plain %d", i)
		e.Int(i)
	}
	return 100
}

//async:func
func replaces(e *env.Env, n int) int {
	e.Wait("first")
	defer func() {
		if n == 1 {
			panic(e.N(7))
		}
		e.Log("out")
	}()
	return e.Int(n) + e.Int(n)
}

//async:func
func between(e *env.Env, n int) int { return replaces(e, n) + 1 }

//async:func
//forms:run 0 1
func B4_53_goexitReplaced(e *env.Env, n int) int {
	defer e.Log("outermost")
	defer func() { e.Log("recovered %v", recover()) }()
	defer e.Log("innermost")
	return between(e, n)
}
