package rt

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Runtime runs tasks. [Default] is the one that most programs use; [New] makes others.
type Runtime struct{ engine task.Runtime }

// runtimeOf is the Runtime whose engine e is: each has been made by NewRuntime, and is all of its Runtime.
func runtimeOf(e *task.Runtime) *Runtime { return (*Runtime)(unsafe.Pointer(e)) }

// need panics if r is nil, for its method who.
func (r *Runtime) need(who string) {
	if r == nil {
		panic(task.NilReceiver("Runtime."+who, "New and Default give a runtime"))
	}
}

// New makes a runtime. Its workers start with its first task; [Runtime.Shutdown] ends it.
func New(opts ...Option) *Runtime {
	c := task.NewConfig()
	for _, f := range opts {
		if f == nil {
			panic(task.NilOption("New"))
		}
		f(&c)
	}
	return runtimeOf(task.NewRuntime(c))
}

// Default is the runtime that code uses that belongs to no other. It has
// GOMAXPROCS workers, which start with its first task. In a bubble of testing/synctest it is another one,
// which is the bubble's own.
func Default() *Runtime { return runtimeOf(task.DefaultHere()) }

// Current is the runtime that the caller belongs to: in a task, and in functions and goroutines that it has started, that of
// the task; otherwise [Default]. It is where [Spawn] without [On] puts a task.
func Current() *Runtime { return runtimeOf(task.Here()) }

// Now is the time on the clock of the runtime that the caller belongs to.
func Now() time.Time { return task.Here().Time() }

// Since is the time that has passed on that clock since t.
func Since(t time.Time) time.Duration { return Now().Sub(t) }

// Shutdown ends the runtime: it cancels all tasks, waits until their cleanup has
// run, and ends all goroutines. Tasks that are spawned meanwhile, or later, end
// with [ErrShutdown] before their first poll. Functions of [SpawnBlocking] that
// have not begun do not run, those that run are waited for. Cleanup may wait as always, for
// [Blocking] and [Sleep] too.
//
// All of this has one time of grace, see [CleanupGrace]. What waits when it is over is
// cancelled, cleanup too. What has not ended a little later (a tenth of the grace, and at least a
// second), because it does not wait in rt, Shutdown leaves behind: the error, a [*ShutdownError],
// says what that is.
//
// If ctx ends first, Shutdown gives a [*ShutdownError] with its cause, and goes on by itself. It may be
// called any number of times; each call waits for the end. Called by a task or a function of
// the runtime itself, or by what is awaited in BlockOn on it, for which it cannot wait, it
// gives nil at once.
func (r *Runtime) Shutdown(ctx context.Context) error {
	r.need("Shutdown")
	if ctx == nil {
		panic(task.NilContext("Runtime.Shutdown"))
	}
	switch left, late, ok := r.engine.End(ctx); {
	case ok:
		return nil
	case late:
		return &ShutdownError{Cause: ErrTimeout, Left: left}
	default:
		return &ShutdownError{Cause: context.Cause(ctx), Left: left}
	}
}

// ShutdownError is the error of [Runtime.Shutdown] if something has not ended in time.
type ShutdownError struct {
	// Cause is that of the ctx of Shutdown, or [ErrTimeout]: the time of grace is over.
	Cause error
	// Left is what had not ended then, by the names of functions and, in quotes, of tasks.
	Left []string
}

// Error implements error.
func (e *ShutdownError) Error() string {
	if len(e.Left) == 0 {
		return fmt.Sprintf("rt: Shutdown: %v", e.Cause)
	}
	return fmt.Sprintf("rt: Shutdown: %v: not ended: %s", e.Cause, strings.Join(e.Left, ", "))
}

// Unwrap gives the cause.
func (e *ShutdownError) Unwrap() error { return e.Cause }
