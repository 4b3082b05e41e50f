package rt

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

var errBoom = errors.New("boom")

func TestA3_49_JoinPollsEachUntilItIsReady(t *testing.T) {
	j, h := &journal{}, newHand()
	ps := probes(j, "a", "b", "c")
	f := Join3Async[string, string, string](ps[0], ps[1], ps[2])
	j.want(t) // lazy
	pending(t, h, f)
	j.want(t, "poll a", "poll b", "poll c")
	ps[1].finish("B", nil)
	pending(t, h, f)
	j.want(t, "poll a", "poll b", "poll c")
	ps[2].finish("C", nil)
	pending(t, h, f)
	j.want(t, "poll a", "poll c")
	ps[0].finish("A", nil)
	v, err := ended(t, h, f)
	if v != TripleOf("A", "B", "C") || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
	j.want(t, "poll a")
	wantPanic(t, "rt: Join3 is polled after it was ready", func() { f.Poll(h.cx) })
}

func TestA3_50_JoinAllPollsOnlyWhatWasWoken(t *testing.T) {
	const n = 10_000
	j, h := &journal{}, newHand()
	fs := make([]Future[string], n)
	ps := make([]*probe, n)
	for i := range fs {
		ps[i] = &probe{name: fmt.Sprint(i), j: j}
		fs[i] = ps[i]
	}
	f := JoinAllAsync(fs...)
	pending(t, h, f)
	if got := len(j.take()); got != n {
		t.Fatalf("first poll polled %d futures", got)
	}
	ps[4711].wake()
	if h.wakes != 1 {
		t.Fatalf("%d wakes", h.wakes)
	}
	pending(t, h, f)
	j.want(t, "poll 4711")
	pending(t, h, f) // spurious
	j.want(t)
	for i := range n {
		ps[n-1-i].finish(fmt.Sprint("v", n-1-i), nil)
	}
	if h.wakes != 2 {
		t.Errorf("%d wakes, want 2: they coalesce", h.wakes)
	}
	vs, err := ended(t, h, f)
	if err != nil || len(vs) != n || vs[0] != "v0" || vs[n-1] != "v9999" {
		t.Errorf("%d values, %v", len(vs), err)
	}
	if got := len(j.take()); got != n {
		t.Errorf("last poll polled %d futures", got)
	}
}

// joins3 are the joins of three probes, in both shapes.
var joins3 = []struct {
	name string
	make func(ps []*probe) Future[[]string]
}{
	{"Join3", func(ps []*probe) Future[[]string] {
		return listOf(Join3Async[string, string, string](ps[0], ps[1], ps[2]))
	}},
	{"JoinAll", func(ps []*probe) Future[[]string] { return JoinAllAsync(Futures(ps...)...) }},
}

// listOf is f with its values in a list.
func listOf(f Future[Triple[string, string, string]]) Future[[]string] {
	return &listed{Future: f}
}

type listed struct {
	Future[Triple[string, string, string]]
}

func (l *listed) Poll(cx *Context) ([]string, bool, error) {
	v, ready, err := l.Future.Poll(cx)
	return []string{v.A, v.B, v.C}, ready, err
}

func (l *listed) PollCancel(cx *Context) bool { return task.Cancelling(cx, l.Future) }

