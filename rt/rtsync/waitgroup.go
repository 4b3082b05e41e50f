package rtsync

import (
	"fmt"
	"sync"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// WaitGroup counts what is under way. The zero WaitGroup counts nothing. Where the tasks are to end
// together, with their errors, use [rt.Group] instead.
type WaitGroup struct {
	mu sync.Mutex
	n  int
	q  queue
}

// Add adds delta, which may be negative, to the counter. If it becomes zero, all who wait go on. It panics
// if the counter becomes negative.
func (g *WaitGroup) Add(delta int) {
	var ws wakes
	g.mu.Lock()
	g.n += delta
	n := g.n
	if n < 0 {
		g.n -= delta
	}
	for n == 0 && g.q.n > 0 {
		g.q.release(&ws)
	}
	g.mu.Unlock()
	if n < 0 {
		panic(fmt.Sprintf("rtsync: WaitGroup: Add(%d) makes the counter negative: Done was called too often", delta))
	}
	ws.wake()
}

// Done takes one off the counter.
func (g *WaitGroup) Done() { g.Add(-1) }

// Go adds one, and starts a detached task that runs f, as by [rt.AsyncFunc], and takes one off when f has
// ended, in whatever way.
func (g *WaitGroup) Go(f func()) {
	if f == nil {
		panic("rtsync: WaitGroup.Go of a nil function: give it the code to run")
	}
	g.start("WaitGroup.Go", rt.AsyncFunc(func() error {
		f()
		return nil
	}))
}

// Spawn adds one, and starts a detached task that runs f, which is used up, and takes one off when the task has ended, in
// whatever way: also if it was cancelled before f was polled. Its error is lost; [rt.Group] and [rt.Set] keep errors.
func (g *WaitGroup) Spawn(f rt.Future[rt.Unit]) {
	if f == nil {
		panic("rtsync: WaitGroup.Spawn of a nil future: make one, as by an async form")
	}
	g.start("WaitGroup.Spawn", f)
}

func (g *WaitGroup) start(who string, f rt.Future[rt.Unit]) {
	t := task.TaskIn(task.BoxOf(who, f))
	g.Add(1)
	t.Spawn(nil, task.AsDetached)
	var once sync.Once
	t.WhenEnded(func() { once.Do(g.Done) })
}

// Wait waits until the counter is zero.
func (g *WaitGroup) Wait() {
	if !g.none() {
		uninterrupted(g.WaitAsync)
	}
}

// none reports whether the counter is zero.
func (g *WaitGroup) none() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n == 0
}

// WaitAsync is the async form of [WaitGroup.Wait].
func (g *WaitGroup) WaitAsync() rt.Future[rt.Unit] {
	b := new(struct {
		machine.Box[rt.Unit]
		groupCall
	})
	b.at = g
	return b.Init(&b.groupCall)
}

// WaitRun is for generated code, which passes a nil frame.
func (g *WaitGroup) WaitRun(cx *rt.Context, _ *groupCall) machine.Machine {
	may := cx.Spend()
	if may && g.none() {
		return nil
	}
	c := machine.NewFrame[groupCall](cx)
	return c.start(cx, c, g, 0, may)
}

func (g *WaitGroup) lock() *sync.Mutex { return &g.mu }

func (g *WaitGroup) enter(w *waiter) bool {
	if g.n == 0 {
		return true
	}
	g.q.push(w)
	return false
}

func (g *WaitGroup) passed(w *waiter) bool { return w.granted }

func (g *WaitGroup) leave(w *waiter) (none wakes) { g.q.remove(w); return none }

// groupCall is the frame of a Wait.
type groupCall struct{ call }

var groupFunc = machine.Func{Name: "rtsync.(*WaitGroup).Wait", Defers: true, Inner: true, States: []machine.State{{Name: "Wait"}}}

// Func implements [machine.Machine].
func (*groupCall) Func() *machine.Func { return &groupFunc }

// Reset implements [machine.Machine].
func (c *groupCall) Reset() { *c = groupCall{} }

// Resume implements [machine.Machine].
func (c *groupCall) Resume(cx *rt.Context) machine.Machine { return c.goOn(cx, c) }
