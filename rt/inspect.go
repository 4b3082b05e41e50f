package rt

import (
	"fmt"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

func (b *borrowed[T]) InsideOf(in *task.Inspector) []Call { return in.Future(b.f) }

func (s *shield[T]) InsideOf(in *task.Inspector) []Call {
	return task.Under("rt.Shield", in.Future(s.f))
}

func (u *unconstrained[T]) InsideOf(in *task.Inspector) []Call { return in.Future(u.f) }

func (r *retry[T]) InsideOf(in *task.Inspector) []Call {
	c := Call{Function: "rt.Retry", Detail: fmt.Sprintf("attempt %d", r.n)}
	if r.try == nil {
		return append(in.Future(r.pause), c)
	}
	return append(in.Future(r.try), c)
}

// Describe names a verb, with what its arms do that have not finished.
func (v *verb) Describe(in *task.Inspector, c *Call) {
	c.Function = "rt." + v.self.name()
	switch v.state {
	case verbSettling, verbLeaving:
		c.State = "cancels what is left"
	}
	const most = 16
	for i := range v.self.count() {
		a := v.self.arm(i)
		if !a.live() {
			continue
		}
		if len(c.Branches) == most {
			c.Detail = "and more"
			in.Foreign++ // as they are not looked at
			return
		}
		var calls []Call
		if d, ok := a.(interface{ InsideOf(*task.Inspector) []Call }); ok {
			calls = d.InsideOf(in)
		} else {
			calls = in.Future(a.future())
		}
		if len(calls) == 0 {
			calls = []Call{{Function: "not started"}}
		}
		c.Branches = append(c.Branches, calls)
	}
}

// InsideOf says what the call of a lane does.
func (l *lane[T, R]) InsideOf(in *task.Inspector) []Call { return in.Future(l.call) }

func (n *native[T]) Describe(_ *task.Inspector, c *Call) {
	c.Function, c.Detail = "rt."+n.what, "on a native channel"
}

func (w *groupWait) Describe(_ *task.Inspector, c *Call) {
	w.g.mu.Lock()
	defer w.g.mu.Unlock()
	c.Function, c.Detail = "rt.(*Group).Wait", "for "+task.Counted(len(w.g.members), "member")
}

func (n *setNext[T]) Describe(_ *task.Inspector, c *Call) { n.s.describe("Next", c) }

func (n *setStop[T]) Describe(_ *task.Inspector, c *Call) { n.s.describe("Stop", c) }

func (s *Set[T]) describe(what string, c *Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Function, c.Detail = "rt.(*Set)."+what, "for "+task.Counted(len(s.running), "task")
}

// InsideOf says how many members have not ended: they are tasks, and listed as such.
func (m *scopeMembers) InsideOf(*task.Inspector) []Call {
	g := &m.s.g
	g.mu.Lock()
	defer g.mu.Unlock()
	return []Call{{Function: task.Counted(len(g.members), "member")}}
}

func (p *pollFunc[T]) Describe(_ *task.Inspector, c *Call) { c.Function = "rt.PollFunc" }

func (never[T]) Describe(_ *task.Inspector, c *Call) { c.Function = "rt.Never" }

func (d *contextDone) Describe(_ *task.Inspector, c *Call) { c.Function = "the end of the context" }

func (k *tickFuture) Describe(_ *task.Inspector, c *Call) { c.Function = "rt.(*Ticker).Tick" }

func (b *blockingCall[T]) Describe(_ *task.Inspector, c *Call) {
	c.Function, c.Detail = "rt.Blocking", "in the blocking pool"
}
