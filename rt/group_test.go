package rt

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

// endless is a future that is never ready by itself; its cancel is logged.
func endless(j *journal, name string) Future[Unit] { return &endlessFuture{j: j, name: name} }

type endlessFuture struct {
	j    *journal
	name string
}

func (f *endlessFuture) Poll(cx *Context) (Unit, bool, error) { return Unit{}, false, nil }

func (f *endlessFuture) Cancel() { f.j.log("cancel %s", f.name) }

// started is a future that closes ch at its first poll and goes on as f.
func started(ch chan struct{}, f Future[Unit]) Future[Unit] {
	first := true
	return &follow{f: f, begin: func() {
		if first {
			first = false
			close(ch)
		}
	}}
}

type follow struct {
	f     Future[Unit]
	begin func()
}

func (s *follow) Poll(cx *Context) (Unit, bool, error) { s.begin(); return s.f.Poll(cx) }

func (s *follow) Cancel() { Cancel(s.f) }

func TestA3_46_FirstErrorCancelsTheOtherMembers(t *testing.T) {
	j := &journal{}
	var g Group
	running := make(chan struct{})
	g.Spawn(started(running, endless(j, "a")))
	<-running
	g.Spawn(Fail[Unit](errBoom))
	if err := g.Wait(); err != errBoom {
		t.Errorf("Wait() = %v; want %v", err, errBoom)
	}
	j.want(t, "cancel a")
	h := SpawnIn(&g, PollFunc(func(*Context) (int, bool, error) {
		t.Error("a member that came too late was polled")
		return 0, true, nil
	}))
	if _, err := Await(h); !errors.Is(err, context.Canceled) {
		t.Errorf("a member that came too late has ended with %v", err)
	}
}

func TestA3_46_PanicOfAMemberIsRaisedByWait(t *testing.T) {
	j := &journal{}
	var g Group
	running := make(chan struct{})
	g.Spawn(started(running, endless(j, "a")))
	<-running
	g.Spawn(PollFunc(func(*Context) (Unit, bool, error) { panic("boom") }))
	defer func() {
		if p := recover(); p != "boom" {
			t.Errorf("Wait panics with %v", p)
		}
		j.want(t, "cancel a")
	}()
	_ = g.Wait()
	t.Error("Wait returned")
}

func TestGroupWaitIsNilAfterCancel(t *testing.T) {
	j := &journal{}
	var g Group
	running := make(chan struct{})
	g.Spawn(started(running, endless(j, "a")))
	<-running
	g.Cancel()
	if err := g.Wait(); err != nil {
		t.Errorf("Wait() = %v", err)
	}
	j.want(t, "cancel a")
}

func TestGroupZeroIsReady(t *testing.T) {
	var g Group
	if err := g.Wait(); err != nil {
		t.Errorf("Wait() of no members = %v", err)
	}
}

func TestGroupMembersStartOthers(t *testing.T) {
	var g Group
	var n atomic.Int32
	var member func(depth int) Future[Unit]
	member = func(depth int) Future[Unit] {
		return PollFunc(func(*Context) (Unit, bool, error) {
			n.Add(1)
			for range 2 {
				if depth > 0 {
					g.Spawn(member(depth - 1))
				}
			}
			return Unit{}, true, nil
		})
	}
	g.Spawn(member(5))
	if err := g.Wait(); err != nil || n.Load() != 63 {
		t.Errorf("Wait() = %v after %d members; want 63", err, n.Load())
	}
}

func TestGroupGoRunsOrdinaryCode(t *testing.T) {
	var g Group
	var n atomic.Int32
	for range 10 {
		g.Go(func() error {
			Yield()
			n.Add(1)
			return nil
		})
	}
	if err := g.Wait(); err != nil || n.Load() != 10 {
		t.Errorf("Wait() = %v, %d have run", err, n.Load())
	}
}

func TestA3_53_ScopeEndsWhenAllHaveEnded(t *testing.T) {
	tests := []struct {
		name string
		body func(j *journal, g *Group) Future[Unit]
		err  error
		pan  any
		want []string
	}{
		{"error of the body", func(j *journal, g *Group) Future[Unit] {
			running := make(chan struct{})
			g.Spawn(started(running, endless(j, "member")))
			<-running
			return Fail[Unit](errBoom)
		}, errBoom, nil, []string{"cancel member"}},
		{"error of a member", func(j *journal, g *Group) Future[Unit] {
			g.Spawn(Fail[Unit](errBoom))
			return endless(j, "body")
		}, errBoom, nil, []string{"cancel body"}},
		{"panic of the body", func(j *journal, g *Group) Future[Unit] {
			running := make(chan struct{})
			g.Spawn(started(running, endless(j, "member")))
			<-running
			return PollFunc(func(*Context) (Unit, bool, error) { panic("boom") })
		}, nil, "boom", []string{"cancel member"}},
		{"panic of a member", func(j *journal, g *Group) Future[Unit] {
			g.Spawn(PollFunc(func(*Context) (Unit, bool, error) { panic("boom") }))
			return endless(j, "body")
		}, nil, "boom", []string{"cancel body"}},
		{"all well", func(j *journal, g *Group) Future[Unit] {
			g.Spawn(PollFunc(func(*Context) (Unit, bool, error) { j.log("member"); return Unit{}, true, nil }))
			return Ready(Unit{})
		}, nil, nil, []string{"member"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := &journal{}
			defer func() {
				if p := recover(); p != tt.pan {
					t.Errorf("panic %v; want %v", p, tt.pan)
				}
				j.want(t, tt.want...)
			}()
			_, err := BlockOn(ScopeAsync(func(g *Group) Future[Unit] { return tt.body(j, g) }))
			if err != tt.err {
				t.Errorf("Scope = %v; want %v", err, tt.err)
			}
		})
	}
}

