package bench

import (
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// hog computes for a while, again and again, and lets others run between.
//
//async:func
func hog(stop *atomic.Bool, d time.Duration) int {
	n := 0
	for !stop.Load() {
		n += compute(d)
		rt.Yield()
	}
	return n
}

// compute computes for d.
func compute(d time.Duration) (n int) {
	for end := time.Now().Add(d); time.Now().Before(end); n++ {
	}
	return n
}

// late sleeps n times for d, and says how much later than that it has gone on.
//
//async:func
func late(n int, d time.Duration) (all []time.Duration, err error) {
	for range n {
		start := time.Now()
		rt.Sleep(d)
		all = append(all, time.Since(start)-d)
	}
	return all, nil
}

// plainLate is late for a goroutine.
func plainLate(n int, d time.Duration) (all []time.Duration) {
	for range n {
		start := time.Now()
		time.Sleep(d)
		all = append(all, time.Since(start)-d)
	}
	return all
}

// listens waits for a value of end.
//
//async:func
func listens(end *rtsync.Oneshot[int]) (int, error) { return hears(end) }

// hears is what listens calls, so that there is a chain of calls.
//
//async:func
func hears(end *rtsync.Oneshot[int]) (int, error) {
	v, err := end.Recv()
	return v + 1, err
}
