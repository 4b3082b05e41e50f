//go:build rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd) && !rtnet_plain

package rtnet

import (
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// reactor is the poller of the process: a kqueue, for which a goroutine waits, in a system call. (Not all systems let Go's own
// poller wait for a kqueue.) A descriptor is registered once, for both directions, with EV_CLEAR, which is edge-triggered.
//
// An event has the number of the descriptor. The descriptor may be closed, and its number given to another one, between the look at
// the kernel and the treatment of what came of it. What is new since the look has begun is told as something that need
// not be true: an operation then makes a system call in vain, and nothing else follows from it. It must be told, as the
// event may also be the first one of the new descriptor.
type reactor struct {
	once sync.Once
	err  error // of start
	fd   int

	begun   atomic.Uint32 // looks that have begun; see side.sure
	helping sync.Mutex    // guards helper
	helper  batch

	mu    sync.Mutex // guards what follows; no other lock is taken under it
	slots []slot     // by descriptor
}

// slot is a place for a descriptor.
type slot struct {
	d     *desc  // nil: none
	since uint32 // looks that had begun when it came
}

var poller reactor

// start makes the kqueue, at the first registration. It stays for ever, like Go's own.
func (r *reactor) start() error {
	r.once.Do(func() {
		fd, err := unix.Kqueue()
		if err != nil {
			r.err = os.NewSyscallError("kqueue", err)
			return
		}
		unix.CloseOnExec(fd) // a child has none anyway
		r.fd = fd
		go r.loop()
		task.SetOutlook(r.help)
	})
	return r.err
}

// loop waits for events, for ever.
func (r *reactor) loop() {
	b := new(batch)
	for {
		r.look(b, nil)
	}
}

// help is called by a worker, each millisecond and before it parks: it looks at the events itself. told says that there was
// something.
func (r *reactor) help() (told bool) {
	if !r.helping.TryLock() {
		return false
	}
	defer r.helping.Unlock()
	return r.look(&r.helper, new(unix.Timespec)) > 0
}

// batch is what is learned of at once.
type batch struct {
	events [128]unix.Kevent_t
	descs  [128]*desc
	looks  [128]uint32 // of each: the number of the look, or 0 if the event may be one of who had the number before
}

// look takes the events that are there, and gives their number. It waits as long as wait says; nil: until there are some.
func (r *reactor) look(b *batch, wait *unix.Timespec) int {
	number := r.begun.Add(1)
	n, err := unix.Kevent(r.fd, nil, b.events[:], wait)
	if err != nil { // EINTR
		return 0
	}
	r.find(b, n, number)
	for i := range n {
		if d := b.descs[i]; d != nil {
			b.descs[i] = nil
			d.notify(told(&b.events[i]), b.looks[i])
		}
	}
	return n
}

// find finds the descriptors of the first n events.
func (r *reactor) find(b *batch, n int, number uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range b.events[:n] {
		fd := int(b.events[i].Ident)
		if fd >= len(r.slots) {
			continue
		}
		s := &r.slots[fd]
		b.descs[i], b.looks[i] = s.d, number
		if int32(s.since-number) >= 0 {
			b.looks[i] = 0
		}
	}
}

// told is what an event says. As in Go's own poller the end of what is read may be all that is heard of the end of a pipe that
// is written to.
func told(ev *unix.Kevent_t) (what readiness) {
	over := ev.Flags&unix.EV_EOF != 0
	switch {
	case ev.Flags&unix.EV_ERROR != 0:
		return readOver | writeOver
	case ev.Filter == unix.EVFILT_READ && over:
		return readReady | readOver | writeOver
	case ev.Filter == unix.EVFILT_READ:
		return readReady
	case ev.Filter == unix.EVFILT_WRITE && over:
		return writeReady | readOver | writeOver
	case ev.Filter == unix.EVFILT_WRITE:
		return writeReady
	}
	return 0
}

// add registers d, for as long as it is open. A regular file is always ready, and is not registered.
func (r *reactor) add(d *desc) error {
	if err := r.start(); err != nil {
		return err
	}
	fd := int(d.fd)
	if d.file && regular(fd) {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for fd >= len(r.slots) {
		r.slots = append(r.slots, slot{})
	}
	s := &r.slots[fd]
	s.d, s.since = d, r.begun.Load() // before the kernel knows of it
	if err := r.change(fd, unix.EV_ADD|unix.EV_CLEAR); err != nil {
		*s = slot{}
		return os.NewSyscallError("kevent", err)
	}
	return nil
}

// change makes a change for both directions of a descriptor.
func (r *reactor) change(fd, flags int) error {
	var changes [2]unix.Kevent_t
	unix.SetKevent(&changes[0], fd, unix.EVFILT_READ, flags)
	unix.SetKevent(&changes[1], fd, unix.EVFILT_WRITE, flags)
	for {
		_, err := unix.Kevent(r.fd, changes[:], nil, nil)
		if err != unix.EINTR {
			return err
		}
	}
}

// remove takes d out. Its descriptor is still open.
func (r *reactor) remove(d *desc) {
	fd := int(d.fd)
	r.mu.Lock()
	defer r.mu.Unlock()
	if fd < len(r.slots) && r.slots[fd].d == d {
		_ = r.change(fd, unix.EV_DELETE)
		r.slots[fd] = slot{}
	}
}
