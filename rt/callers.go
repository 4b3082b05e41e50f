package rt

import "runtime"

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

// goexits says whether it is a Goexit that has run the deferred call that calls us. Then it is on the stack,
// and in the turn that we are in. A Goexit below climb, one of whose deferred calls has begun a turn, is
// none of ours.
func goexits() bool {
	for function := range callers {
		switch function {
		case "runtime.Goexit":
			return true
		case "github.com/asyncgen/asyncgen/rt.(*task).climb":
			return false
		}
	}
	return false
}
