package rt

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// untyped is a future of any type: its poll without the value.
type untyped func(cx *Context) (ready bool, err error)

func erase[T any](f Future[T]) untyped {
	return func(cx *Context) (bool, error) {
		_, ready, err := f.Poll(cx)
		return ready, err
	}
}

// leavesAndVerbs has each future that rt makes, ready in a few polls.
var leavesAndVerbs = []struct {
	name string // in messages
	make func() untyped
}{
	{"Ready", func() untyped { return erase(Ready(1)) }},
	{"Fail", func() untyped { return erase(Fail[int](errBoom)) }},
	{"Settled", func() untyped { return erase(Settled(1, errBoom)) }},
	{"PollFunc", func() untyped { return erase(PollFunc(func(*Context) (int, bool, error) { return Done(1) })) }},
	{"PollFunc", func() untyped { return erase(Borrow(PollFunc(func(*Context) (int, bool, error) { return Done(1) }))) }},
	{"rt.Sleep", func() untyped { return erase(SleepAsync(0)) }},
	{"rt.Sleep", func() untyped { return erase(SleepUntilAsync(time.Time{}.Add(1))) }},
	{"rt.Yield", func() untyped { return erase(YieldAsync()) }},
	{"rt.body", func() untyped { return erase(bodyAsync("b", new(journal), Ready(Unit{}), nil)) }},
	{"AsyncFunc", func() untyped { return erase(AsyncFunc(func() error { return errBoom })) }},
	{"AsyncValue", func() untyped { return erase(AsyncValue(func() (int, error) { return 1, nil })) }},
	{"Ticker.Tick", func() untyped { return erase(NewTicker(time.Hour).TickAsync()) }},
	{"Unconstrained", func() untyped { return erase(UnconstrainedAsync(Ready(1))) }},
	{"Timeout", func() untyped { return erase(TimeoutAsync(0, Never[int]())) }},
	{"TimeoutCause", func() untyped { return erase(TimeoutCauseAsync(0, errBoom, Never[int]())) }},
	{"WithContext", func() untyped { return erase(WithContextAsync(context.Background(), Ready(1))) }},
	{"Blocking", func() untyped {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		return erase(BlockingAsync(ctx, func(context.Context) (int, error) { return 1, nil }))
	}},
	{"Join2", func() untyped { return erase(Join2Async(Ready(1), Ready(2))) }},
	{"Join3", func() untyped { return erase(Join3Async(Ready(1), Ready(2), Fail[int](errBoom))) }},
	{"JoinAll", func() untyped { return erase(JoinAllAsync(Ready(1), Ready(2))) }},
	{"JoinAll", func() untyped { return erase(JoinAllAsync[int]()) }},
	{"JoinSettled", func() untyped { return erase(JoinSettledAsync(Ready(1), Fail[int](errBoom))) }},
	{"Race", func() untyped { return erase(RaceAsync(Ready(1), Never[int]())) }},
	{"Any", func() untyped { return erase(AnyAsync(Fail[int](errBoom))) }},
	{"Select2", func() untyped { return erase(Select2Async(Ready(1), Never[int]())) }},
	{"Select2Biased", func() untyped { return erase(Select2BiasedAsync(Ready(1), Never[int]())) }},
	{"Select3", func() untyped { return erase(Select3Async(Ready(1), Never[int](), Never[int]())) }},
	{"Select3Biased", func() untyped { return erase(Select3BiasedAsync(Ready(1), Never[int](), Never[int]())) }},
	{"Select4", func() untyped { return erase(Select4Async(Ready(1), Never[int](), Never[int](), Never[int]())) }},
	{"Select4Biased", func() untyped {
		return erase(Select4BiasedAsync(Ready(1), Never[int](), Never[int](), Never[int]()))
	}},
	{"SelectAll", func() untyped { return erase(SelectAllAsync(Ready(1), Never[int]())) }},
	{"SelectAllBiased", func() untyped { return erase(SelectAllBiasedAsync(Ready(1), Never[int]())) }},
	{"Map", func() untyped { return erase(MapAsync(1, []int{1, 2}, Ready[int])) }},
	{"Cancel", func() untyped { return erase(CancelAsync(Never[int]())) }},
	{"Group.Wait", func() untyped { return erase(new(Group).WaitAsync()) }},
	{"Scope", func() untyped { return erase(ScopeAsync(func(*Group) Future[Unit] { return Ready(Unit{}) })) }},
	{"Stream.Next", func() untyped { return erase(count(1, io.EOF).NextAsync()) }},
}

func TestPolledAfterItWasReady(t *testing.T) {
	for _, tt := range leavesAndVerbs {
		t.Run(tt.name, func(t *testing.T) {
			h, f := newHand(), tt.make()
			for range 3 {
				ready, err := f(h.cx)
				if !ready {
					continue
				}
				if err != nil && err != errBoom && !errors.Is(err, ErrTimeout) && !errors.Is(err, context.Canceled) && !errors.Is(err, errBoom) {
					t.Fatal(err)
				}
				for range 2 {
					wantPanic(t, "rt: "+strings.TrimPrefix(tt.name, "rt.")+" is polled after it was ready", func() { _, _ = f(h.cx) })
				}
				return
			}
			t.Fatal("never ready")
		})
	}
}

// A poll needs a Context.
func TestPolledWithoutContext(t *testing.T) {
	for _, tt := range leavesAndVerbs {
		t.Run(tt.name, func(t *testing.T) {
			f := tt.make()
			wantPanic(t, "rt: "+strings.TrimPrefix(tt.name, "rt.")+" is polled with a nil Context", func() { _, _ = f(nil) })
		})
	}
	wantPanic(t, "rt: Never is polled with a nil Context", func() { _, _, _ = Never[int]().Poll(nil) })
	wantPanic(t, "rt: Shield is polled with a nil Context", func() { _, _, _ = ShieldAsync(Ready(1)).Poll(nil) })
	wantPanic(t, "rt: Retry is polled with a nil Context", func() { _, _, _ = RetryAsync(Backoff{}, func() Future[int] { return Ready(1) }).Poll(nil) })
	wantPanic(t, "rt: Set.Next is polled with a nil Context", func() { _, _, _ = new(Set[int]).NextAsync().Poll(nil) })
	wantPanic(t, "rt: Recv is polled with a nil Context", func() { _, _, _ = RecvAsync[int](nil).Poll(nil) })
}

// A handle may be polled and awaited as often as one likes.
func TestHandlePolledAfterItWasReady(t *testing.T) {
	h, f := newHand(), Spawn(Ready(1))
	<-f.Done()
	for range 3 {
		if v, err := ended(t, h, f); v != 1 || err != nil {
			t.Errorf("%v, %v", v, err)
		}
	}
}

func TestPollFuncMisused(t *testing.T) {
	h := newHand()
	calls := 0
	var f Future[int]
	f = PollFunc(func(cx *Context) (int, bool, error) {
		if calls++; calls > 1 {
			panic(errBoom)
		}
		wantPanic(t, "rt: PollFunc is polled while it is being polled", func() { _, _, _ = f.Poll(cx) })
		return Pending[int]()
	})
	pending(t, h, f)
	wantPanic(t, errBoom, func() { _, _, _ = f.Poll(h.cx) })
	for range 2 {
		wantPanic(t, "rt: PollFunc is polled after it was cancelled or has panicked", func() { _, _, _ = f.Poll(h.cx) })
	}
	if calls != 2 {
		t.Errorf("%d calls", calls)
	}
	wantPanic(t, "rt: PollFunc of a nil function", func() { PollFunc[int](nil) })
}
