// Package b6live has more of line 81 of the list: what is read after an await, on ways that are easy to
// miss.
package b6live

import "github.com/asyncgen/asyncgen/internal/difftest/env"

// B6_81_post reads step only in the post statement, which only continue reaches.
//
//async:func
//forms:run 0 1
func B6_81_post(e *env.Env, n int) (s int) {
	step := 2 + n
	e.Wait("before")
	for i := 0; ; i += step {
		if i < 6 {
			e.Log("%d", i)
			continue
		}
		s += i
		break
	}
	return s
}

// B6_81_leafBranch comes to its second await only by a branch in a statement that stays as it is.
//
//async:func
//forms:run 0 1
func B6_81_leafBranch(e *env.Env, n int) (s int) {
	defer func() { e.Log("deferred %d", s) }()
	s = e.Int(n)
	for {
		if n++; n > 3 {
			goto out
		}
		s += n
	}
out:
	s += e.Int(s)
	e.Wait("last")
	return s
}
