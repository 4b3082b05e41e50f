package main

import "github.com/asyncgen/asyncgen/rt"

// down goes n calls deep, waits there, and counts the calls on the way up.
//
//async:func
func down(n int) int {
	if n == 0 {
		rt.Yield()
		return 0
	}
	return 1 + down(n-1)
}

// recursion: a call that waits has a frame on the heap, which is as small as its live locals, so
// that depth is no concern.
//
//async:func
func recursion() error {
	say("%d calls deep", down(100_000))
	return nil
}
