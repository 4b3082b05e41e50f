package rt

import (
	"testing"
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// transitions are those that can come at any time.
var transitions = map[string]func(task.Word) (task.Word, task.Action){
	"wake":     task.Word.Wake,
	"abort":    task.Word.Abort,
	"force":    task.Word.Force,
	"shutdown": task.Word.Shutdown,
	"start":    task.Word.Start,
	"begin":    task.Word.Begin,
	"pause":    task.Word.Pause,
	"yield":    task.Word.Yield,
	"finish":   task.Word.Finish,
	"perish":   task.Word.Perish,
}

// TestStateTransitions checks each transition on all states.
func TestStateTransitions(t *testing.T) {
	const all = task.StateExtra<<1 - 1
	for s := task.Word(0); s <= all; s++ {
		for name, f := range transitions {
			next, do := f(s)
			may := task.StateScheduled | task.StateRunning
			if do == task.DoForce {
				may |= task.StateForce
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
func wrong(name string, s, next task.Word, do task.Action) string {
	switch name {
	case "wake", "abort", "shutdown":
		submit := s.Is(task.StateSpawned) && s&(task.StateScheduled|task.StateRunning|task.StateDone) == 0
		if name != "wake" && s.Is(task.StateAbort) {
			submit = false // noted already
		}
		switch {
		case (do == task.DoSubmit) != submit:
			return "submits, or does not"
		case s.Is(task.StateDone) && next != s:
			return "changes what has ended"
		case name != "wake" && !s.Is(task.StateDone) && !next.Is(task.StateAbort):
			return "is not noted"
		case name == "wake" && next&task.StateAbort != s&task.StateAbort:
			return "aborts"
		}
	case "force":
		want := s.Is(task.StateCleaning) && !s.Is(task.StateDone)
		woken, wakes := s.Wake()
		switch {
		case !want && (next != s || do != task.DoNothing):
			return "disturbs what is not cleaning up"
		case want && (next != woken|task.StateForce || do != wakes):
			return "is not noted, or wakes nobody"
		}
	case "start", "begin":
		if s&(task.StateDone|task.StateRunning) != 0 || name == "start" && !s.Is(task.StateScheduled) {
			if next != s || do != task.DoNothing {
				return "starts what runs, has ended, or is not to run"
			}
			return ""
		}
		cancel := do == task.DoCancel || do == task.DoDrop
		switch {
		case !next.Is(task.StateRunning|task.StateStarted) || next.Is(task.StateScheduled):
			return "does not start"
		case cancel != (s.Is(task.StateAbort) && !s.Is(task.StateCleaning)):
			return "cancels, or does not"
		case (do == task.DoForce) != s.Is(task.StateCleaning|task.StateForce) || do == task.DoForce && next.Is(task.StateForce):
			return "ends the grace, or does not"
		case cancel && !next.Is(task.StateCleaning):
			return "begins the cancel twice"
		case do == task.DoDrop && s.Is(task.StateStarted):
			return "drops what has begun"
		}
	case "pause":
		if next.Is(task.StateRunning) || next.Is(task.StateScheduled) != (do == task.DoSubmit) {
			return "loses a wake, or makes one up"
		}
	case "yield":
		if next.Is(task.StateRunning) || !next.Is(task.StateScheduled) || do != task.DoSubmit {
			return "does not come again"
		}
	case "finish", "perish":
		if !next.Is(task.StateDone) || next&(task.StateRunning|task.StateScheduled) != 0 || do != task.DoWakers {
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
	s       task.Word
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
			if n.s&(task.StateScheduled|task.StateRunning|task.StateDone) == task.StateScheduled && n.queued == 0 {
				t.Fatalf("scheduled, and in no queue: %+v from %+v", n, m)
			}
			explore(n, depth+1)
		}
	}
	explore(model{s: task.AsTask, queued: 1, peeks: peeks, wakes: 3, aborts: 2, turns: 4}, 0)
	if len(seen) < 2000 {
		t.Errorf("only %d states explored", len(seen))
	}
}

// quiet checks a state in which nobody has anything to do.
func (m model) quiet(t *testing.T) {
	t.Helper()
	switch {
	case m.s.Is(task.StateDone):
	case m.wanted || m.s.Is(task.StateScheduled) || m.s.Is(task.StateRunning):
		t.Fatalf("a wake is lost: %+v", m)
	case m.s.Is(task.StateAbort) && !m.s.Is(task.StateCleaning):
		t.Fatalf("an abort is lost: %+v", m)
	}
}

// steps are all that can happen next.
func (m model) steps(t *testing.T) (next []model) {
	submit := func(n model, do task.Action) model {
		if do == task.DoSubmit {
			n.queued++
		}
		return n
	}
	if m.wakes > 0 {
		n := m
		var do task.Action
		n.wakes--
		n.s, do = m.s.Wake()
		n.wanted = n.wanted || !m.s.Is(task.StateDone)
		next = append(next, submit(n, do))
	}
	if m.aborts > 0 {
		n := m
		var do task.Action
		n.aborts--
		if n.s, do = m.s.Abort(); n.s != m.s {
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
func (m model) work(t *testing.T, i, busy int, submit func(model, task.Action) model) (next []model) {
	if busy == idle {
		if m.queued == 0 {
			return nil
		}
		n := m
		n.queued--
		var do task.Action
		n.s, do = m.s.Start()
		if second := m.s&(task.StateScheduled|task.StateRunning|task.StateDone) != task.StateScheduled; second != (do == task.DoNothing) {
			t.Fatalf("two polls at once, a poll after the end, or none: %+v", m)
		} else if second {
			return []model{n}
		}
		n.wanted = false
		switch do {
		case task.DoPoll:
			n.workers[i] = polling
		case task.DoCancel, task.DoDrop:
			n.workers[i] = cancels
		default:
			t.Fatalf("two polls at once, or a poll after the end: %+v", m)
		}
		return []model{n}
	}
	ends := map[string]func(task.Word) (task.Word, task.Action){"finish": task.Word.Finish}
	if busy == cancels || m.s.Is(task.StateCleaning) {
		ends = map[string]func(task.Word) (task.Word, task.Action){"perish": task.Word.Perish}
	}
	if m.turns > 0 {
		ends["pause"], ends["yield"] = task.Word.Pause, task.Word.Yield
	}
	for _, end := range ends {
		n := m
		var do task.Action
		n.turns--
		n.workers[i] = idle
		n.s, do = end(m.s)
		if n.s.Is(task.StateDone) {
			n.wanted = false
		}
		next = append(next, submit(n, do))
	}
	return next
}

func TestA1_24_TaskSize(t *testing.T) {
	// What a sleeping task takes is its box (this, its root frame and its
	// variables) and a sleeping frame.
	if a, b := unsafe.Sizeof(task.Task{}), unsafe.Sizeof(task.SleepFrame{}); unsafe.Sizeof(uintptr(0)) == 8 && (a != 40 || b != 40) {
		t.Errorf("a task has %d bytes, a sleeping frame %d", a, b)
	}
}
