package rtsync

import (
	"sync"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Oneshot is a value that comes once: a promise. The zero Oneshot is ready for use. Everyone who waits for
// the value gets it, and so does who comes later.
type Oneshot[T any] struct {
	mu    sync.Mutex
	value T
	err   error
	over  bool
	q     queue
}

// Send gives the value, and reports whether it was the first to do so: a later one, or one after Close,
// changes nothing.
func (o *Oneshot[T]) Send(v T) bool { return o.end(v, nil) }

// Close says that no value will come, unless it has: who waits gets [ErrClosed].
func (o *Oneshot[T]) Close() {
	var zero T
	o.end(zero, ErrClosed)
}

func (o *Oneshot[T]) end(v T, err error) bool {
	var ws wakes
	o.mu.Lock()
	first := !o.over
	if first {
		o.value, o.err, o.over = v, err, true
		o.q.grant(o.q.n, &ws)
	}
	o.mu.Unlock()
	ws.wake()
	return first
}

// TryRecv gives the value if it is there, and reports whether it is.
func (o *Oneshot[T]) TryRecv() (T, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.value, o.over && o.err == nil
}

// Recv waits for the value. It gives [ErrClosed] if none will come.
func (o *Oneshot[T]) Recv() (T, error) {
	if v, err, over := o.take(); over {
		return v, err
	}
	return rt.Await(o.RecvAsync())
}

func (o *Oneshot[T]) take() (v T, err error, over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.value, o.err, o.over
}

// RecvAsync is the async form of [Oneshot.Recv].
func (o *Oneshot[T]) RecvAsync() rt.Future[T] {
	b := new(struct {
		machine.Box[T]
		oneshotCall[T]
	})
	b.from = o
	return b.Init(&b.oneshotCall)
}

// RecvRun is for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func (o *Oneshot[T]) RecvRun(cx *rt.Context, _ *oneshotCall[T]) (v T, err error, w machine.Machine) {
	may := cx.Spend()
	if may {
		if v, err, over := o.take(); over {
			return v, err, nil
		}
	}
	c := machine.NewFrame[oneshotCall[T]](cx)
	return c.start(cx, c, o, may)
}

func (o *Oneshot[T]) lock() *sync.Mutex { return &o.mu }

func (o *Oneshot[T]) enter(w *waiter) bool {
	if !o.over {
		o.q.push(w)
	}
	return o.over
}

func (o *Oneshot[T]) passed(w *waiter) bool {
	if o.over {
		o.q.remove(w)
	}
	return o.over
}

func (o *Oneshot[T]) leave(w *waiter) (none wakes) {
	o.q.remove(w)
	return none
}

// oneshotCall is the frame of a Recv.
type oneshotCall[T any] struct{ takeCall[T] }

var oneshotFunc = machine.Func{Name: "rtsync.(*Oneshot).Recv", Defers: true, Inner: true, Result: machine.ResultValErr, States: []machine.State{{Name: "Recv"}}}

// Func implements [machine.Machine].
func (*oneshotCall[T]) Func() *machine.Func { return &oneshotFunc }

// Reset implements [machine.Machine].
func (c *oneshotCall[T]) Reset() { *c = oneshotCall[T]{} }

// Resume implements [machine.Machine].
func (c *oneshotCall[T]) Resume(cx *rt.Context) machine.Machine { return c.goOn(cx, c) }
