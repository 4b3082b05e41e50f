// Package b6live has more of line 81 of the list: what is read after an await, on ways that are easy to
// miss.
package b6live

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

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

// B6_81_leafGoto reads a variable only behind a goto in a statement that stays as it is.
//
//async:func
//forms:run 0 1 2
func B6_81_leafGoto(e *env.Env, n int) (s int) {
	a, b := 10+n, 20+n
	e.Wait("before")
	switch {
	case n < 3:
		i := 0
	again:
		if i > 2 {
			s += a
			goto out
		}
		if i++; i == n {
			s += b
		}
		goto again
	out:
		s++
	}
	return s + e.Int(1)
}

// B6_81_leafLoop reads in one pass of a loop what a later one would assign, and the reverse.
//
//async:func
//forms:run 0 1 4
func B6_81_leafLoop(e *env.Env, n int) (s int) {
	a, b, c, first := 1+n, 2, 3, true
	list := []int{n, 5, 6}
	e.Wait("before")
	for i := 0; i < n; i++ {
		if !first {
			s += a
			a = i
		}
		first = false
	}
	e.Wait("between")
	for _, v := range list {
		if v == 6 {
			s += b
		}
		if v == 5 {
			b, s = c, s*2
		}
	}
	e.Wait("range")
	for i := range 3 {
		if i == 2 {
			s += c
			continue
		}
		for c < 10 {
			c += 4
			if i == 1 {
				break
			}
		}
	}
	return s + e.Int(1)
}

// B6_81_leafSwitch reads after an await what only some clauses of switch and select assign.
//
//async:func
//forms:run 0 1 2 3
func B6_81_leafSwitch(e *env.Env, n int) string {
	a, b, c, d := 1, 2, 3, 4
	ch := make(chan int, 1)
	e.Wait("before")
	switch n {
	case 0:
		a = 10
		fallthrough
	case 1:
		b = a + 1
	case 2:
		a, b = 20, 21
	}
	switch any(n).(type) {
	case string:
		c = 30
	}
	e.Wait("between")
	select {
	case ch <- c:
		c = d
	default:
		d = 50
	}
	select {
	case c = <-ch:
	case ch <- d:
		d = 60
	}
	if n == 3 {
		a = 0
	}
	return fmt.Sprint(a, b, c, d, e.Int(1))
}

// B6_81_cases reads variables only in the cases of a switch.
//
//async:func
//forms:run 0 1 2 3
func B6_81_cases(e *env.Env, n int) (s string) {
	a, b, tag := n, 1, 0
	var x any = b
	e.Wait("before")
	switch tag = 1; tag {
	case a:
		s = "a" + fmt.Sprint(e.Int(1))
	case b:
		s = "b" + fmt.Sprint(e.Int(2))
	}
	switch {
	case n == a && x == 1:
		e.Wait("both")
		s += "both"
	}
	return s
}
