package bench

import (
	"errors"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// timeouts waits n times for something that is there soon, and no longer than a minute.
//
//async:func
func timeouts(n int) (int, error) {
	sum := 0
	for range n {
		v, err := rt.Timeout(time.Minute, yieldBelowAsync(1, 1))
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

var errTimeout = errors.New("timeout")

// plainTimeout is rt.Timeout as one writes it with a goroutine. It takes no context: that would
// cost more.
func plainTimeout(d time.Duration, f func() (int, error)) (int, error) {
	done := make(chan rt.Result[int], 1)
	go func() {
		v, err := f()
		done <- rt.Result[int]{Value: v, Err: err}
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.Get()
	case <-timer.C:
		return 0, errTimeout
	}
}

// plainTimeouts is timeouts with goroutines.
func plainTimeouts(n int) (int, error) {
	sum := 0
	for range n {
		v, err := plainTimeout(time.Minute, func() (int, error) { return plainYieldBelow(1, 1) })
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}
