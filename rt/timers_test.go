package rt

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

func TestA7_90_SleepOfNothing(t *testing.T) {
	for _, d := range []time.Duration{0, -1, math.MinInt64} {
		ended(t, newHand(), SleepAsync(d))
		Sleep(d)
	}
}

// sleeps runs a task for each duration, and gives when each has woken.
func sleeps(t *testing.T, r *Runtime, clock *virtual, ds []time.Duration) (woken []time.Duration, order []int) {
	var hs []*JoinHandle[Unit]
	woken = make([]time.Duration, len(ds))
	start := clock.Now()
	for i, d := range ds {
		sleep := SleepAsync(d)
		hs = append(hs, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
			_, ok, err := sleep.Poll(cx)
			if ok {
				woken[i] = time.Duration(clock.Now() - start)
				order = append(order, i)
			}
			return Unit{}, ok, err
		}), On(r)))
	}
	for _, h := range hs {
		wait(t, r, h)
	}
	return woken, order
}

func TestA7_91_SleepIsExact(t *testing.T) {
	r, clock := onVirtual(t)
	const ms, day = time.Millisecond, 24 * time.Hour
	for _, d := range []time.Duration{ms, 63 * ms, 64 * ms, 65 * ms, 4095 * ms, 4096 * ms, 4097 * ms, time.Hour, 30 * day, 400 * day} {
		// Alone, so that the clock stands at a whole tick when it begins.
		if woken, _ := sleeps(t, r, clock, []time.Duration{d}); woken[0] != d {
			t.Errorf("Sleep(%v) took %v", d, woken[0])
		}
	}
}

func TestA7_92_NeverEarly(t *testing.T) {
	r, clock := onVirtual(t)
	ds := []time.Duration{1, time.Microsecond, 999_999, 1_000_001, 1_999_999, 7 * time.Microsecond}
	for offset := range int64(3) {
		clock.t.Add(offset * 333_333) // not at a whole tick
		woken, _ := sleeps(t, r, clock, ds)
		for i, d := range ds {
			if late := woken[i] - d; late < 0 || late > 2*time.Millisecond {
				t.Errorf("Sleep(%v) took %v", d, woken[i])
			}
		}
	}
}

func TestA7_93_FarDeadlines(t *testing.T) {
	for _, c := range []struct {
		now  int64
		d    time.Duration
		want int64
	}{
		{0, 1, 1},
		{0, time.Millisecond, 1},
		{5, time.Millisecond, 2},
		{math.MaxInt64 - 5, 10, task.Forever / task.Tick},
		{1 << 60, math.MaxInt64, task.Forever / task.Tick},
	} {
		if got := task.Deadline(c.now, c.d); got != c.want {
			t.Errorf("deadline(%d, %d) = %d, want %d", c.now, c.d, got, c.want)
		}
	}
	r, _ := onVirtual(t)
	h := Spawn(SleepAsync(math.MaxInt64), On(r))
	wait(t, r, Spawn(YieldAsync(), On(r)))
	h.Abort()
	if err := outcomeOfTask(r, h); err != ErrAborted {
		t.Error(err)
	}
}

func TestA7_94_TimersFireInOrder(t *testing.T) {
	r, clock := onVirtual(t)
	var ds []time.Duration
	for i := range 50 { // fewer than injectInterval: they begin in this order
		ds = append(ds, time.Duration(1+i*37%7)*time.Millisecond)
	}
	_, order := sleeps(t, r, clock, ds)
	if !slices.IsSortedFunc(order, func(a, b int) int {
		if ds[a] != ds[b] {
			return int(ds[a] - ds[b])
		}
		return a - b
	}) {
		t.Error("not in the order of deadlines, and of insertion for equal ones")
	}
}

