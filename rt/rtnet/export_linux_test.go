//go:build !rtnet_plain

package rtnet

import (
	"sync/atomic"
	"syscall"
	"time"
)

// SetWaits sets the waits of a listener without descriptors.
func SetWaits(short, long time.Duration) (undo func()) {
	s, l := shortWait, longWait
	shortWait, longWait = short, long
	return func() { shortWait, longWait = s, l }
}

// Events has the poller treat events of the descriptor of c: those of now, or those that were on their way when
// its slot had another descriptor. It gives how many descriptors were told.
func (c *Conn) Events(stale bool) (told int) {
	b := new(batch)
	poller.mu.Lock()
	gen := poller.slots[c.d.slot].gen
	poller.mu.Unlock()
	if stale {
		gen--
	}
	b.events[0] = syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLHUP, Fd: int32(c.d.slot), Pad: gen}
	b.events[1] = syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: -1}
	poller.find(b, 2)
	for _, d := range b.descs {
		if d != nil {
			told++
		}
	}
	return told
}

// FailAccepts has the next system calls for a connection fail with these errors, one after the other.
func FailAccepts(errs ...syscall.Errno) (left func() int, undo func()) {
	var next atomic.Int32
	call := func(fd int) (int, syscall.Sockaddr, error) {
		if i := int(next.Add(1)) - 1; i < len(errs) {
			return -1, nil, errs[i]
		}
		return acceptNow(fd)
	}
	old := accept.Swap(&call)
	return func() int { return max(0, len(errs)-int(next.Load())) }, func() { accept.Store(old) }
}

// Slot is where the poller has c.
func (c *Conn) Slot() uint32 { return c.d.slot }

// Spliced is how many bytes were copied within the kernel.
func Spliced() int64 { return spliced.Load() }

// NoLoop keeps the goroutine of the poller from looking at anything.
func NoLoop() (undo func()) {
	poller.asleep.Store(true)
	return func() {
		poller.asleep.Store(false)
		poller.help() // what it has missed
	}
}

// SetPauses sets the pauses of sends that the kernel cannot tell of.
func SetPauses(d time.Duration) (undo func()) {
	least, most := minPause, maxPause
	minPause, maxPause = d, d
	return func() { minPause, maxPause = least, most }
}

// Blocked reports whether a write waits, and would not look again unless it is told something.
func (c *PacketConn) Blocked() bool {
	return c.d.w.first.Load() != nil && c.d.w.word.Load()&bitReady == 0
}

// SayWritable does what the poller does if the kernel says that a write would get somewhere.
func (c *PacketConn) SayWritable() { c.d.notify(writeReady, poller.begun.Load()) }
