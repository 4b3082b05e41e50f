package task

import (
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/timer"
)

// Time implements simnet.World.
func (s *Sim) Time() time.Time { return s.rt.Time() }

// Random implements simnet.World.
func (s *Sim) Random(n int) int { return s.driver.Random(n) }

// After implements simnet.World: f is called between turns.
func (s *Sim) After(d time.Duration, f func()) (stop func()) {
	e := new(timer.Entry[Task])
	s.rt.Workers[0].arm(e, Deadline(s.clock.Now(), d), NewCallback(f, false).t)
	return func() { disarm(e) }
}

// SetNetwork sets the network of its tasks, a *simnet.Network.
func (s *Sim) SetNetwork(n any) { s.network = n }

// NetworkHere is the network of the simulation that the caller belongs to, or nil.
func NetworkHere() any {
	if s := Here().Sim; s != nil {
		return s.network
	}
	return nil
}