// The wait for a time is given up for one for another time, be that earlier, later, or past, at once, while it waits, or when its time
// has come. The new time counts, and the old one wakes nobody.
func TestA7_95_AnotherDeadline(t *testing.T) {
	const old = 10 * time.Second
	for when, at := range map[string]time.Duration{"before the first poll": -1, "at once": 0, "while it waits": 5 * time.Second, "when it has come": old} {
		for _, d := range []time.Duration{7 * time.Second, 60 * time.Second, 0, -time.Hour} { // from then on
			t.Run(fmt.Sprint(when, " ", d), func(t *testing.T) {
				r, clock := onVirtual(t)
				start, first, second := clock.Now(), SleepAsync(old), Future[Unit](nil)
				var polls []time.Duration
				var waker Waker
				h := Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
					polls, waker = append(polls, time.Duration(clock.Now()-start)), cx.Waker()
					if second == nil {
						if at >= 0 {
							_, ready, _ := first.Poll(cx)
							if ready != (at == old && len(polls) > 1) {
								t.Errorf("after %v: ready is %t", polls, ready)
							}
							if len(polls) == 1 && at > 0 {
								return Pending[Unit]()
							}
						}
						first.(Canceler).Cancel()
						second = SleepAsync(d)
					}
					return second.Poll(cx)
				}), On(r))
				at := max(at, 0)
				if at > 0 && at < old {
					wait(t, r, Spawn(SleepAsync(at), On(r)))
					waker.Wake()
				}
				wait(t, r, h)
				wait(t, r, Spawn(SleepAsync(2*old), On(r)))
				want := []time.Duration{0}
				if at > 0 {
					want = append(want, at)
				}
				if d > 0 {
					want = append(want, at+d)
				}
				if !slices.Equal(polls, want) {
					t.Errorf("it is polled at %v, want %v", polls, want)
				}
				if n := timersOf(r); n != 0 {
					t.Errorf("%d timers are left", n)
				}
			})
		}
	}
}

// A Ticker is set to other times at the same moments: what counts is the last that was said.
func TestA7_95_TickerIsSet(t *testing.T) {
	const period = 10 * time.Second
	for when, at := range map[string]time.Duration{"before the first tick": 0, "while it waits": 5 * time.Second, "late": 12 * time.Second} {
		for _, d := range []time.Duration{time.Second, 7 * time.Second, 60 * time.Second, 0, -time.Second} {
			t.Run(fmt.Sprint(when, " ", d), func(t *testing.T) {
				r, _ := onVirtual(t)
				_, err := BlockOn(Spawn(AsyncFunc(func() error {
					start, ticker := Now(), NewTicker(period)
					var ticks []time.Duration
					tick := func() { ticks = append(ticks, ticker.Tick().Sub(start)) }
					set := func() {
						Sleep(at)
						ticker.ResetAfter(d)
					}
					switch when {
					case "while it waits":
						tick()
						if _, _, err := Join2(AsyncFunc(func() error { tick(); return nil }), AsyncFunc(func() error { set(); return nil })); err != nil {
							return err
						}
					case "late":
						tick()
						set()
						tick()
					default:
						set()
						tick()
					}
					tick()
					if n := len(ticks); ticks[n-2] != at+d || ticks[n-1] != at+d+period {
						t.Errorf("ticks at %v, want the last at %v and %v", ticks, at+d, at+d+period)
					}
					if now := Since(start); now != ticks[len(ticks)-1] {
						t.Errorf("the last one comes at %v", now)
					}
					return nil
				}), On(r)), On(r))
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// timersOf is how many timers are armed in r.
func timersOf(r *Runtime) (n int) {
	for _, w := range r.engine.Workers {
		w.Timers.Mu.Lock()
		n += w.Timers.Wheel.Count()
		w.Timers.Mu.Unlock()
	}
	return n
}

func TestA7_96_CancelledTimerIsGone(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		var hs []*JoinHandle[Unit]
		for range 1000 {
			hs = append(hs, Spawn(SleepAsync(time.Hour), On(r)))
		}
		for _, h := range hs {
			h.Abort() // from another goroutine than the wheel's
			if err := outcomeOfTask(r, h); err != ErrAborted {
				t.Fatal(err)
			}
		}
		if n := timersOf(r); n != 0 {
			t.Errorf("%d timers are left", n)
		}
	})
}

// Of two timers of the same tick the task that wakes first cancels the other.
func TestA7_97_CancelAtTheSameTick(t *testing.T) {
	r, _ := onVirtual(t)
	var other *JoinHandle[Unit]
	first := SleepAsync(time.Millisecond)
	h := Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
		_, ok, _ := first.Poll(cx)
		if ok {
			other.Abort()
		}
		return Unit{}, ok, nil
	}), On(r))
	other = Spawn(SleepAsync(time.Millisecond), On(r))
	wait(t, r, h)
	if err := outcomeOfTask(r, other); err != nil && err != ErrAborted { // its timer has fired, too
		t.Error(err)
	}
	if n := timersOf(r); n != 0 {
		t.Errorf("%d timers are left", n)
	}
}

