package rt

import (
	"testing"
	"unsafe"
)

// transitions are those that can come at any time.
var transitions = map[string]func(state) (state, action){
	"wake":     state.wake,
	"abort":    state.abort,
	"force":    state.force,
	"shutdown": state.shutdown,
	"start":    state.start,
	"begin":    state.begin,
	"pause":    state.pause,
	"yield":    state.yield,
	"finish":   state.finish,
	"perish":   state.perish,
}

// TestStateTransitions checks each transition on all states.
func TestStateTransitions(t *testing.T) {
	const all = stateExtra<<1 - 1
	for s := state(0); s <= all; s++ {
		for name, f := range transitions {
			next, do := f(s)
			may := stateScheduled | stateRunning
			if do == doForce {
				may |= stateForce
			}
			if lost := s &^ next; lost&^may != 0 {
				t.Fatalf("%s of %b loses %b", name, s, lost)
			}
			if msg := wrong(name, s, next, do); msg != "" {
				t.Fatalf("%s of %b is %b, %d: %s", name, s, next, do, msg)
			}
		}
	}
}

// wrong says what is wrong with a transition.
func wrong(name string, s, next state, do action) string {
	switch name {
	case "wake", "abort", "shutdown":
		submit := s.is(stateSpawned) && s&(stateScheduled|stateRunning|stateDone) == 0
		if name != "wake" && s.is(stateAbort) {
			submit = false // noted already
		}
		switch {
		case (do == doSubmit) != submit:
			return "submits, or does not"
		case s.is(stateDone) && next != s:
			return "changes what has ended"
		case name != "wake" && !s.is(stateDone) && !next.is(stateAbort):
			return "is not noted"
		case name == "wake" && next&stateAbort != s&stateAbort:
			return "aborts"
		}
	case "force":
		want := s.is(stateCleaning) && !s.is(stateDone)
		woken, wakes := s.wake()
		switch {
		case !want && (next != s || do != doNothing):
			return "disturbs what is not cleaning up"
		case want && (next != woken|stateForce || do != wakes):
			return "is not noted, or wakes nobody"
		}
	case "start", "begin":
		if s&(stateDone|stateRunning) != 0 || name == "start" && !s.is(stateScheduled) {
			if next != s || do != doNothing {
				return "starts what runs, has ended, or is not to run"
			}
			return ""
		}
		cancel := do == doCancel || do == doDrop
		switch {
		case !next.is(stateRunning|stateStarted) || next.is(stateScheduled):
			return "does not start"
		case cancel != (s.is(stateAbort) && !s.is(stateCleaning)):
			return "cancels, or does not"
		case (do == doForce) != s.is(stateCleaning|stateForce) || do == doForce && next.is(stateForce):
			return "ends the grace, or does not"
		case cancel && !next.is(stateCleaning):
			return "begins the cancel twice"
		case do == doDrop && s.is(stateStarted):
			return "drops what has begun"
		}
	case "pause":
		if next.is(stateRunning) || next.is(stateScheduled) != (do == doSubmit) {
			return "loses a wake, or makes one up"
		}
	case "yield":
		if next.is(stateRunning) || !next.is(stateScheduled) || do != doSubmit {
			return "does not come again"
		}
	case "finish", "perish":
		if !next.is(stateDone) || next&(stateRunning|stateScheduled) != 0 || do != doWakers {
			return "does not end"
		}
	}
	return ""
}

// model is a task, its place in run queues, and what the actors are about to do. The
// monitor may put the task into a queue at any time, since it may have seen it in a slot
// long ago: see monitor.go.
// Atomics of Go are sequentially consistent, so to run all interleavings of
// transitions is to try everything that can happen to the word.
type model struct {
	s       state
	queued  int  // how often the task is in a run queue
	peeks   int  // how often the monitor is still going to add it
	wanted  bool // was woken or aborted since the last turn began
	wakes   int  // that are still to come
	aborts  int
	turns   int    // left until it has to finish
	workers [2]int // per worker: idle, or what it does in its turn
}

// What a worker does.
const (
	idle = iota
	polling
	cancels
)

