package rt

import (
	"log"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// LongTurn is a turn of a task, from one await to the next, that kept its worker for so long
// that others had to serve what was queued there. Such a task computes, or calls what
// blocks: it wants a [Yield] now and then, or [Blocking].
type LongTurn struct {
	Task     string        // the name of the task
	Function string        // in which the turn has ended
	Pos      string        // and where, file:line; empty if that is not known
	Took     time.Duration // at least
	Stacks   []byte        // of all goroutines, if the turn has not ended yet; Task, Function and Pos are empty then
}

// LongTurns has f called after each long turn, on a goroutine of its own. Turns of ten
// milliseconds are long, some of five are. One that goes on for a second is reported once
// before its end, which may never come. With a nil f they are
// only counted.
func LongTurns(f func(LongTurn)) Option {
	return func(c *config) { c.longTurns = f }
}

// LogLongTurns has long turns reported to the standard logger, one a second at most.
func LogLongTurns() Option {
	var (
		mu   sync.Mutex
		last time.Time
	)
	return LongTurns(func(l LongTurn) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); last.IsZero() || now.Sub(last) >= time.Second {
			last = now
			if l.Stacks != nil {
				log.Printf("rt: a task keeps its worker, for %v up to now, without an await; all goroutines:\n\n%s", l.Took, l.Stacks)
				return
			}
			log.Printf("rt: task %s kept its worker for %v without an await, up to %s (%s)", l.Task, l.Took, l.Function, l.Pos)
		}
	})
}

// longTurn counts and reports a turn of t, which has just ended; it was seen at since. The
// caller has polled t and may look at its frames.
func (m *monitor) longTurn(t *task, since int64) {
	m.turns.Add(1)
	if m.report == nil {
		return
	}
	l := LongTurn{Task: t.title(), Took: time.Duration(m.rt.clock.now() - since)}
	if l.Function, l.Pos = position(t.leaf); l.Function == "" {
		l.Function = t.name()
	}
	go m.tell(l)
}

// endless reports a turn that goes on. Only its goroutine may look at its frames: so all stacks are shown.
func (m *monitor) endless(took time.Duration) {
	const most = 16 << 20
	stacks := make([]byte, 64<<10)
	n := runtime.Stack(stacks, true)
	for n == len(stacks) && n < most {
		stacks = make([]byte, 2*len(stacks))
		n = runtime.Stack(stacks, true)
	}
	m.tell(LongTurn{Took: took, Stacks: stacks[:n]})
}

// tell calls the function of the user. A panic of it goes no further.
func (m *monitor) tell(l LongTurn) {
	defer func() {
		if p := recover(); p != nil {
			log.Printf("rt: panic in a function for LongTurns: %v\n\n%s", p, debug.Stack())
		}
	}()
	m.report(l)
}

// position is where in the source the innermost call of a marked function is that m waits
// in, or has ended in.
func position(m Machine) (function, pos string) {
	for ; m != nil; m = frameOf(m).parent {
		if pos := stateOf(m).Pos; pos != "" {
			return m.Func().Name, pos
		}
	}
	return "", ""
}
