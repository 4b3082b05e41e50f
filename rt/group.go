package rt

import (
	"errors"
	"sync"
)

// Group is a set of tasks that end together: its members. The zero Group is ready for use. A Group must
// not be copied after first use; its methods may be called from any goroutine and from its members.
//
// The first error or panic of a member cancels the others, and members that come later are cancelled
// before their first poll. The members run in parallel.
type Group struct {
	mu      sync.Mutex
	members map[*task]struct{} // that have not ended
	over    bool               // cancelled: by an error, a panic, or Cancel
	err     error              // of the member that was the first to fail
	waiters []Waker
}

// Go starts a member that runs f. In a marked function a literal f is an async block. In ordinary
// code f runs on a goroutine of its own, and waits in rt where it calls rt.
func (g *Group) Go(f func() error) { g.Spawn(AsyncFunc(f)) }

// Spawn starts a member that runs f, which is used up.
func (g *Group) Spawn(f Future[Unit]) { SpawnIn(g, f) }

// SpawnIn starts a member of g that runs f, and gives its handle. f is used up. Whoever awaits the
// handle sees the member's own error; that it ends the group is another matter.
func SpawnIn[T any](g *Group, f Future[T], opts ...SpawnOption) *JoinHandle[T] {
	g.mu.Lock()
	over := g.over
	g.mu.Unlock()
	if over {
		dismiss(&cancelFuture{f: f, begun: true})
		return Spawn(Fail[T](ErrAborted))
	}
	h := Spawn(f, opts...)
	if !g.add(&h.t) {
		h.Abort()
	}
	ended := func() {
		if h.Finished() {
			_, _, err := h.Poll(&Context{})
			g.ended(&h.t, err)
		}
	}
	h.t.watch(NewWaker(ended))
	ended() // pairs with wakeWatchers: it may have ended before it could see us
	return h
}

// add makes t a member. It says whether the group goes on.
func (g *Group) add(t *task) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.members == nil {
		g.members = map[*task]struct{}{}
	}
	g.members[t] = struct{}{}
	return !g.over
}

// ended takes t off the members, once. The first failure cancels the others.
func (g *Group) ended(t *task, err error) {
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
	var wake []Waker
	if fails || len(g.members) == 0 {
		wake, g.waiters = g.waiters, nil
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
	g.mu.Lock()
	g.over = true
	members := make([]*task, 0, len(g.members))
	for t := range g.members {
		members = append(members, t)
	}
	g.mu.Unlock()
	for _, t := range members {
		if _, do := t.change(state.abort); do == doSubmit {
			t.submit(currentWorker())
		}
	}
}

// Wait waits until every member and its cleanup have ended; members may start others meanwhile. It
// gives the error of the member that was the first to fail. A member's panic is raised again, with the
// same value.
func (g *Group) Wait() error {
	_, err := Await(g.WaitAsync())
	return err
}

// WaitAsync is the async form of [Group.Wait]. Dropping it leaves the members alone.
func (g *Group) WaitAsync() Future[Unit] { return &groupWait{g: g} }

type groupWait struct {
	g    *Group
	done bool
}

// Poll implements [Future].
func (w *groupWait) Poll(cx *Context) (Unit, bool, error) {
	if w.done {
		misused("Group.Wait", "polled", afterReady)
	}
	if !w.g.quiet(cx) {
		return Unit{}, false, nil
	}
	w.done = true
	return Unit{}, true, w.g.outcome()
}

// quiet says whether no member is left; else cx is woken when that may have changed, and when the
// first has failed.
func (g *Group) quiet(cx *Context) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.members) == 0 {
		return true
	}
	g.watch(cx)
	return false
}

// watch adds the waker of cx. The caller has the lock.
func (g *Group) watch(cx *Context) {
	w := cx.Waker()
	for _, other := range g.waiters {
		if other.WillWake(w) {
			return
		}
	}
	g.waiters = append(g.waiters, w)
}

