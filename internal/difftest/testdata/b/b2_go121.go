//go:build go1.21

// Package b2go121 has line 18 of the list: a file of an older language version.
package b2go121

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

//async:func
//forms:run
func B2_18_sharedVariable(e *env.Env) (s string) {
	var fs []func() int
	for i, j := 0, 10; i < 3; i++ {
		fs = append(fs, func() int { j++; return i + j })
		e.Int(i)
	}
	for i, v := range []int{1, 2} {
		fs = append(fs, func() int { return i * v })
		e.Int(i)
	}
	ch := make(chan int, 2)
	ch <- 5
	ch <- 6
	close(ch)
	for v := range ch {
		fs = append(fs, func() int { return v })
		e.Int(v)
	}
	for k, v := range map[string]int{"k": 8} {
		fs = append(fs, func() int { v++; return v + len(k) })
		fs = append(fs, func() int { return v })
		e.Int(v)
	}
	for k := range map[int]bool{1: true, 2: true, 3: true} {
		fs = append(fs, func() int { k++; return k % 1 })
		e.Wait("key")
	}
	ps := map[*int]bool{}
	for k := range map[int]bool{1: true, 2: true, 3: true} {
		ps[&k] = true
		e.Wait("pointer")
	}
	s += fmt.Sprint(len(ps), " ")
	for i, r := range "ab" {
		fs = append(fs, func() int { r++; return int(r) + i })
		e.Int(i)
	}
	for _, f := range fs {
		s += fmt.Sprint(f(), " ")
	}
	return s
}

//async:func
//forms:run
func B2_18_deferred(e *env.Env) (s string) {
	for i := 0; i < 3; i++ {
		defer func(n int) { s += fmt.Sprint(n, i, " ") }(i * 10)
		defer e.Log("deferred %d", i)
		j := e.Int(i)
		defer func() { s += fmt.Sprint(j, " "); j++ }()
	}
	for _, v := range []string{"a", "b"} {
		defer func() { s += v }()
		e.Wait(v)
	}
	return "end "
}
