// Package b2vars has lines 23 to 34 of the list: identity, copies, types and lifetimes of variables.
package b2vars

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"weak"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

//async:func
//forms:run
func B2_23_captured(e *env.Env) int {
	n := 1
	inc := func() int { n++; return n }
	n = inc() + env.Do(e, 10, func() { n = 100 }) + n
	e.Log("%d", n)
	get := func() func() int { return func() int { return n + inc() } }()
	n += e.Int(5)
	return get()*1000 + n
}

type counter struct {
	n int
	a [3]int
}

func (c *counter) inc()           { c.n++ }
func (c counter) get() int        { return c.n }
func (c *counter) self() *counter { return c }

type wrap struct {
	counter
	name string
}

//async:func
//forms:run
func B2_24_pointers(e *env.Env) string {
	x, w := 1, wrap{name: "w"}
	arr := [4]int{1, 2, 3, 4}
	p, q, r, s := &x, &w.a[1], w.self(), arr[1:3]
	w.inc()
	e.Wait("a")
	*p, *q, r.n, s[0] = 10, 20, r.n+30, 40
	w.inc()
	inc := w.inc
	e.Wait("b")
	inc()
	return fmt.Sprint(x, w, arr, p == &x, r == &w.counter)
}

//async:func
//forms:run
func B2_25_copies(e *env.Env) string {
	st, arr := counter{n: 1}, [2]counter{{n: 2}, {n: 3}}
	u, brr := st, arr
	c := []counter{st}
	e.Wait("a")
	st.n, arr[0].n, c[0].n = 10, 20, 30
	s := fmt.Sprint(u.n, brr[0].n, c[0].n)
	for i, v := range arr {
		arr[1].n = 100
		s += fmt.Sprint(" ", i, v.n, e.Int(i))
	}
	for i, v := range &arr {
		arr[1].n = 200
		s += fmt.Sprint(" ", i, v.n, e.Int(i))
	}
	return s
}

//async:func
//forms:run 0 1
func B2_26_methodValues(e *env.Env, n int) (r int, err error) {
	defer e.Rescue("values", &err)
	c := counter{n: 1}
	get, inc, expr, ptr := c.get, c.inc, counter.get, (*counter).inc
	c.n = e.Int(5)
	inc()
	ptr(&c)
	r = get()*100 + expr(c)
	if n == 1 {
		var p *counter
		e.Wait("nil")
		f := p.get
		return f(), nil
	}
	return r, nil
}

type blank[_ any, V any] struct{ v V }

//async:func
func (_ *blank[_, V]) get(e *env.Env, _ int, _ string) (_ int, _ error) {
	_, _ = e.Step(1)
	_ = e.Int(2)
	return e.Step(3)
}

//async:func
//forms:run
func B2_27_blank(e *env.Env) (_ int, err error) {
	b := &blank[int, string]{}
	_ = b
	n, err := b.get(e, 1, "")
	return n, err
}

type alias = map[string][]int

//async:func
//forms:run
func B2_28_types(e *env.Env) string {
	type local struct{ n int }
	a := struct {
		x int `note:"x"`
		f func(int, ...string) error
	}{x: e.Int(1)}
	var b alias = alias{"k": {e.Int(2)}}
	c := make(chan local, 1)
	var d interface{ String() string } = &strings.Builder{}
	f := blank[local, []local]{}
	var g [2]*map[local]chan<- int
	c <- local{e.Int(3)}
	f.v = append(f.v, <-c)
	e.Wait("end")
	return fmt.Sprint(a.x, a.f == nil, b, d.String(), f, g[0] == nil)
}

//async:func
func first(e *env.Env) string {
	type entry struct{ a int }
	x := entry{e.Int(1)}
	e.Wait("first")
	return fmt.Sprintf("%v", x)
}

