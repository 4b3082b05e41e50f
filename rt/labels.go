package rt

import (
	"context"
	"runtime/pprof"
	"sync"
	"unsafe"
)

// A goroutine that code of a task starts belongs to the task's runtime: Spawn,
// Sleep and Now there must not escape from a simulation. Go has one thing that a
// goroutine hands down to those it starts, its pprof labels. So each runtime has
// a set of labels of its own, which its workers carry (it also names the runtime
// in profiles), and labelled finds the runtime by the address of the set.
//
// Users' labels keep working: pprof.Do in a task replaces ours for its duration,
// and a worker takes its own back before the next poll. Only a goroutine that is
// started inside of such a pprof.Do does not find its runtime; it uses Default.

//go:linkname getProfLabel runtime/pprof.runtime_getProfLabel
func getProfLabel() unsafe.Pointer

//go:linkname setProfLabel runtime/pprof.runtime_setProfLabel
func setProfLabel(labels unsafe.Pointer)

// labelled has the runtimes by their label sets.
var labelled sync.Map // unsafe.Pointer → *Runtime

// newLabels makes the label set of r. A label set lives as long as somebody
// carries it: its address is not used again while it is in labelled.
func newLabels(r *Runtime) unsafe.Pointer {
	before := getProfLabel()
	ctx := pprof.WithLabels(context.Background(), pprof.Labels("asyncgen", r.name))
	pprof.SetGoroutineLabels(ctx)
	own := getProfLabel()
	setProfLabel(before)
	labelled.Store(own, r)
	return own
}

// here is the runtime that the calling goroutine belongs to.
func here() *Runtime { return currentRunner().belongs() }

// belongs is the runtime that the calling goroutine belongs to. r is the runner
// that it is, or nil.
func (r *runner) belongs() *Runtime {
	if r != nil {
		return r.cx.rt
	}
	if own := getProfLabel(); own != nil {
		if r, ok := labelled.Load(own); ok {
			return r.(*Runtime)
		}
	}
	return Default()
}
