package rt

import (
	"log"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
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
	return func(c *task.Config) {
		c.LongTurns = nil
		if f != nil {
			c.LongTurns = func(t task.TurnReport) { f(LongTurn(t)) }
		}
	}
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
