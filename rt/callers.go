package rt

import (
	"runtime"
	"strings"
)

// callers gives the names of the functions that the calling goroutine is in, the innermost first. It is for
// range statements. Deferred calls that a Goexit or a panic runs are on top of what they belong to, so
// runtime.Goexit is among them until the goroutine has left.
func callers(yield func(function string) bool) {
	pcs := make([]uintptr, 64)
	n := runtime.Callers(1, pcs)
	for n == len(pcs) {
		pcs = make([]uintptr, 2*n)
		n = runtime.Callers(1, pcs)
	}
	frames := runtime.CallersFrames(pcs[:n])
	for {
		f, more := frames.Next()
		if !yield(f.Function) || !more {
			return
		}
	}
}

// goexitDepth says how many calls of runtime.Goexit the calling goroutine is in: one that a deferred call makes
// while the goroutine leaves is a call in a call.
func goexitDepth() (n int) {
	for function := range callers {
		if function == "runtime.Goexit" {
			n++
		}
	}
	return n
}

// goexits says whether a Goexit has run the deferred call that calls us, the guard of a generated function, or a
// panic in a deferred call of one. Then it is on the stack, above the function whose guard it is. A Goexit below
// that, one of whose deferred calls has called the function, is none of ours.
func goexits() bool {
	const own = "github.com/asyncgen/asyncgen/rt."
	body := ""
	for function := range callers {
		switch {
		case function == "runtime.Goexit":
			return true
		case body != "":
			if function == body {
				return false
			}
		case function != own+"callers" && function != own+"goexits" && function != own+"Leave" &&
			!strings.HasPrefix(function, own+"goexits"):
			body = function[:strings.LastIndexByte(function, '.')] // of body.func1
		}
	}
	return false
}

// cleansUp says whether the calling goroutine is in a deferred call that a panic or a Goexit has run. One that a
// return has run looks like any other call: the compiler puts it into the code of the function, and the runtime
// does not show the function that runs the others.
func cleansUp() bool {
	for function := range callers {
		if function == "runtime.gopanic" || function == "runtime.Goexit" {
			return true
		}
	}
	return false
}
