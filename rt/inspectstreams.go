package rt

import (
	"fmt"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// What streams say of themselves, for dumps, and so that a deadlock is found behind them: they wait for their sources, for
// timers, and for nothing else.

// InsideOf says what the streams do that are left.
func (m *merged[T]) InsideOf(in *task.Inspector) []Call {
	c := Call{Function: "rt.Merge"}
	if m.closing != nil {
		return task.Under(c.Function, in.Future(m.closing))
	}
	const most = 16
	for i, s := range m.open {
		if i == most {
			c.Detail = "and more"
			in.Foreign++ // as they are not looked at
			break
		}
		c.Branches = append(c.Branches, in.Future(s))
	}
	return []Call{c}
}

// InsideOf says what the inner stream does, or the outer one.
func (f *flattened[T]) InsideOf(in *task.Inspector) []Call {
	switch {
	case f.closing != nil:
		return task.Under("rt.Flatten", in.Future(f.closing))
	case f.inner != nil:
		return task.Under("rt.Flatten", in.Future(f.inner))
	}
	return task.Under("rt.Flatten", in.Future(f.outer))
}

// InsideOf says that the consumer waits for the task.
func (b *buffered[T]) InsideOf(in *task.Inspector) []Call {
	if b.task == nil {
		return task.Under("rt.Buffer", in.Future(b.src))
	}
	return task.Under("rt.Buffer", in.Future(b.task))
}

// InsideOf says what the source of the buffer does, or that there is no room.
func (p *pump[T]) InsideOf(in *task.Inspector) []Call {
	b := p.b
	b.mu.Lock()
	full := len(b.values) >= b.room
	b.mu.Unlock()
	if full {
		return []Call{{Function: "rt.Buffer", Detail: fmt.Sprintf("full: its consumer has %d values to take", b.room)}}
	}
	return task.Under("rt.Buffer", in.Future(b.src))
}

// insideOf says what the source does. Where a timer runs, that is counted; so no deadlock is found meanwhile.
func (p *paced[T]) insideOf(in *task.Inspector, what string, alarm bool) []Call {
	if alarm && p.alarm != nil {
		return task.Under(what, in.Future(p.alarm))
	}
	return task.Under(what, in.Future(p.src))
}

// InsideOf says what the source does.
func (c *chunks[T]) InsideOf(in *task.Inspector) []Call {
	calls := c.paced.insideOf(in, "rt.Chunks", false)
	calls[len(calls)-1].Detail = fmt.Sprintf("%d of %d values", len(c.chunk), c.n)
	return calls
}

// InsideOf says what it waits for: the time, or the source.
func (r *rateLimit[T]) InsideOf(in *task.Inspector) []Call {
	return r.paced.insideOf(in, "rt.RateLimit", true)
}

// InsideOf says what the source does.
func (t *throttle[T]) InsideOf(in *task.Inspector) []Call {
	return t.paced.insideOf(in, "rt.Throttle", false)
}

// InsideOf says what the source does.
func (b *debounce[T]) InsideOf(in *task.Inspector) []Call {
	return b.paced.insideOf(in, "rt.Debounce", false)
}

// InsideOf says what the source does.
func (t *timeoutEach[T]) InsideOf(in *task.Inspector) []Call {
	return t.paced.insideOf(in, "rt.TimeoutEach", false)
}
