//go:build amd64 || arm64

package goid

// ID identifies the calling goroutine while it lives. It is the address
// that the runtime has in a register at all times; we compare it and never
// follow it.
func ID() uintptr

// Word is a word of what Go knows of the calling goroutine, at an offset in bytes of less than Words words.
func Word(offset uintptr) uintptr

// Words is how many words may be read; there are more.
const Words = 40
