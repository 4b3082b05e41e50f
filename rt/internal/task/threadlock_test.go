//go:build amd64 || arm64

package task

import (
	"runtime"
	"testing"
)

// Whether a thread is locked is known with this version of Go, so that blocks and iterators switch as coroutines.
func TestThreadLocked(t *testing.T) {
	if lockWord == 0 {
		t.Fatal("it is not known")
	}
	want := func(want bool) {
		t.Helper()
		if threadLocked() != want {
			t.Error("locked:", !want)
		}
	}
	want(false)
	runtime.LockOSThread()
	want(true)
	runtime.LockOSThread()
	runtime.UnlockOSThread()
	runtime.Gosched()
	want(true)
	other := make(chan bool)
	go func() { other <- threadLocked() }()
	if <-other {
		t.Error("that of another goroutine is locked too")
	}
	runtime.UnlockOSThread()
	want(false)
}
