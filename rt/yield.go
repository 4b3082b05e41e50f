package rt

import (
	"runtime"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Yield lets the others run: all that are ready now have their turn before the
// caller goes on.
func Yield() {
	if task.Current() == nil { // a goroutine of its own: the others are goroutines too
		runtime.Gosched()
		return
	}
	_, _ = Await(YieldAsync())
}

// YieldAsync is the async form of [Yield].
func YieldAsync() Future[Unit] { return task.NewYield() }
