package task

import (
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/timer"
)

// Cleanup that awaits may wait for something that never comes. Whoever awaits it,
// the loser of a choice, say, waits as long: that is what the code says. But a
// task that was aborted, or cleanup that was left to the runtime, has nobody who
// could see that it hangs. So it has a time of grace: when it is over, the awaits
// in the cleanup are cancelled too. Each leaves as by Goexit, what is left of the
// deferred calls runs, and is given the same time again. Cleanup that is driven on
// a goroutine of its own has the same: see cleanup.go.
//
//	abort ──▶ cleanup ──waits──▶ (grace) ──▶ that await leaves ──▶ the rest of the cleanup ──▶ ended

// defaultGrace is the time of grace without [CleanupGrace].
const defaultGrace = 10 * time.Second

// reaper ends the grace of a task. Its timer wakes the task wake, which is none:
// it stands for the reaper.
type reaper struct {
	Frame  // only to be a foreigner
	wake   Task
	timer  timer.Entry[Task]
	target *Task
}

var reaperFunc = Func{Name: "rt.CleanupGrace"}

// Func implements [Machine].
func (r *reaper) Func() *Func { return &reaperFunc }

// Reset implements [Machine]. A reaper is no call: it is never reused.
func (r *reaper) Reset() {}

// Resume implements [Machine]. A reaper is no call: it is never resumed.
func (r *reaper) Resume(*Context) Machine { panic("rt: CleanupGrace: not a call") }

// Woken is called when the time is over.
func (r *reaper) Woken(*Task) {
	if _, do := r.target.change(Word.Force); do == DoSubmit {
		r.target.submit(nil)
	}
}

// giveGrace starts the time of grace of t, whose cleanup waits, on a worker of r.
// Only who polls t, or is about to submit it, calls this.
func (t *Task) giveGrace(rt *Runtime, w *worker) {
	if rt.Grace <= 0 {
		return
	}
	if w == nil || w.rt != rt {
		w = rt.anyWorker()
	}
	x := t.Extra()
	if x.reaper == nil {
		x.reaper = &reaper{target: t}
		x.reaper.wake.Leaf = x.reaper
		x.reaper.wake.State.Store(uint32(StateForeign))
	}
	w.arm(&x.reaper.timer, rt.graceEnd(), &x.reaper.wake)
}

// graceEnd is the tick at which cleanup that begins to wait now is cancelled. All the cleanup of a shutdown
// has one time of grace together, until Shutdown has given up.
func (r *Runtime) graceEnd() int64 {
	now := r.Clock.Now()
	end := Deadline(now, r.Grace)
	if doom := r.doom.Load(); doom != 0 && now < doom*Tick+int64(r.margin()) {
		end = min(end, doom)
	}
	return end
}

// endGrace is called when t has ended.
func (t *Task) endGrace() {
	if isExtra(t.aux.Load()) {
		if r := t.Extra().reaper; r != nil {
			disarm(&r.timer)
		}
	}
}

// advanceForced goes on with a cancel whose grace is over: all calls that wait
// leave, those of deferred calls too.
func (t *Task) advanceForced(cx *Context) (done bool) {
	cx.force = true
	defer func() { cx.force = false }()
	markLeaving(t.Leaf)
	return t.advance(cx, leave)
}