func TestScopeCancelled(t *testing.T) {
	j := &journal{}
	running := make(chan struct{})
	h := Spawn(ScopeAsync(func(g *Group) Future[Unit] {
		g.Spawn(started(running, endless(j, "member")))
		return endless(j, "body")
	}))
	<-running
	h.Abort()
	if _, err := Await(h); !errors.Is(err, ErrAborted) {
		t.Errorf("the task has ended with %v", err)
	}
	got := j.take()
	if len(got) != 2 {
		t.Errorf("journal: %q", got)
	}
}

// A body that waits for a member may come to an error of its own before it sees that the member has
// panicked.
func TestScopePanicOfMemberBeforeErrorOfBody(t *testing.T) {
	defer func() {
		if p := recover(); p != "boom" {
			t.Errorf("recovered %v", p)
		}
	}()
	err := Scope(func(g *Group) error {
		h := SpawnIn(g, PollFunc(func(*Context) (int, bool, error) { panic("boom") }))
		<-h.Done() // the body is not cancelled here
		return errBoom
	})
	t.Errorf("Scope = %v", err)
}

func TestScopeInOrdinaryCode(t *testing.T) {
	n := 0
	err := Scope(func(g *Group) error {
		g.Go(func() error { return nil })
		Yield()
		n++
		return errBoom
	})
	if err != errBoom || n != 1 {
		t.Errorf("Scope = %v after %d", err, n)
	}
}

// The *PanicError of another task is an error like any other: only a member's own panic is raised again.
func TestGroupErrorThatIsThePanicOfAnotherTask(t *testing.T) {
	boom := Spawn(PollFunc(func(*Context) (Unit, bool, error) { panic("boom") }))
	passesOn := func() error { _, err := Await(boom); return err }
	wants := func(what string, err error) {
		var p *PanicError
		if !errors.As(err, &p) || p.Value != "boom" {
			t.Errorf("%s: %v", what, err)
		}
	}
	var g Group
	g.Spawn(AsyncFunc(passesOn))
	wants("Group.Wait", g.Wait())
	wants("Scope", Scope(func(g *Group) error { g.Go(passesOn); return nil }))
	_, err := Blocking(context.Background(), func(context.Context) (Unit, error) { return Await(boom) })
	wants("Blocking", err)
	s := Buffer(1, StreamFunc(func(cx *Context) (Unit, bool, error) { return boom.Poll(cx) }))
	_, err = s.Next()
	wants("Buffer", err)
}

// A wait that was given up on is not kept, nor does it cost those that come after it.
func TestGroupForgetsWaitsThatWereGivenUpOn(t *testing.T) {
	var g Group
	g.Spawn(Never[Unit]())
	for range 1000 {
		if c := Select2Biased(g.WaitAsync(), YieldAsync()); c.Index != 1 {
			t.Fatal("the group has ended")
		}
	}
	if g.waiters.first != nil {
		t.Error("the group knows somebody who waits")
	}
	w := g.WaitAsync()
	h := newHand()
	pending(t, h, w)
	Cancel(w)
	wantPanic(t, "rt: Group.Wait is polled after it was cancelled or has panicked", func() { _, _, _ = w.Poll(h.cx) })
	g.Cancel()
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// The second Cancel of a group does not go through its members: whoever polls a cancel, a Scope whose body
// cleans up, say, calls it again and again.
func TestGroupIsCancelledOnce(t *testing.T) {
	r := New(CurrentThread()) // no member ends, and allocates, before somebody waits
	defer shutDownNow(t, r)
	var g Group
	for range 1000 {
		SpawnIn(&g, Never[Unit](), On(r))
	}
	g.Cancel()
	if n := testing.AllocsPerRun(100, g.Cancel); n != 0 {
		t.Errorf("a further Cancel allocates %v times: it looks at the members", n)
	}
	if _, err := BlockOn(g.WaitAsync(), On(r)); err != nil {
		t.Error(err)
	}
}

// One task waits for a handle in two places. That one of the waits is over does not end the other.
func TestHandleIsAwaitedInTwoPlaces(t *testing.T) {
	release := make(chan struct{})
	h := SpawnBlocking(func() (int, error) { <-release; return 7, nil })
	polled := make(chan struct{})
	both := Spawn(Join3Async(
		Future[int](h),
		Select2BiasedAsync(Future[int](h), Ready(1)), // loses h, which the first arm has the task woken by
		do(func() { close(polled) }),
	))
	<-polled
	close(release)
	v, err := Await(both)
	if err != nil || v.A != 7 || v.B.Index != 1 {
		t.Error(v, err)
	}
}

// TestScopeLosesNoError has the only member fail at about the time when the body has ended, and the scope looks whether a
// member is left.
func TestScopeLosesNoError(t *testing.T) {
	r := New(Workers(4))
	defer shutDownNow(t, r)
	for i := range 100_000 {
		var ended atomic.Bool
		_, err := BlockOn(ScopeAsync(func(g *Group) Future[Unit] {
			SpawnIn(g, PollFunc(func(cx *Context) (Unit, bool, error) {
				ended.Store(true)
				return Unit{}, true, errBoom
			}))
			for range 1000 {
				if ended.Load() {
					break
				}
			}
			for range i % 100 {
				ended.Load()
			}
			return Ready(Unit{})
		}), On(r))
		if err != errBoom {
			t.Fatalf("round %d: %v", i, err)
		}
	}
}
