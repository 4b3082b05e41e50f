package rt

import "github.com/asyncgen/asyncgen/rt/internal/task"

// Yield lets the others run: all that are ready now have their turn before the
// caller goes on.
func Yield() { task.YieldHere() }

// YieldAsync is the async form of [Yield].
func YieldAsync() Future[Unit] { return task.NewYield() }
