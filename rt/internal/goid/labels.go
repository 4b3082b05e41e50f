package goid

import "unsafe"

// Labels are the pprof labels of the calling goroutine, as Go has them: a goroutine hands them down to those that it starts.
//
//go:linkname Labels runtime/pprof.runtime_getProfLabel
func Labels() unsafe.Pointer

// SetLabels sets the labels of the calling goroutine.
//
//go:linkname SetLabels runtime/pprof.runtime_setProfLabel
func SetLabels(labels unsafe.Pointer)
