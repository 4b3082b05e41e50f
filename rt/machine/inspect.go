package machine

import "github.com/asyncgen/asyncgen/rt/internal/task"

// InsideOf says what the stream does.
func (n *eachNext[T]) InsideOf(in *task.Inspector) []task.Call { return in.Future(n.it.s) }

// InsideOf says what the call does that is the stream.
func (b *streamCall[T]) InsideOf(in *task.Inspector) []task.Call { return in.Future(&b.box) }
