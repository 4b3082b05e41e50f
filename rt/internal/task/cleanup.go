package task

import (
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/timer"
)

// A Goexit cannot be held up: it takes its goroutine through the deferred calls that there are, and then
// away. But who waits for a verb, or for a function with deferred calls that await, is to go on only when
// the cleanup is over. So cleanup that waits is driven on the goroutine itself, in a deferred call:
//
//	Goexit in a branch ──▶ the verb cancels the others ──▶ DriveCleanup: polls and sleeps until their cleanup is over ──▶ the awaiter's deferred calls
//
// The same goes for a goroutine that waits in [BlockOn] when its runtime is shut down.

// DriveCleanup drives cleanup to its end on the calling goroutine, which may block: its worker goes on
// elsewhere. step goes on with the cleanup, as PollCancel does. If the runtime shuts down, or the task
// whose turn it is has been aborted, the cleanup has its time of grace.
func DriveCleanup(r *Runtime, step func(cx *Context) (over bool)) {
	b := batonHere(r)
	if b == nil {
		aboutToBlock()
		b = batonHere(r)
	}
	if b != nil {
		b.driveCleanup(step)
		return
	}
	NewWaiter(r).driveCleanup(step)
}

func (s *waiter) driveCleanup(step func(cx *Context) (over bool)) {
	r := s.Cx.rt
	g := grace{s: s, closing: r.Closing, alive: s.held}
	if !s.held && r.Hold(s, nil) {
		g.alive = true
		defer r.LetGo(s)
	}
	if own := CurrentRunner(); own.inTask(r) {
		g.alive, g.task = true, own.cx.own // the shutdown waits for it
		x := g.task.Extra()
		defer x.cleaner.Store(x.cleaner.Swap(&s.t))
	}
	defer g.stop()
	for !s.takes(step) {
		s.Cx.force = g.wait()
	}
}

// takes goes on with the cleanup, as pollOn polls.
func (s *waiter) takes(step func(cx *Context) (over bool)) (over bool) {
	s.begin()
	over = step(s.turn())
	s.pause()
	return over
}

// grace is the time of grace of cleanup that is driven on a goroutine.
type grace struct {
	s       *waiter
	task    *Task           // whose turn it is; nil: the goroutine is no task
	closing <-chan struct{} // of the runtime; nil: the time runs
	alive   bool            // the workers are there until the cleanup is over
	runs    bool
	timer   timer.Entry[Task]
	late    *time.Timer // instead of timer, on a runtime that is not alive
	over    atomic.Bool // late has fired
}

// wait returns when the goroutine may poll again, and reports whether the grace is over.
func (g *grace) wait() (force bool) {
	for !g.s.again() {
		if !g.runs && g.doomed() {
			g.start()
		}
		if g.s.Cx.rt.isStill() {
			StandsStill()
		}
		select {
		case <-g.s.P.Ch:
			return g.ended()
		case <-g.closing:
			g.closing = nil
		}
	}
	return g.ended()
}

// doomed reports whether somebody waits for the end who did not ask for the cleanup.
func (g *grace) doomed() bool {
	if g.task != nil && g.task.Load().Is(StateAbort) || g.s.Dead.Load() != nil { // pairs with task.ask, and with tell
		return true
	}
	select {
	case <-g.s.Cx.rt.Closing:
		g.closing = nil
		return true
	default:
		return false
	}
}

func (g *grace) start() {
	r := g.s.Cx.rt
	if r.Grace <= 0 {
		return
	}
	g.runs = true
	if g.alive {
		r.anyWorker().arm(&g.timer, r.graceEnd(), &g.s.t)
		return
	}
	g.late = time.AfterFunc(r.Grace, func() {
		g.over.Store(true)
		g.s.t.wake()
	})
}

// ended reports whether the time is over. Then it is given again.
func (g *grace) ended() bool {
	if !g.runs || g.alive && g.timer.Armed() || !g.alive && !g.over.Load() {
		return false
	}
	g.stop()
	g.runs = false
	return true
}

func (g *grace) stop() {
	disarm(&g.timer)
	if g.late != nil {
		g.late.Stop()
	}
	g.over.Store(false)
}
