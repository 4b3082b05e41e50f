package rt

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// spinning is a marked function that awaits for ever what is always ready:
//
//	for { await(); polls++ }
type spinning struct {
	task.Frame
	await func(cx *Context) task.Machine
	polls *int
}

var spinningFunc = task.Func{Name: "rt.spinning", States: make([]task.State, 2)}

func (m *spinning) Func() *task.Func { return &spinningFunc }

func (m *spinning) Reset() { *m = spinning{} }

func (m *spinning) Resume(cx *Context) task.Machine {
	if m.State() == 1 {
		cx.Drop()
		*m.polls++
	}
	for {
		if w := m.await(cx); w != nil {
			return task.Suspend(cx, m, 1, w)
		}
		*m.polls++
	}
}

func spinningAsync(polls *int, await func(cx *Context) task.Machine) Future[Unit] {
	b := new(struct {
		task.Box[Unit]
		spinning
	})
	b.await, b.polls = await, polls
	return b.Init(&b.spinning)
}

// value is the await of a future that f makes.
func value[T any](f func() Future[T]) func(cx *Context) task.Machine {
	return func(cx *Context) task.Machine {
		_, _, w := task.AwaitFuture(cx, f())
		return w
	}
}

// alwaysReady has an await of each kind that is always ready.
func alwaysReady(t *testing.T, r *Runtime) map[string]func(cx *Context) task.Machine {
	ended := Spawn(Ready(1), On(r))
	wait(t, r, Future[int](ended))
	ticker := NewTicker(1)
	numbers := StreamFunc(func(*Context) (int, bool, error) { return 1, true, nil })
	over := StreamFunc(func(*Context) (int, bool, error) { return 0, true, io.EOF })
	return map[string]func(cx *Context) task.Machine{
		"value":    value(func() Future[int] { return Ready(1) }),
		"error":    value(func() Future[int] { return Fail[int](io.EOF) }),
		"handle":   value(func() Future[int] { return ended }),
		"box":      value(func() Future[Unit] { return chainAsync(0, 0) }),
		"poll":     value(func() Future[Unit] { return do(func() {}) }),
		"block":    value(func() Future[Unit] { return AsyncFunc(func() error { return nil }) }),
		"ticker":   value(ticker.TickAsync),
		"next":     value(numbers.NextAsync),
		"over":     value(over.NextAsync),
		"Sleep(0)": func(cx *Context) task.Machine { return task.SleepFor(cx, 0) },
		"sleep":    value(func() Future[Unit] { return SleepAsync(-1) }),
		"Join2":    value(func() Future[Pair[int, int]] { return Join2Async(Ready(1), Ready(2)) }),
		"JoinAll":  value(func() Future[[]int] { return JoinAllAsync(Ready(1), Ready(2)) }),
		"Select2":  value(func() Future[Choice2[int, int]] { return Select2Async(Ready(1), Ready(2)) }),
		"Timeout":  value(func() Future[int] { return TimeoutAsync(time.Hour, Ready(1)) }),
		"Cancel":   value(func() Future[Unit] { return CancelAsync(nil) }),
	}
}

// A loop of awaits that are always ready gives way after a bounded number of them, and sees an
// abort, a timeout and a shutdown there; so it does in an arm, and in an arm of an arm.
func TestA6_77_A7_105_AlwaysReadyGivesWay(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1})
	for name, await := range alwaysReady(t, r) {
		t.Run(name, func(t *testing.T) {
			polls := 0
			h := Spawn(spinningAsync(&polls, await), On(r))
			wait(t, r, Spawn(YieldAsync(), On(r))) // there is one worker, and no spare
			h.Abort()
			if _, err := BlockOn[Unit](h); err != ErrAborted {
				t.Error(err)
			}
			if polls == 0 {
				t.Error("nothing is ready")
			}
			spin := func() Future[Unit] { return spinningAsync(&polls, await) }
			for _, f := range []Future[Unit]{
				spin(),
				TimeoutAsync(time.Hour, spin()),
				AsyncFunc(func() error { _, err := Await(spin()); return err }),
			} {
				_, err := BlockOn(Spawn(TimeoutAsync(time.Millisecond, f), On(r)))
				if err != ErrTimeout {
					t.Error(err)
				}
				if _, err := BlockOn(TimeoutAsync(time.Millisecond, spin()), On(r)); err != ErrTimeout {
					t.Error("on a goroutine:", err)
				}
			}
			c := wait(t, r, Spawn(Select2Async(spin(), Select2Async(SleepAsync(time.Millisecond), spin())), On(r)))
			if c.Index != 1 {
				t.Errorf("%+v", c)
			}
		})
	}
}

