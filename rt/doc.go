// Package rt runs async functions: futures, tasks, and the runtime that
// schedules them. Code that asyncgen generates uses the part of it that seam.go
// has; people use the rest.
package rt
