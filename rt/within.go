package rt

import (
	"github.com/asyncgen/asyncgen/rt/internal/task"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
)

// Within runs f, ordinary code, as code of r: Spawn, Sleep, Now and what else asks for the runtime that the
// caller belongs to find r in it, and so on goroutines that it starts. It returns when f does.
func Within(r *Runtime, f func()) {
	if r == nil {
		panic(task.Misuse("Within", "of a nil runtime", "New and Default give one"))
	}
	if f == nil {
		panic(task.NilFunction("Within"))
	}
	if task.Here() == &r.engine {
		f()
		return
	}
	if task.CurrentRunner() != nil {
		panic(task.Misuse("Within", "is called by a task of another runtime", "start what belongs to r by Spawn with On(r)"))
	}
	before := goid.Labels()
	defer goid.SetLabels(before)
	goid.SetLabels(r.engine.Labels)
	f()
}
