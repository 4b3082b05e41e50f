package task

import (
	"runtime"
	"unsafe"
	"weak"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
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

// owner says whose a label set is. A runtime that runs is held, and so is its label set: nothing else has its
// address. When it has ended, goroutines that still carry the labels go on belonging to it: on Default they would
// wait for what never ends. But nothing is held for their sake.
type owner struct {
	labels unsafe.Pointer // nil: it has ended
	rt     *Runtime

	lateLabels weak.Pointer[byte] // nil when nobody carries them, whatever has their address then
	lateRT     weak.Pointer[Runtime]
}

// releaseLabels lets go of r, which has ended, and of its label sets.
func (r *Runtime) releaseLabels() {
	for _, labels := range r.labelSets() {
		key, set := uintptr(labels), (*byte)(labels)
		late := &owner{lateLabels: weak.Make(set), lateRT: weak.Make(r)}
		Labelled.Store(key, late)
		runtime.AddCleanup(set, func(key uintptr) { Labelled.CompareAndDelete(key, late) }, key)
	}
}

// has reports whether the label set is still the owner's.
func (o *owner) has(labels unsafe.Pointer) bool {
	if o.labels != nil {
		return o.labels == labels
	}
	return o.lateLabels.Value() == (*byte)(labels)
}

// runtime is the owner.
func (o *owner) runtime() *Runtime {
	if o.rt != nil {
		return o.rt
	}
	if r := o.lateRT.Value(); r != nil {
		return r
	}
	return someEnded() // nobody has a reference to theirs, so they cannot tell
}

// Here is the runtime that the calling goroutine belongs to.
func Here() *Runtime { return CurrentRunner().belongs() }

// belongs is the runtime that the calling goroutine belongs to. r is the runner
// that it is, or nil.
func (r *Runner) belongs() *Runtime {
	if r != nil {
		return r.cx.rt
	}
	if own := goid.Labels(); own != nil {
		if o, ok := Labelled.Load(uintptr(own)); ok && o.(*owner).has(own) {
			return o.(*owner).runtime()
		}
	}
	return DefaultHere()
}