// A block of ordinary code that awaits what is ready gives way, too.
func TestBlocksGiveWay(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1})
	h := Spawn(AsyncFunc(func() error {
		for {
			_, _ = Await(Ready(1))
		}
	}), On(r))
	wait(t, r, Spawn(YieldAsync(), On(r)))
	h.Abort()
	if _, err := BlockOn[Unit](h); err != ErrAborted {
		t.Error(err)
	}
}

func TestAlwaysReadySeesShutdown(t *testing.T) {
	r := runtimeOf(task.NewRuntime(task.Config{Workers: 1, Clock: task.NewRealClock(), Threads: 1, Idle: time.Minute}))
	for name, await := range alwaysReady(t, r) {
		defer func(h *JoinHandle[Unit]) {
			if _, err := Await(h); err != ErrShutdown {
				t.Error(name, err)
			}
		}(Spawn(spinningAsync(new(int), await), On(r)))
	}
	polled := make(chan struct{})
	done := make(chan error)
	go func() {
		n := 0
		_, err := BlockOn(spinningAsync(new(int), value(func() Future[int] {
			if n++; n == 1000 {
				close(polled)
			}
			return Ready(1)
		})), On(r))
		done <- err
	}()
	<-polled
	shutDownNow(t, r)
	if err := <-done; err != ErrShutdown {
		t.Error(err)
	}
}

// In one turn exactly so many awaits are ready, on a worker as on a goroutine; the turn after
// goes on with the await that was not polled.
func TestA6_78_BudgetIsCounted(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1})
	var turns []int
	last := -1
	count := func(cx *Context) task.Machine {
		if now := int(currentTurn()); now != last {
			last = now
			turns = append(turns, 0)
		}
		_, _, w := task.AwaitFuture(cx, do(func() {}))
		if w == nil {
			turns[len(turns)-1]++
		}
		return w
	}
	polls := 0
	h := Spawn(spinningAsync(&polls, func(cx *Context) task.Machine {
		if polls > 1000 {
			return task.YieldOnce(cx)
		}
		return count(cx)
	}), On(r))
	for {
		enough := wait(t, r, Spawn(AsyncValue(func() (bool, error) { return polls > 1000, nil }), On(r)))
		if enough {
			break
		}
	}
	h.Abort()
	<-h.Done()
	for i, n := range turns[:len(turns)-1] {
		if n != task.TurnBudget {
			t.Errorf("turn %d: %d awaits", i, n)
		}
	}
}

// currentTurn is the number of the turn of the worker that calls it.
func currentTurn() uint32 { return task.CurrentWorker().Turns }

// What is ready is not mistaken for what is not, however much of the budget is used up.
func TestBudgetDoesNotChoose(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1})
	block := func() Future[int] {
		return AsyncValue(func() (int, error) { return Await(Ready(1)) })
	}
	wait(t, r, Spawn(AsyncFunc(func() error {
		for range 3 * task.TurnBudget {
			if v, err := Timeout(0, block()); v != 1 || err != nil {
				return err
			}
			if c := Select2Biased(block(), Ready(2)); c.Index != 0 {
				return errors.New("the other is chosen")
			}
		}
		return nil
	}), On(r)))
}

