package rt

import (
	"slices"
	"testing"
	"time"
)

// beat is a ticker with a clock and a timer that a test turns by hand.
type beat struct {
	*Ticker
	start time.Time
	clock time.Time
	timer *probeTimer
	h     *hand
}

func newBeat(period time.Duration, policy ...MissedTicks) *beat {
	b := &beat{Ticker: NewTicker(period, policy...), h: newHand()}
	b.start = time.Unix(1000, 0)
	b.clock, b.next = b.start, b.start
	b.now = func() time.Time { return b.clock }
	b.until = func(at time.Time) Future[Unit] {
		b.timer = &probeTimer{probe{name: at.Sub(b.start).String(), j: &journal{}, done: !at.After(b.clock)}}
		return b.timer
	}
	return b
}

// to turns the clock to d after the start, and fires the timer if it is due.
func (b *beat) to(d time.Duration, due bool) {
	b.clock = b.start.Add(d)
	if due {
		b.timer.finish("", nil)
	}
}

// ready takes a tick that is there, and says how long after the start it was due.
func (b *beat) ready(t *testing.T) time.Duration {
	t.Helper()
	at, _ := ended(t, b.h, b.TickAsync())
	return at.Sub(b.start)
}

const ms = time.Millisecond

func TestA7_103_MissedTicks(t *testing.T) {
	for _, tt := range []struct {
		name   string
		policy []MissedTicks
		want   []time.Duration // due
		at     []time.Duration // when it comes
	}{
		{"default", nil, []time.Duration{0, 10, 20, 30, 40, 50}, []time.Duration{0, 45, 45, 45, 45, 50}},
		{"burst", []MissedTicks{Burst}, []time.Duration{0, 10, 20, 30, 40, 50}, []time.Duration{0, 45, 45, 45, 45, 50}},
		{"delay", []MissedTicks{Delay}, []time.Duration{0, 10, 55, 65}, []time.Duration{0, 45, 55, 65}},
		{"skip", []MissedTicks{Skip}, []time.Duration{0, 10, 50, 60}, []time.Duration{0, 45, 50, 60}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBeat(10*ms, tt.policy...)
			var got []time.Duration
			for i := range tt.at {
				if b.clock.Before(b.start.Add(tt.at[i] * ms)) {
					if i > 1 { // it is awaited in time
						f := b.TickAsync()
						pending(t, b.h, f)
						b.to(tt.at[i]*ms, true)
						at, _ := ended(t, b.h, f)
						got = append(got, at.Sub(b.start)/ms)
						continue
					}
					b.to(tt.at[i]*ms, false) // its owner is busy
				}
				got = append(got, b.ready(t)/ms)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestA7_103_SlightlyLateIsNotMissed(t *testing.T) {
	for _, p := range []MissedTicks{Burst, Delay, Skip} {
		b := newBeat(10*ms, p)
		b.ready(t)
		b.to(15*ms, false)
		b.ready(t)
		if got := b.next.Sub(b.start); got != 20*ms {
			t.Errorf("policy %d: next at %v", p, got)
		}
	}
}

func TestA7_103_SkipOnTheBeat(t *testing.T) {
	b := newBeat(10*ms, Skip)
	b.to(30*ms, false)
	b.ready(t)
	if got := b.next.Sub(b.start); got != 40*ms {
		t.Errorf("next at %v, want 40ms: that at 30ms is taken", got)
	}
}

func TestA7_103_ResetWhileATickIsAwaited(t *testing.T) {
	b := newBeat(10 * ms)
	b.ready(t)
	f := b.TickAsync()
	pending(t, b.h, f)
	old := b.timer
	b.to(4*ms, false)
	b.Reset(3 * ms)
	if b.h.wakes != 1 {
		t.Errorf("%d wakes", b.h.wakes)
	}
	pending(t, b.h, f)
	old.j.want(t, "poll 10ms", "cancel 10ms")
	b.to(7*ms, true)
	if at, _ := ended(t, b.h, f); at.Sub(b.start) != 7*ms {
		t.Errorf("due %v", at.Sub(b.start))
	}
	b.ResetAfter(1 * ms)
	b.to(8*ms, false)
	if got := b.ready(t); got != 8*ms {
		t.Errorf("due %v", got)
	}
	if got := b.next.Sub(b.start); got != 11*ms {
		t.Errorf("next %v: the period is kept", got)
	}
}

func TestTickCancelLosesNoTick(t *testing.T) {
	b := newBeat(10 * ms)
	b.ready(t)
	f := b.TickAsync()
	pending(t, b.h, f)
	Cancel(f)
	b.timer.j.want(t, "poll 10ms", "cancel 10ms")
	b.to(10*ms, false)
	if got := b.ready(t); got != 10*ms {
		t.Errorf("due %v", got)
	}
}

func TestTickerPeriodMustBePositive(t *testing.T) {
	wantPanic(t, "rt: NewTicker with the period 0s", func() { NewTicker(0) })
	wantPanic(t, "rt: Ticker.Reset with the period -1ns", func() { NewTicker(1).Reset(-1) })
}
