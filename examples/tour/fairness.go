package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// series is an approximation of π that gets better the longer one computes.
type series struct{ pi, at float64 }

func (s *series) refine() {
	for range 1000 {
		s.pi += 4/(s.at+1) - 4/(s.at+3)
		s.at += 4
	}
}

// clock ticks three times, then says stop.
//
//async:func
func clock(stop *atomic.Bool) {
	for i := range 3 {
		rt.Sleep(20 * time.Millisecond)
		say("tick %d", i+1)
	}
	stop.Store(true)
}

// polite computes until it is stopped, and lets others run now and then.
//
//async:func
func polite(stop *atomic.Bool) float64 {
	var s series
	for !stop.Load() {
		s.refine()
		rt.Yield()
	}
	return s.pi
}

// selfish never lets others run. It is for the blocking pool.
func selfish(stop *atomic.Bool) float64 {
	var s series
	for !stop.Load() {
		s.refine()
	}
	return s.pi
}

// fairness runs both, each beside a clock in the same task. They end only because the clock gets its turns.
//
//async:func
func fairness() error {
	var stop atomic.Bool
	pi, _, err := rt.Join2(politeAsync(&stop), clockAsync(&stop))
	if err != nil {
		return err
	}
	say("with Yield: π is about %.2f", pi)

	stop.Store(false)
	pi, _, err = rt.Join2(
		rt.BlockingAsync(context.Background(), func(context.Context) (float64, error) {
			return selfish(&stop), nil
		}),
		clockAsync(&stop),
	)
	say("with Blocking: π is about %.2f", pi)
	return err
}
