package bench

import (
	"runtime"

	"github.com/asyncgen/asyncgen/rt"
)

// inc may wait, and never does here.
//
//async:func
func inc(x int) (int, error) {
	if x < 0 {
		rt.Yield()
	}
	return x + 1, nil
}

// count awaits inc n times.
//
//async:func
func count(n int) (int, error) {
	x := 0
	for range n {
		v, err := inc(x)
		if err != nil {
			return 0, err
		}
		x = v
	}
	return x, nil
}

// plainInc is inc for a goroutine.
//
//go:noinline
func plainInc(x int) (int, error) {
	if x < 0 {
		runtime.Gosched()
	}
	return x + 1, nil
}

// plainCount calls plainInc n times.
func plainCount(n int) (int, error) {
	x := 0
	for range n {
		v, err := plainInc(x)
		if err != nil {
			return 0, err
		}
		x = v
	}
	return x, nil
}

// yieldBelow waits n times, below depth callers that all wait for it.
//
//async:func
func yieldBelow(depth, n int) (int, error) {
	if depth > 1 {
		v, err := yieldBelow(depth-1, n)
		if err != nil {
			return 0, err
		}
		return v, nil
	}
	for range n {
		rt.Yield()
	}
	return n, nil
}

// plainYieldBelow is yieldBelow for a goroutine.
func plainYieldBelow(depth, n int) (int, error) {
	if depth > 1 {
		v, err := plainYieldBelow(depth-1, n)
		if err != nil {
			return 0, err
		}
		return v, nil
	}
	for range n {
		runtime.Gosched()
	}
	return n, nil
}

// waitBelow calls n times something that waits once, below depth callers: each gets a frame.
//
//async:func
func waitBelow(depth, n int) (int, error) {
	sum := 0
	for range n {
		v, err := yieldBelow(depth, 1)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// plainWaitBelow is waitBelow for a goroutine.
func plainWaitBelow(depth, n int) (int, error) {
	sum := 0
	for range n {
		v, err := plainYieldBelow(depth, 1)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}
