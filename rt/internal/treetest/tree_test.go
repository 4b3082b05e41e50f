package treetest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

var seedFlag = flag.Int64("seed", -1, "only the tree of this seed")
var treesFlag = flag.Uint64("trees", 6, "how many trees for each way to end them")
var trace = flag.Bool("trace", false, "print each run before it begins")

// maker makes random trees.
type maker struct {
	r        *rand.Rand
	n        int
	troubles bool // panics and Goexits
	hanging  int  // 1: bodies may hang, 2: cleanup too
}

func (m *maker) node(depth int, up *node, held bool) *node {
	n := &node{id: m.n, up: up, held: held, waits: m.r.IntN(3), list: m.r.IntN(3) == 0, saves: m.troubles && m.r.IntN(6) == 0}
	m.n++
	if depth > 0 && m.r.IntN(4) > 0 {
		n.how = how(m.r.IntN(int(hows)))
		for range 2 + m.r.IntN(2)*m.r.IntN(2) {
			n.kids = append(n.kids, m.node(depth-1, n, held))
		}
		if n.how == join || n.how == choose {
			n.kids = n.kids[:2]
		}
	}
	n.end = m.ending(m.hanging > 0 && !held)
	if m.r.IntN(3) > 0 {
		n.clean = &cleanup{waits: m.r.IntN(3), end: m.ending(m.hanging > 1)}
		if m.r.IntN(4) == 0 && depth > 0 {
			n.clean.kid = m.node(depth-1, n, true)
		}
	}
	return n
}

func (m *maker) ending(hang bool) ending {
	switch m.r.IntN(8) {
	case 0:
		if m.troubles {
			return panics
		}
	case 1:
		if m.troubles {
			return exits
		}
	case 2:
		if hang {
			return hangs
		}
	}
	return returns
}

// each calls f for n and all that it may call.
func (n *node) each(f func(*node)) {
	f(n)
	for _, k := range n.kids {
		k.each(f)
	}
	if n.clean != nil && n.clean.kid != nil {
		n.clean.kid.each(f)
	}
}

func (n *node) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "{%d how %d waits %d end %d list %v saves %v", n.id, n.how, n.waits, n.end, n.list, n.saves)
	fmt.Fprintf(&b, " [began %d through %d cleans %d cleaned %d times %d]", n.began, n.through, n.cleans, n.cleaned, n.times)
	for _, k := range n.kids {
		fmt.Fprint(&b, " ", k)
	}
	if c := n.clean; c != nil {
		fmt.Fprintf(&b, " clean waits %d did %d end %d", c.waits, n.did, c.end)
		if c.kid != nil {
			fmt.Fprint(&b, " ", c.kid)
		}
	}
	return b.String() + "}"
}

// way is a way to run a tree and to end it from outside. It returns when all that it waits for is over.
type way struct {
	name    string
	run     func(r *run, on *rt.Runtime, root rt.Future[rt.Unit])
	strict  bool // when the tree is ended, no body goes on
	grace   bool // cleanup that hangs is given up
	natural bool // nothing ends it from outside
	tasks   bool // who ends it is another task
	outside bool // it is polled on a goroutine that is no worker's
}

// gate is ready when it is opened.
type gate struct {
	mu   sync.Mutex
	open bool
	w    rt.Waker
	err  error
}

func (g *gate) Poll(cx *rt.Context) (rt.Unit, bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.w = cx.Waker()
	return rt.Unit{}, g.open, g.err
}

func (g *gate) Open() {
	g.mu.Lock()
	g.open = true
	w := g.w
	g.mu.Unlock()
	w.Wake()
}

// opening is root, and opens g when it is ready.
type opening struct {
	root rt.Future[rt.Unit]
	g    *gate
}

func (o *opening) Poll(cx *rt.Context) (v rt.Unit, ready bool, err error) {
	if v, ready, err = o.root.Poll(cx); ready {
		o.g.Open()
	}
	return v, ready, err
}

func (o *opening) PollCancel(cx *rt.Context) bool { return pollCancel(o.root, cx) }

func pollCancel(f rt.Future[rt.Unit], cx *rt.Context) bool {
	return f.(interface{ PollCancel(*rt.Context) bool }).PollCancel(cx)
}

var errGate = errors.New("gate")

