package rt

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// flavours has each flavour of a runtime, as users make it.
var flavours = map[string][]Option{
	"CurrentThread": {CurrentThread()},
	"Workers(1)":    {Workers(1)},
	"Workers(3)":    {Workers(3)},
}

func TestCodeUnderBlockOnBelongsToItsRuntime(t *testing.T) {
	for name, opts := range flavours {
		t.Run(name, func(t *testing.T) {
			r := New(append(opts, BlockingLimit(1, time.Minute))...)
			outer := New(Workers(1))
			belongs := func() error { return onlyOn(t, r) }
			places := map[string]func(f Future[Unit]) (Unit, error){
				"a goroutine": func(f Future[Unit]) (Unit, error) { return BlockOn(f, On(r)) },
				"a task of another": func(f Future[Unit]) (Unit, error) {
					return BlockOn(Spawn(AsyncFunc(func() error { _, err := BlockOn(f, On(r)); return err }), On(outer)))
				},
				"a function of SpawnBlocking": func(f Future[Unit]) (Unit, error) {
					return Await(SpawnBlocking(func() (Unit, error) { return BlockOn(f, On(r)) }, On(outer)))
				},
				"a BlockOn on another": func(f Future[Unit]) (Unit, error) {
					return BlockOn(do(func() { _, _ = BlockOn(f, On(r)) }), On(outer))
				},
			}
			for where, run := range places {
				for what, f := range map[string]Future[Unit]{
					"in a poll":         do(func() { _ = belongs() }),
					"in a block":        AsyncFunc(belongs),
					"in a later poll":   AsyncFunc(func() error { Yield(); Sleep(time.Millisecond); return belongs() }),
					"in a block's join": joinUnit(AsyncFunc(belongs), AsyncFunc(belongs)),
				} {
					if _, err := run(f); err != nil {
						t.Errorf("%s, %s: %v", where, what, err)
					}
					if ownRuntime() == r {
						t.Fatalf("%s, %s: the caller belongs to it afterwards", where, what)
					}
				}
			}
			shutDownNow(t, r)
			shutDownNow(t, outer)
		})
	}
}

// joinUnit is a join that has no values.
func joinUnit(fs ...Future[Unit]) Future[Unit] {
	return AsyncFunc(func() error { _, err := JoinAll(fs...); return err })
}

// onlyOn checks that all that asks for a runtime finds r.
func onlyOn(t *testing.T, r *Runtime) error {
	is := func(what string, on *Runtime) {
		if on != r {
			t.Errorf("%s belongs to %s", what, on.engine.Name)
		}
	}
	where := func(ch chan *Runtime) func() { return func() { ch <- ownRuntime() } }
	is("the code", ownRuntime())
	is("a hand-made Context", runtimeOf(task.EngineOf(task.NewContext(Waker{}))))
	ch := make(chan *Runtime, 1)
	go where(ch)()
	is("a goroutine", <-ch)
	_, _ = Await(Spawn(do(where(ch))))
	is("a task", <-ch)
	var g Group
	g.Spawn(do(where(ch)))
	_ = g.Wait()
	is("a member", <-ch)
	_, _ = Await(SpawnBlocking(func() (Unit, error) { where(ch)(); return Unit{}, nil }))
	is("a function of SpawnBlocking", <-ch)
	_, _ = Blocking(context.Background(), func(context.Context) (Unit, error) { where(ch)(); return Unit{}, nil })
	is("a function of Blocking", <-ch)
	if d := Since(r.engine.Time()); d < 0 || d > time.Hour {
		t.Errorf("Now is %v from the runtime's", d)
	}
	if due := NewTicker(time.Hour).Tick(); r.engine.Time().Sub(due) > time.Hour {
		t.Errorf("a tick is due at %v", due)
	}
	return nil
}

