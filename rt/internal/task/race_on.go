//go:build race

package task

// raced says that the race detector looks on: it wants atomic operations where something else orders the accesses, too.
const raced = true
