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
	for _, f := range fs {
		s += fmt.Sprint(f(), " ")
	}
	return s
}
