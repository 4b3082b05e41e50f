package rttest

import (
	"math/rand/v2"

	"github.com/asyncgen/asyncgen/rt/internal/simulation"
)

// chooser decides what a simulation leaves open.
type chooser interface {
	// pick says which task has the next turn.
	pick(ready []*simulation.Task) int
	// random gives a number from 0 to n-1.
	random(n int) int
}

// uniform picks at random, each task with the same chance.
type uniform struct{ rng *rand.Rand }

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x5eed)) }

func (u uniform) pick(ready []*simulation.Task) int { return u.random(len(ready)) }

func (u uniform) random(n int) int {
	if n == 1 {
		return 0
	}
	return u.rng.IntN(n)
}

// pct picks by priorities, which are random: who has the highest goes on until it waits, or until its priority is
// changed, at one of a few random turns. It finds faults that need few switches, but at the right moments, with a
// probability that can be told: see "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs"
// (Burckhardt, Kothari, Musuvathi, Nagarakatte; 2010).
type pct struct {
	uniform
	priority map[int]float64 // by ID
	change   map[int]bool    // turns at which the priority of the task that had it falls
	lowest   float64
	turn     int
}

// pctDepth is how often a priority changes.
const pctDepth = 3

// newPCT makes a pct for a program of about so many turns.
func newPCT(seed uint64, turns int) *pct {
	p := &pct{uniform: uniform{newRand(seed)}, priority: map[int]float64{}, change: map[int]bool{}}
	for range pctDepth {
		p.change[1+p.rng.IntN(max(turns, 1))] = true
	}
	return p
}

func (p *pct) pick(ready []*simulation.Task) int {
	p.turn++
	best := 0
	for i, t := range ready {
		if _, ok := p.priority[t.ID]; !ok {
			p.priority[t.ID] = p.rng.Float64()
		}
		if p.priority[t.ID] > p.priority[ready[best].ID] {
			best = i
		}
	}
	if p.change[p.turn] {
		p.lowest--
		p.priority[ready[best].ID] = p.lowest
	} else if p.turn%fairAfter == 0 { // a task that only yields must not keep the others for ever
		p.priority[ready[best].ID] = p.lowest - p.rng.Float64()
	}
	return best
}

// fairAfter is after how many turns a pct changes a priority whatever has been drawn.
const fairAfter = 64

// tree takes the choices that are given, and the first of each from then on. It notes how many there were each time.
type tree struct {
	given []int
	taken []int
	of    []int
	wrong bool // there was no such choice
}

func (c *tree) pick(ready []*simulation.Task) int { return c.random(len(ready)) }

func (c *tree) random(n int) int {
	if n == 1 {
		return 0
	}
	i := 0
	if at := len(c.taken); at < len(c.given) {
		if i = c.given[at]; i >= n {
			c.wrong = true
			i = 0
		}
	}
	c.taken, c.of = append(c.taken, i), append(c.of, n)
	return i
}

// next gives the choices of the next branch, depth first, or false if this was the last.
func (c *tree) next() ([]int, bool) {
	for at := len(c.taken) - 1; at >= 0; at-- {
		if c.taken[at]+1 < c.of[at] {
			given := append([]int(nil), c.taken[:at+1]...)
			given[at]++
			return given, true
		}
	}
	return nil, false
}
