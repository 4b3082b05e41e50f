//go:build !amd64 && !arm64

package goid

import (
	"bytes"
	"runtime"
	"strconv"
)

// ID identifies the calling goroutine while it lives. It reads the
// number in the first line of its stack: goroutine 18 [running].
func ID() uintptr {
	var buf [64]byte
	text := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	digits, _, _ := bytes.Cut(text, []byte(" "))
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		panic("rt: the stack does not begin with the goroutine's number: " + err.Error())
	}
	return uintptr(n)
}

// Word is not to be had.
func Word(uintptr) uintptr { return 0 }

// Words is how many words may be read.
const Words = 0
