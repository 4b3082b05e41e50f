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
	// wait returns when p has a token, which it takes, or at the time until, or
	// earlier. Only the goroutine that p belongs to calls it.
	wait(p *parking, until int64)
}

// parking is where a goroutine of the runtime waits. Whoever wants it to go on
// leaves a token; one that comes before it waits keeps it from waiting once.
type parking struct {
	token chan struct{}
	alarm *time.Timer // of realClock.wait
}

func newParking() parking { return parking{token: make(chan struct{}, 1)} }

// unpark leaves a token.
func (p *parking) unpark() {
	select {
	case p.token <- struct{}{}:
	default: // there is one already
	}
}

// never is a time that does not come.
const forever = math.MaxInt64

// tick is the resolution of timers, in nanoseconds.
const tick = int64(time.Millisecond)

// realClock counts from when it was made.
type realClock struct{ start time.Time }

func newRealClock() clock { return &realClock{time.Now()} }

func (c *realClock) now() int64 { return int64(time.Since(c.start)) }

func (c *realClock) wait(p *parking, until int64) {
	if until == forever {
		<-p.token
		return
	}
	d := time.Duration(until - c.now())
	if d <= 0 {
		return
	}
	if p.alarm == nil {
		p.alarm = time.NewTimer(d)
	} else {
		p.alarm.Reset(d)
	}
	select {
	case <-p.token:
		p.alarm.Stop()
	case <-p.alarm.C:
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
