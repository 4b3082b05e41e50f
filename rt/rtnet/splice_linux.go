//go:build !rtnet_plain

package rtnet

import (
	"io"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// tube is a pipe between two connections.
//
//	src ─ splice ─▶ pipe ─ splice ─▶ dst
type tube struct {
	dst, src *Conn
	out, in  int // its ends
	full     int // how many bytes it has
	end      bool
	err      error
}

// mostSpliced is how much goes into a tube at most: what a pipe has room for.
const mostSpliced = 64 << 10

// newTube makes a tube, if dst and src may have one, and there are descriptors for it.
func newTube(dst, src *Conn) (*tube, bool) {
	if !dst.d.stream || !src.d.stream || src.d.file && dst.d.file || src.d.sim != nil || dst.d.sim != nil {
		return nil, false
	}
	var ends [2]int
	if syscall.Pipe2(ends[:], syscall.O_NONBLOCK|syscall.O_CLOEXEC) != nil {
		return nil, false
	}
	return &tube{dst: dst, src: src, out: ends[0], in: ends[1]}, true
}

// spliced counts the bytes that went through a tube, for tests.
var spliced atomic.Int64

func (t *tube) close() {
	_ = syscall.Close(t.out)
	_ = syscall.Close(t.in)
}

// take takes what can be read now.
func (t *tube) take() { t.src.d.r.try(t) }

// attempt implements operation.
func (t *tube) attempt(uint32) outcome {
	n, err := spliceOnce(int(t.src.d.fd), t.in, mostSpliced)
	switch {
	case err == syscall.EAGAIN:
		return blocked
	case err != nil:
		t.err = t.src.failed("splice", os.NewSyscallError("splice", err))
	case n == 0:
		t.end = true
	default:
		t.full = n
		spliced.Add(int64(n))
	}
	return done
}

// fail implements operation.
func (t *tube) fail(err error) { t.err = t.src.failed("splice", err) }

func spliceOnce(from, to, most int) (int, error) {
	const move, dontWait = 1, 2
	for {
		n, err := syscall.Splice(from, nil, to, nil, most, move|dontWait)
		if err != syscall.EINTR {
			return int(n), err
		}
	}
}

// tubeOut waits until something of what is in the tube can be written, and gives how much that was.
func tubeOut(t *tube) (int, error) { return rt.Await(tubeOutAsync(t)) }

func tubeOutAsync(t *tube) rt.Future[int] {
	b := new(struct {
		machine.Box[int]
		tubeCall
	})
	b.t, b.s = t, &t.dst.d.w
	return b.Init(&b.tubeCall)
}

// tubeCall is the frame of a tubeOut.
type tubeCall struct {
	machine.FrameOf[int]
	call
	t *tube
}

var tubeFunc = machine.Func{Name: "rtnet.splice", Defers: true, Result: machine.ResultValErr, States: []machine.State{{Name: "Write"}}}

// Func implements [machine.Machine].
func (*tubeCall) Func() *machine.Func { return &tubeFunc }

// Reset implements [machine.Machine].
func (m *tubeCall) Reset() { *m = tubeCall{} }

// Resume implements [machine.Machine].
func (m *tubeCall) Resume(cx *rt.Context) machine.Machine { return m.goOn(cx, m, m) }

func (m *tubeCall) attempt(uint32) outcome {
	t := m.t
	n, err := spliceOnce(t.out, int(t.dst.d.fd), t.full)
	switch {
	case err == syscall.EAGAIN:
		return blocked
	case err == nil && n == 0:
		err = io.ErrShortWrite
	case err != nil:
		err = os.NewSyscallError("splice", err)
	}
	m.Val, m.Err = n, m.t.dst.failed("splice", err)
	t.full -= n
	return done
}

func (m *tubeCall) fail(err error) { m.Err = m.t.dst.failed("splice", err) }
