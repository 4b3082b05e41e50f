package rt

import (
	"context"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

func TestShield(t *testing.T) {
	j, h := &journal{}, newHand()
	p := &probe{name: "f", j: j}
	f := ShieldAsync[string](p)
	pending(t, h, f)
	c := f.(task.PollCanceler)
	if c.PollCancel(h.cx) {
		t.Error("it is left before f has finished")
	}
	p.finish("v", nil)
	for range 2 {
		if !c.PollCancel(h.cx) {
			t.Error("it waits for more than f")
		}
	}
	j.want(t, "poll f", "poll f", "poll f")
}

func TestShieldThatWasNotPolledDoesNotStart(t *testing.T) {
	j, h := &journal{}, newHand()
	f := ShieldAsync[string](&probe{name: "f", j: j})
	if !f.(task.PollCanceler).PollCancel(h.cx) {
		t.Error("waits")
	}
	j.want(t)
}

func TestShieldGivesTheResult(t *testing.T) {
	if v, err := Shield(Ready(1)); v != 1 || err != nil {
		t.Error(v, err)
	}
	wantPanic(t, "rt: Shield of a nil future", func() { ShieldAsync[int](nil) })
}

// TestShieldInATask: an aborted task ends when what it shields has, unless the time of grace is over.
func TestShieldInATask(t *testing.T) {
	clock := new(virtual)
	r := testRuntime(t, task.Config{Workers: 1, Current: true, Clock: clock, Grace: time.Minute})
	g := &gate{}
	h := Spawn(ShieldAsync[Unit](g), On(r))
	Spawn(do(func() { h.Abort() }), On(r))
	Spawn(AsyncFunc(func() error {
		Sleep(time.Second)
		g.Open()
		return nil
	}), On(r))
	start := clock.Now()
	if _, err := BlockOn[Unit](h, On(r)); err != ErrAborted {
		t.Error(err)
	}
	if d := time.Duration(clock.Now() - start); d < time.Second {
		t.Error("ended before what it shields, after", d)
	}
	h = Spawn(ShieldAsync(Never[Unit]()), On(r))
	Spawn(do(func() { h.Abort() }), On(r))
	if _, err := BlockOn[Unit](h, On(r)); err != ErrAborted {
		t.Error(err)
	}
}

func TestWithin(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 2, Clock: task.NewRealClock()})
	before := task.Here()
	inner := make(chan *Runtime, 1)
	Within(r, func() {
		go func() { inner <- ownRuntime() }()
		if ownRuntime() != r {
			t.Error("the function does not belong to it")
		}
		Within(r, func() {})
	})
	if got := <-inner; got != r {
		t.Error("a goroutine that it starts does not belong to it")
	}
	if task.Here() != before {
		t.Error("the caller belongs to it afterwards")
	}
	func() {
		defer func() { _ = recover() }()
		Within(r, func() { panic("x") })
	}()
	if task.Here() != before {
		t.Error("the caller belongs to it after a panic")
	}
	_, err := BlockOn(Spawn(do(func() { Within(Default(), func() {}) }), On(r)))
	if p, ok := err.(*PanicError); !ok || p.Value != "rt: Within is called by a task of another runtime: start what belongs to r by Spawn with On(r)" {
		t.Error(err)
	}
}

func TestSet(t *testing.T) {
	r, _ := onVirtual(t)
	var s Set[int]
	h := s.Spawn(Never[int](), On(r))
	next := s.NextAsync()
	hand := newHand()
	pending(t, hand, next)
	s.Abort()
	if res, _ := BlockOn(s.NextAsync(), On(r)); res.A.Err != ErrAborted {
		t.Error(res)
	}
	if p, err := ended(t, hand, next); p.B || err != nil {
		t.Error("two got one result", p, err)
	}
	if !h.Finished() || s.Len() != 0 {
		t.Error("it is not empty in the end")
	}
}

func TestNativeChannels(t *testing.T) {
	ch := make(chan int, 1)
	h := newHand()
	if _, err := ended(t, h, SendAsync(ch, 1)); err != nil {
		t.Fatal(err)
	}
	if p, _ := ended(t, h, RecvAsync(ch)); p.A != 1 || !p.B {
		t.Error(p)
	}
	recv := Spawn(RecvAsync(ch))
	go func() { ch <- 2 }()
	if p, err := Await(recv); p.A != 2 || !p.B || err != nil {
		t.Error(p, err)
	}
	send := Spawn(SendAsync(make(chan int), 1))
	send.Abort()
	if _, err := Await(send); err != ErrAborted {
		t.Error(err)
	}
	unbuffered := make(chan int)
	gone := RecvAsync(unbuffered)
	pending(t, h, gone)
	gone.(Canceler).Cancel()
	waiting := SendAsync(unbuffered, 3)
	for n := waiting.(*native[Unit]); ; { // until the goroutine of gone has ended
		if _, sent := n.try(); !sent {
			break
		}
	}
	recv = Spawn(RecvAsync(ch))
	close(ch)
	if p, err := Await(recv); p.B || err != nil {
		t.Error(p, err)
	}
	if _, ok := Recv(ch); ok {
		t.Error("a value of a closed channel")
	}
	_, err := Await(Spawn(SendAsync(ch, 1)))
	if p, ok := err.(*PanicError); !ok || p.Value == nil {
		t.Error(err)
	}
	never, stop := context.WithCancel(context.Background())
	stop()
	if _, err := WithContext(never, RecvAsync[int](nil)); err != context.Canceled {
		t.Error(err)
	}
}
