package b

import (
	"maps"
	"slices"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

//async:stream
func counted(e *env.Env, n int, yield func(int) bool) error {
	defer e.Log("counted")
	for i := range n {
		if !yield(e.Int(i)) {
			return nil
		}
	}
	return nil
}

//async:stream
func cleaned(e *env.Env, n int, yield func(int) bool) error {
	for i := range n {
		if !yield(e.CleanInt(i)) {
			return nil
		}
	}
	return nil
}

// What leaves the loop over the stream is in a loop that does not wait.
//
//async:func
//forms:run 0 1 2 3 4 5 6 7 8
func B3_42_streamLoops(e *env.Env, n int) (r int) {
	ch := make(chan int, 3)
	ch <- 1
	ch <- 2
	close(ch)
outer:
	for range 2 {
		for v := range rt.Each(countedStream(e, 3)) {
			r += v
			for i := range "ab" {
				if n == 0 {
					return i
				}
			}
			for _, w := range [2]int{1, 2} {
				if n == 1 {
					continue outer
				}
				r += w
			}
			for i, w := range []int{1, 2} {
				if n == 2 {
					break outer
				}
				r += w + i
			}
			for k := range map[int]int{1: 2} {
				if n == 3 {
					goto out
				}
				r += k
			}
			for w := range ch {
				if n == 4 && w == 2 {
					return r
				}
				r += w
			}
			for w := range 3 {
				if n == 5 && w == 2 {
					return r
				}
			}
			for w := range slices.Values([]int{1, 2}) {
				if n == 6 && w == 2 {
					return r
				}
			}
			for w := range slices.Values([]int{1, 2}) {
				if n == 7 && w == 2 {
					defer e.Log("func %d", w)
				}
			}
			for i := 0; i < 2; i++ {
				if n == 8 && i == 1 {
					return r + i
				}
			}
		}
	}
out:
	return r
}

// What leaves the loop is in a statement with a variable of its own that does not wait.
//
//async:func
//forms:run 0 1 2 3 4 5 6 7 8
func B3_42_streamHeaders(e *env.Env, n int) (r int) {
	var a any = n
outer:
	for range 2 {
		for v := range rt.Each(countedStream(e, 3)) {
			if w := v + 1; n == 0 && w == 2 {
				return w
			} else if u := w + 1; n == 1 && u == 3 {
				continue outer
			} else {
				r += u
			}
			switch w := v + 1; w {
			case 2:
				if n == 2 {
					return w
				}
				fallthrough
			case 3:
				if n == 3 {
					defer e.Log("w %d", w)
				}
			}
			switch w := v + 1; b := a.(type) {
			case int:
				if w+b == 5 {
					return b
				}
				if n == 4 {
					defer e.Log("b %d", b)
				}
			}
			switch b := a.(type) {
			case int, string:
				if n == 5 {
					defer e.Log("b %v", b)
				}
			default:
				return 5
			}
			select {
			default:
				if n == 6 {
					break outer
				}
			}
			{
				x := v
				if n == 7 {
					defer e.Log("x %v", x)
				}
			}
		inner:
			for {
				switch {
				case n == 8:
					return 8
				default:
					break inner
				}
			}
		}
	}
	return r
}

// Loops over streams, iterators and lists in each other.
//
//async:func
//forms:run nocancel 0 1 2 3 4 5 6 7 8
func B3_42_streamsNested(e *env.Env, n int) (r int, err error) {
outer:
	for v := range rt.Each(countedStream(e, 3)) {
	middle:
		for i, w := range []int{1, 2} {
		inner:
			for u, err := range rt.Each(countedStream(e, w)) {
				for x := range slices.Values([]int{1, 2, 3}) {
					for y, c := range "abc" {
						switch z := any(c).(type) {
						case rune:
							if z := y + x + u + w; z == n {
								defer e.Log("z %v", z)
							} else if z == 2*n {
								continue inner
							} else if z == 3*n {
								break middle
							} else if z == 3*n+1 {
								goto next
							} else if z == 3*n+2 {
								continue middle
							}
						case int:
							return z, err
						}
					}
				next:
					r += x + i
					if r > 40 {
						break outer
					}
				}
			}
		}
		for y := range 3 {
			if y+v == n {
				defer e.CleanInt(y)
			}
		}
	}
	return r, nil
}

// What leaves a loop in a literal.
//
//async:func
//forms:run nocancel 0 1 2 3
func B3_42_streamBlocks(e *env.Env, n int) (r int, err error) {
	defer func() {
		for v := range rt.Each(cleanedStream(e, 3)) {
			for _, w := range []int{1, 2, 3} {
				if v+w == 2*n {
					return
				}
				if v == n {
					defer e.Log("in deferred %d", v)
				}
			}
		}
	}()
	f := rt.AsyncValue(func() (int, error) {
		for v, err := range rt.Each(countedStream(e, 3)) {
			for _, w := range []int{1, 2, 3} {
				if v+w == 2*n {
					return v, err
				}
				defer e.Log("in block %d", v)
			}
		}
		return 3, nil
	})
	r = func(n int) int {
		for v := range rt.Each(countedStream(e, 3)) {
			for _, w := range []int{1, 2, 3} {
				if v+w == 2*n {
					return v
				}
				defer func() { e.Log("in block %d", v+w) }()
			}
		}
		return 3
	}(n)
	x, err := rt.Await(f)
	return x + r, err
}

//async:func
func lookup[T any, M ~map[int]T](e *env.Env, m M, n int) (t T, err error) {
	for v, err := range rt.Each(countedStream(e, 3)) {
		for k, w := range m {
			if v == n {
				return w, err
			}
			if v == n+1 {
				defer func() { e.Log("%v %v", w, k) }()
			}
		}
	}
	return m[1], nil
}

//async:func
//forms:run nocancel 0 1 2 3
func B3_42_streamGeneric(e *env.Env, n int) (string, error) {
	return lookup(e, map[int]string{1: "a"}, n)
}

type ends struct{ x, y int }

// The loops in the loop over the stream assign to variables of the function, or a closure holds their own.
//
//async:func
//forms:run 0 1 2 3 4 5 6 7 8
func B3_42_streamAssigns(e *env.Env, n int) (r int, err error) {
	var i, k int
	var p ends
	arr := &[3]int{1, 2, 3}
	var fs []func() int
	defer func() {
		for _, f := range fs {
			e.Log("f %d", f())
		}
		e.Log("%d %d %v", i, k, p)
	}()
	for p.x, err = range rt.Each(countedStream(e, 4)) {
		for i = range arr {
			if n == 0 && i == 1 {
				return i, err
			}
		}
		for i, p.y = range arr {
			fs = append(fs, func() int { return i })
			if n == 1 && i == 1 {
				return p.y, err
			}
		}
		for j, v := range arr[:2] {
			fs = append(fs, func() int { v++; return j + v })
			if n == 2 && j == 1 {
				return v, nil
			}
		}
		for k = range maps.Keys(map[int]int{7: 1}) {
			if n == 3 {
				defer func() { e.Log("k %d", k) }()
			}
		}
		for j, c := range "añ\xff" {
			fs = append(fs, func() int { return j })
			if n == 4 && c == 0xfffd {
				return j, nil
			}
		}
		for j := range uint8(3) {
			if n == 5 && j == 2 {
				return int(j), nil
			}
		}
		for range arr {
			if n == 6 {
				return len(fs), nil
			}
		}
		for j := 0; j < 3; j++ {
			fs = append(fs, func() int { return j })
			if n == 7 && j == 1 {
				return j, nil
			}
			if n == 8 {
				continue
			}
			j++
		}
	}
	return r, err
}

// Jumps that leave the loop over the stream, and those that only seem to.
//
//async:func
//forms:run 0 1 2 3 4 5 6 7 8
func B3_42_streamJumps(e *env.Env, n int) (r int, err error) {
	var a any = n
	var ch chan int
again:
	for v := range rt.Each(countedStream(e, 3)) {
		r += v
		switch x := a.(type) {
		case int:
			if y := x + v; y == 4 {
				a = "s"
				continue again
			}
			switch {
			case x == 5:
				goto end
			case x == 6:
				break
			default:
				r++
				if x == 7 {
					break again
				}
				if x == 8 {
					continue again
				}
			}
		case string:
			for {
				if r > 3 {
					break again
				}
				r++
			}
		}
	sel:
		select {
		case y := <-ch:
			r += y
			return
		default:
			if n == 1 {
				break sel
			}
			for i := range 2 {
				if n == 2 && i == 1 {
					goto next
				}
				if n == 3 {
					func() {
					again:
						for range 2 {
							break again
						}
						return
					}()
				}
			}
		}
	next:
		r += 2
	}
end:
	if e.Int(r) < 3 {
		r = 10
		a = "s"
		goto again
	}
	return
}