// An arm that is always ready does not keep the others from going on, wherever it stands: in each turn all get on that are woken.
func TestA3_52_NoBranchStarvesTheOthers(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1})
	const turns = 5
	polls := 0
	spin := func() Future[Unit] {
		return spinningAsync(&polls, value(func() Future[int] { return Ready(1) }))
	}
	fails := func() Future[Unit] {
		n := 0
		return PollFunc(func(cx *Context) (Unit, bool, error) {
			if n++; n > turns {
				return Error[Unit](errBoom)
			}
			return YieldAsync().Poll(cx)
		})
	}
	for name, f := range map[string]func() error{
		"before":     func() error { _, _, err := Join2(spin(), fails()); return err },
		"after":      func() error { _, _, err := Join2(fails(), spin()); return err },
		"between":    func() error { _, err := JoinAll(spin(), fails(), spin()); return err },
		"in another": func() error { _, _, err := Join2(unit(Join2Async(spin(), spin())), fails()); return err },
	} {
		t.Run(name, func(t *testing.T) {
			for where, run := range map[string]func() error{
				"task":      func() error { _, err := BlockOn(Spawn(AsyncFunc(f), On(r))); return err },
				"goroutine": func() error { _, err := BlockOn(AsyncFunc(f), On(r)); return err },
			} {
				polls = 0
				if err := run(); err != errBoom {
					t.Errorf("%s: %v", where, err)
				}
				if most := (turns + 2) * (task.TurnBudget + 64); polls == 0 || polls > most {
					t.Errorf("%s: %d awaits of those that are always ready, want %d at most", where, polls, most)
				}
			}
		})
	}
}

// The arms of verbs use the budget of their task, also what is left of it: each has a little of its own in a poll, and no more.
func TestA6_78_ArmsShareTheBudget(t *testing.T) {
	const before, own = task.TurnBudget - 28, 16 // what an arm has at least, see armBudget
	for name, c := range map[string]struct {
		arms int
		f    func(spin func() Future[Unit]) Future[Unit]
	}{
		"Join2":   {2, func(spin func() Future[Unit]) Future[Unit] { return unit(Join2Async(spin(), spin())) }},
		"Select3": {3, func(spin func() Future[Unit]) Future[Unit] { return unit(Select3Async(spin(), spin(), spin())) }},
		"Timeout": {1, func(spin func() Future[Unit]) Future[Unit] { return TimeoutAsync(time.Hour, spin()) }},
		"JoinAll": {4, func(spin func() Future[Unit]) Future[Unit] {
			return unit(JoinAllAsync(spin(), spin(), spin(), spin()))
		}},
		"nested": {3, func(spin func() Future[Unit]) Future[Unit] {
			return unit(Join2Async(unit(Select2Async(spin(), spin())), TimeoutAsync(time.Hour, spin())))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := byHand(t, task.Config{Workers: 1})
			var turns []int
			last, k := -1, 0
			ready := func(cx *Context) task.Machine {
				_, _, w := task.AwaitFuture(cx, do(func() {
					if now := int(currentTurn()); now != last {
						last, turns = now, append(turns, 0)
					}
					turns[len(turns)-1]++
				}))
				return w
			}
			spin := func() Future[Unit] { return spinningAsync(new(int), ready) }
			h := Spawn(spinningAsync(new(int), func(cx *Context) task.Machine {
				if k++; k <= before {
					return ready(cx)
				}
				_, _, w := task.AwaitFuture(cx, c.f(spin))
				return w
			}), On(r))
			for wait(t, r, Spawn(AsyncValue(func() (int, error) { return len(turns), nil }), On(r))) < 20 {
			}
			h.Abort()
			<-h.Done()
			for i, n := range turns[:len(turns)-1] {
				if most := task.TurnBudget + c.arms*(own+1); n < task.TurnBudget-1 || n > most {
					t.Errorf("turn %d: %d awaits, want %d at most", i, n, most)
				}
			}
		})
	}
}

// What has to wait costs nothing of the next turn: whoever goes on has all of a new budget.
func TestA6_80_WhoHasWaitedHasANewBudget(t *testing.T) {
	const before = task.TurnBudget - 28
	for name, waits := range map[string]func(cx *Context, g *gate) task.Machine{
		"Yield": func(cx *Context, _ *gate) task.Machine { return task.YieldOnce(cx) },
		"Sleep": func(cx *Context, _ *gate) task.Machine { return task.SleepFor(cx, time.Millisecond) },
		"future": func(cx *Context, g *gate) task.Machine {
			_, _, w := task.AwaitFuture[Unit](cx, g)
			return w
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := byHand(t, task.Config{Workers: 1})
			var turns []int
			g, last, k := new(gate), -1, 0
			h := Spawn(spinningAsync(new(int), func(cx *Context) task.Machine {
				if k++; k == before+1 {
					return waits(cx, g)
				}
				_, _, w := task.AwaitFuture(cx, do(func() {
					if now := int(currentTurn()); now != last {
						last, turns = now, append(turns, 0)
					}
					turns[len(turns)-1]++
				}))
				return w
			}), On(r))
			if name == "future" {
				g.polled(1)
				g.Open()
			}
			for wait(t, r, Spawn(AsyncValue(func() (int, error) { return len(turns), nil }), On(r))) < 3 {
			}
			h.Abort()
			<-h.Done()
			if turns[0] != before || turns[1] != task.TurnBudget {
				t.Errorf("%d awaits before it waits, %d after; want %d and %d", turns[0], turns[1], before, task.TurnBudget)
			}
		})
	}
}

