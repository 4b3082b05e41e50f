package rt

import (
	"sync"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Group is a set of tasks that end together: its members. The zero Group is ready for use. A Group must
// not be copied after first use; its methods may be called from any goroutine and from its members.
//
// The first error or panic of a member cancels the others, and members that come later are cancelled
// before their first poll. The members run in parallel.
type Group struct {
	mu      sync.Mutex
	members map[*task.Task]struct{} // that have not ended
	over    bool                    // cancelled: by an error, a panic, or Cancel
	err     error                   // of the member that was the first to fail
	panic   *PanicError             // of the first member that has panicked; an err of the same type is none
	waiters waitList
}

// aGroup is where a Group comes from.
const aGroup = "var g rt.Group declares one that is ready for use"

// Go starts a member that runs f. In a marked function a literal f is an async block. In ordinary
// code f runs on a goroutine of its own, and waits in rt where it calls rt.
func (g *Group) Go(f func() error) {
	switch {
	case g == nil:
		panic(task.NilReceiver("Group.Go", aGroup))
	case f == nil:
		panic(task.NilFunction("Group.Go"))
	}
	g.Spawn(AsyncFunc(f))
}

// Spawn starts a member that runs f, which is used up.
func (g *Group) Spawn(f Future[Unit]) {
	switch {
	case g == nil:
		panic(task.NilReceiver("Group.Spawn", aGroup))
	case f == nil:
		panic(task.NilFuture("Group.Spawn"))
	}
	SpawnIn(g, f)
}

// SpawnIn starts a member of g that runs f, and gives its handle. f is used up. Whoever awaits the
// handle sees the member's own error; that it ends the group is another matter.
func SpawnIn[T any](g *Group, f Future[T], opts ...SpawnOption) *JoinHandle[T] {
	switch {
	case g == nil:
		panic(task.Misuse("SpawnIn", "of a nil Group", aGroup))
	case f == nil:
		panic(task.NilFuture("SpawnIn"))
	}
	g.mu.Lock()
	over := g.over
	g.mu.Unlock()
	if over {
		o := applied("SpawnIn", opts)
		if o.Rt == nil {
			o.Rt = task.Here()
		}
		task.DismissOn(o.Rt, &task.CancelFuture{F: f, Begun: true})
		return Spawn(Fail[T](ErrAborted), opts...)
	}
	h := Spawn(f, opts...)
	t := task.TaskOf(&h.handle)
	if !g.add(t) {
		h.Abort()
	}
	t.WhenEnded(func() {
		_, err := task.Result[T](t.Leaf)
		g.ended(t, err, t.Panicked())
	})
	return h
}

// add makes t a member. It reports whether the group goes on.
func (g *Group) add(t *task.Task) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.members == nil {
		g.members = map[*task.Task]struct{}{}
	}
	g.members[t] = struct{}{}
	return !g.over
}

// ended takes t off the members, once. The first failure cancels the others.
func (g *Group) ended(t *task.Task, err error, panicked *PanicError) {
	g.mu.Lock()
	if _, ok := g.members[t]; !ok {
		g.mu.Unlock()
		return
	}
	delete(g.members, t)
	fails := err != nil && !g.over
	if fails {
		g.err = err
	}
	if panicked != nil && g.panic == nil { // no panic is lost, not one in the cleanup
		g.panic = panicked
	}
	var wake []Waker
	if fails || len(g.members) == 0 {
		wake = g.waiters.take()
	}
	g.mu.Unlock()
	if fails {
		g.Cancel()
	}
	for _, w := range wake {
		w.Wake()
	}
}

// Cancel asks for the end of all members, now and later, and does not wait for it. [Group.Wait] gives
// nil then, unless a member had failed before.
func (g *Group) Cancel() {
	if g == nil {
		panic(task.NilReceiver("Group.Cancel", aGroup))
	}
	g.mu.Lock()
	if g.over { // all have been asked, and who came later was asked then
		g.mu.Unlock()
		return
	}
	g.over = true
	members := make([]*task.Task, 0, len(g.members))
	for t := range g.members {
		members = append(members, t)
	}
	g.mu.Unlock()
	for _, t := range members {
		t.Ask(task.Word.Abort, task.CurrentWorker())
	}
}

// Wait waits until every member and its cleanup have ended; members may start others meanwhile. It
// gives the error of the member that was the first to fail. A member's panic is raised again, with the
// same value, even one in its cleanup.
func (g *Group) Wait() error {
	_, err := Await(g.WaitAsync())
	return err
}

// WaitAsync is the async form of [Group.Wait]. Dropping it leaves the members alone.
func (g *Group) WaitAsync() Future[Unit] {
	if g == nil {
		panic(task.NilReceiver("Group.Wait", aGroup))
	}
	return &groupWait{g: g}
}

type groupWait struct {
	g    *Group
	node waitNode
	done bool
	gone bool // was cancelled
	task.Claim
}

// Own implements owned.
func (w *groupWait) Own(by string) { w.Take("Group.Wait", by) }

// Poll implements [Future].
func (w *groupWait) Poll(cx *Context) (Unit, bool, error) {
	switch {
	case w.done:
		task.Misused("Group.Wait", "polled", task.AfterReady)
	case w.gone:
		task.Misused("Group.Wait", "polled", task.AfterGone)
	}
	task.NeedContext(cx, "Group.Wait")
	if !w.g.quiet(cx, &w.node) {
		return Unit{}, false, nil
	}
	w.done = true
	return Unit{}, true, w.g.outcome(cx)
}

