package rt

import "github.com/asyncgen/asyncgen/rt/internal/task"

// Errors of tasks that have no result.
var (
	// ErrGoexit is the error of a task that has called runtime.Goexit.
	ErrGoexit = task.ErrGoexit
	// ErrAborted is the error of a task that was aborted. It is context.Canceled to errors.Is.
	ErrAborted error = task.ErrAborted
	// ErrShutdown is the error of a task whose runtime was shut down. It is context.Canceled to errors.Is.
	ErrShutdown error = task.ErrShutdown
)
