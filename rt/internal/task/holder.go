package task

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
