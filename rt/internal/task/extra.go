package task

import (
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/rt/internal/waitset"
)

// Handle is the part of a JoinHandle that does not know its type.
type Handle struct{ t Task }

// TaskOf is the task of h.
func TaskOf(h *Handle) *Task { return &h.t }

// handled implements handled.
func (h *Handle) handled() *Task { return &h.t }

// extra is what few tasks have: a name, an identity, several that wait for the end.
type extra struct {
	head    Task // task.aux points here; it has StateExtra
	name    string
	values  valuesOf
	reaper  *reaper                  // of the one who polls the task
	cleaner atomic.Pointer[Task]     // the goroutine that drives the cleanup of the task; see DriveCleanup
	number  atomic.Uint64            // 0: not asked for yet
	seen    atomic.Pointer[sighting] // nil: nobody looks at it

	parked []parkedTrace // of panics whose deferred calls wait; for who has the turn

	mu      sync.Mutex
	Waiters waitset.Set[*Task]
	done    chan struct{}
	closed  bool
}

// isExtra reports whether a, a value of task.aux, is the head of an extra.
func isExtra(a *Task) bool { return a != nil && a.Load().Is(StateExtra) }

// WhenEnded has f called when t has ended: once, or twice. f is code of ours, which returns.
func (t *Task) WhenEnded(f func()) {
	ended := func() {
		if t.Load().Is(StateDone) {
			f()
		}
	}
	t.Watch(NewCallback(ended, false))
	ended() // pairs with wakeWatchers: it may have ended before it could see us
}

// hasEnded reports whether t has: it may be forgotten.
func hasEnded(t *Task) bool { return t.Load().Is(StateDone) }
