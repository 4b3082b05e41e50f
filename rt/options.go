package rt

import (
	"fmt"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Option is an option of [New].
type Option func(*task.Config)

// Workers sets how many tasks run at once; the default is GOMAXPROCS. A runtime with one
// worker has a goroutine for it, as those with more have: Workers(runtime.GOMAXPROCS(0))
// means the same on every machine. Of this and [CurrentThread] the last one counts.
func Workers(n int) Option {
	if n < 1 || n > task.MaxWorkers {
		panic(task.Misuse("Workers", fmt.Sprintf("of %d", n), fmt.Sprintf("give it 1 to %d, or leave it out for GOMAXPROCS", task.MaxWorkers)))
	}
	return func(c *task.Config) { c.Workers, c.Current = n, false }
}

// CurrentThread makes a runtime that runs inside BlockOn: its tasks run one at a time, in the
// order in which they get ready, and only while a goroutine is in [BlockOn] or [Await] on it, or
// while it shuts down.
func CurrentThread() Option {
	return func(c *task.Config) { c.Workers, c.Current = 1, true }
}

// RuntimeName names the runtime in profiles and dumps.
func RuntimeName(name string) Option { return func(c *task.Config) { c.Name = name } }

// BlockingLimit sets how many functions of [SpawnBlocking] run at once, and
// after how long without work their goroutines end. The defaults are 512 and
// ten seconds.
func BlockingLimit(n int, keepAlive time.Duration) Option {
	if n < 1 {
		panic(task.Misuse("BlockingLimit", fmt.Sprintf("of %d", n), "give it at least 1, or leave it out for 512"))
	}
	return func(c *task.Config) { c.Threads, c.Idle = n, keepAlive }
}

// CleanupGrace sets how long the cleanup of a task that was aborted, by its handle or
// by a shutdown, or that the runtime does for nobody, may wait before its awaits are
// cancelled too. The default is ten seconds; with 0 it may wait for ever. A shutdown has this time once,
// for all that it ends, functions of [SpawnBlocking] included.
func CleanupGrace(d time.Duration) Option {
	return func(c *task.Config) { c.Grace = d }
}

// WithHooks has the runtime call hooks.
func WithHooks(h Hooks) Option { return func(c *task.Config) { c.Look().Hooks = h } }

// Histograms has the runtime measure how long turns take, and how long tasks that are ready wait for a worker:
// [Metrics.TurnTime] and [Metrics.Delay]. A turn costs two readings of the clock more, and a task a few hundred bytes.
func Histograms() Option { return func(c *task.Config) { c.Look().Measures = true } }

// Origins has the runtime note where each task was spawned, since when it waits, and which tasks have the permits of a
// Semaphore and the read locks of an RWMutex, for [Runtime.Dump]. A turn costs a reading of the clock more, a spawn the
// search for its line, a release of a permit that for its holder, and a task a few hundred bytes.
func Origins() Option { return func(c *task.Config) { c.Look().Origins = true } }

// TaskLabels gives the goroutine of a worker, for each turn, the pprof label "task" with the name of the task: a CPU
// profile says then which tasks the time went to. Goroutines that the task starts keep the label. At most a
// thousand names are told apart.
func TaskLabels() Option { return func(c *task.Config) { c.Look().Labels = true } }
