// Package b1kept has what the headers of statements, comparisons and conversions keep: more of lines 3, 4
// and 17.
package b1kept

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

type pair struct {
	a, b int
	s    string
}

// B1_03_comparedStruct compares entries of maps, which gc copies once both operands are evaluated: after
// an await to the right of ==, before one that follows the comparison.
//
//async:func
//forms:run norace
func B1_03_comparedStruct(e *env.Env) string {
	m := map[string]pair{"a": {1, 2, "x"}}
	before := m["a"] == env.Do(e, pair{1, 2, "x"}, func() { m["a"] = pair{} })
	list := map[int][2]string{1: {"x", "y"}}
	again := list[1] != env.Do(e, [2]string{"x", "y"}, func() { clear(list) })
	m["a"] = pair{1, 2, "x"}
	s := given(m["a"] == pair{1, 2, "x"}, env.Do(e, 1, func() { m["a"] = pair{} }))
	list[1] = [2]string{"x", "y"}
	s += given([2]string{"x", "y"} != list[1], env.Do(e, 2, func() { clear(list) }))
	m["a"] = pair{1, 2, "x"}
	return s + fmt.Sprint(before, again, m["a"] == pair{1, 2, "x"}, env.Do(e, 1, func() { m["a"] = pair{} }))
}

func given(ok bool, n int) string { return fmt.Sprint(ok, n, " ") }

func text(b []byte, n int) string { return fmt.Sprint(string(b), n, " ") }

// B1_04_conversions converts beside an await: to bytes before it, to a string where that is used.
//
//async:func
//forms:run
func B1_04_conversions(e *env.Env) string {
	t, b := "old", []byte("old")
	s := text([]byte(t), env.Do(e, 1, func() { t = "new" }))
	s += string(b) + env.Do(e, "+", func() { b[0] = 'c' })
	return s + string(b[:2]) + fmt.Sprint(env.Do(e, 2, func() { b[1] = 'a' }))
}

// B2_17_literalInHeader keeps literals that the header of a statement makes, one for each pass.
//
//async:func
//forms:run
func B2_17_literalInHeader(e *env.Env) (sum int) {
	var kept []func() int
	keep := func(f func() int) bool {
		kept = append(kept, f)
		return f() > 0
	}
	for i := 0; i < 3; i++ {
		x := e.Int(i)
		if keep(func() int { x += i; return x }) {
			sum += e.Int(x)
		}
		switch keep(func() int { x++; return x + i }) {
		case true:
			e.Wait("true")
		}
	}
	for _, f := range kept {
		sum = sum*3 + f()
	}
	return sum
}
