package machine

import (
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// What generated code gives to a verb that has a body, see verbs.go, where the source makes a future in its argument. The
// verb is the only one who has it, so it is used again.

// Arm is the call of a marked function, whose parameters are in frame:
//
//	fetchAsync(url)   =>   machine.Arm[[]byte](cx, fetchFrame{url: url})
func Arm[T, F any, P interface {
	*F
	Machine
}](cx *rt.Context, frame F) rt.Future[T] {
	return task.NewArm[T, F, P](cx, frame)
}

// SleepArm is rt.SleepAsync(d).
func SleepArm(cx *rt.Context, d time.Duration) rt.Future[rt.Unit] { return task.NewSleepArm(cx, d) }

// YieldArm is rt.YieldAsync().
func YieldArm(cx *rt.Context) rt.Future[rt.Unit] {
	return task.NewArm[rt.Unit](cx, task.YieldFrame{})
}
