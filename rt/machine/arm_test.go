package machine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// armed is a call that waits as often as turns says, and then does what end does, if that is not nil.
type armed struct {
	machine.FrameOf[int]
	turns   int
	end     func()
	cleanup bool // a deferred call of it waits
	ref     *int
}

var armedFunc = machine.Func{
	Name: "armed", Defers: true, Exit: 2, Result: machine.ResultValErr,
	States: []machine.State{{Name: "start"}, {Name: "waits"}, {Name: "exit"}, {Name: "cleanup"}},
}

func (m *armed) Func() *machine.Func { return &armedFunc }
func (m *armed) Reset()              { *m = armed{} }

func (m *armed) Resume(cx *rt.Context) machine.Machine {
	switch m.State() {
	case 3:
		cx.Drop()
		return nil
	case 1:
		if cx.Unwind() {
			if m.cleanup {
				return machine.Suspend(cx, m, 3, machine.SleepRun(cx, nil, time.Millisecond))
			}
			return nil
		}
		cx.Drop()
	}
	if m.turns == 0 {
		if m.end != nil {
			m.end()
		}
		return m.Done(7, nil, nil)
	}
	m.turns--
	return machine.Suspend(cx, m, 1, machine.SleepRun(cx, nil, time.Millisecond))
}

// inTask runs f as a turn of a task again and again, until it says that it is over.
func inTask(t *testing.T, f func(cx *rt.Context) (over bool)) {
	t.Helper()
	r := rt.New(rt.Workers(1))
	defer func() { _ = r.Shutdown(t.Context()) }()
	_, err := rt.BlockOn(rt.Spawn(rt.PollFunc(func(cx *rt.Context) (rt.Unit, bool, error) {
		return rt.Unit{}, f(cx), nil
	}), rt.On(r)))
	if err != nil {
		t.Error(err)
	}
}

// cancels is what a verb does with an arm that it does not need.
func cancels(cx *rt.Context, f rt.Future[int]) bool {
	return f.(interface{ PollCancel(*rt.Context) bool }).PollCancel(cx)
}

// An arm is used again when it was ready, or was cancelled at once; its frame is clear then.
func TestArmsAreUsedAgain(t *testing.T) {
	var f rt.Future[int]
	begin := func(cx *rt.Context, frame armed) {
		next := machine.Arm[int](cx, frame)
		if f != nil && next != f {
			t.Error("another object")
		}
		f = next
	}
	step := 0
	inTask(t, func(cx *rt.Context) bool {
		switch step++; step {
		case 1:
			begin(cx, armed{ref: new(int)})
			if v, ready, err := f.Poll(cx); v != 7 || !ready || err != nil {
				t.Error(v, ready, err)
			}
			begin(cx, armed{})
			if !cancels(cx, f) {
				t.Error("the cancel of what has not begun waits")
			}
			begin(cx, armed{turns: 1})
			if _, ready, _ := f.Poll(cx); ready {
				t.Error("it does not wait")
			}
			if !cancels(cx, f) {
				t.Error("the cancel waits")
			}
			begin(cx, armed{turns: 2})
		}
		v, ready, err := f.Poll(cx)
		if ready && (v != 7 || err != nil) {
			t.Error(v, err)
		}
		if ready {
			begin(cx, armed{})
		}
		return ready
	})
}

// An arm is not used again if its cleanup has waited, or a panic has left it.
func TestArmsThatAreGone(t *testing.T) {
	var gone, next rt.Future[int]
	polls := 0
	inTask(t, func(cx *rt.Context) bool {
		if polls++; polls == 1 {
			gone = machine.Arm[int](cx, armed{turns: 1, cleanup: true})
			if _, ready, _ := gone.Poll(cx); ready {
				t.Error("it does not wait")
			}
		}
		over := cancels(cx, gone)
		if over && polls == 1 {
			t.Error("its cleanup does not wait")
		}
		next = machine.Arm[int](cx, armed{})
		if next == gone {
			t.Error("it is used again after its cleanup")
		}
		return over
	})
	inTask(t, func(cx *rt.Context) bool {
		gone = machine.Arm[int](cx, armed{end: func() { panic(errors.New("gone")) }})
		func() {
			defer func() { _ = recover() }()
			_, _, _ = gone.Poll(cx)
		}()
		if !cancels(cx, gone) {
			t.Error("the cancel waits")
		}
		next = machine.Arm[int](cx, armed{})
		if next == gone {
			t.Error("it is used again after a panic")
		}
		return true
	})
}

// A frame of another function, or instance, has another arm.
func TestArmsOfAnotherInstance(t *testing.T) {
	inTask(t, func(cx *rt.Context) bool {
		a := machine.Arm[int](cx, pick[int]{v: 1})
		_, _, _ = a.Poll(cx)
		b := machine.Arm[string](cx, pick[string]{v: "two"})
		if v, ready, err := b.Poll(cx); v != "two" || !ready || err != nil {
			t.Error(v, ready, err)
		}
		a = machine.Arm[int](cx, pick[int]{v: 3})
		if v, ready, err := a.Poll(cx); v != 3 || !ready || err != nil {
			t.Error(v, ready, err)
		}
		return true
	})
}

// pick is a call of a generic function: all instances have one Func.
type pick[T any] struct {
	machine.FrameVal[T]
	v T
}

var pickFunc = machine.Func{Name: "pick", Result: machine.ResultVal, States: []machine.State{{Name: "start"}}}

func (m *pick[T]) Func() *machine.Func                { return &pickFunc }
func (m *pick[T]) Reset()                             { *m = pick[T]{} }
func (m *pick[T]) Resume(*rt.Context) machine.Machine { return m.Done(m.v, nil) }
