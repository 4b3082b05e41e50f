package machine_test

import (
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

func numbers() rt.Stream[int] {
	return rt.StreamFunc(func(*rt.Context) (int, bool, error) { return 1, true, nil })
}

func TestEachPolledAfterItWasReady(t *testing.T) {
	cx := rt.NewContext(rt.Waker{})
	f := machine.EachOf(numbers()).NextAsync()
	if v, ready, err := f.Poll(cx); v.A != 1 || !v.C || !ready || err != nil {
		t.Error(v, ready, err)
	}
	defer func() {
		if text, _ := recover().(string); !strings.HasPrefix(text, "rt: Each is polled after it was ready: ") {
			t.Errorf("panic %q", text)
		}
	}()
	f.Poll(cx)
}

// A range over a stream whose values are always there gives way.
func TestEachHasABudget(t *testing.T) {
	over := rt.StreamFunc(func(*rt.Context) (int, bool, error) { return 0, true, io.EOF })
	for name, s := range map[string]rt.Stream[int]{"each": numbers(), "over": over} {
		each := machine.EachOf(s)
		ready := 0
		_, _ = rt.Await(rt.Spawn(rt.PollFunc(func(cx *rt.Context) (rt.Unit, bool, error) {
			for {
				_, _, w := machine.AwaitFuture(cx, each.NextAsync())
				if w != nil {
					return rt.Done(rt.Unit{})
				}
				ready++
			}
		})))
		if ready == 0 {
			t.Errorf("%s: no await was ready", name)
		}
	}
}

// pages is a call that is a stream. It waits for ever, and its deferred call waits for a moment.
type pages struct {
	machine.FrameErr
	polls *atomic.Int32
	ended *atomic.Bool
}

var pagesFunc = machine.Func{
	Name: "pages", Defers: true, Exit: 2, Result: machine.ResultErr,
	States: []machine.State{{Name: "start"}, {Name: "waits"}, {Name: "exit"}, {Name: "cleanup"}},
}

func (m *pages) Func() *machine.Func { return &pagesFunc }
func (m *pages) Reset()              { *m = pages{} }

func (m *pages) Resume(cx *rt.Context) (w machine.Machine) {
	state := m.State()
	if state != 0 && cx.Unwind() {
		if state == 3 { // the cleanup leaves, too: its grace is over
			return nil
		}
		if w = machine.SleepRun(cx, nil, time.Millisecond); w != nil {
			return machine.Suspend(cx, m, 3, w)
		}
	}
	switch state {
	case 0:
		m.polls.Add(1)
		_, _, w = machine.AwaitFuture(cx, rt.Never[int]())
		return machine.Suspend(cx, m, 1, w)
	case 3:
		cx.Drop()
		m.ended.Store(true)
	}
	return nil
}

// Who cancels a stream after its method Cancel waits for the cleanup that goes on as a task.
func TestCancelOfAStreamAfterItsMethodCancel(t *testing.T) {
	for range 50 {
		polls, ended := new(atomic.Int32), new(atomic.Bool)
		_, err := rt.Await(rt.Spawn(rt.AsyncFunc(func() error {
			b := new(struct {
				machine.StreamBox[int]
				pages
			})
			b.polls, b.ended = polls, ended
			s := b.Init(&b.pages)
			if _, ready, _ := s.PollNext(rt.NewContext(rt.Waker{})); ready || polls.Load() != 1 {
				t.Error("it has not waited")
			}
			s.Cancel()
			s.Cancel()
			rt.Cancel(s)
			if !ended.Load() {
				t.Error("its cleanup has not ended")
			}
			rt.Cancel(s)
			s.Cancel()
			return nil
		})))
		if err != nil {
			t.Fatal(err)
		}
	}
}
