package rt

import (
	"math"
	"time"
)

// clock is the time of a runtime, and how its workers wait. There are two: the
// real one, and the virtual one of tests.
type clock interface {
	// now is in nanoseconds; it never goes back.
	now() int64
	// wait returns when a token is in wake, which it takes, or at the time
	// until, or earlier. Only the goroutine of the worker w calls it.
	wait(w *worker, wake <-chan struct{}, until int64)
}

// never is a time that does not come.
const forever = math.MaxInt64

// tick is the resolution of timers, in nanoseconds.
const tick = int64(time.Millisecond)

// realClock counts from when it was made.
type realClock struct{ start time.Time }

func newRealClock() clock { return &realClock{time.Now()} }

func (c *realClock) now() int64 { return int64(time.Since(c.start)) }

func (c *realClock) wait(w *worker, wake <-chan struct{}, until int64) {
	if until == forever {
		<-wake
		return
	}
	d := time.Duration(until - c.now())
	if d <= 0 {
		return
	}
	if w.alarm == nil {
		w.alarm = time.NewTimer(d)
	} else {
		w.alarm.Reset(d)
	}
	select {
	case <-wake:
		w.alarm.Stop()
	case <-w.alarm.C:
	}
}

// deadline is the tick at which d from now is over: never early, so rounded up,
// and at the end of time if it lies beyond.
func deadline(now int64, d time.Duration) int64 {
	end := now + int64(d)
	if end < now || end > forever-tick {
		return forever / tick
	}
	return (end + tick - 1) / tick
}
