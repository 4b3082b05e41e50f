//go:build amd64 || arm64

package task

// Goroutine identifies the calling goroutine while it lives. It is the address
// that the runtime has in a register at all times; we compare it and never
// follow it.
func Goroutine() uintptr

// goroutineWord is a word of what Go knows of the calling goroutine: see threadlock.go, which asks for nothing that
// is not there.
func goroutineWord(offset uintptr) uintptr

const goroutineWords = 40 // that may be read; there are more
