package bench

import (
	"iter"

	"github.com/asyncgen/asyncgen/rt"
)

// below are the numbers below n.
func below(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// ranges waits once for each number of an iterator.
//
//async:func
func ranges(n int) (int, error) {
	sum := 0
	for i := range below(n) {
		rt.Yield()
		sum += i & 1
	}
	return sum, nil
}

// plainRanges is ranges for a goroutine.
func plainRanges(n int) (int, error) {
	sum := 0
	for i := range below(n) {
		plainGosched()
		sum += i & 1
	}
	return sum, nil
}
