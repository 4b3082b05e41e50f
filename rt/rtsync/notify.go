package rtsync

import (
	"sync"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// Notify tells tasks that something has happened, without a value. The zero Notify is ready for use.
type Notify struct {
	mu   sync.Mutex
	kept bool // a NotifyOne that nobody has waited for yet
	q    queue
}

// Who has woken a waiter of a Notify; see waiter.n.
const (
	byOne int64 = iota
	byAll
)

// NotifyOne lets the first who waits go on. If nobody waits, the next Wait does not wait; several
// notifications that nobody waits for are one.
func (n *Notify) NotifyOne() {
	var ws wakes
	n.mu.Lock()
	n.one(&ws)
	n.mu.Unlock()
	ws.wake()
}

func (n *Notify) one(ws *wakes) {
	if n.q.n == 0 {
		n.kept = true
		return
	}
	n.q.release(ws)
}

// NotifyAll lets all go on who wait now.
func (n *Notify) NotifyAll() {
	var ws wakes
	n.mu.Lock()
	for n.q.n > 0 {
		n.q.first.n = byAll
		n.q.release(&ws)
	}
	n.mu.Unlock()
	ws.wake()
}

// Wait waits for a notification. A cancelled Wait has taken none: that of a NotifyOne goes to the next.
func (n *Notify) Wait() { uninterrupted(n.WaitAsync) }

// WaitAsync is the async form of [Notify.Wait]. It waits from its first poll on.
func (n *Notify) WaitAsync() rt.Future[rt.Unit] {
	b := new(struct {
		machine.Box[rt.Unit]
		notifyCall
	})
	b.at = n
	return b.Init(&b.notifyCall)
}

// WaitRun is for generated code, which passes a nil frame.
func (n *Notify) WaitRun(cx *rt.Context, _ *notifyCall) machine.Machine {
	c := machine.NewFrame[notifyCall](cx)
	return c.start(cx, c, n, byOne, cx.Spend())
}

func (n *Notify) lock() *sync.Mutex { return &n.mu }

func (n *Notify) enter(w *waiter) bool {
	if n.kept {
		n.kept = false
		return true
	}
	n.q.push(w)
	return false
}

func (n *Notify) passed(w *waiter) bool { return w.granted }

func (n *Notify) leave(w *waiter) (ws wakes) {
	switch {
	case !w.granted:
		n.q.remove(w)
	case w.n == byOne:
		n.one(&ws)
	}
	return ws
}

// notifyCall is the frame of a Wait.
type notifyCall struct{ call }

var notifyFunc = machine.Func{Name: "rtsync.(*Notify).Wait", Defers: true, Inner: true, States: []machine.State{{Name: "Wait"}}}

// Func implements [machine.Machine].
func (*notifyCall) Func() *machine.Func { return &notifyFunc }

// Reset implements [machine.Machine].
func (c *notifyCall) Reset() { *c = notifyCall{} }

// Resume implements [machine.Machine].
func (c *notifyCall) Resume(cx *rt.Context) machine.Machine { return c.goOn(cx, c) }
