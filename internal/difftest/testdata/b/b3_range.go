// Package b3range has line 41 of the list: range.
package b3range

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

//async:func
//forms:run
func B3_41_slice(e *env.Env) (s string) {
	list := []int{1, 2, 3}
	for i, v := range list {
		list[2] = 30
		list = append(list, e.Int(v))
		if i == 1 {
			list = nil
			list = append(list, 9, 9, 9)
		}
		s += fmt.Sprint(i, v, " ")
	}
	for i := range list[e.Int(1):] {
		s += fmt.Sprint(i, e.Int(5), " ")
	}
	var none []string
	for _, v := range none {
		s += env.Val(e, v)
	}
	for _, v := range env.Val(e, []string{"x", "y"}) {
		s += v
	}
	return s
}

//async:func
//forms:run
func B3_41_array(e *env.Env) (s string) {
	a := [3]int{1, 2, 3}
	for i, v := range a {
		a[2] = 30
		s += fmt.Sprint(i, v, e.Int(1), " ")
	}
	for i, v := range &a {
		a[2] = 300
		s += fmt.Sprint(i, v, e.Int(1), " ")
	}
	var p *[2]string
	for i := range p {
		s += fmt.Sprint(i, e.Int(2), " ")
	}
	for range p {
		s += fmt.Sprint(e.Int(3), " ")
	}
	for i := range len(p) {
		s += fmt.Sprint(e.Int(i), " ")
	}
	return s
}

//async:func
//forms:run
func B3_41_nilArray(e *env.Env) (s string, err error) {
	defer e.Rescue("nil array", &err)
	var p *[2]string
	for i, v := range p {
		s += fmt.Sprint(i, v, e.Int(1))
	}
	return s, nil
}

//async:func
//forms:run
func B3_41_string(e *env.Env) (s string) {
	t := "a\u00e9\u65e5\xff\x80z"
	for i, r := range t {
		t = "changed"
		s += fmt.Sprint(i, ":", r, " ")
		e.Int(i)
	}
	for i := range "ab" {
		s += fmt.Sprint(e.Int(i))
	}
	for range "\u65e5b" {
		s += fmt.Sprint(e.Int(7))
	}
	type text string
	for _, r := range text(env.Val(e, "\u00e9")) {
		s += string(r) + fmt.Sprint(e.Int(8))
	}
	return s
}

//async:func
//forms:run 0 3
func B3_41_int(e *env.Env, n int) (s string) {
	for i := range n {
		n = 100
		i *= 10
		s += fmt.Sprint(i, e.Int(1), " ")
	}
	var k int8 = 3
	for i := range k {
		s += fmt.Sprintf("%T%d ", i, e.Int(int(i)))
	}
	for i := range uint8(e.Int(2)) {
		s += fmt.Sprintf("%T%d ", i, e.Int(int(i)))
	}
	const c = 2
	for i := range c {
		s += fmt.Sprintf("%T%d ", i, e.Int(i))
	}
	for range -5 {
		e.Wait("never")
	}
	var j int16
	for j = range 3 {
		e.Wait("assign")
	}
	return s + fmt.Sprint(j)
}

type number interface{ ~int64 }

//async:func
func count[N number](e *env.Env, n N) (s string) {
	for i := range n {
		s += fmt.Sprintf("%T%d ", i, e.Int(int(i)))
	}
	return s
}

//async:func
func items[S ~[]E, E any](e *env.Env, list S) (s string) {
	for i, v := range list {
		s += fmt.Sprint(e.Int(i), env.Val(e, v), " ")
	}
	return s
}

type seconds int64

//async:func
//forms:run
func B3_41_generic(e *env.Env) string {
	return count(e, int64(2)) + count(e, seconds(2)) + items(e, []string{"a"}) + items(e, []seconds{4, 5})
}

//async:func
//forms:run
func B3_41_operands(e *env.Env) (s string) {
	calls := 0
	list := func() []int { calls++; return []int{1, 2} }
	for i, v := range list() {
		s += fmt.Sprint(e.Int(i), v)
	}
	for i, v := range [2]int{e.N(1), e.Int(2)} {
		s += fmt.Sprint(e.Int(i), v)
	}
	m := map[string]int{"a": e.Int(1)}
	for k, v := range m {
		s += fmt.Sprint(k, v)
	}
	for k, v := range env.Val(e, m) {
		s += fmt.Sprint(k, e.Int(v))
	}
	ch := make(chan int, 2)
	ch <- 1
	close(ch)
	for v := range env.Val(e, ch) {
		s += fmt.Sprint(v)
	}
	for v := range func(yield func(int) bool) { _ = yield(4) && yield(5) } {
		s += fmt.Sprint(v)
	}
	return s + fmt.Sprint(calls)
}
