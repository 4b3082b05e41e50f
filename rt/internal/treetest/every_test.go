package treetest

import (
	"fmt"
	"testing"
)

// arms are calls that end in every way, before and after a wait, with cleanup of every kind.
func arms() (all []node) {
	for _, end := range []ending{returns, panics, exits} {
		for waits := range 2 {
			all = append(all, node{end: end, waits: waits})
			for _, then := range []ending{returns, panics, exits} {
				for w := range 2 {
					all = append(all, node{end: end, waits: waits, clean: &cleanup{waits: w, end: then}})
				}
			}
		}
	}
	return all
}

// pair is a call of two others, in some way, with cleanup that waits.
func pair(how how, end ending, a, b *node) *node {
	n := &node{how: how, kids: []*node{a, b}, end: end, clean: &cleanup{waits: 1}}
	a.up, b.up = n, n
	return n
}

// pairings are the ways to run two calls at once.
var pairings = []how{join, joinAll, settle, race, scope}

// Every pair of endings, one beside the other.
func TestEveryPair(t *testing.T) {
	all := arms()
	for _, how := range pairings {
		for i := range all {
			for j := range all {
				a, b := all[i], all[j]
				a.id, b.id = 1, 2
				if a.clean != nil {
					c := *a.clean
					a.clean = &c
				}
				tree := pair(how, returns, &a, &b)
				for _, w := range ways[:1] {
					for _, plain := range forms {
						everywhere(t, fmt.Sprint(how, " of ", i, " and ", j), tree, w, plain)
					}
				}
			}
		}
		if t.Failed() {
			return
		}
	}
}

// Every tree of seven calls that panic, exit or wait, with cleanup that waits.
func TestEveryTreeOfSeven(t *testing.T) {
	ends := []ending{returns, panics, exits}
	for _, how := range pairings {
		for k := range 3 * 3 * 3 * 3 * 3 * 3 * 3 { // a digit for each call
			id := 0
			end := func() ending {
				e := ends[k%3]
				k /= 3
				return e
			}
			var make func(depth int) *node
			make = func(depth int) (n *node) {
				if depth == 0 {
					n = &node{end: end(), waits: 1, clean: &cleanup{waits: 1}}
				} else {
					n = pair(how, end(), make(depth-1), make(depth-1))
				}
				id++
				n.id = id
				return n
			}
			name, tree := fmt.Sprint(how, " ", k), make(2)
			for _, plain := range forms {
				everywhere(t, name, tree, ways[0], plain)
			}
		}
		if t.Failed() {
			return
		}
	}
}