// failed says whether a member has failed; else cx is woken when one does.
func (g *Group) failed(cx *Context) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return true
	}
	g.watch(cx)
	return false
}

// outcome is what Wait gives.
func (g *Group) outcome() error {
	g.mu.Lock()
	err := g.err
	g.mu.Unlock()
	var p *PanicError
	if errors.As(err, &p) {
		panic(p.Value)
	}
	return err
}

// Scope gives a group an owner: it runs body with a new group, and returns when body and all members
// of the group have ended, cleanup included. An error, a panic or a cancel of either cancels the other.
// The result is the first error; a panic goes on when all have ended. In a marked function a literal
// body is an async block, which is cancelled with the function.
func Scope(body func(g *Group) error) error {
	_, err := Await(ScopeAsync(func(g *Group) Future[Unit] {
		return AsyncFunc(func() error { return body(g) })
	}))
	return err
}

// ScopeAsync is the async form of [Scope].
func ScopeAsync(body func(g *Group) Future[Unit]) Future[Unit] { return &scope{body: body} }

// scope is the future of Scope.
//
//	fresh ──▶ running ──(body has ended)──────────────▶ waiting ──▶ done
//	             └──(a member has failed)──▶ stopping ──────┘
type scope struct {
	g     Group
	body  func(g *Group) Future[Unit]
	f     Future[Unit]
	state scopeState
	err   error // of the body
	panic any   // of the body
}

type scopeState uint8

const (
	scopeFresh    scopeState = iota
	scopeRunning             // the body runs
	scopeStopping            // the body is being cancelled
	scopeWaiting             // only members are left
	scopeDone
)

// Poll implements [Future].
func (s *scope) Poll(cx *Context) (Unit, bool, error) {
	if s.state == scopeDone {
		misused("Scope", "polled", afterReady)
	}
	if s.state == scopeFresh {
		if s.f = s.body(&s.g); s.f == nil {
			panic("rt: Scope: the body has given a nil future")
		}
		s.state = scopeRunning
	}
	if s.state == scopeRunning {
		switch {
		case s.pollBody(cx):
			s.state = scopeWaiting
		case s.g.failed(cx):
			s.state = scopeStopping
		default:
			return Unit{}, false, nil
		}
	}
	if s.state == scopeStopping {
		if !cancelling(cx, s.f) {
			return Unit{}, false, nil
		}
		s.state = scopeWaiting
	}
	if !s.g.quiet(cx) {
		return Unit{}, false, nil
	}
	s.state = scopeDone
	if s.panic != nil {
		panic(s.panic)
	}
	if s.err != nil {
		return Unit{}, true, s.err
	}
	return Unit{}, true, s.g.outcome()
}

// pollBody says whether the body has ended. Its panic waits until the members have, too.
func (s *scope) pollBody(cx *Context) (ended bool) {
	ok := false
	defer func() {
		if ok {
			return
		}
		s.g.Cancel()
		if p := recover(); p != nil { // else it is Goexit, which nothing holds up
			s.panic, ended = p, true
		}
	}()
	_, ended, err := s.f.Poll(cx)
	ok = true
	if err != nil {
		s.err = err
		s.g.Cancel()
	}
	return ended
}

// PollCancel cancels the body, then the members, and says whether all have ended.
func (s *scope) PollCancel(cx *Context) bool {
	switch s.state {
	case scopeFresh, scopeDone:
		s.state = scopeDone
		return true
	case scopeRunning, scopeStopping:
		s.state = scopeStopping
		s.g.Cancel()
		if !cancelling(cx, s.f) {
			return false
		}
		s.state = scopeWaiting
	case scopeWaiting:
		s.g.Cancel()
	}
	if !s.g.quiet(cx) {
		return false
	}
	s.state = scopeDone
	return true
}

// Cancel implements [Canceler].
func (s *scope) Cancel() { dismiss(s) }
