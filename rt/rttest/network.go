package rttest

import (
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/simnet"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Faults says what goes wrong in the network of a simulation. The zero Faults are none: bytes arrive at once.
type Faults struct {
	// MinLatency and MaxLatency are between which how long bytes take is drawn, in steps of a millisecond, for each write: what
	// is sent on one connection may overtake what was sent before on another one.
	MinLatency, MaxLatency time.Duration
	// Partial has the system read and write only a part of what it could.
	Partial bool
	// Reset is how often a write breaks its connection off: once in so many. 0: never.
	Reset int
	// Loss and Duplicate are how often a packet of UDP is lost, and how often one arrives twice: once in so many. 0: never.
	// Each has a latency of its own, so that packets overtake each other.
	Loss, Duplicate int
}

// Network has the network of the simulation do what f says. In a simulation package rtnet has a network of its own, the same
// each time a seed is run: whoever dials reaches who listens in the same simulation. Each name is a host, with an address that
// nobody else has. There are TCP and UDP, and Unix sockets of both kinds, whose packets are neither lost nor overtaken. With the
// build tag rtnet_plain, and on systems where rtnet has no poller of its own, it uses the real network.
//
//	rttest.Explore(t, 1000, body, rttest.Network(rttest.Faults{MaxLatency: 50 * time.Millisecond, Partial: true, Reset: 100}))
func Network(f Faults) Option { return func(c *config) { c.faults = f } }

// Cut cuts hosts off from all others, by name or address: what they send, and what is sent to them, does not arrive before
// [Heal]. Packets of UDP that would arrive meanwhile are lost. Who dials is on the host of its Dialer's LocalAddr, and without one on that which it dials to. It is for tasks of a
// simulation.
func Cut(hosts ...string) { network().Cut(hosts...) }

// Heal ends a [Cut] of these hosts, or of all if none is named. What was written to connections meanwhile arrives then.
func Heal(hosts ...string) { network().Heal(hosts...) }

func network() *simnet.Network {
	n, ok := task.NetworkHere().(*simnet.Network)
	if !ok {
		panic("rttest: Cut and Heal are for tasks of a simulation")
	}
	return n
}
