package rtsync

import (
	"fmt"
	"sync"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Broadcast is a channel whose values each receiver gets. A Send never waits: a receiver that is more than
// the capacity behind loses the oldest values, and learns how many. [NewBroadcast] makes one.
type Broadcast[T any] struct {
	mu        sync.Mutex
	slots     []slot[T] // the last values, by number modulo the capacity
	next      uint64    // number of the next value
	receivers int
	closed    bool
	q         queue
}

// slot has a value while somebody has to get it.
type slot[T any] struct {
	value T
	left  int // receivers that have not got it
}

// LaggedError is the error of a receiver that was too slow.
type LaggedError struct {
	Missed uint64 // how many values it has lost
}

// Error implements error.
func (e *LaggedError) Error() string {
	return fmt.Sprintf("rtsync: the receiver was too slow, and has missed %d values", e.Missed)
}

// NewBroadcast makes a Broadcast that keeps up to capacity values for slow receivers. It panics if capacity
// is less than 1.
func NewBroadcast[T any](capacity int) *Broadcast[T] {
	if capacity < 1 {
		panic(fmt.Sprintf("rtsync: NewBroadcast(%d): the capacity must be at least 1", capacity))
	}
	return &Broadcast[T]{slots: make([]slot[T], capacity)}
}

// Send sends v to all receivers that there are, and gives their number. After Close it is 0.
func (b *Broadcast[T]) Send(v T) (receivers int) {
	var ws wakes
	b.mu.Lock()
	if !b.closed {
		receivers = b.receivers
	}
	if receivers > 0 {
		b.slots[b.next%uint64(len(b.slots))] = slot[T]{v, receivers}
		b.next++
		b.wakeAll(&ws)
	}
	b.mu.Unlock()
	ws.wake()
	return receivers
}

// wakeAll lets all who wait look again.
func (b *Broadcast[T]) wakeAll(ws *wakes) {
	for b.q.n > 0 {
		b.q.release(ws)
	}
}

// Close ends the broadcast: receivers get what was sent before, and then [ErrClosed].
func (b *Broadcast[T]) Close() {
	var ws wakes
	b.mu.Lock()
	b.closed = true
	b.wakeAll(&ws)
	b.mu.Unlock()
	ws.wake()
}

// Subscribe makes a receiver of the values that are sent from now on. It should be closed when it is not
// needed any more.
func (b *Broadcast[T]) Subscribe() *Receiver[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.receivers++
	return &Receiver[T]{b: b, next: b.next}
}

// Receiver receives the values of a [Broadcast]. It belongs to one task at a time.
type Receiver[T any] struct {
	b      *Broadcast[T]
	next   uint64 // number of the value that comes next; under the lock of b
	closed bool   // under the lock of b
}

// Close ends the receiver: no more values are kept for it, and its Recv gives [ErrClosed].
func (r *Receiver[T]) Close() {
	b := r.b
	var ws wakes
	b.mu.Lock()
	if !r.closed {
		r.closed = true
		b.receivers--
		b.skip(r)
		for ; r.next < b.next; r.next++ {
			b.got(r.next)
		}
		b.wakeAll(&ws)
	}
	b.mu.Unlock()
	ws.wake()
}

// skip has r go on behind what it has lost, and gives how much that is.
func (b *Broadcast[T]) skip(r *Receiver[T]) (missed uint64) {
	if oldest := b.next - min(b.next, uint64(len(b.slots))); r.next < oldest {
		missed = oldest - r.next
		r.next = oldest
	}
	return missed
}

// got gives value number n to one receiver. The last one takes it out.
func (b *Broadcast[T]) got(n uint64) T {
	s := &b.slots[n%uint64(len(b.slots))]
	v := s.value
	if s.left--; s.left == 0 {
		*s = slot[T]{}
	}
	return v
}

// TryRecv gives the next value if it is there, and reports whether it is; also what Recv would give as an
// error counts as not there.
func (r *Receiver[T]) TryRecv() (T, bool) {
	b := r.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.closed || r.next == b.next || r.next+uint64(len(b.slots)) < b.next {
		var zero T
		return zero, false
	}
	r.next++
	return b.got(r.next - 1), true
}

// Recv waits for the next value. If it has lost some it gives a [*LaggedError] once, and goes on with the
// oldest that there is. When the broadcast is closed and all was received it gives [ErrClosed]. A cancelled
// Recv has received nothing.
func (r *Receiver[T]) Recv() (T, error) {
	if v, err, over := r.take(); over {
		return v, err
	}
	return rt.Await(r.RecvAsync())
}

// take is Recv as far as it need not wait.
func (r *Receiver[T]) take() (v T, err error, over bool) {
	b := r.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.closed {
		return v, ErrClosed, true
	}
	if missed := b.skip(r); missed > 0 {
		return v, &LaggedError{missed}, true
	}
	if r.next < b.next {
		r.next++
		return b.got(r.next - 1), nil, true
	}
	if b.closed {
		return v, ErrClosed, true
	}
	return v, nil, false
}

// RecvAsync is the async form of [Receiver.Recv].
func (r *Receiver[T]) RecvAsync() rt.Future[T] {
	b := new(struct {
		machine.Box[T]
		receiverCall[T]
	})
	b.from = r
	return b.Init(&b.receiverCall)
}

// RecvRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (r *Receiver[T]) RecvRun(cx *rt.Context, _ *receiverCall[T]) (v T, err error, m machine.Machine) {
	may := cx.Spend()
	if may {
		if v, err, over := r.take(); over {
			return v, err, nil
		}
	}
	c := machine.NewFrame[receiverCall[T]](cx)
	return c.start(cx, c, r, may)
}

func (r *Receiver[T]) lock() *sync.Mutex { return &r.b.mu }

func (r *Receiver[T]) enter(w *waiter) bool {
	if r.next != r.b.next || r.closed || r.b.closed {
		return true
	}
	r.b.q.push(w)
	return false
}

func (r *Receiver[T]) passed(w *waiter) bool { return w.granted }

func (r *Receiver[T]) leave(w *waiter) (none wakes) {
	if !w.granted {
		r.b.q.remove(w)
	}
	return none
}

// receiverCall is the frame of a Recv.
type receiverCall[T any] struct{ takeCall[T] }

var receiverFunc = machine.Func{Name: "rtsync.(*Receiver).Recv", Defers: true, Inner: true, Result: machine.ResultValErr, States: []machine.State{{Name: "Recv"}}}

// Func implements [machine.Machine].
func (*receiverCall[T]) Func() *machine.Func { return &receiverFunc }

// Reset implements [machine.Machine].
func (c *receiverCall[T]) Reset() { *c = receiverCall[T]{} }

// Resume implements [machine.Machine].
func (c *receiverCall[T]) Resume(cx *rt.Context) machine.Machine { return c.goOn(cx, c) }
