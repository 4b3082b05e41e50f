// Package b3flow has lines 35 to 40, and 44 to 47 of the list: control flow.
package b3flow

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

//async:func
//forms:run 0 1 2 3
func B3_35_if(e *env.Env, n int) (r int) {
	if a, b := e.Int(n), 5; a == 0 {
		r = b
	} else if c := e.Int(a); c == 1 {
		r = a + c
	} else if e.Is("two", n == 2) {
		if d := a; e.Is("inner", true) && d > 0 {
			r = d
		}
	} else {
		r = a + b + c
	}
	if n == 1 {
		return r
	} else if n > 5 {
		r++
	}
	if r++; e.Int(r) > 3 {
		r *= 2
	} else {
	}
	return r
}

//async:func
//forms:run 0 3
func B3_36_for(e *env.Env, n int) (r int) {
	for e.Is("while", r < n) {
		r++
	}
	for i, m := e.Int(0), e.Int(n); i < e.Int(m); i += e.Int(1) {
		switch {
		case i == 1:
			continue
		case i == 2:
			break
		default:
			r += 10
		}
		select {
		default:
			if e.Int(i) == 2 {
				break
			}
			r += 100
		}
		r += 1000
	}
	for {
		r++
		if e.Int(1) == 1 && r%2 == 0 {
			break
		}
	}
	for i := 0; ; {
		if i++; i > 2 {
			return r + e.Int(i)
		}
	}
}

//async:func
//forms:run 0 1 2
func B3_37_labels(e *env.Env, n int) (r int) {
one:
	for i := range 3 {
	two:
		for j := 0; j < 3; j++ {
		three:
			for k := range []int{7, 8, 9} {
				switch e.Int(k) {
				case 0:
					continue
				case 1:
					switch {
					case n == 0 && j == 1:
						continue two
					case n == 1 && i == 1:
						break one
					case n == 2 && j == 0:
						break three
					case i == 2:
						break two
					}
				case 2:
					if j == 2 {
						continue one
					}
				}
				r += 100*i + 10*j + k
			}
			r += e.Int(1000)
		}
	}
	return r
}

//async:func
//forms:run 0 2
func B3_38_goto(e *env.Env, n int) (r int) {
	i := 0
	if n > 0 {
		goto middle
	}
	r += e.Int(1)
start:
	r += 10
middle:
	for j := range 3 {
		if e.Int(j) == 1 && i < n {
			i++
			goto start
		}
		{
			if j == 2 && i >= n {
				goto end
			}
		}
		r += 100
	}
	r = -1
end:
	if i++; i < 4 {
		e.Wait("end")
		goto end
	}
	return r + i
}

//async:func
//forms:run 0 1 2 3 4
func B3_39_switch(e *env.Env, n int) (r int) {
	switch e.Int(n) {
	case e.N(7), e.Int(0):
		r = 1
	default:
		r = 2
		fallthrough
	case 1:
		r += e.Int(10)
		if n == 1 {
			break
		}
		fallthrough
	case 2:
		r += 100
	case e.Int(3):
		r += 1000
	}
	switch x := n; {
	case e.Is("a", x == 0), e.Is("b", x == 1):
		r += 5
	case x == 2:
		r += e.Int(6)
	}
	switch {
	}
	switch e.Int(1); {
	default:
		r++
	}
	switch e.Int(n) {
	}
	switch s := fmt.Sprint(n); s {
	case "3":
		r += e.Int(len(s))
	}
	return r
}

type stringer interface{ String() string }

type name string

func (n name) String() string { return string(n) }

//async:func
func kind[T any](e *env.Env, x any) string {
	switch v := x.(type) {
	case T:
		return fmt.Sprint("T ", env.Val(e, v))
	case []T:
		e.Wait("slice")
		return fmt.Sprint("[]T ", len(v))
	}
	return "other"
}

