package rt

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

var errCleanup = errors.New("in the cleanup")

// spoiled is a future whose cleanup panics, or calls Goexit, after some waits.
type spoiled struct {
	first Future[Unit]
	how   ending
	waits int
}

func (s *spoiled) Poll(cx *Context) (Unit, bool, error) { return s.first.Poll(cx) }

func (s *spoiled) PollCancel(cx *Context) bool {
	if s.waits--; s.waits >= 0 {
		cx.Waker().Wake()
		return false
	}
	if s.how == byGoexit {
		runtime.Goexit()
	}
	panic(errCleanup)
}

// verbs3 has verbs of three: one that ends in some way, and two siblings.
var verbs3 = []struct {
	name string
	make func(a, b, c Future[Unit]) Future[Unit]
	not  ending // of a that does not end b
}{
	{"Join3", func(a, b, c Future[Unit]) Future[Unit] { return unit(Join3Async(b, c, a)) }, byValue},
	{"JoinAll", func(a, b, c Future[Unit]) Future[Unit] { return unit(JoinAllAsync(c, b, a)) }, byValue},
	{"Race", func(a, b, c Future[Unit]) Future[Unit] { return RaceAsync(b, a, c) }, ""},
	{"Any", func(a, b, c Future[Unit]) Future[Unit] { return AnyAsync(c, a, b) }, byError},
	{"Select3", func(a, b, c Future[Unit]) Future[Unit] { return unit(Select3Async(b, c, a)) }, ""},
	{"Select3Biased", func(a, b, c Future[Unit]) Future[Unit] { return unit(Select3BiasedAsync(c, b, a)) }, ""},
	{"Map", func(a, b, c Future[Unit]) Future[Unit] {
		return unit(MapAsync(3, []Future[Unit]{c, a, b}, func(f Future[Unit]) Future[Unit] { return f }))
	}, byValue},
	{"nested", func(a, b, c Future[Unit]) Future[Unit] {
		return unit(Join2Async(a, unit(Join2Async(c, b))))
	}, byValue},
	{"nested twice", func(a, b, c Future[Unit]) Future[Unit] {
		return unit(Join2Async(unit(Join2Async(c, a)), b))
	}, byValue},
	{"blocks", func(a, b, c Future[Unit]) Future[Unit] {
		return unit(Join3Async(blockOn(c), blockOn(b), blockOn(a)))
	}, byValue},
	{"Merge", func(a, b, c Future[Unit]) Future[Unit] {
		return eachOf(Merge(streamFrom(a), streamFrom(c), streamFrom(b)))
	}, byValue},
	{"Flatten", func(a, b, c Future[Unit]) Future[Unit] {
		return eachOf(Flatten(newStream(func(cx *Context) (Stream[Unit], bool, error) {
			_, _, _ = b.Poll(cx)
			return newStream(func(cx *Context) (Unit, bool, error) {
				if begun, _, _ := c.Poll(cx); begun != (Unit{}) {
					panic("not reached")
				}
				return a.Poll(cx)
			}, func(cx *Context) bool { return task.Cancelling(cx, c) }), true, nil
		}, func(cx *Context) bool { return task.Cancelling(cx, b) })))
	}, byError}, // which ends the inner stream: it is not cancelled
	{"Scope, the body", func(a, b, c Future[Unit]) Future[Unit] {
		return ScopeAsync(func(g *Group) Future[Unit] {
			g.Spawn(b)
			return unit(Join2Async(c, a))
		})
	}, byValue},
}

// A panic or Goexit in the cleanup of one branch does not keep those who wait for the verb from waiting
// for the cleanup of the others. It takes the place of what has ended the verb, as in Go.
func TestVerbsWaitForCleanupAfterTroubleInCleanup(t *testing.T) {
	for _, verb := range verbs3 {
		for _, how := range []ending{byValue, byError, byPanic, byGoexit, byCancel} {
			for _, then := range []ending{byPanic, byGoexit} {
				for waits, when := range []string{"at once", "after a wait"} {
					if verb.not == how || verb.name == "Flatten" && how == byValue {
						continue
					}
					t.Run(verb.name+"/"+string(how)+"/"+string(then)+" "+when, func(t *testing.T) {
						for _, c := range []task.Config{
							{Workers: 1, Current: true, Clock: new(virtual)},
							{Workers: 4},
						} {
							j, begun := &journal{}, new(atomic.Int32)
							r := testRuntime(t, c)
							var h *JoinHandle[Unit]
							spawned := make(chan struct{})
							a := troubled(how, begun, 2, func() { <-spawned; h.Abort() })
							b := bodyAsync("sib", j, beginning(begun), SleepAsync(time.Millisecond))
							spoil := &spoiled{first: beginning(begun), how: then, waits: waits}
							h = Spawn(bodyAsync("caller", j, verb.make(a, b, spoil), nil), On(r))
							close(spawned)
							err := outcomeOfTask(r, h)
							var p *PanicError
							switch {
							case then == byPanic && (!errors.As(err, &p) || p.Value != errCleanup):
								t.Errorf("error %v, want the panic of the cleanup", err)
							case then == byGoexit && err != ErrGoexit:
								t.Errorf("error %v, want ErrGoexit", err)
							}
							j.want(t, "caller begins", "sib begins", "sib cleans up", "sib ends", "caller cleans up", "caller ends")
						}
					})
				}
			}
		}
	}
}