func TestA7_98_TheLastWakerIsWoken(t *testing.T) {
	r, _ := onVirtual(t) // no time passes between the two polls
	f := SleepAsync(20 * time.Millisecond)
	first, woken := newHand(), make(chan Unit, 1)
	second := task.NewContext(task.NewWaker(func() { woken <- Unit{} }))
	wait(t, r, Spawn(do(func() {
		pending(t, first, f)
		if _, ok, _ := f.Poll(second); ok {
			t.Error("ready at once")
		}
	}), On(r)))
	wait(t, r, Spawn(SleepAsync(time.Second), On(r)))
	<-woken
	if first.wakes != 0 {
		t.Error("the first waker was woken")
	}
	ended(t, first, f)
}

func TestA7_99_VirtualTimeIsNotReal(t *testing.T) {
	r, clock := onVirtual(t)
	wait(t, r, Spawn(SleepAsync(1000*time.Hour), On(r)))
	if clock.Now() != int64(1000*time.Hour) {
		t.Error(clock.Now())
	}
	wait(t, r, Spawn(do(func() {
		if Since(r.engine.Epoch) != 1000*time.Hour {
			t.Error(Now())
		}
	}), On(r)))
}

func TestA7_102_SameTraceTwice(t *testing.T) {
	run := func() []int {
		r, clock := onVirtual(t)
		rnd := rand.New(rand.NewPCG(7, 7))
		var ds []time.Duration
		for range 10_000 {
			ds = append(ds, time.Duration(rnd.Int64N(int64(100*time.Second))))
		}
		_, order := sleeps(t, r, clock, ds)
		return order
	}
	if !slices.Equal(run(), run()) {
		t.Error("two runs differ")
	}
}

func TestA7_107_ShutdownEndsSleepers(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		h := Spawn(SleepAsync(time.Hour), On(r))
		blocked := make(chan error)
		g := new(gate)
		go func() {
			_, err := BlockOn(bodyAsync("b", new(journal), g, nil), On(r))
			blocked <- err
		}()
		go func() {
			_, err := BlockOn(SleepAsync(time.Hour), On(r))
			blocked <- err
		}()
		g.polled(1)
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		for range 2 {
			if err := <-blocked; err != ErrShutdown {
				t.Error(err)
			}
		}
		if _, err := Await(h); err != ErrShutdown || !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if n := timersOf(r); n != 0 {
			t.Errorf("%d timers are left", n)
		}
	})
}

// On a runtime that has ended nobody fires timers, and its wheels may have the
// numbers of others.
func TestTimersOfAnEndedRuntime(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		cx := task.NewWaiter(&r.engine).Cx
		before := SleepAsync(time.Hour)
		before.Poll(&cx)
		if err := r.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, ready, err := before.Poll(&cx); !ready || err != nil {
			t.Error("what was armed waits for ever")
		}
		after := SleepAsync(time.Hour)
		after.Poll(&cx)
		if _, err := BlockOn(SleepAsync(time.Hour), On(r)); err != ErrShutdown {
			t.Error(err)
		}
		if _, err := BlockOn(Ready(1), On(r)); err != nil {
			t.Error("a future that does not wait needs no runtime:", err)
		}

		next := testRuntime(t, task.Config{Workers: len(r.engine.Workers)})
		others := task.NewWaiter(&next.engine).Cx
		const n = 100
		for range n {
			SleepAsync(time.Hour).Poll(&others)
		}
		Cancel(after)
		if left := timersOf(next) + timersOf(r); left != n {
			t.Errorf("%d timers, want %d", left, n)
		}
	})
}

// A timer that is armed from outside, earlier than what its worker sleeps for, is on time.
func TestEarlierTimerFromOutside(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	late := Spawn(SleepAsync(time.Hour), On(r))
	for timersOf(r) == 0 {
		Yield()
	}
	if _, err := BlockOn(SleepAsync(time.Millisecond), On(r)); err != nil {
		t.Error(err)
	}
	late.Abort()
}

func TestA7_108_ManyTimers(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 2})
	n := 200_000
	if testing.Short() {
		n = 20_000
	}
	hs := make([]*JoinHandle[Unit], n)
	for i := range hs {
		d := time.Hour
		if i%2 == 0 {
			d = time.Duration(i%50) * time.Millisecond
		}
		hs[i] = Spawn(SleepAsync(d), On(r))
	}
	for i, h := range hs {
		if i%2 == 1 {
			h.Abort()
		}
	}
	for i, h := range hs {
		if err := outcomeOfTask(r, h); (err == ErrAborted) != (i%2 == 1) {
			t.Fatal(i, err)
		}
	}
	if n := timersOf(r); n != 0 {
		t.Errorf("%d timers are left", n)
	}
}

func ExampleNow() {
	start := Now()
	Sleep(2 * time.Millisecond)
	fmt.Println(Since(start) >= 2*time.Millisecond)
	// Output: true
}