func TestBlockOnHasValues(t *testing.T) {
	r := New(Workers(1))
	defer shutDownNow(t, r)
	look := func() (any, error) { return TaskValue("k"), nil }
	want := func(what string, want any, f func() (any, error)) {
		t.Helper()
		if v, err := f(); err != nil || v != want {
			t.Errorf("%s: %v, %v; want %v", what, v, err, want)
		}
	}
	v := WithValues(values{"k": 1})
	want("a poll", 1, func() (any, error) {
		return BlockOn(PollFunc(func(*Context) (any, bool, error) { return Done(TaskValue("k")) }), v)
	})
	want("a block", 1, func() (any, error) { return BlockOn(AsyncValue(look), v, On(r)) })
	want("values of the caller", 1, func() (any, error) {
		return BlockOn(AsyncValue(func() (any, error) { return BlockOn(AsyncValue(look), On(r)) }), v)
	})
	want("other values", 2, func() (any, error) {
		return BlockOn(AsyncValue(func() (any, error) { return BlockOn(AsyncValue(look), WithValues(values{"k": 2})) }), v)
	})
	want("a task", nil, func() (any, error) { return BlockOn(Spawn(AsyncValue(look)), v) })
	want("SpawnBlocking", 3, func() (any, error) { return Await(SpawnBlocking(look, WithValues(values{"k": 3}))) })
	want("afterwards", nil, look)
}

// TestOnDoesNotMakeTheDefaultRuntime runs itself in a process of its own.
func TestOnDoesNotMakeTheDefaultRuntime(t *testing.T) {
	const env = "RT_TEST_NO_DEFAULT"
	if os.Getenv(env) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestOnDoesNotMakeTheDefaultRuntime$")
		cmd.Env = append(os.Environ(), env+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	defer func(before func() *task.Runtime) { task.ByDefault = before }(task.ByDefault)
	task.ByDefault = func() *task.Runtime { panic("the default runtime was asked for") }
	for _, opts := range flavours {
		r := New(opts...)
		_, _ = BlockOn(AsyncFunc(func() error { Yield(); Sleep(1); return onlyOn(t, r) }), On(r))
		_, _ = BlockOn(Spawn(AsyncFunc(func() error { Sleep(1); return onlyOn(t, r) }), On(r)), On(r))
		_, _ = BlockOn(SpawnBlocking(func() (int, error) { return 1, nil }, On(r)), On(r))
		Go(Ready(1), On(r))
		var g Group
		_, _ = BlockOn(SpawnIn(&g, Fail[int](errBoom), On(r)), On(r))
		_, _ = BlockOn(g.WaitAsync(), On(r))
		_, _ = BlockOn(SpawnIn(&g, Ready(1), On(r)), On(r))
		shutDownNow(t, r)
	}
}

func TestWorkersStartWithTheFirstTask(t *testing.T) {
	for name, opts := range flavours {
		for what, use := range map[string]func(r *Runtime){
			"a task":          func(r *Runtime) { Spawn(Never[int](), On(r)) },
			"a timer":         func(r *Runtime) { _, _ = BlockOn(SleepAsync(1), On(r)) },
			"a blocking call": func(r *Runtime) { <-SpawnBlocking(func() (int, error) { return 1, nil }, On(r)).Done() },
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				r := New(opts...)
				if v, err := BlockOn(Ready(1), On(r)); v != 1 || err != nil {
					t.Error(v, err)
				}
				_ = goroutinesOf(r)
				if r.engine.Begun.Load() || strings.Contains(goroutinesOf(r), "(*worker).start") {
					t.Error("it has workers before it has a task")
				}
				use(r)
				if !r.engine.Begun.Load() {
					t.Error("it has no workers")
				}
				shutDownNow(t, r)
				noGoroutines(r)
			})
		}
		shutDownNow(t, New(opts...)) // it has never begun
	}
}

