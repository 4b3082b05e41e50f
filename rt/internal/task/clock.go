package task

import (
	"math"
	"time"
)

// clock is the time of a runtime, and how its workers wait. There are two: the
// real one, and the virtual one of tests.
type clock interface {
	// now is in nanoseconds; it never goes back.
	Now() int64
	// wait returns when p has a token, which it takes, or at the time until, or
	// earlier. Only the goroutine that p belongs to calls it.
	Wait(p *Parking, until int64)
}

// Parking is where a goroutine of the runtime waits. Whoever wants it to go on
// leaves a token; one that comes before it waits keeps it from waiting once.
type Parking struct {
	Token chan struct{}
	alarm *time.Timer // of realClock.wait
}

func newParking() Parking { return Parking{Token: make(chan struct{}, 1)} }

// unpark leaves a token.
func (p *Parking) unpark() {
	select {
	case p.Token <- struct{}{}:
	default: // there is one already
	}
}

// never is a time that does not come.
const Forever = math.MaxInt64

// Tick is the resolution of timers, in nanoseconds.
const Tick = int64(time.Millisecond)

// realClock counts from when it was made.
type realClock struct{ start time.Time }

func NewRealClock() clock { return &realClock{time.Now()} }

func (c *realClock) Now() int64 { return int64(time.Since(c.start)) }

func (c *realClock) Wait(p *Parking, until int64) {
	if until == Forever {
		<-p.Token
		return
	}
	d := time.Duration(until - c.Now())
	if d <= 0 {
		return
	}
	if p.alarm == nil {
		p.alarm = time.NewTimer(d)
	} else {
		p.alarm.Reset(d)
	}
	select {
	case <-p.Token:
		p.alarm.Stop()
	case <-p.alarm.C:
	}
}

// Deadline is the tick at which d from now is over: never early, so rounded up,
// and at the end of time if it lies beyond.
func Deadline(now int64, d time.Duration) int64 {
	end := now + int64(d)
	if end < now || end > Forever-Tick {
		return Forever / Tick
	}
	return (end + Tick - 1) / Tick
}