// Unconstrained lifts the budget, and leaves that of others as it was.
func TestA6_79_Unconstrained(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1})
	polls := 0
	unbroken := func(cx *Context) task.Machine {
		if polls++; polls >= 5000 {
			return task.YieldOnce(cx)
		}
		_, _, w := task.AwaitFuture(cx, Ready(1))
		if w != nil && polls < 5000 {
			t.Error("it has a budget")
		}
		return w
	}
	f := UnconstrainedAsync(spinningAsync(new(int), unbroken))
	h := Spawn(Join2Async(f, Never[Unit]()), On(r))
	for {
		n := wait(t, r, Spawn(AsyncValue(func() (int, error) { return polls, nil }), On(r)))
		if n >= 5000 {
			break
		}
	}
	h.Abort()
	<-h.Done()
	if v, err := Unconstrained(Ready(1)); v != 1 || err != nil {
		t.Error(v, err)
	}
	// The budget of others is as before.
	cx := task.NewContext(Waker{})
	task.SetBudget(cx, 7)
	_, _, _ = UnconstrainedAsync(Ready(1)).Poll(cx)
	if left := task.SetBudget(cx, 7); left != 7 {
		t.Error(left)
	}
	j := &journal{}
	g := UnconstrainedAsync(bodyAsync("body", j, Never[Unit](), YieldAsync()))
	_, _ = BlockOn(TimeoutAsync(time.Millisecond, g))
	j.want(t, "body begins", "body cleans up", "body ends")
	for _, f := range []func(){
		func() { _, _, _ = g.Poll(task.NewContext(Waker{})) },
		func() { Join2Async(g, g) },
		func() { UnconstrainedAsync[int](nil) },
	} {
		if p, _ := panicOf(f).(string); !strings.Contains(p, "Unconstrained") {
			t.Error(p)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := WithContext(ctx, UnconstrainedAsync(Ready(1))); err != context.Canceled {
		t.Error(err)
	}
}

// What goes on and on in one poll, because all that it takes from is ready, gives way too.
func TestBusyPollsGiveWay(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1})
	numbers := func() Stream[int] {
		return StreamFunc(func(*Context) (int, bool, error) { return 1, true, nil })
	}
	next := func(s Stream[int]) Future[Unit] { return unit(s.NextAsync()) }
	throttled := Throttle(time.Hour, numbers())
	wait(t, r, throttled.NextAsync())
	for name, f := range map[string]Future[Unit]{
		"Flatten": next(Flatten(StreamFunc(func(*Context) (Stream[int], bool, error) {
			return StreamFunc(func(*Context) (int, bool, error) { return 0, true, io.EOF }), true, nil
		}))),
		"Throttle": next(throttled),
		"Debounce": next(Debounce(time.Hour, numbers())),
		"Chunks":   unit(Chunks(1<<30, 0, numbers()).NextAsync()),
		"Retry":    unit(RetryAsync(Backoff{}, func() Future[int] { return Fail[int](io.EOF) })),
		"Map":      unit(MapAsync(1, make([]Unit, 1<<30), func(Unit) Future[Unit] { return Ready(Unit{}) })),
	} {
		h := Spawn(f, On(r))
		wait(t, r, Spawn(YieldAsync(), On(r))) // there is one worker, and no spare
		h.Abort()
		if _, err := BlockOn[Unit](h); err != ErrAborted {
			t.Error(name, err)
		}
	}
	buffer := Buffer(1<<30, numbers())
	wait(t, r, buffer.NextAsync())
	wait(t, r, CancelAsync(buffer))
}
