package task

import "github.com/asyncgen/asyncgen/rt/internal/goid"

// advance resumes the leaf of t, and its callers as their callees finish, until a call waits or the outermost
// is done: then the frame with its results is t.leaf, or nil if it has left.
// The caller has set StateRunning. A panic or Goexit that no suspended call
// wants to see goes through advance as it is, with its own stack; t has ended
// then.
func (t *Task) advance(cx *Context, why cause) (done bool) {
	return t.advanceWith(cx, why, nil)
}

// advanceWith is advance with the value that is thrown. The runner of a worker
// does the same with two guards for many turns: see serve and turns.
func (t *Task) advanceWith(cx *Context, why cause, value any) (done bool) {
	before := cx.enter()
	defer func() {
		// guarded has recovered a panic, and yet has not returned: a Goexit goes
		// on, one of whose deferred calls has panicked.
		if cx.caught {
			cx.caught = false
			t.exitHere(cx, cx.value)
		}
		cx.exit(before)
	}()
	for {
		done, cx.caught, value = t.guarded(cx, why, value)
		if !cx.caught {
			cx.exiting = false // for now; see exit
			return done
		}
		cx.caught, why = false, thrown
	}
}

// guarded is resume, which a panic leaves only if no suspended caller has to see it.
func (t *Task) guarded(cx *Context, why cause, value any) (done, caught bool, pan any) {
	ok := false
	defer func() {
		if ok {
			return
		}
		switch up := t.unwindTo(cx); {
		case up == nil:
			if cx.trace.tells() && !t.Load().Is(StateSpawned) { // else endUnwound has it
				cx.trace.goOn(t, recover())
			}
		default:
			v := recover()
			if cx.mayNest(v) {
				done = t.nest(cx, up, v)
			} else {
				caught, pan = t.throw(cx, up, v)
			}
		}
	}()
	done = t.resume(cx, why, value)
	ok = true
	return done, false, nil
}

// advanceLeaving is advance for a box that is cancelled here and now. A call
// that is in its deferred calls already is let finish them, and what it waits for
// goes on undisturbed: leaving starts at its parent, so it is marked itself.
func (t *Task) advanceLeaving(cx *Context) (done bool) {
	why, first := leave, t.Leaf
	for m := t.Leaf; m != nil; m = Head(m).parent {
		if f := m.Func(); f.Exit != 0 && Head(m).state >= f.Exit {
			why, first = goOn, m
		}
	}
	markLeaving(first)
	return t.advance(cx, why)
}

// markLeaving marks m and its callers: when a call that is marked has finished, its
// caller leaves as by Goexit.
func markLeaving(m Machine) {
	for ; m != nil; m = Head(m).parent {
		Head(m).flags |= flagLeaving
	}
}

// resume is the one place where calls are resumed. A panic that leaves a resumed
// call has no callers on the Go stack: the caller of resume catches it (see
// unwindTo), and we throw it into the nearest suspended caller with deferred calls.
//
//	leaf ──resume──▶ finished ──▶ parent ──resume──▶ finished ──▶ … ──▶ outermost
//	     ◀── waits                       ◀── waits                        done
//
// Frames without deferred calls are skipped by what is not a plain return:
// nothing in them would run.
func (t *Task) resume(cx *Context, why cause, value any) (done bool) {
	for m := t.Leaf; ; {
		if why == goOn || m.Func().Defers {
			if why != goOn { // on the way that matters the Context is not touched
				cx.why, cx.value = why, value
			}
			w := m.Resume(cx)
			if why != goOn {
				cx.why, cx.value = goOn, nil // Unwind has taken them
			}
			if w != nil {
				if Head(w) != Head(m) { // tail await: w stands in for m
					w = standIn(cx, w)
					Head(w).parent = Head(m).parent
					clearReplaced(m)
				}
				t.Leaf = cx.leaf
				return false
			}
			why, value = goOn, nil
			if Head(m).flags&flagLeaving != 0 {
				why = leave
			}
		}
		up := Head(m).parent
		if up == nil {
			if why != goOn {
				t.Leaf = nil
				m.Reset()
			}
			return true
		}
		t.Leaf = up // a panic has left it if it leaves us
		if why == goOn {
			cx.done = m
		} else {
			Release(cx, m)
		}
		m = up
	}
}

