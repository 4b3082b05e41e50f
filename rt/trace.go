package rt

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"
)

// panicTrace says where the panic came up that is being thrown from frame to frame: its stack, and the calls that
// waited for those on it, which are on no stack.
type panicTrace struct {
	value any
	pcs   []uintptr
	via   []awaiter
	box   *task     // the last whose calls are in via
	lost  []awaiter // of a task that a panic has left, or a Goexit; for take
}

// awaiter is a call that waits, and where.
type awaiter struct {
	f     *Func
	state uint32
}

// mostAwaiters is how many are kept.
const mostAwaiters = 100

// awaiters adds to list the calls that wait for the innermost of t.
func awaiters(list []awaiter, t *task) []awaiter {
	for m := frameOf(t.leaf).parent; m != nil && len(list) < mostAwaiters; m = frameOf(m).parent {
		list = append(list, awaiter{m.Func(), frameOf(m).state})
	}
	return list
}

// note keeps the stack of v, which was just recovered, unless it is the panic
// that we threw ourselves: then its first stack is the true one.
func (p *panicTrace) note(v any) {
	if p.pcs == nil || !same(p.value, v) {
		var pcs [64]uintptr
		n := runtime.Callers(4, pcs[:])
		*p = panicTrace{value: v, pcs: append([]uintptr(nil), pcs[:n]...), lost: p.lost}
	}
}

// passes adds the calls of t that wait. It has been recovered in t for a call of t.
func (p *panicTrace) passes(t *task) {
	if p.box != t {
		p.box, p.via = t, awaiters(p.via, t)
	}
}

// take gives the trace of v as an error, and forgets it. It has left the task t, which was running.
func (p *panicTrace) take(v any, t *task) *PanicError {
	p.note(v)
	e := &PanicError{Value: v, pcs: p.pcs, via: p.via}
	if p.box != t {
		e.via = append(e.via, p.lost...)
	}
	*p = panicTrace{}
	return e
}

// same compares two values by their words: uncomparable ones are no problem.
func same(a, b any) bool {
	return *(*[2]unsafe.Pointer)(unsafe.Pointer(&a)) == *(*[2]unsafe.Pointer)(unsafe.Pointer(&b))
}

// writeStack writes a stack as Go does, and below it who waited for it.
func writeStack(b *strings.Builder, pcs []uintptr, via []awaiter) {
	for fs, more := runtime.CallersFrames(pcs), len(pcs) > 0; more; {
		var f runtime.Frame
		f, more = fs.Next()
		fmt.Fprintf(b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
	}
	before := "awaited by "
	for _, a := range via {
		if int(a.state) < len(a.f.States) && a.f.States[a.state].Pos != "" { // not one of ours
			fmt.Fprintf(b, "%s%s (%s)", before, a.f.Name, a.f.States[a.state].Pos)
			before = ", "
		}
	}
	if before == ", " {
		b.WriteByte('\n')
	}
}
