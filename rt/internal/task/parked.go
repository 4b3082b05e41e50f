package task

import (
	"runtime"
	"slices"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
)

// A panic that has left a call whose deferred calls wait is parked in a variable of the call until they have run. Then it is
// thrown again, and who recovers it, or reports the crash, is to have the stack of the first time:
//
//	panic(v) ──▶ guard: LeaveBody notes the stack ──▶ the deferred call waits: the task keeps the trace
//	resumed  ──▶ the deferred call has run ──▶ Rethrow: panic(v) ──▶ unwindTo takes up the trace
type parkedTrace struct {
	call  *Frame // whose deferred calls wait
	trace PanicTrace
}

// mostParked is how many traces a task keeps, of panics that deferred calls have replaced or recovered.
const mostParked = 8

// park keeps the trace of the panic v, which m has parked, until unpark. Here it would be taken for that of another task.
func (cx *Context) park(m Machine, v any) {
	if cx.own != nil && cx.trace.pcs != nil && same(cx.trace.value, v) {
		x := cx.own.Extra()
		x.dropParked(Head(m))
		if len(x.parked) == mostParked {
			x.parked = slices.Delete(x.parked, 0, 1)
		}
		x.parked = append(x.parked, parkedTrace{Head(m), cx.trace})
	}
	cx.trace = PanicTrace{}
}

// unpark takes up the trace of the panic that m had parked and that has now left m, if there is one.
func (cx *Context) unpark(m Machine) {
	if cx.own == nil || !isExtra(cx.own.aux.Load()) || Head(m).state < m.Func().Exit {
		return
	}
	if trace, ok := cx.own.Extra().dropParked(Head(m)); ok && rethrown() {
		trace.told, trace.lost = false, nil
		cx.trace = trace
	}
}

// Rethrow takes up the panic v again, which was parked.
//
//go:noinline
func Rethrow(v any) { panic(v) }

// rethrown reports whether the panic that is under way comes from Rethrow. A deferred call may have panicked with the same value.
func rethrown() bool {
	var pcs [8]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	for {
		f, more := frames.Next()
		if f.Function == rethrowName {
			return true
		}
		if !more {
			return false
		}
	}
}

var rethrowName = goid.NameOf(Rethrow)

// dropParked forgets the trace of f, and gives it.
func (x *extra) dropParked(f *Frame) (trace PanicTrace, ok bool) {
	i := slices.IndexFunc(x.parked, func(p parkedTrace) bool { return p.call == f })
	if i < 0 {
		return trace, false
	}
	trace = x.parked[i].trace
	x.parked = slices.Delete(x.parked, i, i+1)
	return trace, true
}

// Recovered forgets the traces of the panic v, which was parked, in the task of the calling goroutine: a deferred call has
// recovered it.
func Recovered(v any) {
	r := CurrentRunner()
	if r == nil || r.cx.own == nil || !isExtra(r.cx.own.aux.Load()) {
		return
	}
	x := r.cx.own.Extra()
	x.parked = slices.DeleteFunc(x.parked, func(p parkedTrace) bool { return same(p.trace.value, v) })
}
