package rt

import (
	"io"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Profile writes the tasks of r as a profile for go tool pprof: a sample for each task, whose stack is its
// chain of calls, with the lines of the marked functions. The values are the number of tasks, the bytes of
// their frames and, with the option [Origins], for how long they wait now. With -http a million tasks are one flame
// graph.
//
// Tasks go on meanwhile. Of a verb the stack has the first branch that has not finished.
func (r *Runtime) Profile(w io.Writer) error {
	r.need("Profile")
	task.NeedWriter("Runtime.Profile", w)
	return r.engine.Profile(w)
}
