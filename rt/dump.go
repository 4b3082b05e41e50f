package rt

import (
	"io"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// DumpOption is an option of [Runtime.Dump].
type DumpOption func(*task.Dumper)

// DumpJSON writes one JSON object: {"runtime": …, "tasks": [TaskInfo…], "blockOn": [TaskInfo…],
// "notListed": …, "cycles": [[names…]…]}.
func DumpJSON() DumpOption { return func(d *task.Dumper) { d.Json = true } }

// DumpByPlace makes one object of all tasks that wait in the same place, where [DumpJSON] writes one for each: the object is
// {"runtime": …, "listed": number of tasks, "notListed": …, "places": [PlaceInfo…], "blockOn": [PlaceInfo…],
// "cycles": [[names…]…]}. The text has them so in any case.
func DumpByPlace() DumpOption { return func(d *task.Dumper) { d.Places = true } }

// DumpLocals adds the values of the variables that each call keeps, as text of bounded length. What they
// point to is not shown, since it may be changing.
func DumpLocals() DumpOption { return func(d *task.Dumper) { d.Locals = true } }

// Dump writes what every task of r is waiting for: the calls that it is in, the innermost first, with the
// lines of the marked functions, and cycles of tasks that wait for each other.
//
//	r.Dump(os.Stderr)
//
// In the text, tasks that wait in the same place are one paragraph. Tasks go on meanwhile: each is held only
// while it is looked at. Those that have not waited yet are counted, and not listed.
func (r *Runtime) Dump(w io.Writer, opts ...DumpOption) error {
	r.need("Dump")
	task.NeedWriter("Runtime.Dump", w)
	d := new(task.Dumper)
	for _, f := range opts {
		if f == nil {
			panic(task.NilOption("Runtime.Dump"))
		}
		f(d)
	}
	return r.engine.Dump(w, d)
}