// Workers(1) has a worker of its own: its tasks run whoever waits. CurrentThread has none.
func TestOnlyCurrentThreadRunsInsideBlockOn(t *testing.T) {
	for _, opts := range [][]Option{{Workers(1)}, {CurrentThread(), Workers(1)}, {CurrentThread(), Workers(runtime.GOMAXPROCS(0))}} {
		r := New(opts...)
		<-Spawn(Ready(1), On(r)).Done()
		shutDownNow(t, r)
	}
	r := New(Workers(8), CurrentThread())
	ran := false // it needs no lock: nothing runs now
	h := Spawn(do(func() { ran = true }), On(r))
	for range 100 {
		runtime.Gosched()
	}
	if ran || h.Finished() {
		t.Error("a task has run though nobody is in BlockOn")
	}
	_, _ = BlockOn(h, On(r))
	if !ran {
		t.Error("it has not run")
	}
	shutDownNow(t, r)
}

// A Shutdown that is called by what the runtime waits for does not wait for it.
func TestShutdownFromInside(t *testing.T) {
	for name, opts := range flavours {
		callers := map[string]func(r *Runtime, f func() error) error{
			"BlockOn": func(r *Runtime, f func() error) error {
				_, err := BlockOn(AsyncFunc(func() error { Yield(); Sleep(time.Millisecond); return f() }), On(r))
				return err
			},
			"the first poll of BlockOn": func(r *Runtime, f func() error) (err error) {
				_, _ = BlockOn(do(func() { err = f() }), On(r))
				return err
			},
			"a later poll of BlockOn": func(r *Runtime, f func() error) (err error) {
				n := 0
				_, _ = BlockOn(PollFunc(func(cx *Context) (Unit, bool, error) {
					if n++; n < 3 {
						_, _, _ = SleepAsync(time.Millisecond).Poll(cx)
						return Pending[Unit]()
					}
					err = f()
					return Done(Unit{})
				}), On(r))
				return err
			},
			"Await on a goroutine of the runtime": func(r *Runtime, f func() error) error {
				errs := make(chan error)
				_, _ = BlockOn(do(func() {
					go func() {
						_, err := Await(AsyncFunc(func() error { Sleep(time.Millisecond); return f() }))
						errs <- err
					}()
				}), On(r))
				return <-errs
			},
			"a BlockOn on another one": func(r *Runtime, f func() error) error {
				other := New(Workers(1))
				defer shutDownNow(t, other)
				_, err := BlockOn(AsyncFunc(func() error {
					Sleep(time.Millisecond)
					_, err := BlockOn(AsyncFunc(func() error { Sleep(time.Millisecond); return f() }), On(other))
					return err
				}), On(r))
				return err
			},
			"a task": func(r *Runtime, f func() error) error {
				_, err := BlockOn(Spawn(AsyncFunc(func() error { Sleep(time.Millisecond); return f() }), On(r)), On(r))
				return err
			},
			"a task's BlockOn on another one": func(r *Runtime, f func() error) (err error) {
				other := New(Workers(1))
				defer shutDownNow(t, other)
				done := make(chan Unit)
				Spawn(do(func() {
					_, err = BlockOn(AsyncFunc(func() error { Sleep(time.Millisecond); return f() }), On(other))
					close(done)
				}), On(r))
				r.engine.Enter()
				defer r.engine.Exit()
				<-done
				return err
			},
			"SpawnBlocking": func(r *Runtime, f func() error) error {
				_, err := Await(SpawnBlocking(func() (Unit, error) { return Unit{}, f() }, On(r)))
				return err
			},
			"Blocking": func(r *Runtime, f func() error) (err error) {
				done := make(chan Unit)
				_, _ = BlockOn(BlockingAsync(context.Background(), func(context.Context) (Unit, error) {
					defer close(done)
					err = f()
					return Unit{}, nil
				}), On(r))
				<-done
				return err
			},
		}
		for from, run := range callers {
			t.Run(name+"/"+from, func(t *testing.T) {
				r := New(opts...)
				called := false
				err := run(r, func() error {
					called = true
					return r.Shutdown(t.Context())
				})
				if !called || err != nil && err != ErrShutdown {
					t.Error(called, err)
				}
				shutDownNow(t, r)
				noGoroutines(r)
			})
		}
	}
}
