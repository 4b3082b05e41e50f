// Package treetest makes trees of calls, verbs, blocks and groups, with cleanup that waits, and ends them in every
// way and at every moment. The functions here are what the trees are made of; the tests hold them to the rules:
// cleanup that has begun ends, once, innermost first, and whoever waits comes back.
package treetest

//go:generate go tool asyncgen .

import (
	"runtime"
	"sync"

	"github.com/asyncgen/asyncgen/rt"
)

// node is a call. It waits, runs its kids in some way, ends in some way, and cleans up.
type node struct {
	id    int
	how   how
	kids  []*node
	waits int // awaits before the kids
	end   ending
	clean *cleanup // nil: no deferred call
	list  bool     // the deferred call is in a loop
	saves bool     // a panic is recovered by the caller
	held  bool     // is part of the cleanup of another
	up    *node    // who calls it

	// What has happened, in the order of Env.now; 0 is never.
	began, through, cleans, cleaned, times, did int
}

// cleanup is a deferred call.
type cleanup struct {
	waits int
	kid   *node // is called after the waits, unless nil
	end   ending
}

// how says how a node runs its kids.
type how int

const (
	inTurn how = iota // one after the other
	join
	joinAll
	settle
	race
	choose
	block   // in turn, in an async block
	scope   // as members of a group
	timeout // in turn, under a timeout that is never over
	value   // in turn, as futures that are values
	hows
)

// ending says how a call or a cleanup ends.
type ending int

const (
	returns ending = iota
	panics
	exits
	hangs
)

// run is one run of a tree.
type run struct {
	mu     sync.Mutex
	now    int    // counts what happens
	steps  int    // counts the polls that have to wait
	at     int    // at which step fire is called; negative: never
	fire   func() // ends the tree from outside
	fired  int    // when it was; 0: not yet
	plain  bool   // the tree runs in its blocking form
	slow   func(wake func())
	strict bool // after fire no body goes on
	wrong  []string
}

// tick is when something happens.
func (r *run) tick(at *int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now++
	*at = r.now
}

func (r *run) cleans(n *node) {
	r.tick(&n.cleans)
	n.times++
}

// soon is a future that is ready after it has been polled some times. It wakes whoever polls it by itself.
type soon struct {
	r     *run
	n     *node
	left  int // polls that wait; negative: it is never ready
	held  bool
	polls int // after the tree was ended from outside
}

// Poll implements [rt.Future].
func (s *soon) Poll(cx *rt.Context) (rt.Unit, bool, error) {
	r := s.r
	r.mu.Lock()
	defer r.mu.Unlock()
	step := r.steps
	r.steps++
	if (step == r.at || step == most && r.at >= 0) && r.fired == 0 {
		r.now++
		r.fired = r.now
		r.mu.Unlock()
		r.fire()
		r.mu.Lock()
	}
	if r.fired != 0 && !s.held && r.strict {
		if s.polls++; s.polls > tooMany {
			r.wrong = append(r.wrong, "a body goes on after its end")
			r.strict = false
		}
		s.left = max(s.left, 1)
	}
	if s.left == 0 {
		return rt.Done(rt.Unit{})
	}
	s.left--
	if w := cx.Waker(); r.slow != nil && r.fired != 0 {
		r.slow(w.Wake)
	} else {
		w.Wake()
	}
	return rt.Pending[rt.Unit]()
}

const (
	most    = 100 // a step at which the tree is ended at the latest
	tooMany = 100 // polls of one future in a body that was to leave
)

// body waits in the body of n, and cleanup in its deferred call.
func (r *run) body(n *node) rt.Future[rt.Unit]    { return &soon{r: r, n: n, left: 1, held: n.held} }
func (r *run) cleanup(n *node) rt.Future[rt.Unit] { return &soon{r: r, n: n, left: 1, held: true} }
func (r *run) never(n *node, held bool) rt.Future[rt.Unit] {
	return &soon{r: r, n: n, left: -1, held: held}
}

//async:func
func call(r *run, n *node) {
	switch {
	case n.saves:
		saved(r, n)
	case n.clean == nil:
		bare(r, n)
	case n.list:
		listed(r, n)
	default:
		direct(r, n)
	}
}

//async:func
func saved(r *run, n *node) {
	defer func() { _ = recover() }()
	if n.clean == nil {
		bare(r, n)
	} else {
		listed(r, n)
	}
}

//async:func
func direct(r *run, n *node) {
	defer tidy(r, n)
	bare(r, n)
}

// listed has its deferred call in a loop, so that it is no part of the function's own code.
//
//async:func
func listed(r *run, n *node) {
	for range 1 {
		defer func() { tidy(r, n) }()
	}
	bare(r, n)
}

//async:func
func tidy(r *run, n *node) {
	defer r.tick(&n.cleaned)
	r.cleans(n)
	for range n.clean.waits {
		rt.Await(r.cleanup(n))
		n.did++
	}
	if n.clean.kid != nil {
		call(r, n.clean.kid)
	}
	finish(r, n, n.clean.end, true)
}

//async:func
func bare(r *run, n *node) {
	r.tick(&n.began)
	for range n.waits {
		rt.Await(r.body(n))
	}
	if len(n.kids) > 0 {
		together(r, n)
	}
	finish(r, n, n.end, n.held)
	r.tick(&n.through)
}

//async:func
func finish(r *run, n *node, end ending, held bool) {
	switch end {
	case returns:
	case panics:
		panic(n)
	case exits:
		runtime.Goexit()
	case hangs:
		rt.Await(r.never(n, held))
	}
}

//async:func
func together(r *run, n *node) {
	switch n.how {
	case inTurn:
		inOrder(r, n)
	case join:
		rt.Join2(future(r, n.kids[0]), future(r, n.kids[len(n.kids)-1]))
	case joinAll:
		rt.JoinAll(futures(r, n)...)
	case settle:
		rt.JoinSettled(futures(r, n)...)
	case race:
		rt.Race(futures(r, n)...)
	case choose:
		rt.Select2(future(r, n.kids[0]), future(r, n.kids[len(n.kids)-1]))
	case block:
		rt.Await(rt.AsyncFunc(func() error { inOrder(r, n); return nil }))
	case scope:
		_ = rt.Scope(func(g *rt.Group) error {
			for _, k := range n.kids {
				g.Go(func() error { call(r, k); return nil })
			}
			return nil
		})
	case timeout:
		rt.Timeout(forEver, inOrderFuture(r, n))
	case value:
		for _, f := range futures(r, n) {
			rt.Await(f)
		}
	}
}

//async:func
func inOrder(r *run, n *node) {
	for _, k := range n.kids {
		call(r, k)
	}
}