// Cancel implements [Canceler]: the group, which may live long, lets go of who has waited.
func (w *groupWait) Cancel() {
	w.gone = true
	w.g.mu.Lock()
	defer w.g.mu.Unlock()
	w.g.waiters.remove(&w.node)
}

// quiet reports whether no member is left; else cx is woken when that may have changed, and when the
// first has failed. n is the caller's own.
func (g *Group) quiet(cx *Context, n *waitNode) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.members) == 0 {
		return true
	}
	g.waiters.add(n, cx.Waker())
	return false
}

// failed is the error of the member that was the first to fail; if none has, cx is woken when one does.
// n is the caller's own.
func (g *Group) failed(cx *Context, n *waitNode) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.panic != nil:
		return g.panic
	case g.err == nil:
		g.waiters.add(n, cx.Waker())
	}
	return g.err
}

// outcome is what Wait gives.
func (g *Group) outcome(cx *Context) error {
	g.mu.Lock()
	err, panicked := g.err, g.panic
	g.mu.Unlock()
	if panicked != nil {
		task.Raise(cx, panicked)
	}
	return err
}

// waitList has those who wait for a group, in order. The group's lock guards it.
type waitList struct{ first, last *waitNode }

// waitNode is one of them. It is part of the future that waits, so that it comes and goes in one step
// however many wait.
type waitNode struct {
	waker      Waker
	prev, next *waitNode
	in         bool
}

// add has w woken by the next take, in place of the waker that n had.
func (l *waitList) add(n *waitNode, w Waker) {
	n.waker = w
	if n.in {
		return
	}
	n.in, n.prev = true, l.last
	if l.last == nil {
		l.first = n
	} else {
		l.last.next = n
	}
	l.last = n
}

// remove takes n out, if it is in the list.
func (l *waitList) remove(n *waitNode) {
	if !n.in {
		return
	}
	if n.prev == nil {
		l.first = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		l.last = n.prev
	} else {
		n.next.prev = n.prev
	}
	*n = waitNode{}
}

// take takes all out.
func (l *waitList) take() (wakers []Waker) {
	for n := l.first; n != nil; n = l.first {
		wakers = append(wakers, n.waker)
		l.remove(n)
	}
	return wakers
}

// Scope gives a group an owner: it runs body with a new group, and returns when body and all members
// of the group have ended, cleanup included. An error, a panic or a cancel of either cancels the other.
// The result is the first error; a panic goes on when all have ended. In a marked function a literal
// body is an async block, which is cancelled with the function.
func Scope(body func(g *Group) error) error {
	if body == nil {
		panic(task.NilFunction("Scope"))
	}
	_, err := Await(ScopeAsync(func(g *Group) Future[Unit] {
		return newBlock[Unit]("AsyncFunc", unitCode(func() error { return body(g) }), body)
	}))
	return err
}

// ScopeAsync is the async form of [Scope].
func ScopeAsync(body func(g *Group) Future[Unit]) Future[Unit] {
	if body == nil {
		panic(task.NilFunction("Scope"))
	}
	s := &scope{}
	s.body.s, s.body.make, s.members.s = s, body, s
	s.all = [...]arm{&s.body, &s.members}
	s.init(s, firstError, s.all[:]...)
	return s
}

// scope is the future of Scope: a join of the body and the members.
type scope struct {
	verb
	all     [2]arm
	g       Group
	body    scopeBody
	members scopeMembers
}

func (s *scope) name() string { return "Scope" }

// Poll implements [Future].
func (s *scope) Poll(cx *Context) (Unit, bool, error) {
	return Unit{}, s.advance(cx), s.err
}

// scopeBody is the arm of the body, which is made in the first poll.
type scopeBody struct {
	branch[Unit]
	s    *scope
	make func(g *Group) Future[Unit] // nil: it was
}

func (b *scopeBody) live() bool { return b.make != nil || b.branch.live() }

func (b *scopeBody) poll(cx *Context) bool {
	if f := b.make; f != nil {
		b.make = nil
		if b.f = f(&b.s.g); b.f == nil {
			panic(task.NilMade("Scope", "future"))
		}
		task.Own(b.f, "Scope")
	}
	return b.branch.poll(cx)
}

func (b *scopeBody) cancel(cx *Context) bool {
	b.make = nil
	return !b.branch.live() || b.branch.cancel(cx)
}

// scopeMembers is the arm of the members. It fails with the first of them, and is live until all have
// ended.
type scopeMembers struct {
	s    *scope
	node waitNode
	err  error
	over bool
}

func (m *scopeMembers) live() bool { return !m.over }

func (m *scopeMembers) failure() error { return m.err }

func (m *scopeMembers) future() any { return nil }

func (m *scopeMembers) drop() { m.over = true }

func (m *scopeMembers) poll(cx *Context) bool {
	over := !m.s.body.live() && m.s.g.quiet(cx, &m.node)
	// Only now, as the last of them may have failed just before it was gone.
	if m.err = m.s.g.failed(cx, &m.node); m.err != nil {
		return true
	}
	m.over = over
	return over
}

func (m *scopeMembers) cancel(cx *Context) bool {
	m.s.g.Cancel()
	if m.over = m.s.g.quiet(cx, &m.node); m.over {
		_ = m.s.g.outcome(cx)
	}
	return m.over
}
