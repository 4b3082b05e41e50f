package bench

import (
	"runtime"

	"github.com/asyncgen/asyncgen/rt"
)

// readyTimeouts is timeouts where what it waits for is there.
//
//async:func
func readyTimeouts(n int) (int, error) {
	sum := 0
	for range n {
		v, err := rt.Timeout(minute, rt.Ready(1))
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// plainReadyTimeouts is readyTimeouts with goroutines.
func plainReadyTimeouts(n int) (int, error) {
	sum := 0
	for range n {
		v, err := plainTimeout(minute, func() (int, error) { return 1, nil })
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// joins waits n times for two that wait once each.
//
//async:func
func joins(n int) (int, error) {
	sum := 0
	for range n {
		a, b, err := rt.Join2(yieldBelowAsync(1, 1), yieldBelowAsync(1, 1))
		if err != nil {
			return 0, err
		}
		sum += a + b
	}
	return sum, nil
}

// plainJoins is joins with a goroutine beside its own.
func plainJoins(n int) (int, error) {
	sum := 0
	for range n {
		done := make(chan rt.Result[int], 1)
		go func() {
			v, err := plainYieldBelow(1, 1)
			done <- rt.Result[int]{Value: v, Err: err}
		}()
		a, err := plainYieldBelow(1, 1)
		b, errB := (<-done).Get()
		if err != nil || errB != nil {
			return 0, err
		}
		sum += a + b
	}
	return sum, nil
}

// selects waits n times for the first of two that wait once each.
//
//async:func
func selects(n int) (int, error) {
	sum := 0
	for range n {
		c := rt.Select2(yieldBelowAsync(1, 1), yieldBelowAsync(1, 1))
		sum += c.A.Value + c.B.Value
	}
	return sum, nil
}

// plainSelects is selects with two goroutines.
func plainSelects(n int) (int, error) {
	sum := 0
	for range n {
		a, b := make(chan int, 1), make(chan int, 1)
		go func() { v, _ := plainYieldBelow(1, 1); a <- v }()
		go func() { v, _ := plainYieldBelow(1, 1); b <- v }()
		select {
		case v := <-a:
			sum += v
		case v := <-b:
			sum += v
		}
	}
	return sum, nil
}

// plainGosched is Yield of a goroutine.
func plainGosched() { runtime.Gosched() }
