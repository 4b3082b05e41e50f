// Package bench measures tasks against goroutines.
//
// Each workload is written twice: with marked functions, and as one writes it with goroutines. A
// benchmark runs the two in turn, in one process, each on a collected heap, and reports the medians
// and their ratio, which says more than nanoseconds of one machine do:
//
//	go test -bench . ./bench/...
//	go test -bench . ./bench/... | go run ./bench/cmd/table
//
// By default a workload has a million tasks. The goroutines of the sleepers then take 2.7 GB of
// memory; -tasks and -sleepers make it less (or, for tasks, more):
//
//	go test -bench . ./bench -tasks 10000 -sleepers 10000
//	go test -bench Memory ./bench -sleepers 10000000
package bench

//go:generate go tool asyncgen