// A panic that has waited for others, or has come from another task, has the stack that it had.
func TestA3_46_PanicKeepsItsStack(t *testing.T) {
	boom := func() Future[int] { return PollFunc(raisesBoom) }
	for name, f := range map[string]func() Future[Unit]{
		"Group.Wait": func() Future[Unit] {
			var g Group
			SpawnIn(&g, boom())
			return g.WaitAsync()
		},
		"Scope, a member": func() Future[Unit] {
			return ScopeAsync(func(g *Group) Future[Unit] { SpawnIn(g, boom()); return Never[Unit]() })
		},
		"Scope, the body": func() Future[Unit] {
			return ScopeAsync(func(g *Group) Future[Unit] {
				g.Spawn(bodyAsync("member", &journal{}, Never[Unit](), YieldAsync()))
				return unit(boom())
			})
		},
		"Buffer": func() Future[Unit] {
			return unit(Buffer(1, StreamFunc(raisesBoom)).NextAsync())
		},
		"Blocking": func() Future[Unit] {
			return unit(BlockingAsync(context.Background(), func(context.Context) (int, error) {
				v, _, err := raisesBoom(nil)
				return v, err
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Await(Spawn(f()))
			var p *PanicError
			if !errors.As(err, &p) || p.Value != errBoom || !strings.Contains(p.Stack(), "raisesBoom") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// The Goexit of a member is an error of the group.
func TestScopeOfAGoexit(t *testing.T) {
	j := &journal{}
	_, err := BlockOn(ScopeAsync(func(g *Group) Future[Unit] {
		g.Spawn(do(runtime.Goexit))
		return endless(j, "body")
	}))
	if err != ErrGoexit {
		t.Errorf("error %v", err)
	}
	j.want(t, "cancel body")
}

// A panic in the cleanup of a member is not lost, whatever has ended the group.
func TestGroupPanicInCleanup(t *testing.T) {
	var g Group
	SpawnIn[Unit](&g, &spoiled{first: Never[Unit](), how: byPanic})
	g.Cancel()
	wantPanic(t, errCleanup, func() { _ = g.Wait() })
}

// The stack does not grow with the number of arms whose cleanup panics.
func TestVeryManyCleanupsPanic(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(4 << 20))
	for waits := range 2 {
		j := &journal{}
		fs := make([]Future[Unit], 20_000)
		for i := range fs {
			fs[i] = &spoiled{first: Never[Unit](), how: byPanic, waits: waits}
		}
		fs[0] = bodyAsync("arm", j, Never[Unit](), YieldAsync())
		wantPanic(t, errCleanup, func() {
			_, _ = BlockOn(unit(Select2BiasedAsync(unit(JoinAllAsync(fs...)), YieldAsync())))
		})
		j.want(t, "arm begins", "arm cleans up", "arm ends")
	}
}

// Nor with the number of those that call Goexit in it: at once, or when they have waited.
func TestVeryManyCleanupsGoexit(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(4 << 20))
	for waits := range 2 {
		j := &journal{}
		fs := make([]Future[Unit], 20_000)
		for i := range fs {
			fs[i] = &spoiled{first: Never[Unit](), how: byGoexit, waits: waits}
		}
		fs[0] = bodyAsync("arm", j, Never[Unit](), YieldAsync())
		ended, returned := make(chan struct{}), false
		go func() {
			defer close(ended)
			_, _ = BlockOn(unit(Select2BiasedAsync(unit(JoinAllAsync(fs...)), YieldAsync())))
			returned = true
		}()
		if <-ended; returned {
			t.Error("the Goexit does not go on")
		}
		j.want(t, "arm begins", "arm cleans up", "arm ends")
	}
}
