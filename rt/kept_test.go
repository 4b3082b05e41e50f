package rt

import (
	"context"
	"io"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// big is what must not be kept: an object of its own, not part of a batch of small ones.
type big [1 << 16]byte

// seen is a big object that somebody has used, and who may still refer to it.
type seen struct{ p weak.Pointer[big] }

func (s *seen) make() *big {
	b := new(big)
	s.p = weak.Make(b)
	return b
}

// wantFreed waits until the garbage collector has found that nobody refers to s. The test hangs, and says
// where, if somebody always will: so we give up after many collections, of which each is a step.
func wantFreed(t *testing.T, what string, s *seen) {
	t.Helper()
	for range 200 {
		runtime.GC()
		if s.p.Value() == nil {
			return
		}
		runtime.Gosched() // who has just ended may have to go on to where it lets go
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%s is kept", what)
}

// Each test makes its object in a function of its own, whose variables are gone afterwards.

//go:noinline
func lastTask(s *seen, r *Runtime) {
	_, _ = BlockOn(Spawn(PollFunc(func(*Context) (*big, bool, error) { return Done(s.make()) }), On(r)), On(r))
}

//go:noinline
func lastBlocking(s *seen, r *Runtime) {
	b := s.make()
	h := SpawnBlocking(func() (*big, error) { return b, nil }, On(r))
	<-h.Done()
}

//go:noinline
func lastPanic(s *seen, r *Runtime) {
	h := Spawn(PollFunc(func(*Context) (Unit, bool, error) { panic(s.make()) }), On(r))
	<-h.Done()
}

//go:noinline
func recoveredPanic(s *seen, r *Runtime) {
	inner := PollFunc(func(*Context) (Unit, bool, error) { panic(s.make()) })
	h := Spawn(AsyncFunc(func() error {
		defer func() { _ = recover() }()
		_, err := Await(JoinAllAsync(YieldAsync(), inner))
		return err
	}), On(r))
	<-h.Done()
}

//go:noinline
func thrownPanic(s *seen, r *Runtime) {
	waits := true
	h := Spawn(bodyAsync("b", new(journal), PollFunc(func(cx *Context) (Unit, bool, error) {
		if waits {
			waits = false
			cx.Waker().Wake()
			return Pending[Unit]()
		}
		panic(s.make())
	}), nil), On(r))
	<-h.Done()
}

func TestWorkersKeepNothing(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		for what, use := range map[string]func(*seen, *Runtime){
			"the result of the last task":            lastTask,
			"the last function of SpawnBlocking":     lastBlocking,
			"the value of a task's panic":            lastPanic,
			"the value of a recovered panic":         recoveredPanic,
			"the value of a panic thrown to a frame": thrownPanic,
		} {
			s := new(seen)
			if r.engine.Current { // it runs only while somebody waits
				go func() { _, _ = BlockOn(Never[Unit](), On(r)) }()
			}
			use(s, r)
			wantFreed(t, what, s)
		}
	})
}

// loses has a task whose frame has a big object lose a wait for h, and end.
//
//go:noinline
func loses(s *seen, r *Runtime, h *JoinHandle[int]) {
	wait(t0, r, Spawn(AsyncFunc(func() error {
		b := s.make()
		Select2Biased(h, YieldAsync())
		SelectAllBiased(Borrow[int](h), Ready(1))
		_, _ = Timeout(0, Borrow[int](h))
		runtime.KeepAlive(b)
		return nil
	}), On(r)))
	wait(t0, r, Spawn(PollFunc(func(cx *Context) (*big, bool, error) {
		_, _, _ = h.Poll(cx)
		task.Forget(cx, h)
		return Done(s.make())
	}), On(r)))
}

var t0 = new(testing.T)

func TestHandlesKeepNobodyWhoHasWaited(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 2})
	h := Spawn(Never[int](), On(r))
	s := new(seen)
	loses(s, r, h)
	wantFreed(t, "a task that has lost a Select", s)
	h.Abort()
	<-h.Done()
}

//go:noinline
func givesUp(s *seen, r *Runtime, g *Group) {
	wait(t0, r, Spawn(AsyncValue(func() (*big, error) {
		Select2Biased(g.WaitAsync(), YieldAsync())
		return s.make(), nil
	}), On(r)))
}

func TestGroupsKeepNobodyWhoHasWaited(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 2})
	var g Group
	SpawnIn(&g, Never[int](), On(r))
	s := new(seen)
	givesUp(s, r, &g)
	wantFreed(t, "a task that has given up on a Group", s)
	g.Cancel()
	_ = g.Wait()
}

//go:noinline
func buffers(s *seen, values int) Stream[*big] {
	i := 0
	b := Buffer(values, StreamFunc(func(*Context) (*big, bool, error) {
		if i++; i > values {
			return nil, true, io.EOF
		}
		if i == 1 {
			return s.make(), true, nil
		}
		return new(big), true, nil
	}))
	_, _ = b.Next()
	return b
}

func TestBufferKeepsNoValue(t *testing.T) {
	s := new(seen)
	b := buffers(s, 4)
	wantFreed(t, "a value that was taken out of a Buffer", s)
	Cancel(b)

	s = new(seen)
	b = unread(s)
	Cancel(b)
	wantFreed(t, "a value of a Buffer that was cancelled", s)
	runtime.KeepAlive(b)
}

//go:noinline
func unread(s *seen) Stream[*big] {
	i := 0
	full := make(chan struct{})
	b := Buffer(2, StreamFunc(func(*Context) (*big, bool, error) {
		switch i++; i {
		case 2:
			return s.make(), true, nil
		case 3:
			close(full)
		}
		return new(big), true, nil
	}))
	_, _ = b.Next()
	<-full
	return b
}

//go:noinline
func blocks(s *seen, ctx context.Context) {
	b := s.make()
	_, _ = Blocking(ctx, func(context.Context) (int, error) { return int(b[0]), nil })
}

func TestContextsKeepNoFunction(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := new(seen)
	blocks(s, ctx)
	wantFreed(t, "a function of Blocking", s)
}
