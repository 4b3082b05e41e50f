package machine

import (
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// SleepRun is for generated code, which passes a nil m.
func SleepRun(cx *rt.Context, _ *task.SleepFrame, d time.Duration) Machine {
	return task.SleepFor(cx, d)
}

// YieldRun is for generated code, which passes a nil m.
func YieldRun(cx *rt.Context, _ *task.YieldFrame) Machine { return task.YieldOnce(cx) }
