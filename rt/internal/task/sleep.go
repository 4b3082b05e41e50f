package task

import (
	"time"
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/timer"
)

// SleepFor is a call of Sleep.
func SleepFor(cx *Context, d time.Duration) Machine {
	if d <= 0 {
		if cx.Spend() {
			return nil
		}
		return yielding
	}
	now := cx.rt.Clock.Now()
	if fallsAsleep(cx, Deadline(now, d)) {
		return sleeping
	}
	m := newSleep(cx)
	m.start(cx, now, d)
	cx.leaf = m
	return m
}

// sleeping stands for every call of Sleep whose task is asleep, see asleep.go. As after a Yield there is nothing left to do when
// the caller goes on.
var sleeping = yielding

// SleepFrame is a call of Sleep that waits: 40 bytes.
type SleepFrame struct {
	Frame
	timer timer.Entry[Task]
}

const (
	sleepStart = iota
	sleepArmed
)

// It is resumed to unwind: it has to take its timer out of the wheel.
var sleepFunc = Func{Name: "rt.Sleep", Defers: true, Inner: true, States: []State{{Name: "start"}, {Name: "asleep"}}}

// Func implements [Machine].
func (m *SleepFrame) Func() *Func { return &sleepFunc }

// Reset implements [Machine].
func (m *SleepFrame) Reset() { *m = SleepFrame{} }

// start arms the timer: the task is woken when d has passed since the time from
// on the clock of the runtime.
func (m *SleepFrame) start(cx *Context, from int64, d time.Duration) {
	m.state = sleepArmed
	cx.anyWorker().arm(&m.timer, Deadline(from, d), cx.waker.t)
}

// anyWorker is the worker that we are on, or any other one.
func (cx *Context) anyWorker() *worker {
	if cx.w == nil {
		return cx.rt.anyWorker()
	}
	return cx.w
}

// Resume implements [Machine].
func (m *SleepFrame) Resume(cx *Context) Machine {
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

// over reports whether the timer has fired. If not, it will wake who polls now.
func (m *SleepFrame) over(cx *Context) bool {
	if !m.timer.Armed() {
		return true
	}
	// A poll that the timer did not cause. Only polls change Who, and we are the one.
	t := cx.waker.t
	return m.timer.Who != t && !rearm(&m.timer, t)
}

// sleepSlab is how many frames are allocated at once: alone, one of 40 bytes would
// take 48.
const sleepSlab = 8

// sleepType is the type of a SleepFrame in a framePool.
var sleepType = func() uintptr {
	var m Machine = (*SleepFrame)(nil)
	return typeWord(&m)
}()

// newSleep is NewFrame, with slabs.
func newSleep(cx *Context) *SleepFrame {
	p := cx.frames
	if i := int(sleepFunc.pool.n.Load()); sleepType == p.next() || i < len(p.lists) && p.lists[i].head != nil {
		return NewFrame[SleepFrame, *SleepFrame](cx)
	}
	if len(p.sleeps) == 0 {
		p.sleeps = make([]SleepFrame, sleepSlab)
	}
	m := &p.sleeps[0]
	p.sleeps = p.sleeps[1:]
	markFrame(m, unsafe.Sizeof(*m))
	return m
}

// sleepRoot is the root of SleepAsync and SleepUntilAsync.
type sleepRoot struct {
	SleepFrame
	d  time.Duration
	at time.Time // instead of d, if it is not zero
}

// NewSleep is a call of Sleep that has not begun. If at is not zero, it ends then, and not after d.
func NewSleep(d time.Duration, at time.Time) *Box[void] {
	b := new(struct {
		Box[void]
		sleepRoot
	})
	b.d, b.at = d, at
	return b.Init(&b.sleepRoot)
}

// Func implements [Machine]. It is not promoted, as it must not look at the frame.
func (m *sleepRoot) Func() *Func { return &sleepFunc }

// NewSleepArm is [NewSleep] as an arm.
func NewSleepArm(cx *Context, d time.Duration) *Arm[void] {
	return NewArm[void](cx, sleepRoot{d: d})
}

// Reset implements [Machine].
func (m *sleepRoot) Reset() { *m = sleepRoot{} }

// Resume implements [Machine].
func (m *sleepRoot) Resume(cx *Context) Machine {
	if m.state == sleepArmed {
		if m.SleepFrame.Resume(cx) == nil {
			return nil
		}
	} else {
		if !m.at.IsZero() {
			m.d = m.at.Sub(cx.rt.Time())
		}
		if cx.Unwind() || m.d <= 0 {
			return nil
		}
		m.start(cx, cx.rt.Clock.Now(), m.d)
	}
	cx.leaf = m
	return m
}

// Alarm is a sleep as a future that is part of another object.
type Alarm struct {
	SleepFrame
	D      time.Duration
	from   int64 // when it was started, on the clock of the runtime
	polled bool
}

// Count has the time run from now on. If at is not zero, the alarm goes off then.
func (a *Alarm) Count(cx *Context, at time.Time) {
	a.from = cx.rt.Clock.Now()
	if !at.IsZero() {
		a.D = at.Sub(cx.rt.Time())
	}
}

// Poll implements Future.
func (a *Alarm) Poll(cx *Context) (void, bool, error) {
	switch {
	case a.state == sleepArmed:
		return void{}, a.over(cx), nil
	case a.D <= 0:
		return void{}, true, nil
	}
	if !a.polled && cx.yields {
		a.polled = true // there is another poll in any case, and often what it is for is there by then
		return void{}, false, nil
	}
	a.start(cx, a.from, a.D)
	return void{}, false, nil
}

// Cancel implements Canceler.
func (a *Alarm) Cancel() { disarm(&a.timer) }
