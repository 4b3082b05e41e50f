package rt

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// withTimer makes timeout's timer a probe, so that a test says when it fires.
func withTimer[T any](j *journal, f Future[T]) *probeTimer {
	p := &probeTimer{probe{name: "timer", j: j}}
	f.(*timeout[T]).end.f = p
	return p
}

type probeTimer struct{ probe }

func (p *probeTimer) Poll(cx *Context) (Unit, bool, error) {
	_, ready, err := p.probe.Poll(cx)
	return Unit{}, ready, err
}

func TestA7_104_ValueAndDeadlineAtOnce(t *testing.T) {
	j, h := &journal{}, newHand()
	p := &probe{name: "f", j: j}
	f := TimeoutAsync[string](time.Hour, p)
	timer := withTimer(j, f)
	pending(t, h, f)
	timer.finish("", nil)
	p.finish("v", nil)
	if v, err := ended(t, h, f); v != "v" || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
	j.want(t, "poll f", "poll timer", "poll f", "cancel timer")
}

func TestA7_104_CancelledBeforeItReturns(t *testing.T) {
	j, h := &journal{}, newHand()
	p := &probe{name: "f", j: j, cleanup: 1}
	f := TimeoutAsync[string](time.Hour, p)
	timer := withTimer(j, f)
	pending(t, h, f)
	timer.finish("", nil)
	pending(t, h, f)
	p.finish("too late", nil) // not polled again
	if _, err := ended(t, h, f); err != ErrTimeout {
		t.Errorf("error %v", err)
	}
	j.want(t, "poll f", "poll timer", "poll f", "poll timer", "cancel f", "cancel f")
}

func TestA7_104_DeadlinePast(t *testing.T) {
	for _, d := range []time.Duration{0, -time.Second} {
		if v, err := Timeout(d, Ready(7)); v != 7 || err != nil {
			t.Errorf("%v: got %v, %v", d, v, err)
		}
		j := &journal{}
		if _, err := Timeout[string](d, &probe{name: "f", j: j}); err != ErrTimeout {
			t.Errorf("%v: error %v", d, err)
		}
		j.want(t, "poll f", "cancel f")
	}
}

func TestA7_106_NestedTimeoutsDiffer(t *testing.T) {
	inner, outer := errors.New("inner"), errors.New("outer")
	for _, tt := range []struct{ in, out time.Duration }{{0, time.Hour}, {time.Hour, 0}} {
		_, err := TimeoutCause(tt.out, outer, TimeoutCauseAsync(tt.in, inner, Never[int]()))
		if errors.Is(err, inner) != (tt.in == 0) || errors.Is(err, outer) != (tt.out == 0) {
			t.Errorf("%v: error %v", tt, err)
		}
		if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v is no timeout", err)
		}
	}
	_, err := TimeoutCause(0, inner, Never[int]())
	if got, want := err.Error(), "inner (timeout after 0s)"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestErrTimeout(t *testing.T) {
	if !errors.Is(ErrTimeout, context.DeadlineExceeded) {
		t.Error("is not context.DeadlineExceeded")
	}
	var e interface{ Timeout() bool }
	if !errors.As(ErrTimeout, &e) || !e.Timeout() {
		t.Error("has no method Timeout")
	}
	wantPanic(t, "rt: Timeout of a nil future", func() { Timeout[int](0, nil) })
}

func TestTimeoutPassesErrorsOn(t *testing.T) {
	if _, err := Timeout(time.Hour, Fail[int](errBoom)); err != errBoom {
		t.Errorf("error %v", err)
	}
}

func TestWithContextDoneAtTheStart(t *testing.T) {
	j := &journal{}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errBoom)
	if _, err := WithContext[string](ctx, &probe{name: "f", j: j}); err != errBoom {
		t.Errorf("error %v", err)
	}
	j.want(t, "cancel f") // not polled
}

func TestWithContextDoneLater(t *testing.T) {
	j := &journal{}
	ctx, cancel := context.WithCancelCause(context.Background())
	woken := make(chan struct{}, 1)
	cx := task.NewContext(task.NewWaker(func() { woken <- struct{}{} }))
	h := &hand{cx: cx}
	f := WithContextAsync[string](ctx, &probe{name: "f", j: j})
	pending(t, h, f)
	pending(t, h, f)
	cancel(errBoom)
	<-woken
	if _, err := ended(t, h, f); err != errBoom {
		t.Errorf("error %v", err)
	}
	j.want(t, "poll f", "poll f", "poll f", "cancel f")
}

func TestWithContextValueAndDoneAtOnce(t *testing.T) {
	j, h := &journal{}, newHand()
	ctx, cancel := context.WithCancel(context.Background())
	p := &probe{name: "f", j: j}
	f := WithContextAsync[string](ctx, p)
	task.SetWaker(h.cx, Waker{}) // AfterFunc wakes on a goroutine of its own
	pending(t, h, f)
	cancel()
	p.finish("v", nil)
	if v, err := ended(t, h, f); v != "v" || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestWithContextLetsGoOfTheContext(t *testing.T) {
	h := newHand()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	j := &journal{}
	p := &probe{name: "f", j: j}
	f := WithContextAsync[string](ctx, p)
	pending(t, h, f)
	p.finish("v", nil)
	ended(t, h, f)
	if f.(*withContext[string]).done.stop() {
		t.Error("the context still knows the task")
	}
}

func TestWithContextOfBackground(t *testing.T) {
	if v, err := WithContext(context.Background(), Ready(1)); v != 1 || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
}