//async:func
//forms:run 0 1 2 3 4 5 6
func B3_40_typeSwitch(e *env.Env, n int) (s string) {
	list := []any{nil, 1, "s", name("n"), fmt.Errorf("err"), []int{1}, 2.5}
	switch v := env.Val(e, list[n]).(type) {
	case nil:
		s = fmt.Sprint("nil ", v == nil)
	case int:
		v += e.Int(5)
		s = fmt.Sprint("int ", v)
	case string, error:
		e.Wait("two")
		s = fmt.Sprintf("%T %v", v, v)
	case stringer:
		s = v.String() + fmt.Sprint(e.Int(1))
	default:
		s = fmt.Sprintf("default %T", v)
	}
	switch x := list[n]; x.(type) {
	case int, float64:
		s += fmt.Sprint(e.Int(2), x)
	}
	switch y := list[n].(type) {
	case []int:
		f := func() int { y = append(y, 1); return len(y) }
		s += fmt.Sprint(f() + e.Int(1) + len(y))
	}
	return s + kind[int](e, list[n]) + kind[float64](e, list[n])
}

//async:func
func endless(e *env.Env) int {
	for {
		if n := e.Int(1); n == 1 {
			return n
		}
	}
}

//async:func
func panics(e *env.Env) (int, error) {
	if e.Is("panics", true) {
		panic("always")
		e.Wait("dead")
	}
	panic("never")
}

//async:func
func switches(e *env.Env, n int) string {
	switch e.Int(n) {
	case 0:
		return "zero"
	case 1:
		panic("one")
	default:
		return "more"
	}
}

//async:func
//forms:run 0 1 2
func B3_44_ends(e *env.Env, n int) (s string, err error) {
	defer e.Rescue("ends", &err)
	s = switches(e, n)
	s += fmt.Sprint(endless(e))
	if n == 2 {
		_, err = panics(e)
	}
	return s, err
	e.Wait("dead")
	return
}

//async:func
//forms:run
func B3_45_blocks(e *env.Env) (r int) {

outer:
	{
		r += e.Int(1)
		{
			{
				r += e.Int(2)
			}
			if r > 2 {
				goto inner
			}
		}
		goto outer
	inner:
		r *= 10
	}
	{
	}
	if r > 0 {
		if e.Is("skip", r > 20) {
			goto skip
		}
		r++
	skip:
	}
	for range 2 {
		{
			if true {
				switch {
				case true:
					{
						for range 1 {
							if r > 0 {
								r += e.Int(3)
							}
						}
					}
				}
			}
		}
	}
	return r
}

//async:func
//forms:run
func B3_47_long(e *env.Env) (n int) {
	for i := range 200_000 {
		if i%50_000 == 0 {
			n += e.Int(1)
		}
	}
	return n
}

type at struct{ x, y int }

func (p at) far() bool { return p.x > 1 }

// B3_35_literals has composite literals in conditions, which braces follow.
//
//async:func
//forms:run 0 1 2
func B3_35_literals(e *env.Env, n int) (r int) {
	p := at{x: n}
	if !(p == at{x: 1}) {
		r += e.Int(1)
	}
	if (p == at{x: 1}) || n == 2 {
		r += e.Int(2)
	} else {
		r += e.Int(3)
	}
	if (at{x: n}.far()) && n < 9 && (&at{n, 1}).far() {
		r += e.Int(4)
	}
	for !(p == at{x: 3}) && (p != at{x: 4}) {
		p.x = e.Int(p.x + 1)
	}
	switch p {
	case at{x: e.Int(n)}, at{y: 2}:
		r += 10
	case at{x: 3}:
		r += e.Int(20)
	case at{x: 4}:
		r += 40
	}
	switch any(p) {
	case at{x: 3}:
		r += e.Int(100)
	}
	switch x := (struct{ v any }{p}.v).(type) {
	case at:
		r += e.Int(x.x)
	}
	return r
}
