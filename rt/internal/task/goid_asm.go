//go:build amd64 || arm64

package task

// Goroutine identifies the calling goroutine while it lives. It is the address
// that the runtime has in a register at all times; we compare it and never
// follow it.
func Goroutine() uintptr