var ways = []way{
	{name: "by itself, in a task", natural: true, run: func(r *run, on *rt.Runtime, root rt.Future[rt.Unit]) {
		rt.BlockOn(rt.Spawn(root, rt.On(on)), rt.On(on))
	}},
	{name: "by itself, by hand", natural: true, run: func(r *run, on *rt.Runtime, root rt.Future[rt.Unit]) { byHand(r, root) }},
	{name: "by itself, on a goroutine", natural: true, run: func(r *run, on *rt.Runtime, root rt.Future[rt.Unit]) {
		rt.BlockOn(root, rt.On(on))
	}},
	{name: "abort", strict: true, grace: true, run: func(r *run, on *rt.Runtime, root rt.Future[rt.Unit]) {
		var h *rt.JoinHandle[rt.Unit]
		spawned := make(chan struct{})
		r.fire = func() { <-spawned; h.Abort() }
		h = rt.Spawn(root, rt.On(on))
		close(spawned)
		rt.BlockOn(h, rt.On(on))
	}},
	{name: "shutdown", strict: true, grace: true, run: func(r *run, on *rt.Runtime, root rt.Future[rt.Unit]) {
		r.fire = func() {
			go on.Shutdown(context.Background())
			for {
				h := rt.Spawn(rt.Ready(0), rt.On(on))
				if h.Finished() {
					if _, err := rt.Await(h); err == rt.ErrShutdown {
						return
					}
				}
				runtime.Gosched()
			}
		}
		rt.BlockOn(rt.Spawn(root, rt.On(on)), rt.On(on))
		end(on) // the wait for the handle ends at once
	}},
	{name: "by hand", strict: true, outside: true, run: func(r *run, on *rt.Runtime, root rt.Future[rt.Unit]) { byHand(r, root) }},
	{name: "dropped", strict: true, grace: true, run: func(r *run, on *rt.Runtime, root rt.Future[rt.Unit]) {
		var fire atomic.Bool
		var mine atomic.Pointer[rt.Waker] // a member of a scope may fire on another worker
		r.fire = func() { fire.Store(true); mine.Load().Wake() }
		over := false
		rt.BlockOn(rt.Spawn(rt.PollFunc(func(cx *rt.Context) (rt.Unit, bool, error) {
			w := cx.Waker()
			if mine.Store(&w); !over {
				_, over, _ = root.Poll(rt.NewContext(w))
			}
			if fire.Load() && !over {
				over = true
				root.(rt.Canceler).Cancel()
			}
			return rt.Unit{}, over, nil
		}), rt.On(on)), rt.On(on))
		end(on)
	}},
	{name: "select", strict: true, outside: true, run: func(r *run, on *rt.Runtime, root rt.Future[rt.Unit]) {
		g := &gate{}
		r.fire = g.Open
		rt.BlockOn(rt.Select2BiasedAsync(root, rt.Future[rt.Unit](g)), rt.On(on))
	}},
	{name: "join", strict: true, run: func(r *run, on *rt.Runtime, root rt.Future[rt.Unit]) {
		g := &gate{err: errGate}
		r.fire = g.Open
		rt.BlockOn(rt.Spawn(rt.JoinAllAsync(rt.Future[rt.Unit](g), &opening{root, g}), rt.On(on)), rt.On(on))
	}},
	{name: "timeout", run: func(r *run, on *rt.Runtime, root rt.Future[rt.Unit]) {
		r.fire = func() {}
		r.slow = func(wake func()) { time.AfterFunc(time.Millisecond, wake) }
		rt.BlockOn(rt.TimeoutAsync(2*time.Millisecond, root), rt.On(on))
	}},
	{name: "scope", strict: true, tasks: true, run: func(r *run, on *rt.Runtime, root rt.Future[rt.Unit]) {
		g := &gate{err: errGate}
		r.fire = g.Open
		rt.BlockOn(rt.Spawn(rt.ScopeAsync(func(s *rt.Group) rt.Future[rt.Unit] {
			s.Spawn(&opening{root, g})
			return g
		}), rt.On(on)), rt.On(on))
	}},
}

// end waits for the end of a runtime. Shutdown gives up if what is cancelled has no chance to run for a second.
func end(on *rt.Runtime) {
	for on.Shutdown(context.Background()) != nil {
	}
}

// byHand polls root as an executor that others have written would.
func byHand(r *run, root rt.Future[rt.Unit]) {
	token := make(chan struct{}, 1)
	wake := func() {
		select {
		case token <- struct{}{}:
		default:
		}
	}
	cx := rt.NewContext(rt.NewWaker(wake))
	var fire atomic.Bool
	r.fire = func() { fire.Store(true); wake() }
	for {
		if _, ready, _ := root.Poll(cx); ready {
			return
		}
		if fire.Load() {
			break
		}
		<-token
	}
	for {
		if pollCancel(root, cx) {
			return
		}
		<-token
	}
}

