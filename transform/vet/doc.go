// Package vet finds mistakes in the use of futures: code that compiles, and does not do what it says
// or keeps a worker from other tasks.
//
//	fAsync(x)             // AG0401: a future that nobody awaits does nothing
//
//	//async:func
//	func g(ch chan int) {
//		mu.Lock()         // AG0406: mu is held while g waits
//		rt.Sleep(d)
//		mu.Unlock()
//		<-ch              // AG0403: blocks the worker, not only this task
//	}
//
// The rules are analyzers of go/analysis. asyncgen vet runs them with [Run], go vet -vettool and
// golangci-lint take them from [Analyzers]. docs/vet.md explains each rule.
//
// What an await is, which literal is a block, and what asyncgen itself warns of is for the packages
// load and check to say. This package adds what follows from it:
//
//   - Which code runs on a worker (units.go). Marked functions and their blocks do; an ordinary
//     literal, a goroutine, and a block in an unmarked function do not, so nothing is said about them
//     when they block.
//   - Facts: a function without an async form that awaits, directly or through others, in whatever
//     package (waits.go).
//   - Flow: rules about what happens between two statements look at the paths between them (flow.go),
//     and ask for one path on which the mistake is made.
//
// A rule says nothing where it would have to guess: a func value may block, and is reported when the
// package stores something in it that does.
package vet
