package task

import (
	"runtime"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
)

// A switch of coroutines ends the process if one of the two has locked its thread, and Go has no function that tells. But it
// notes it in a word of each goroutine, which is 0, or the thread. Where that is differs between versions, so we find out
// when the program starts: it is the word that changes with LockOSThread. If there is not exactly one, nobody knows, and
// nothing switches.

// lockWord is where the word is; 0: unknown.
var lockWord = findLockWord()

// threadLocked reports whether the calling goroutine has locked its thread, or C code that it was called from has. It is
// for those who know that lockWord is known.
func threadLocked() bool { return goid.Word(lockWord) != 0 }

// findLockWord finds the word that changes. The goroutine that initializes packages has locked its thread, so it asks another.
func findLockWord() uintptr {
	found := make(chan uintptr)
	go func() {
		var candidates []uintptr
		for i := range uintptr(goid.Words) {
			candidates = append(candidates, i*8)
		}
		for range 3 { // other words may change at any time, but not always with this one
			candidates = changeWithLock(candidates)
		}
		if len(candidates) != 1 {
			candidates = []uintptr{0}
		}
		found <- candidates[0]
	}()
	return <-found
}

// changeWithLock is those of words which are 0 unless the thread is locked, and then all that time the same.
func changeWithLock(words []uintptr) (some []uintptr) {
	var seen [goid.Words][5]uintptr
	look := func(when int) {
		for i, w := range words {
			seen[i][when] = goid.Word(w)
		}
	}
	look(0)
	runtime.LockOSThread()
	look(1)
	runtime.LockOSThread()
	runtime.Gosched()
	look(2)
	runtime.UnlockOSThread()
	look(3)
	runtime.UnlockOSThread()
	look(4)
	for i, w := range words {
		if s := seen[i]; s[0] == 0 && s[1] != 0 && s[2] == s[1] && s[3] == s[1] && s[4] == 0 {
			some = append(some, w)
		}
	}
	return some
}
