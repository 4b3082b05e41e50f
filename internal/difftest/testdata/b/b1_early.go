// Package b1early has lines 3 and 4 of the list: operands that gc evaluates early or late by their type.
package b1early

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

func show(e *env.Env, list ...any) { e.Log("%v", list) }

// nested is a struct of a pointer, which an interface holds as it is.
type nested struct {
	_ [0]func()
	p *int
}

// point is a key of two words, half one of one word, text one of a string.
type (
	point struct{ a, b int }
	half  struct{ a, b int32 }
	text  struct{ s string }
)

// B1_04_earlyEntry has operands that gc copies, or does not copy, by the way in which they are represented.
//
//async:func
//forms:run
func B1_04_earlyEntry(e *env.Env) string {
	var s string
	say := func(list ...any) int { s += fmt.Sprintln(list...); return 0 }
	m, b := map[string]int{"k": 1, "l": 2}, []byte("k")
	say(m[string(b)] + env.Do(e, 10, func() { m["k"] = 3 }))
	say(m[string(b)] + env.Do(e, 10, func() { b[0] = 'l' }))
	v, ok := m[string(b)+[]string{"", "x"}[env.Do(e, 0, func() { b[0] = 'k' })]]
	say(v, ok)
	texts := map[text]int{{"k"}: 1, {"l"}: 2}
	say(texts[text{string(b)}] + env.Do(e, 10, func() { b[0] = 'l' }))
	t := text{"k"}
	say(texts[t] + env.Do(e, 10, func() { t.s = "l" }))
	halves, h := map[half]int{{1, 2}: 1, {3, 4}: 2}, half{1, 2}
	say(halves[h] + env.Do(e, 10, func() { h = half{3, 4} }))
	points, p := map[point]int{{1, 2}: 1, {3, 4}: 2}, point{1, 2}
	say(points[p] + env.Do(e, 10, func() { p = point{3, 4} }))
	u := struct{ a, b int }{1, 2}
	say(points[u] + env.Do(e, 10, func() { u.a, u.b = 3, 4 }))
	q := point{1, 2}
	say(u == q, env.Do(e, 10, func() { u.a, u.b = 1, 2 }))
	say(append([]any{}, m["k"] == 3, e.Int(1))...)
	flags := map[string]bool{"k": true}
	say(append([]any{}, flags["k"], env.Do(e, 1, func() { flags["k"] = false }))...)
	k := "k"
	say(map[string]int{k: e.Int(1), "k": 2})
	say(map[string]any{k: e.Int(1), "k": 2})
	return s
}

// B1_04_lateDirect asserts to a struct that an interface holds directly.
//
//async:func
//forms:run
func B1_04_lateDirect(e *env.Env) (int, int) {
	one, two := 1, 2
	var x any = nested{p: &one}
	pick := func(n nested, i int) int { return *n.p * i }
	a := pick(x.(nested), env.Do(e, 10, func() { x = nested{p: &two} }))
	x = &one
	b := pick(nested{p: x.(*int)}, env.Do(e, 10, func() { x = &two }))
	return a, b
}

type asserted[T any] struct{ v T }

func two[T any](e *env.Env, v T, n int) { e.Log("%v %v", v, n) }

// assertTo asserts to types that an instance finds in its dictionary.
//
//async:func
func assertTo[T any](e *env.Env, x any, y T, how int) (s string, err error) {
	defer func() { err = fmt.Errorf("%v", recover()) }()
	switch how {
	case 0:
		two(e, x.(T), env.Do(e, 1, func() { x = y }))
	case 1:
		two(e, x.([]T), env.Do(e, 1, func() { x = []T{y} }))
	case 2:
		two(e, x.(asserted[T]), env.Do(e, 1, func() { x = asserted[T]{y} }))
	case 3:
		type local struct{ n int }
		two(e, x.(local), env.Do(e, 1, func() { x = local{1} }))
	case 4:
		two(e, x.(int), env.Do(e, 1, func() { x = y }))
	}
	return "done", nil
}

// B1_04_lateAssert asserts to a type parameter, which gc does late.
//
//async:func
//forms:run 0 1 2 3 4
func B1_04_lateAssert(e *env.Env, how int) (string, error) {
	s, err := assertTo(e, 1, 2, how)
	e.Log("%s %v", s, err)
	s, err = assertTo(e, "s", "t", how)
	e.Log("%s %v", s, err)
	return assertTo(e, struct{}{}, [2]int{1, 2}, how)
}

type set[T any] struct{ v T }

func (s set[T]) get(n int) string { return fmt.Sprint(s.v, n) }

// bind takes method values of receivers whose type depends on a type parameter: gc binds those early.
//
//async:func
func bind[T fmt.Stringer](e *env.Env, x, y T) string {
	call := func(f func(int) string, n int) string { return f(n) }
	str := func(f func() string, n int) string { return fmt.Sprint(f(), n) }
	s := set[T]{x}
	r := call(s.get, env.Do(e, 1, func() { s.v = y }))
	t := set[int]{1}
	r += call(t.get, env.Do(e, 1, func() { t.v = 2 }))
	v := x
	r += str(v.String, env.Do(e, 1, func() { v = y }))
	var i fmt.Stringer = x
	r += str(i.String, env.Do(e, 1, func() { i = y }))
	return r
}

type tag int

func (t tag) String() string { return fmt.Sprintf("tag%d", int(t)) }

// B1_04_earlyMethod binds methods in an instance.
//
//async:func
//forms:run
func B1_04_earlyMethod(e *env.Env) string {
	s := bind(e, tag(1), tag(2))
	return s + bind(e, &entry{1}, &entry{2})
}

type entry struct{ n int }

func (t *entry) String() string { return fmt.Sprintf("entry%d", t.n) }

// numeric and textual are constraints whose types gc treats alike.
type (
	numeric interface{ ~int | ~uint64 | ~float64 }
	textual interface{ ~string | ~[]byte }
)

// boxes makes interface values of entries, all by value.
//
//async:func
func boxes[N numeric, S textual](e *env.Env, n map[int]N, s map[int]S, y N, z S) string {
	r := fmt.Sprintln(n[1], env.Do(e, 1, func() { n[1] = y }))
	return r + fmt.Sprintln(len(s[1]), s[1], env.Do(e, 1, func() { s[1] = z }))
}

// B1_03_lateBoxes has instances that do alike.
//
//async:func
//forms:run
func B1_03_lateBoxes(e *env.Env) string {
	s := boxes(e, map[int]int{1: 1}, map[int]string{1: "a"}, 2, "bb")
	return s + boxes(e, map[int]float64{1: 1}, map[int][]byte{1: []byte("a")}, 2, []byte("bb"))
}
