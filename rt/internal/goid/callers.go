package goid

import (
	"reflect"
	"runtime"
	"strings"
)

// The functions of the Go runtime that run deferred calls, as a stack names them.
const (
	runsGoexit = "runtime.Goexit"
	runsPanic  = "runtime.gopanic"
)

// callers gives the names of the functions that the calling goroutine is in, the innermost first: without the
// caller of callers, and without skip more. It is for range statements. Deferred calls that a Goexit or a panic runs
// are on top of what they belong to, so runtime.Goexit is among them until the goroutine has left.
func callers(skip int) func(yield func(function string) bool) {
	skip += 3 // runtime.Callers, callers, and its caller
	pcs := make([]uintptr, 64)
	n := runtime.Callers(skip, pcs)
	for n == len(pcs) {
		pcs = make([]uintptr, 2*n)
		n = runtime.Callers(skip, pcs)
	}
	return func(yield func(function string) bool) {
		frames := runtime.CallersFrames(pcs[:n])
		for {
			f, more := frames.Next()
			if !yield(f.Function) || !more {
				return
			}
		}
	}
}

// GoexitDepth is how many calls of runtime.Goexit the calling goroutine is in: one that a deferred call makes
// while the goroutine leaves is a call in a call.
func GoexitDepth() (n int) {
	for function := range callers(0) {
		if function == runsGoexit {
			n++
		}
	}
	return n
}

// Goexits reports whether a Goexit has run the deferred call that is on the stack below its caller and skip more, the
// guard of a generated function, or a panic in a deferred call of one. Then it is on the stack, above the function
// whose guard it is. A Goexit below that, one of whose deferred calls has called the function, is none of ours.
func Goexits(skip int) bool {
	body := ""
	for function := range callers(skip + 1) {
		switch {
		case body == "":
			body = function[:strings.LastIndexByte(function, '.')] // of body.func1
		case function == runsGoexit:
			return true
		case function == body:
			return false
		}
	}
	return false
}

// CleansUp reports whether the calling goroutine is in a deferred call that a panic or a Goexit has run. One that a
// return has run looks like any other call: the compiler puts it into the code of the function, and the runtime
// does not show the function that runs the others.
func CleansUp() bool {
	for function := range callers(0) {
		if function == runsPanic || function == runsGoexit {
			return true
		}
	}
	return false
}

// NameOf is the name of f, a function, as a stack has it.
func NameOf(f any) string { return runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name() }
