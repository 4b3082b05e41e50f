package task

import "math/rand/v2"

// RandomIn is a number from 0 to n-1, each with the same chance, where chance
// decides between futures. A worker has a sequence of its own, so that a run on
// one worker can be repeated.
func RandomIn(cx *Context, n int) int {
	if cx.rt != nil && cx.rt.Sim != nil {
		return cx.rt.Sim.driver.Random(n)
	}
	if cx.w == nil {
		return rand.IntN(n)
	}
	return cx.w.random(n)
}

// random is the next number of the worker's sequence: a linear congruential
// generator, of which the high bits are good.
func (w *worker) random(n int) int {
	w.rng = w.rng*1664525 + 1013904223
	return int(uint64(w.rng) * uint64(n) >> 32)
}
