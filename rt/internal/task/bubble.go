package task

import (
	"bytes"
	"runtime"
	"strconv"
	"time"
)

// In a bubble of testing/synctest code must not touch channels and timers of outside, and when the test's function
// has returned, no goroutine of the bubble may wait for ever. So each bubble has a default runtime of its own, whose
// worker and whose monitor end when they have nothing to do, and begin again when they have: it is fleeting. The others
// of its goroutines, of spares and of the blocking pool, do not wait for work at all: the time of the bubble stands then.
//
//	park ──▶ counted out, asleep ──retireIdle──▶ no goroutine ──unpark──▶ a new one, which arises as from park

// started is when the process has. The time of a bubble begins in the year 2000, before that. What has passed since is quicker
// to tell than the time.
var started = time.Now()

// bubble is the number of the bubble that the calling goroutine is in, or 0. Go tells it in stack traces only.
func bubble() (n int) {
	if time.Since(started) >= 0 {
		return 0
	}
	var buf [128]byte // goroutine 7 [running, synctest bubble 3]:
	head, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("]"))
	if _, number, ok := bytes.Cut(head, []byte("synctest bubble ")); ok {
		n, _ = strconv.Atoi(string(number))
	}
	return n
}

// bubbled reports whether the goroutine that polls with cx is in a bubble. A worker is where its runtime is, which the caller has
// looked at. One goroutine polls with the Context of a waiter, so that it has to look once.
func (cx *Context) bubbled() bool {
	if cx.w != nil || cx.noBubble {
		return false
	}
	in := bubble() != 0
	cx.noBubble = !in && cx.own != nil && cx.own.Load()&StateForeign != 0
	return in
}

// ofBubble is the default runtime of bubble n.
func ofBubble(n int) *Runtime {
	bubbles.mu.Lock()
	defer bubbles.mu.Unlock()
	r := bubbles.of[n]
	if r == nil {
		if bubbles.of == nil {
			bubbles.of = map[int]*Runtime{}
		}
		// One worker will do: its spares stand in for it where it is stuck.
		r = NewRuntime(Config{
			Workers: 1, Clock: NewRealClock(), Threads: 512, Grace: defaultGrace,
			Name: "default of bubble " + strconv.Itoa(n), fleeting: true,
		})
		bubbles.of[n] = r
	}
	return r
}

// retireIdle is called when w has been counted out and has nothing to do: its goroutine is to end. It says false
// if somebody has unparked w meanwhile.
func (w *worker) retireIdle() bool {
	w.gone.Store(true) // pairs with the CompareAndSwap in revive
	select {
	case <-w.Parking.Token: // the monitor goes on
		return !w.gone.CompareAndSwap(true, false) // else a new goroutine has begun
	default:
		w.rt.Monitor.dismiss()
		return true
	}
}

// dismiss has the monitor of a fleeting runtime look whether it is still needed.
func (m *monitor) dismiss() {
	if m.rt.fleeting {
		m.parking.unpark()
	}
}

// revive starts a goroutine for w, which has been unparked, if it has none.
func (w *worker) revive() {
	if w.rt.fleeting && w.gone.CompareAndSwap(true, false) {
		w.back = true
		w.start()
	}
}

// retiresIdle reports whether the goroutine of the monitor is to end, as it has not been armed.
func (m *monitor) retiresIdle() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.rt.fleeting || m.Armed.Load() { // pairs with the CompareAndSwap in arm, which then waits for mu
		return false
	}
	m.started = false
	return true
}