func TestA3_51_FirstErrorCancels(t *testing.T) {
	for _, tt := range joins3 {
		t.Run(tt.name, func(t *testing.T) {
			j, h := &journal{}, newHand()
			ps := probes(j, "a", "b", "c")
			f := tt.make(ps)
			pending(t, h, f)
			j.take()
			ps[0].cleanup, ps[2].cleanup = 1, 2
			ps[1].finish("", errBoom)
			for ps[0].cleanup+ps[2].cleanup > 0 {
				pending(t, h, f)
				ps[0].wake()
				ps[2].wake()
			}
			_, err := ended(t, h, f)
			if err != errBoom {
				t.Errorf("error %v", err)
			}
			got := j.take()
			if i := slices.Index(got, "poll b"); !slices.Equal(got[i:], []string{"poll b", "cancel a", "cancel c", "cancel a", "cancel c", "cancel c"}) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestA3_51_ErrorInTheFirstPollDoesNotStartTheRest(t *testing.T) {
	j, h := &journal{}, newHand()
	ps := probes(j, "a", "b")
	ps[0].finish("", errBoom)
	if _, err := ended(t, h, Join2Async[string, string](ps[0], ps[1])); err != errBoom {
		t.Errorf("error %v", err)
	}
	j.want(t, "poll a", "cancel b")
}

func TestJoinSettledKeepsErrors(t *testing.T) {
	j, h := &journal{}, newHand()
	ps := probes(j, "a", "b")
	f := JoinSettledAsync(Futures(ps...)...)
	ps[0].finish("", errBoom)
	pending(t, h, f)
	ps[1].finish("B", nil)
	rs, err := ended(t, h, f)
	if want := []Result[string]{{"", errBoom}, {"B", nil}}; err != nil || !slices.Equal(rs, want) {
		t.Errorf("got %v, %v", rs, err)
	}
	j.want(t, "poll a", "poll b", "poll b")
}

func TestJoinOfNothingIsReady(t *testing.T) {
	if vs, err := JoinAll[int](); len(vs) != 0 || err != nil {
		t.Errorf("JoinAll: %v, %v", vs, err)
	}
	if rs := JoinSettled[int](); len(rs) != 0 {
		t.Errorf("JoinSettled: %v", rs)
	}
}

func TestJoinCancelCancelsInOrder(t *testing.T) {
	for _, tt := range joins3 {
		t.Run(tt.name, func(t *testing.T) {
			j, h := &journal{}, newHand()
			ps := probes(j, "a", "b", "c")
			f := tt.make(ps)
			pending(t, h, f)
			j.take()
			ps[1].cleanup = 1
			c := CancelAsync(f)
			pending(t, h, c)
			j.want(t, "cancel a", "cancel b", "cancel c")
			ps[1].wake()
			ended(t, h, c)
			j.want(t, "cancel b")
			Cancel(f) // twice
			j.want(t)
		})
	}
}

func TestJoinPanicCancelsTheOthersAndGoesOn(t *testing.T) {
	for _, tt := range joins3 {
		t.Run(tt.name, func(t *testing.T) {
			j, h := &journal{}, newHand()
			ps := probes(j, "a", "b", "c")
			f := tt.make(ps)
			pending(t, h, f)
			j.take()
			ps[0].trouble = "in cleanup of a"
			ps[1].panics = "of b"
			ps[1].wake()
			wantPanic(t, "in cleanup of a", func() { f.Poll(h.cx) })
			got := j.take()
			if i := slices.Index(got, "poll b"); !slices.Equal(got[i:], []string{"poll b", "cancel a", "cancel c"}) {
				t.Errorf("got %q", got)
			}
			if p := panicOf(func() { f.Poll(h.cx) }); p == nil {
				t.Error("a poll after the panic does not panic")
			}
			if !h.cx.Waker().WillWake(h.waker) {
				t.Error("the waker was not given back")
			}
		})
	}
}

func TestJoinPanicWaitsForCleanup(t *testing.T) {
	for _, tt := range joins3 {
		t.Run(tt.name, func(t *testing.T) {
			j, h := &journal{}, newHand()
			ps := probes(j, "a", "b", "c")
			ps[0].cleanup, ps[2].cleanup = 1, 2
			f := tt.make(ps)
			pending(t, h, f)
			j.take()
			ps[1].panics = errBoom
			ps[1].wake()
			pending(t, h, f)
			got := j.take()
			if i := slices.Index(got, "poll b"); !slices.Equal(got[i:], []string{"poll b", "cancel a", "cancel c"}) {
				t.Errorf("got %q", got)
			}
			ps[0].wake()
			ps[2].wake()
			pending(t, h, f)
			j.want(t, "cancel a", "cancel c")
			ps[2].wake()
			wantPanic(t, errBoom, func() { f.Poll(h.cx) })
			j.want(t, "cancel c")
			if p := panicOf(func() { f.Poll(h.cx) }); p == nil {
				t.Error("a poll after the panic does not panic")
			}
			if over := f.(task.PollCanceler).PollCancel(h.cx); !over {
				t.Error("there is something to cancel after the panic")
			}
		})
	}
}

// A cancel while a panic waits for cleanup lets the cleanup end, and then the panic go on.
func TestJoinCancelledWhileAPanicWaits(t *testing.T) {
	j, h := &journal{}, newHand()
	ps := probes(j, "a", "b")
	ps[0].panics, ps[1].cleanup = errBoom, 2
	f := Join2Async[string, string](ps[0], ps[1])
	pending(t, h, f)
	ps[1].wake()
	if f.(task.PollCanceler).PollCancel(h.cx) {
		t.Error("cancelled before the cleanup has ended")
	}
	ps[1].wake()
	wantPanic(t, errBoom, func() { f.(task.PollCanceler).PollCancel(h.cx) })
	j.want(t, "poll a", "cancel b", "cancel b", "cancel b")
}

// The stack of a panic that has waited is the one that it had.
func TestJoinPanicThatWaitsKeepsItsStack(t *testing.T) {
	h := Spawn(Join2Async(PollFunc(raisesBoom), Future[string](&slowCleanup{over: make(chan struct{})})))
	_, err := Await(h)
	var pe *PanicError
	if !errors.As(err, &pe) || !errors.Is(err, errBoom) || !strings.Contains(pe.Stack(), "raisesBoom") {
		t.Errorf("got %v", err)
	}
}

func raisesBoom(*Context) (int, bool, error) { panic(errBoom) }

// A Goexit goes on when the cleanup is over, also in a poll by hand.
func TestJoinGoexitWaitsForCleanup(t *testing.T) {
	for name, exits := range map[string]func(){
		"goexit": runtime.Goexit,
		"panic in goexit": func() {
			defer func() { panic(errBoom) }()
			runtime.Goexit()
		},
	} {
		t.Run(name, func(t *testing.T) {
			j, h := &journal{}, newHand()
			a := &probe{name: "a", j: j, exits: exits}
			slow := &slowCleanup{over: make(chan struct{})}
			f := Join2Async[string, string](a, slow)
			gone := make(chan any)
			go func() {
				defer func() { gone <- recover() }()
				f.Poll(h.cx)
				t.Error("the poll returned")
			}()
			<-gone
			select {
			case <-slow.over:
			default:
				t.Error("the goroutine has ended before the cleanup")
			}
		})
	}
}

// slowCleanup is a future whose cleanup ends in the third poll.
type slowCleanup struct {
	polls int
	over  chan struct{}
}

func (s *slowCleanup) Poll(*Context) (string, bool, error) { return "", false, nil }

func (s *slowCleanup) PollCancel(cx *Context) bool {
	s.polls++
	if s.polls == 3 {
		close(s.over)
		return true
	}
	cx.Waker().Wake()
	return false
}

func TestJoinGoexitCancelsTheOthers(t *testing.T) {
	j, h := &journal{}, newHand()
	ps := probes(j, "a", "b")
	ps[0].exits = runtime.Goexit
	gone := make(chan bool)
	go func() {
		defer func() { gone <- recover() == nil }()
		Join2Async[string, string](ps[0], ps[1]).Poll(h.cx)
		t.Error("the poll returned")
	}()
	if !<-gone {
		t.Error("the poll panicked")
	}
	j.want(t, "poll a", "cancel b")
}

func TestJoinOfNilPanics(t *testing.T) {
	wantPanic(t, "rt: Join2 of a nil future (number 2)", func() { Join2Async[int, int](Never[int](), nil) })
	wantPanic(t, "rt: JoinAll of a nil future (number 1)", func() { JoinAll[int](nil) })
}

func TestNestedJoins(t *testing.T) {
	j, h := &journal{}, newHand()
	ps := probes(j, "a", "b", "c")
	inner := JoinAllAsync(Futures(ps[1:]...)...)
	f := Join2Async[string, []string](ps[0], inner)
	pending(t, h, f)
	j.take()
	ps[2].finish("C", nil)
	pending(t, h, f)
	j.want(t, "poll a", "poll c")
	ps[0].finish("", errBoom)
	if _, err := ended(t, h, f); err != errBoom {
		t.Errorf("error %v", err)
	}
	j.want(t, "poll a", "cancel b")
}

func TestPassedOnTwice(t *testing.T) {
	inner := JoinAllAsync(Never[int]())
	Join2Async[[]int, []int](inner, Never[[]int]())
	wantPanic(t, "rt: JoinAll is passed to Race after it was passed to Join2"+oneOwner, func() { RaceAsync(inner) })
}
