//go:build !rtnet_plain

package rtnet

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// reactor is the poller of the process: an epoll descriptor, which itself is polled by Go's own poller. So there
// is one goroutine that waits for all connections, and no thread.
//
//	socket ─ epoll descriptor ─ Go's poller ─ goroutine of the reactor ─ side.notify ─ rt.Waker
//
// A descriptor is registered once, for both directions, edge-triggered. An event carries the number of a slot of
// the table and the slot's generation, never the descriptor or a pointer: an event of a descriptor that was closed
// meanwhile, be it earlier in the same batch, finds another generation in its slot.
type reactor struct {
	once sync.Once
	err  error // of start
	fd   int
	file *os.File // has Go's poller wait for fd

	begun   atomic.Uint32 // looks that have begun; see side.sure
	asleep  atomic.Bool   // for tests: loop looks at nothing
	helping sync.Mutex    // guards helper
	helper  batch

	mu    sync.Mutex // guards what follows; no other lock is taken under it
	slots []slot
	free  []uint32 // slots without a descriptor
}

// slot is a place for a descriptor.
type slot struct {
	d   *desc // nil: none
	gen int32 // counts the descriptors that had the place
}

var poller reactor

// start makes the epoll descriptor, at the first registration. It stays for ever, like Go's own.
func (r *reactor) start() error {
	r.once.Do(func() {
		fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
		if err != nil {
			r.err = os.NewSyscallError("epoll_create1", err)
			return
		}
		if err := syscall.SetNonblock(fd, true); err != nil { // else os.NewFile does not poll it
			_ = syscall.Close(fd)
			r.err = os.NewSyscallError("setnonblock", err)
			return
		}
		r.fd, r.file = fd, os.NewFile(uintptr(fd), "rtnet epoll")
		raw, err := r.file.SyscallConn()
		if err != nil {
			r.err = err
			return
		}
		go r.loop(raw)
		task.SetOutlook(r.help)
	})
	return r.err
}

// loop looks at the events whenever there are some.
func (r *reactor) loop(raw syscall.RawConn) {
	batch := new(batch)
	err := raw.Read(func(uintptr) bool {
		for !r.asleep.Load() && r.look(batch) == len(batch.events) {
		}
		return false // wait for more
	})
	panic("rtnet: the poller has ended: " + err.Error())
}

// help is called by a worker, each millisecond and before it parks: it looks at the events itself. While all processors are
// busy Go looks at its own poller every 10 ms only, and so does loop; and a task that a worker has woken itself is in its own
// queue. told says that there was something.
func (r *reactor) help() (told bool) {
	if !r.helping.TryLock() {
		return false
	}
	defer r.helping.Unlock()
	return r.look(&r.helper) > 0
}

// batch is what is learned of at once.
type batch struct {
	events [128]syscall.EpollEvent
	descs  [128]*desc
}

// look takes the events that are there, without waiting, and gives their number.
func (r *reactor) look(b *batch) int {
	number := r.begun.Add(1)
	got, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(r.fd), uintptr(unsafe.Pointer(&b.events)), uintptr(len(b.events)), 0, 0, 0)
	if errno != 0 { // EINTR
		return 0
	}
	n := int(got)
	r.find(b, n)
	for i := range n {
		if d := b.descs[i]; d != nil {
			b.descs[i] = nil
			d.notify(told(b.events[i].Events), number)
		}
	}
	return n
}

// told is what the events of epoll say.
func told(events uint32) (what readiness) {
	if events&syscall.EPOLLIN != 0 {
		what = readReady
	}
	if events&syscall.EPOLLOUT != 0 {
		what |= writeReady
	}
	if events&syscall.EPOLLRDHUP != 0 {
		what |= readOver
	}
	if events&(syscall.EPOLLHUP|syscall.EPOLLERR) != 0 {
		what |= readOver | writeOver
	}
	return what
}

// find finds the descriptors of the first n events.
func (r *reactor) find(b *batch, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, ev := range b.events[:n] {
		if at := uint32(ev.Fd); at < uint32(len(r.slots)) && r.slots[at].gen == ev.Pad {
			b.descs[i] = r.slots[at].d
		}
	}
}

// add registers d, for as long as it is open.
func (r *reactor) add(d *desc) error {
	if err := r.start(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.free) == 0 {
		r.slots = append(r.slots, slot{})
		r.free = append(r.free, uint32(len(r.slots)-1))
	}
	at := r.free[len(r.free)-1]
	s := &r.slots[at]
	ev := syscall.EpollEvent{
		Events: syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | epollET,
		Fd:     int32(at),
		Pad:    s.gen,
	}
	// A regular file it does not take: that is always ready.
	if err := syscall.EpollCtl(r.fd, syscall.EPOLL_CTL_ADD, int(d.fd), &ev); err != nil && !(err == syscall.EPERM && d.file) {
		return os.NewSyscallError("epoll_ctl", err)
	}
	r.free = r.free[:len(r.free)-1]
	s.d, d.slot = d, at
	return nil
}

// remove takes d out. Its descriptor is still open: somebody may have a duplicate of it, which would keep the
// registration alive.
func (r *reactor) remove(d *desc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = syscall.EpollCtl(r.fd, syscall.EPOLL_CTL_DEL, int(d.fd), new(syscall.EpollEvent))
	s := &r.slots[d.slot]
	s.d = nil
	s.gen++
	r.free = append(r.free, d.slot)
}

// epollET is syscall.EPOLLET, which is negative there.
const epollET = 1 << 31