// TestA12_148_AllInterleavings lets two workers, wakes and aborts interleave in
// every way, with a monitor that queues the task again, and wants no lost wake, no two
// polls at once, and one end.
func TestA12_148_AllInterleavings(t *testing.T) {
	const peeks = 3
	seen := map[model]bool{}
	var explore func(m model, depth int)
	explore = func(m model, depth int) {
		if seen[m] {
			return
		}
		seen[m] = true
		next := m.steps(t)
		if len(next) == 0 {
			m.quiet(t)
		}
		for _, n := range next {
			if n.queued > 1+peeks-n.peeks {
				t.Fatalf("queued twice: %+v from %+v", n, m)
			}
			if n.s&(stateScheduled|stateRunning|stateDone) == stateScheduled && n.queued == 0 {
				t.Fatalf("scheduled, and in no queue: %+v from %+v", n, m)
			}
			explore(n, depth+1)
		}
	}
	explore(model{s: asTask, queued: 1, peeks: peeks, wakes: 3, aborts: 2, turns: 4}, 0)
	if len(seen) < 2000 {
		t.Errorf("only %d states explored", len(seen))
	}
}

// quiet checks a state in which nobody has anything to do.
func (m model) quiet(t *testing.T) {
	t.Helper()
	switch {
	case m.s.is(stateDone):
	case m.wanted || m.s.is(stateScheduled) || m.s.is(stateRunning):
		t.Fatalf("a wake is lost: %+v", m)
	case m.s.is(stateAbort) && !m.s.is(stateCleaning):
		t.Fatalf("an abort is lost: %+v", m)
	}
}

// steps are all that can happen next.
func (m model) steps(t *testing.T) (next []model) {
	submit := func(n model, do action) model {
		if do == doSubmit {
			n.queued++
		}
		return n
	}
	if m.wakes > 0 {
		n := m
		var do action
		n.wakes--
		n.s, do = m.s.wake()
		n.wanted = n.wanted || !m.s.is(stateDone)
		next = append(next, submit(n, do))
	}
	if m.aborts > 0 {
		n := m
		var do action
		n.aborts--
		if n.s, do = m.s.abort(); n.s != m.s {
			n.wanted = true
		}
		next = append(next, submit(n, do))
	}
	if m.peeks > 0 {
		n := m
		n.peeks--
		n.queued++
		next = append(next, n)
	}
	for i, busy := range m.workers {
		next = append(next, m.work(t, i, busy, submit)...)
	}
	return next
}

// work is what worker i can do next.
func (m model) work(t *testing.T, i, busy int, submit func(model, action) model) (next []model) {
	if busy == idle {
		if m.queued == 0 {
			return nil
		}
		n := m
		n.queued--
		var do action
		n.s, do = m.s.start()
		if second := m.s&(stateScheduled|stateRunning|stateDone) != stateScheduled; second != (do == doNothing) {
			t.Fatalf("two polls at once, a poll after the end, or none: %+v", m)
		} else if second {
			return []model{n}
		}
		n.wanted = false
		switch do {
		case doPoll:
			n.workers[i] = polling
		case doCancel, doDrop:
			n.workers[i] = cancels
		default:
			t.Fatalf("two polls at once, or a poll after the end: %+v", m)
		}
		return []model{n}
	}
	ends := map[string]func(state) (state, action){"finish": state.finish}
	if busy == cancels || m.s.is(stateCleaning) {
		ends = map[string]func(state) (state, action){"perish": state.perish}
	}
	if m.turns > 0 {
		ends["pause"], ends["yield"] = state.pause, state.yield
	}
	for _, end := range ends {
		n := m
		var do action
		n.turns--
		n.workers[i] = idle
		n.s, do = end(m.s)
		if n.s.is(stateDone) {
			n.wanted = false
		}
		next = append(next, submit(n, do))
	}
	return next
}

func TestTaskSize(t *testing.T) {
	// What a sleeping task takes is its box (this, its root frame and its
	// variables) and a sleeping frame.
	if a, b := unsafe.Sizeof(task{}), unsafe.Sizeof(sleepFrame{}); unsafe.Sizeof(uintptr(0)) == 8 && (a != 40 || b != 40) {
		t.Errorf("a task has %d bytes, a sleeping frame %d", a, b)
	}
}
