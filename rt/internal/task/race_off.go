//go:build !race

package task

// raced says that the race detector looks on.
const raced = false
