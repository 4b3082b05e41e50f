// Package b5blocks has line 65 of the list: async blocks. A block runs on a goroutine of its own in the
// blocking form, so a Goexit at an await does not leave the function: hence nocancel.
package b5blocks

import (
	"errors"
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

//async:func
//forms:run nocancel
func B5_65_capture(e *env.Env) (int, error) {
	total, same := 1, 10
	f := rt.AsyncValue(func() (int, error) {
		v, err := e.Step(2)
		total += v
		e.Log("%d", same)
		return total, err
	})
	total *= 10
	v, err := rt.Await(f)
	return v + total + same, err
}

//async:func
//forms:run nocancel
func B5_65_nested(e *env.Env) (s string, err error) {
	n := 0
	_, err = rt.Await(rt.AsyncFunc(func() error {
		n++
		m := n
		_, err := rt.Await(rt.AsyncFunc(func() error {
			m += e.Int(10)
			n += m
			_, err := e.Step(n)
			return err
		}))
		return errors.Join(err, nil)
	}))
	return fmt.Sprint(n), err
}

//async:func
//forms:run nocancel
func B5_65_loop(e *env.Env) (s string, err error) {
	var fs []rt.Future[int]
	for i := range 3 {
		fs = append(fs, rt.AsyncValue(func() (int, error) {
			i += e.Int(10)
			return i, nil
		}))
		i++
	}
	for _, f := range fs {
		v, err := rt.Await(f)
		if err != nil {
			return s, err
		}
		s += fmt.Sprint(v, " ")
	}
	return s, nil
}

type holder struct{ f rt.Future[string] }

//async:func
func made(e *env.Env, name string) holder {
	e.Wait("made")
	return holder{rt.AsyncValue(func() (string, error) {
		_, err := e.Step(len(name))
		return name, err
	})}
}

//async:func
//forms:run nocancel
func B5_65_kept(e *env.Env) (string, error) {
	h := made(e, "kept")
	e.Log("made")
	s, err := rt.Await(h.f)
	return s + "!", err
}

//async:func
//forms:run nocancel
func B5_65_joined(e *env.Env) (int, error) {
	shared := 0
	a, b, err := rt.Join2(rt.AsyncValue(func() (int, error) {
		shared++
		v, err := e.Step(1)
		shared *= 3
		return v, err
	}), rt.AsyncValue(func() (int, error) {
		shared += 10
		v, err := e.Step(2)
		return v, err
	}))
	return a + b + shared, err
}

// B5_65_mixed captures what it shares with the function and what it does not, which closures hold, too.
//
//async:func
//forms:run nocancel 3
func B5_65_mixed(e *env.Env, n int) (s string, err error) {
	fixed, changes, arr := n*2, 1, [2]int{1, 2}
	p := &fixed
	read := func() int { return fixed + changes + arr[0] }
	f := rt.AsyncValue(func() (string, error) {
		changes += n
		v, err := e.Step(read())
		arr[1] += v
		return fmt.Sprint(*p, fixed, changes, arr, v), err
	})
	changes, arr[0] = 10, 5
	e.Wait("between")
	*p++
	s, err = rt.Await(f)
	return s + fmt.Sprint(read(), arr), err
}

// B5_65_constants names local constants and types in blocks.
//
//async:func
//forms:run nocancel
func B5_65_constants(e *env.Env) (string, error) {
	const base, name = 5, "n"
	type pair struct {
		a int
		b string
	}
	return rt.Await(rt.AsyncValue(func() (string, error) {
		const twice = base * 2
		p := pair{twice, name}
		n, err := e.Step(base)
		return fmt.Sprint(p, n), err
	}))
}