// once runs tree in a way, with an end from outside at the given step, and says how many steps there were.
func once(tree *node, w way, at, workers int, plain bool) *run {
	opts := []rt.Option{rt.Workers(workers)}
	hang := false
	tree.each(func(n *node) { hang = hang || n.clean != nil && n.clean.end == hangs })
	if hang {
		opts = append(opts, rt.CleanupGrace(time.Millisecond))
	} else {
		opts = append(opts, rt.CleanupGrace(0))
	}
	members := w.tasks
	tree.each(func(n *node) { members = members || n.how == scope })
	if members && workers == 1 { // they take turns: no spare runs one if the machine stands still in the turn of another
		opts = append(opts, func(c *task.Config) { c.Looks = -1 })
	}
	on := rt.New(opts...)
	parallel := w.tasks && workers > 1
	tree.each(func(n *node) { parallel = parallel || n.how == scope && (workers > 1 || w.outside) })
	r := &run{at: at, plain: plain, strict: w.strict && !parallel, fire: func() {}}
	tree.each(func(n *node) { n.began, n.through, n.cleans, n.cleaned, n.times, n.did = 0, 0, 0, 0, 0, 0 })
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer func() {
			if p := recover(); p != nil {
				if _, ok := p.(*node); !ok {
					panic(p)
				}
			}
		}()
		root := future(r, tree)
		w.run(r, on, root)
	}()
	<-over
	check(r, tree, hang)
	end(on)
	return r
}

// check holds what has happened to the rules.
func check(r *run, tree *node, hang bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	tree.each(func(n *node) {
		bad := func(format string, args ...any) {
			r.wrong = append(r.wrong, fmt.Sprintf("%d: ", n.id)+fmt.Sprintf(format, args...))
		}
		if n.clean != nil && n.began != 0 && n.cleaned == 0 {
			bad("its deferred call has not ended")
		}
		if n.times > 1 {
			bad("its deferred call has run %d times", n.times)
		}
		// In the blocking form nobody sees that a return has run the deferred call.
		maySee := !hang && !(r.plain && (n.through != 0 || n.held))
		if n.cleaned != 0 && n.did != n.clean.waits && maySee {
			bad("its deferred call was interrupted")
		}
		if n.clean != nil && n.clean.kid != nil && maySee {
			k := n.clean.kid
			if k.end == returns && len(k.kids) == 0 && k.through == 0 && n.cleaned != 0 {
				bad("what its deferred call has called was interrupted")
			}
		}
		if k, up := n, n.up; up != nil && k.began != 0 {
			end := max(k.began, k.cleaned)
			if k.held && !up.held && end > up.cleaned || k.held == up.held && k != kidOf(up) && up.cleans != 0 && end > up.cleans {
				bad("ends after its caller")
			}
		}
	})
}

// kidOf is what the deferred call of n calls.
func kidOf(n *node) *node {
	if n.clean == nil {
		return nil
	}
	return n.clean.kid
}

// everywhere ends tree in a way at every step.
func everywhere(t *testing.T, name string, tree *node, w way, plain bool) {
	still, before := 0, 0
	for at := 0; ; at++ {
		if w.natural {
			at = -1
		}
		if *trace {
			fmt.Println(name, w.name, at, plain)
		}
		r := once(tree, w, at, 1+at&1, plain)
		if len(r.wrong) > 0 {
			t.Errorf("%s, %s at %d, plain %v: %s\n%v", name, w.name, at, plain, strings.Join(r.wrong, "; "), tree)
		}
		if still++; r.fired != before {
			still, before = 0, r.fired
		}
		if r.fired == 0 || t.Failed() || still > 10 || at == most { // what hangs is all that is left
			return
		}
	}
}

var forms = []bool{false, true}

func TestTrees(t *testing.T) {
	for seed := range max(*treesFlag, uint64(*seedFlag+1)) {
		if *seedFlag >= 0 && seed != uint64(*seedFlag) {
			continue
		}
		for _, w := range ways {
			m := &maker{r: rand.New(rand.NewPCG(seed, 3)), troubles: seed%2 == 1}
			if !w.natural {
				if m.hanging = int(seed/2) % 3; m.hanging == 2 && !w.grace {
					m.hanging = 1
				}
			}
			tree := m.node(2, nil, false)
			tree.saves = tree.saves || w.name == "dropped" // nobody is there to see a panic
			for _, plain := range forms {
				everywhere(t, fmt.Sprint("seed ", seed), tree, w, plain)
			}
			if t.Failed() {
				return
			}
		}
	}
}