// clearReplaced clears m, for which another call stands in, if it stays in its box: what its variables hold is dead. What its
// header says of the box is not.
func clearReplaced(m Machine) {
	if flags := Head(m).flags; flags&flagRoot != 0 {
		m.Reset()
		Head(m).flags = flags
	}
}

// unwindTo is called when a panic or Goexit has left the call t.leaf. It finds
// the nearest suspended caller that has deferred calls and so has to see it: only
// then is a panic recovered, otherwise the crash report keeps the true stack. If
// there is none, t has ended.
func (t *Task) unwindTo(cx *Context) (up Machine) {
	cx.why, cx.value, cx.done, cx.leaf = goOn, nil, nil, nil
	last := t.Leaf
	cx.unpark(last)
	for up = Head(last).parent; up != nil; up = Head(up).parent {
		if last = up; up.Func().Defers {
			return up
		}
	}
	cx.trace.lost = awaiters(nil, t)
	left := clearEnded(last)
	if t.endLeft(); !t.Load().Is(StateSpawned) {
		t.Leaf = left
	}
	return nil
}

// throw prepares t for the panic v to be thrown into up. If v is nil it is a
// Goexit: it cannot be stopped, so the calls from up on finish here and now. So
// they do after a panic in a deferred call that a Goexit has run: who recovers
// from that only lets the Goexit go on. Where a guard has run the deferred call
// we learn of the Goexit only when it goes on: see advanceWith.
func (t *Task) throw(cx *Context, up Machine, v any) (caught bool, pan any) {
	if v != nil {
		cx.trace.Note(v)
		cx.trace.passes(t)
		cx.trace.told = cx.nested > 0 // what is not below is gone
	}
	t.Leaf = up
	if v != nil && !cx.exiting {
		cx.caught, cx.value = true, v
		return true, v
	}
	t.exitHere(cx, v)
	return false, nil
}

// mostNested is how many panics may be on the stack of one poll, each thrown by a deferred call that another one
// has run.
const mostNested = 16

// mayNest reports whether the panic v, which was just recovered, may be thrown on by nest. A Goexit that is under way
// would go on after that, past calls that have waited meanwhile. And once is enough: what the same panic has left
// since is on top.
func (cx *Context) mayNest(v any) bool {
	if v == nil || cx.exiting || cx.nested >= mostNested {
		return false
	}
	return (cx.nested == 0 || !same(cx.trace.value, v)) && goid.GoexitDepth() == 0
}

// nest throws the panic v into up, as throw prepares it, in the deferred call that has recovered it. So the calls
// that it has left stay on the stack, below: there the report of a crash and debug.Stack have them.
func (t *Task) nest(cx *Context, up Machine, v any) (done bool) {
	cx.trace.Note(v)
	cx.trace.passes(t)
	o := origin{cx.trace.untold(), cx.trace.via}
	t.Leaf = up
	cx.nested++
	defer func() { cx.nested--; cx.trace.told = false }()
	o.on(func() { done = t.advanceWith(cx, thrown, v) })
	return done
}

// exitHere lets the calls from t.leaf on leave on a goroutine that is going away,
// with a panic thrown into them unless v is nil.
func (t *Task) exitHere(cx *Context, v any) {
	markLeaving(t.Leaf)
	defer t.endLeft()
	cx.exiting = true
	if v == nil {
		finishHere(cx, t, leave, nil)
	} else {
		finishHere(cx, t, thrown, v)
	}
}

// endLeft ends a box that a panic or Goexit has left. If it is spawned, the
// worker that runs it writes down how it ended.
func (t *Task) endLeft() {
	t.Leaf = nil
	if !t.Load().Is(StateSpawned) {
		number := t.Load().owner() &^ stateOwned // nobody has cancelled it, whoever owns it
		t.State.Store(uint32(StateStarted | StateDone | stateGone | number))
	}
}

// finishHere drives t to its end on a goroutine that is going away, and may
// block it: see DriveCleanup. The value is that of why, if that is thrown.
func finishHere(cx *Context, t *Task, why cause, value any) {
	begun := false
	DriveCleanup(cx.rt, func(cx *Context) bool {
		switch {
		case !begun:
			begun = true
			return t.advanceWith(cx, why, value)
		case cx.force:
			return t.advanceForced(cx)
		}
		return t.advance(cx, goOn)
	})
}