//async:func
func second[T any](e *env.Env, t T) string {
	type entry struct {
		T T
		n int
	}
	const k = 5
	list := []entry{{t, e.Int(k)}}
	e.Wait("second")
	return fmt.Sprintf("%v", list)
}

//async:func
//forms:run
func B2_29_localTypes(e *env.Env) (string, int) {
	type base = counter
	type derived struct {
		base
		next *derived
	}
	const (
		a = iota + 1
		b
		c = "c"
	)
	d := derived{next: &derived{}}
	d.inc()
	d.next.n = e.Int(b)
	type color int
	const (
		red color = iota
		green
	)
	col := green + color(e.Int(int(red)))
	return first(e) + second(e, "t") + second(e, 1.5) + c + fmt.Sprint(d.get(), d.next.n), int(col) + a
}

//async:func
//forms:run
func B2_30_mutex(e *env.Env) int {
	var mu sync.Mutex
	var b strings.Builder
	mu.Lock()
	b.WriteString("a")
	n := e.Int(1)
	b.WriteString("b")
	mu.Unlock()
	if mu.TryLock() {
		n += 10
	}
	e.Wait("locked")
	mu.Unlock()
	return n + b.Len()
}

type thing struct{ pad [64]int }

func (t *thing) touch() {}

// collected says whether what w points to is gone.
func collected(w weak.Pointer[thing]) bool {
	for range 3 {
		runtime.GC()
	}
	return w.Value() == nil
}

// dead logs whether what w points to is gone, where that can be told: when every await has waited, so
// that the frames have been written since it was last used.
func dead(e *env.Env, w weak.Pointer[thing]) func() {
	return func() { e.Log("dead: %v", e.Blocking || e.Pend != ^uint64(0) || collected(w)) }
}

//async:func
func holds(e *env.Env, t *thing, w weak.Pointer[thing]) bool {
	t.touch()
	return env.Do(e, true, dead(e, w))
}

// B2_31_slotOfCallee has a variable that its callee uses last.
//
//async:func
//forms:run few
func B2_31_slotOfCallee(e *env.Env) bool {
	t := new(thing)
	w := weak.Make(t)
	return holds(e, t, w)
}

// B2_31_slotOfParameter has a future whose parameter is used before it waits.
//
//async:func
//forms:run few
func B2_31_slotOfParameter(e *env.Env) (bool, error) {
	t := new(thing)
	w := weak.Make(t)
	f := holdsAsync(e, t, w)
	t = nil
	return rt.Await(f)
}

// B2_31_slot has a variable that lives across one await, and not across the next.
//
//async:func
//forms:run few
func B2_31_slot(e *env.Env) (n int) {
	t := new(thing)
	w := weak.Make(t)
	e.Wait("alive")
	t.touch()
	n = env.Do(e, 1, dead(e, w))
	return n + e.Int(1)
}

//async:func
//forms:run few
func B2_32_deferHolds(e *env.Env) bool {
	t := new(thing)
	w := weak.Make(t)
	defer func() { t.touch() }()
	alive := false
	env.Do(e, 1, func() { alive = !collected(w) })
	e.Log("alive: %v", alive)
	f := t.touch
	u := new(thing)
	v := weak.Make(u)
	defer u.touch()
	u = nil
	env.Do(e, 1, func() { alive = !collected(v) })
	f()
	return alive
}

//async:func
//forms:run 0 1
func B2_33_sharedSlots(e *env.Env, n int) (s string) {
	if n == 0 {
		a, b := e.Int(1), "x"
		e.Wait("a")
		s = fmt.Sprint(a, b)
	} else {
		b, a := "y", e.Int(2)
		e.Wait("b")
		s = fmt.Sprint(a, b)
	}
	c, d := e.Int(3), s
	e.Wait("c")
	var x, y int
	if e.Is("overlap", n == 1) {
		x = e.Int(4)
	}
	y = e.Int(5)
	return s + fmt.Sprint(c, d, x, e.Int(y))
}
