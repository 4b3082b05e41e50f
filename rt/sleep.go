package rt

import (
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/timer"
)

// Sleep waits until d has passed. If d is 0 or less it does not wait. An ordinary goroutine waits as long
// when its runtime is shut down; ordinary code that a task calls, for which the shutdown waits, goes on then.
func Sleep(d time.Duration) {
	start := time.Now()
	if _, err := Await(SleepAsync(d)); err != nil {
		here().outlasts(start, d)
	}
}

// SleepAsync is the async form of [Sleep]. The time counts from the first poll.
func SleepAsync(d time.Duration) Future[Unit] {
	b := new(struct {
		Box[Unit]
		nap
	})
	b.d = d
	return b.Init(&b.nap)
}

// SleepUntil waits until the runtime's clock, see [Now], is at t.
func SleepUntil(t time.Time) { Sleep(t.Sub(Now())) }

// SleepUntilAsync is the async form of [SleepUntil].
func SleepUntilAsync(t time.Time) Future[Unit] {
	b := new(struct {
		Box[Unit]
		nap
	})
	b.at = t
	return b.Init(&b.nap)
}

// SleepRun is for generated code, which passes a nil m.
func SleepRun(cx *Context, _ *sleepFrame, d time.Duration) Machine {
	if d <= 0 {
		if cx.Spend() {
			return nil
		}
		return yielding
	}
	m := newSleep(cx)
	m.start(cx, cx.rt.clock.now(), d)
	cx.leaf = m
	return m
}

// sleepFrame is a call of Sleep that waits: 40 bytes.
type sleepFrame struct {
	Frame
	timer timer.Entry[task]
}

const (
	sleepStart = iota
	sleepArmed
)

// It is resumed to unwind: it has to take its timer out of the wheel.
var sleepFunc = Func{Name: "rt.Sleep", Defers: true, Inner: true, States: []State{{Name: "start"}, {Name: "asleep"}}}

// Func implements [Machine].
func (m *sleepFrame) Func() *Func { return &sleepFunc }

// Reset implements [Machine].
func (m *sleepFrame) Reset() { *m = sleepFrame{} }

// start arms the timer: the task is woken when d has passed since the time from
// on the clock of the runtime.
func (m *sleepFrame) start(cx *Context, from int64, d time.Duration) {
	w := cx.w
	if w == nil {
		w = cx.rt.anyWorker()
	}
	m.state = sleepArmed
	w.arm(&m.timer, deadline(from, d), cx.waker.t)
}

// Resume implements [Machine].
func (m *sleepFrame) Resume(cx *Context) Machine {
	if cx.Unwind() {
		disarm(&m.timer)
		return nil
	}
	if m.over(cx) {
		return nil
	}
	cx.leaf = m
	return m
}

// over says whether the timer has fired. If not, it will wake who polls now.
func (m *sleepFrame) over(cx *Context) bool {
	if !m.timer.Armed() {
		return true
	}
	// A poll that the timer did not cause. Only polls change Who, and we are the one.
	t := cx.waker.t
	return m.timer.Who != t && !rearm(&m.timer, t)
}

// napSlab is how many frames are allocated at once: alone, one of 40 bytes would
// take 48.
const napSlab = 8

// newSleep is newFrame, with slabs.
func newSleep(cx *Context) *sleepFrame {
	p := cx.frames
	_, free := p.last.(*sleepFrame)
	if i := int(sleepFunc.pool.n.Load()); free || i < len(p.lists) && p.lists[i].head != nil {
		return newFrame[sleepFrame, *sleepFrame](cx)
	}
	if len(p.naps) == 0 {
		p.naps = make([]sleepFrame, napSlab)
	}
	m := &p.naps[0]
	p.naps = p.naps[1:]
	markFrame(m)
	return m
}

// nap is the root of SleepAsync and SleepUntilAsync.
type nap struct {
	sleepFrame
	d  time.Duration
	at time.Time // instead of d, if it is not zero
}

// Reset implements [Machine].
func (m *nap) Reset() { *m = nap{} }

// Resume implements [Machine].
func (m *nap) Resume(cx *Context) Machine {
	if m.state == sleepArmed {
		if m.sleepFrame.Resume(cx) == nil {
			return nil
		}
	} else {
		if !m.at.IsZero() {
			m.d = m.at.Sub(cx.rt.time())
		}
		if cx.Unwind() || m.d <= 0 {
			return nil
		}
		m.start(cx, cx.rt.clock.now(), m.d)
	}
	cx.leaf = m
	return m
}
