package task

import (
	"fmt"
	"slices"
	"strings"
)

// Holder is the task that has something, such as a lock. It is for rt's own packages, and for people to read: who reads
// it may see the one before, or nothing. So it costs a store to write.
type Holder struct{ t *Task }

// Take notes that the task that is polled has it.
//
//go:norace
//go:noinline
func (h *Holder) Take(cx *Context) { h.t = cx.own }

// Drop notes that nobody has it.
//
//go:norace
//go:noinline
func (h *Holder) Drop() { h.t = nil }

//go:norace
//go:noinline
func (h *Holder) peek() *Task { return h.t }

// Holders are the tasks that have something of which there are several, such as permits. They are noted for tasks of a
// runtime with the option Origins only, since that costs a search at each release. The zero Holders has none. What they hold
// has a lock, which guards them too.
type Holders struct{ list []holding }

// holding is how many t has.
type holding struct {
	t *Task
	n int64
}

// NotesHolders reports whether the task that cx polls is to be noted.
func NotesHolders(cx *Context) bool {
	s := cx.rt.sight
	return s != nil && s.Origins && cx.own != nil
}

// Take notes that the task that is polled has n more.
func (h *Holders) Take(cx *Context, n int64) {
	for i := range h.list {
		if h.list[i].t == cx.own {
			h.list[i].n += n
			return
		}
	}
	h.list = append(h.list, holding{cx.own, n})
}

// Drop notes that the caller has given n back, and that taken are left with anybody. If the caller is not noted, it gives back
// its own, which are not noted either, or those of another one.
func (h *Holders) Drop(n, taken int64) {
	if len(h.list) == 0 {
		return
	}
	if own := CurrentRunner(); own != nil && own.cx.own != nil {
		for i := range h.list {
			if h.list[i].t == own.cx.own {
				h.less(i, n)
				break
			}
		}
	}
	noted := int64(0)
	for _, x := range h.list {
		noted += x.n
	}
	for noted > taken { // then it was another one's: who has had it longest
		noted -= h.less(0, noted-taken)
	}
}

// None reports whether nobody is noted.
func (h *Holders) None() bool { return len(h.list) == 0 }

// Copy is what h has now.
func (h *Holders) Copy() Holders { return Holders{slices.Clone(h.list)} }

// less has holder i have n less, or nothing, and says how many less.
func (h *Holders) less(i int, n int64) int64 {
	if h.list[i].n > n {
		h.list[i].n -= n
		return n
	}
	n = h.list[i].n
	h.list = slices.Delete(h.list, i, i+1)
	return n
}

// holders names them. If there is one, a task that waits for it waits for that task.
func (in *Inspector) holders(h *Holders) string {
	const most = 4
	var names []string
	for _, x := range h.list {
		name := x.t.Title()
		switch s := x.t.Load(); {
		case s.Is(StateForeign):
			name = "a goroutine in BlockOn"
		case s.Is(StateDone):
			name = "task " + name + ", which has ended"
		default:
			if name = "task " + name; len(h.list) == 1 {
				in.on = x.t
			}
		}
		if x.n > 1 {
			name = fmt.Sprintf("%s (%d)", name, x.n)
		}
		if len(names) == most {
			names = append(names, fmt.Sprintf("%d more", len(h.list)-most))
			break
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// holder describes who has what a task waits for.
func (in *Inspector) holder(h *Holder) string {
	t := h.peek()
	switch {
	case t == nil: // ordinary code, or a Try
		return ""
	case t.Load().Is(StateForeign):
		return "held by a goroutine in BlockOn"
	case t.Load().Is(StateDone):
		return "held by task " + t.Title() + ", which has ended"
	}
	in.on = t
	return "held by task " + t.Title()
}
