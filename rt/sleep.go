package rt

import (
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Sleep waits until d has passed. If d is 0 or less it does not wait. An ordinary goroutine waits as long
// when its runtime is shut down; ordinary code that a task calls, for which the shutdown waits, goes on then.
func Sleep(d time.Duration) {
	start := time.Now()
	if _, err := Await(SleepAsync(d)); err != nil {
		task.Here().Outlasts(start, d)
	}
}

// SleepAsync is the async form of [Sleep]. The time counts from the first poll.
func SleepAsync(d time.Duration) Future[Unit] { return task.NewSleep(d, time.Time{}) }

// SleepUntil waits until the runtime's clock, see [Now], is at t.
func SleepUntil(t time.Time) { Sleep(t.Sub(Now())) }

// SleepUntilAsync is the async form of [SleepUntil].
func SleepUntilAsync(t time.Time) Future[Unit] { return task.NewSleep(0, t) }
