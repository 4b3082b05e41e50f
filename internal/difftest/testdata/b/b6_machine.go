// Package b6machine has lines 79 to 88 of the list: properties of machines.
package b6machine

import (
	"fmt"
	"math"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

//async:func
//forms:run 0 1 2
func B6_79_branches(e *env.Env, n int) (s string) {
	for i := range 3 {
		if i == n {
			a, b := e.Int(1), "a"
			c := &a
			e.Wait("first")
			s += fmt.Sprint(a, b, *c)
		} else {
			var b string
			var a int
			var c *int
			e.Wait("second")
			s += fmt.Sprint(a, b, c == nil)
			a, b, c = 5, "dirty", &a
			e.Wait(b)
			s += fmt.Sprint(a, *c)
		}
	}
	return s
}

//async:func
//forms:run 0 1
func B6_80_recovered(e *env.Env, n int) (r int, err error) {
	x := 1
	defer func() {
		if p := recover(); p != nil {
			r = x
			err = fmt.Errorf("%v", p)
		}
	}()
	x = e.Int(2)
	if n == 1 {
		x = 3
		panic("x is 3")
	}
	x = e.Int(4) + x
	return x, nil
}

//async:func
//forms:run 0 1 2
func B6_81_conditional(e *env.Env, n int) (s string) {
	var x, y int
	var p *int
	if e.Is("init", n > 0) {
		x = 5
		p = &y
	}
	for i := range 3 {
		if i == n {
			x = e.Int(x + 1)
			continue
		}
		last := x
		e.Wait("loop")
		x = last + i
	}
	if p != nil {
		*p = e.Int(7)
	}
	return fmt.Sprint(x, y)
}

type closer struct {
	e    *env.Env
	name string
}

func (c closer) Close() { c.e.Log("close %s", c.name) }

//async:func
//forms:run
func B6_82_closers(e *env.Env) error {
	for _, name := range []string{"a", "b"} {
		c := closer{e, name}
		defer c.Close()
		if _, err := e.Step(len(name)); err != nil {
			return err
		}
	}
	return func(c closer) error {
		defer c.Close()
		_, err := e.Step(5)
		return err
	}(closer{e, "param"})
}

// B6_84_notANumber has conditions that are not the opposite of any other.
//
//async:func
//forms:run
func B6_84_notANumber(e *env.Env) (n int) {
	nan := math.NaN()
	for x := env.Val(e, 1.0); x < nan || n < 2; n++ {
		if x >= nan {
			e.Wait("never")
			n += 10
		}
		if !(x < nan) {
			n += e.Int(1)
		}
		for x < nan {
			e.Wait("never")
		}
	}
	return n
}

type inner struct {
	list [3]int
	m    map[string]int
}

func (i *inner) bump() { i.list[2]++ }

type outer struct {
	inner
	deep struct{ x, y int }
	p    *inner
}

//async:func
//forms:run
func B6_83_structs(e *env.Env) string {
	o := outer{inner: inner{m: map[string]int{}}}
	o.p = &o.inner
	o.deep.x = e.Int(1)
	o.list[e.Int(1)] += e.Int(2)
	o.bump()
	o.p.bump()
	arr := [2]outer{o, o}
	arr[e.Int(1)].deep.y = e.Int(3)
	arr[1].bump()
	o.m["k"] = e.Int(4)
	for i := range arr {
		arr[i].deep.x += e.Int(i)
	}
	q := o
	q.deep = struct{ x, y int }{e.Int(5), 6}
	return fmt.Sprint(o.list, o.deep, o.m, arr[0].deep, arr[1].deep, arr[1].list, q.deep)
}

//async:func
//forms:run
func B6_84_values(e *env.Env) string {
	a, b, c := int8(-128), uint8(255), int16(-1)
	d, f, g := true, false, 'é'
	nan := math.Float64frombits(0x7ff8000000000123)
	zero := math.Copysign(0, -1)
	z := complex(1, -2)
	var empty struct{}
	var none [0]int
	u := uintptr(1)
	f32 := float32(0.1)
	e.Wait("one")
	a--
	b++
	c >>= 1
	d, f = f, d
	e.Wait("two")
	return fmt.Sprint(a, b, c, d, f, string(g), math.Float64bits(nan) == 0x7ff8000000000123, math.Signbit(zero), z, empty, none, u, f32)
}

//async:func
func big(e *env.Env, a [128]int64) ([128]int64, int64) {
	a[0] += int64(e.Int(1))
	b := a
	b[1] = 5
	e.Wait("big")
	return a, b[1] + a[1]
}

//async:func
//forms:run
func B6_85_big(e *env.Env) int64 {
	var a [128]int64
	a[1] = 7
	b, n := big(e, a)
	return a[0] + b[0]*10 + n*100
}

//async:func
//forms:run
func B6_86_overlap(e *env.Env) string {
	a, b, s := 1, 2, []int{10, 20, 30}
	a, b = e.Int(b), e.Int(a)
	s[0], s[1], s[2] = e.Int(s[1]), s[0], e.Int(s[0])
	i := 1
	i, s[i] = s[i], e.Int(i)
	p, q := &a, &b
	*p, *q, p = *q, e.Int(*p), q
	*p++
	x := struct{ l, r int }{1, 2}
	x.l, x.r = x.r, e.Int(x.l)
	var m map[string]int
	m, m2 := map[string]int{"a": e.Int(1)}, m
	return fmt.Sprint(a, b, s, i, *p, x, m, m2 == nil)
}

//async:func
//forms:run
func B6_87_discarded(e *env.Env) error {
	e.Step(1)
	_, _ = e.Step(2)
	_ = e.Int(3)
	_, err := e.Step(4)
	rt.Await(e.Fut("five", 5))
	rt.Must(rt.Await(e.IntAsync(6)))
	if _, err := rt.Await(e.Fut("seven", 7)); err != nil {
		e.Log("%v", err)
	}
	return err
}

//async:func
func tail(e *env.Env, n int) (int, error) {
	switch {
	case n == 0:
		return e.Step(0)
	case n%3 == 0:
		return rt.Await(e.Fut("three", n))
	case n%3 == 1:
		return rt.Await(tailAsync(e, n-1))
	}
	return tail(e, n-1)
}

//async:func
func noTail(e *env.Env, n int) (r int, err error) {
	if n == 1 {
		return tail(e, 5)
	}
	defer func() { e.Log("after %d %v", r, err) }()
	return tail(e, n)
}

// B6_88_results awaits last, where closures hold what is returned.
//
//async:func
//forms:run 3
func B6_88_results(e *env.Env, n int) (string, error) {
	var kept []func() string
	r, err := held(e, n, &kept)
	s := fmt.Sprint(r, pointed(e, n, &kept))
	for _, f := range kept {
		s += f()
	}
	return s, err
}

//async:func
func held(e *env.Env, n int, kept *[]func() string) (r int, err error) {
	*kept = append(*kept, func() string { return fmt.Sprint(" ", r, err) })
	r = n
	return stepped(e, n+1)
}

//async:func
func stepped(e *env.Env, n int) (int, error) { return e.Step(n) }

//async:func
func pointed(e *env.Env, n int, kept *[]func() string) (r int) {
	p := &r
	*kept = append(*kept, func() string { return fmt.Sprint(" ", *p) })
	return one(e, n+5)
}

//async:func
func one(e *env.Env, n int) int {
	e.Wait("one")
	return n
}

//async:func
func same[T any](e *env.Env, v T) T {
	e.Wait("same")
	return v
}

// B6_88_generic returns what is an error here and a value there, and drops what a last call gives.
//
//async:func
//forms:run
func B6_88_generic(e *env.Env) error {
	_, err := e.Step(1)
	dropped(e)
	if err == nil {
		return same[error](e, nil)
	}
	return same(e, err)
}

//async:func
func dropped(e *env.Env) { same(e, 5) }

// B6_88_last has functions without results that end in an await, or in more.
//
//async:func
//forms:run 0 1 2
func B6_88_last(e *env.Env, n int) { last(e, n) }

//async:func
func last(e *env.Env, n int) {
	if n == 2 {
		e.Wait("two")
		e.Log("after two")
	} else if n == 1 {
		last(e, 0)
	}
	waits(e, n)
}

//async:func
func waits(e *env.Env, n int) { e.Wait(fmt.Sprint("waits ", n)) }

//async:func
//forms:run 0 1 2 5
func B6_88_tail(e *env.Env, n int) (int, error) { return noTail(e, n) }

// B6_88_awaited returns what rt.Await makes of bodies that have no error, no value, and two values.
//
//async:func
//forms:run 0 1
func B6_88_awaited(e *env.Env, n int) (string, error) {
	r, err := awaitsOne(e, n)
	_, err2 := awaitsNone(e, n)
	p, err3 := awaitsTwo(e, n)
	return fmt.Sprint(r, err, p.A, p.B, err3), err2
}

//async:func
func awaitsOne(e *env.Env, n int) (int, error) { return rt.Await(oneAsync(e, n)) }

//async:func
func awaitsNone(e *env.Env, n int) (rt.Unit, error) { return rt.Await(oneErrAsync(e, n)) }

//async:func
func awaitsTwo(e *env.Env, n int) (rt.Pair[int, string], error) { return rt.Await(twoAsync(e, n)) }

//async:func
func oneErr(e *env.Env, n int) error {
	_, err := e.Step(n)
	return err
}

//async:func
func two(e *env.Env, n int) (int, string) { return e.Int(n), "two" }
