package task

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"unsafe"
)

// PanicTrace says where the panic came up that is being thrown from frame to frame: its stack, and the calls that
// waited for those on it, which are on no stack.
type PanicTrace struct {
	value any
	pcs   []uintptr
	via   []awaiter
	box   *Task     // the last whose calls are in via
	lost  []awaiter // of a task that a panic has left, or a Goexit; for take
	told  bool      // pcs are on the stack, or an origin with them
}

// awaiter is a call that waits, and where.
type awaiter struct {
	f     *Func
	state uint32
}

// named reports whether a is a call of the source, and not one of ours.
func (a awaiter) named() bool { return a.f.at(a.state).Pos != "" }

// mostAwaiters is how many are kept.
const mostAwaiters = 100

// awaiters adds to list the call of t that was resumed, which the stack has only in generated code, and those that
// wait for it, if there are any.
func awaiters(list []awaiter, t *Task) []awaiter {
	m := t.Leaf
	if Head(m).parent == nil {
		return list
	}
	for ; m != nil && len(list) < mostAwaiters; m = Head(m).parent {
		list = append(list, awaiter{m.Func(), Head(m).state})
	}
	return list
}

// Note keeps the stack of v, which was just recovered, unless it is the panic
// that we threw ourselves: then its first stack is the true one.
func (p *PanicTrace) Note(v any) { p.note(v, 5) }

// note is Note, where so many functions are above the deferred one.
func (p *PanicTrace) note(v any, skip int) {
	if p.pcs != nil && same(p.value, v) {
		return
	}
	var pcs [64]uintptr
	n := runtime.Callers(skip, pcs[:])
	*p = PanicTrace{value: v, pcs: append([]uintptr(nil), pcs[:n]...), lost: p.lost, told: true}
}

// tells reports whether there is something that the report of a crash would not have.
func (p *PanicTrace) tells() bool { return p.lost != nil || p.pcs != nil && !p.told }

// untold gives the stack if the report of a crash would not have it so far. Now it will.
func (p *PanicTrace) untold() (pcs []uintptr) {
	if !p.told {
		pcs = p.pcs
	}
	p.told = true
	return pcs
}

// Raise begins the panic anew in who polls with cx, where its stack is not.
func (p PanicTrace) Raise(cx *Context) {
	p.told = true
	cx.trace = p
	o := origin{p.pcs, p.via}
	o.on(func() { panic(p.value) })
}

// GoOn lets the panic v go on that has left t, and was just recovered for the sake of the report of a crash. If it
// is nil, it is a Goexit, which nothing stops.
func (p *PanicTrace) goOn(t *Task, v any) {
	if v == nil {
		return
	}
	p.Note(v)
	o := origin{pcs: p.untold()}
	if p.box != t {
		p.box, p.via, o.via = t, append(p.via, p.lost...), p.lost
	}
	if o.pcs != nil {
		o.via = p.via
	}
	o.on(func() { panic(v) })
}

// origin tells, as the value of a panic of its own, from where another one comes. That one begins when the first has
// just been recovered: then the report of a crash has both, and recover gives the other.
//
//	panic: resumed in main.leaf (main.go:14), awaited by main.middle (main.go:17), main.top (main.go:20) [recovered]
//		panic: runtime error: index out of range
type origin struct {
	pcs []uintptr // nil: it is on the stack
	via []awaiter
}

// on calls f on top of o, if that has something to tell.
func (o *origin) on(f func()) {
	if o.pcs == nil && !slices.ContainsFunc(o.via, awaiter.named) {
		f()
		return
	}
	defer func() {
		_ = recover()
		f()
	}()
	panic(o)
}

// String is what the report of a crash shows.
func (o *origin) String() string {
	var b strings.Builder
	if len(o.pcs) > 0 {
		b.WriteString("it came up here:\n")
	}
	writeStack(&b, o.pcs, o.via)
	return strings.TrimSuffix(b.String(), "\n")
}

// passes adds the calls of t that wait. It has been recovered in t for a call of t.
func (p *PanicTrace) passes(t *Task) {
	if p.box != t {
		p.box, p.via = t, awaiters(p.via, t)
	}
}

// take gives the trace of v as an error, and forgets it. It has left the task t, which was running.
func (p *PanicTrace) take(v any, t *Task) *PanicError {
	p.Note(v)
	e := &PanicError{Value: v, pcs: p.pcs, via: p.via}
	if p.box != t {
		e.via = append(e.via, p.lost...)
	}
	*p = PanicTrace{}
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
	for i, a := range via {
		switch {
		case !a.named():
			continue
		case i == 0:
			fmt.Fprintf(b, "resumed in %s (%s), ", a.f.Name, a.f.at(a.state).Pos)
			continue
		}
		fmt.Fprintf(b, "%s%s (%s)", before, a.f.Name, a.f.at(a.state).Pos)
		before = ", "
	}
	if before == ", " {
		b.WriteByte('\n')
	}
}
