// Package b5callbacks has more of lines 63 and 67 of the list: parameters that await, and streams.
package b5callbacks

import (
	"errors"
	"fmt"
	"io"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

// retry calls op until it does not fail.
//
//async:func await=op
func retry(e *env.Env, n int, op func(i int) (int, error)) (int, error) {
	if op == nil {
		return -1, nil
	}
	for i := 0; ; i++ {
		v, err := op(i)
		if err == nil || i == n {
			return v, err
		}
		e.Log("again after %v", err)
	}
}

//async:func await=op
func twice(e *env.Env, op func(i int) (int, error)) (int, error) { return retry(e, 2, op) }

type client struct{ n int }

//async:func
func (c *client) get(e *env.Env, i int) (int, error) {
	v, err := e.Step(c.n + i)
	return v * 2, err
}

//async:func await=each
func visit[T any](e *env.Env, list []T, each func(i int, v T, rest ...T) (string, bool)) (s string) {
	for i, v := range list {
		out, more := each(i, v, list[i+1:]...)
		if s += out; !more {
			break
		}
	}
	return s
}

//async:func
//forms:run
func B5_63_callbacks(e *env.Env) (string, error) {
	total := 0
	a, err := twice(e, func(i int) (int, error) {
		v, err := e.Step(i)
		total += v
		if i == 0 {
			return 0, errors.New("first")
		}
		return v, err
	})
	b, _ := retry(e, 1, e.Step)
	c, _ := retry(e, 1, nil)
	plain := map[string]func(int) (int, error){"k": func(i int) (int, error) { e.Log("plain"); return i + 50, nil }}
	d, _ := retry(e, 1, plain["k"])
	none, _ := retry(e, 1, plain["none"])
	s := visit(e, []string{"x", "y", "z"}, func(i int, v string, rest ...string) (string, bool) {
		v += env.Val(e, v)
		return fmt.Sprint(v, len(rest), " "), i < 1
	})
	f := func(i, v int, rest ...int) (string, bool) { return fmt.Sprint(i, v, rest, " "), true }
	s += visit(e, []int{4, 5}, f)
	return s + fmt.Sprint(a, b, c, d, none, total), err
}

// B5_63_rebound passes one literal for each pass, and one that a variable of the loop changes under.
//
//async:func
//forms:run
func B5_63_rebound(e *env.Env) (sum int, err error) {
	for i := 0; i < 2; i++ {
		v, err := retry(e, 0, func(int) (int, error) {
			i += e.Int(10)
			return i, nil
		})
		if err != nil {
			return sum, err
		}
		sum += v*100 + i
		i -= 10
	}
	return sum, nil
}

type tree struct {
	left, right *tree
	v           int
}

//async:stream
func (t *tree) walk(e *env.Env, yield func(int) bool) error {
	defer e.Log("leave")
	if t == nil {
		return nil
	}
	if err := t.left.walk(e, yield); err != nil {
		return err
	}
	if v, err := e.Step(t.v); err != nil || !yield(v) {
		return err
	}
	return t.right.walk(e, yield)
}

func grown() *tree { return &tree{&tree{nil, &tree{v: 2}, 1}, &tree{v: 4}, 3} }

//async:func
//forms:run nocancel
func B5_67_streamNext(e *env.Env) (sum int, err error) {
	s := grown().walkStream(e)
	defer rt.Cancel(s)
	for {
		v, err := s.Next()
		if err == io.EOF {
			return sum, nil
		}
		if err != nil {
			return sum, err
		}
		if sum = sum*10 + v; sum > 100 {
			return sum, nil
		}
	}
}

//async:func
//forms:run nocancel 0 1 2
func B3_42_stream(e *env.Env, n int) (sum int, err error) {
	defer e.Log("function out")
outer:
	for i := range 2 {
		for v, err := range rt.Each(grown().walkStream(e)) {
			if err != nil {
				return sum, err
			}
			sum = sum*10 + v
			switch {
			case n == 0 && v == 2:
				continue outer
			case n == 1 && v == 3:
				return e.N(sum), nil
			case n == 2 && i == 1:
				defer e.Log("deferred %d", v)
			}
		}
	}
	return sum, nil
}

// One stream after the other in a loop.
//
//async:func
//forms:run nocancel 0 1 2 3
func B3_42_streamsInALoop(e *env.Env, n int) (sum int, err error) {
	defer e.Log("function out")
	for i := range 3 {
		for v, err := range rt.Each(grown().walkStream(e)) {
			if err != nil {
				return sum, err
			}
			if sum = sum*10 + v; n == 0 && v == 2 {
				break
			}
			if n == 1 && i == 1 && e.Is("panic", v == 3) {
				panic("in the loop")
			}
		}
		e.Wait("between")
		if n == 2 && i == 1 {
			panic("between")
		}
		for v := range rt.Each(grown().walkStream(e)) {
			sum += v
			if n == 3 && i == 1 {
				return e.N(sum), nil
			}
		}
	}
	return sum, nil
}
