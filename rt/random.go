package rt

import "math/rand/v2"

// random is a number from 0 to n-1, each with the same chance, where chance
// decides between futures.
func (cx *Context) random(n int) int { return rand.IntN(n) }
