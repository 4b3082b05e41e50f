package rt

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// upTo yields 0, 1, …, n-1, and logs what its deferred call sees.
func upTo(j *journal, n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		defer func() {
			p := recover()
			j.log("sees %v", p)
			if p != nil {
				panic(p)
			}
		}()
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func TestPullGivesAllValues(t *testing.T) {
	j := &journal{}
	it := task.Pull(upTo(j, 3))
	var got []int
	for v, ok := it.Next(); ok; v, ok = it.Next() {
		got = append(got, v)
	}
	if !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("got %v", got)
	}
	if v, ok := it.Next(); v != 0 || ok {
		t.Errorf("Next gives %v, %v after the end", v, ok)
	}
	it.Stop()
	j.want(t, "sees <nil>")
	pairs := task.Pull2(slices.All([]string{"a"}))
	if k, v, ok := pairs.Next(); k != 0 || v != "a" || !ok {
		t.Errorf("Next gives %v, %v, %v", k, v, ok)
	}
	pairs.Stop()
}

func TestPullStopped(t *testing.T) {
	j := &journal{}
	it := task.Pull(upTo(j, 3))
	it.Next()
	it.Stop()
	it.Stop()
	if _, ok := it.Next(); ok {
		t.Error("there is a value after Stop")
	}
	j.want(t, "sees <nil>")
	task.Pull(upTo(j, 3)).Stop() // before it has begun
	j.want(t)
}

// loop does what a marked function does that ranges over seq, and whose body calls f.
func loop(seq func(func(int) bool), f func()) {
	it := task.Pull(seq)
	defer task.Unwind(it)
	for _, ok := it.Next(); ok; _, ok = it.Next() {
		f()
	}
	it.Stop()
}

func TestPullUnwinds(t *testing.T) {
	j := &journal{}
	wantPanic(t, errBoom, func() { loop(upTo(j, 3), func() { panic(errBoom) }) })
	j.want(t, "sees boom")

	over := make(chan bool)
	go func() {
		defer close(over)
		loop(upTo(j, 3), runtime.Goexit)
		t.Error("the loop has ended")
	}()
	<-over
	j.want(t, "sees <nil>")

	p := panicOf(func() {
		loop(func(yield func(int) bool) {
			defer func() { _ = recover() }()
			yield(1)
		}, func() { panic(errBoom) })
	})
	var e runtime.Error
	if err, ok := p.(error); !ok || !errors.As(err, &e) {
		t.Errorf("panic %v after the iterator has recovered", p)
	}
}

// A panic that comes up after the loop is none of the iterator's.
func TestPullUnwindAfterTheEnd(t *testing.T) {
	j := &journal{}
	wantPanic(t, errBoom, func() {
		it := task.Pull(upTo(j, 1))
		defer task.Unwind(it)
		it.Next()
		it.Stop()
		panic(errBoom)
	})
	j.want(t, "sees <nil>")
}

// loops does what a marked function does that ranges over each of seqs in a loop.
func loops(f func(), seqs ...func(func(int) bool)) {
	held := &task.HeldIter{}
	defer held.Unwind()
	for _, seq := range seqs {
		it := task.Pull(seq)
		held.It = it
		for _, ok := it.Next(); ok; _, ok = it.Next() {
			f()
		}
		it.Stop()
	}
}

func TestHeldIter(t *testing.T) {
	j := &journal{}
	loops(func() { t.Error("there is nothing to step through") })
	turns := 0
	wantPanic(t, errBoom, func() {
		loops(func() {
			if turns++; turns == 3 {
				panic(errBoom)
			}
		}, upTo(j, 2), upTo(j, 2))
	})
	j.want(t, "sees <nil>", "sees boom")

	j = &journal{}
	over := make(chan bool)
	go func() {
		defer close(over)
		loops(runtime.Goexit, upTo(j, 3))
		t.Error("the loop has ended")
	}()
	<-over
	j.want(t, "sees <nil>")
}

// An iterator that is over keeps neither what it has given nor what it has captured.
func TestPullKeepsNothing(t *testing.T) {
	for name, stop := range map[string]func(*task.Puller[*[64]byte]){
		"ended":   func(it *task.Puller[*[64]byte]) { it.Next() },
		"stopped": (*task.Puller[*[64]byte]).Stop,
	} {
		t.Run(name, func(t *testing.T) {
			given, captured := new([64]byte), new([64]byte)
			g, c := weak.Make(given), weak.Make(captured)
			it := task.Pull(func(yield func(*[64]byte) bool) {
				yield(given)
				captured[0] = 1
			})
			it.Next()
			stop(it)
			given, captured = nil, nil
			runtime.GC()
			if g.Value() != nil || c.Value() != nil {
				t.Error("the iterator keeps something")
			}
			runtime.KeepAlive(it)
		})
	}
}

func TestPullOfAnIteratorThatLeaves(t *testing.T) {
	wantPanic(t, errBoom, func() { task.Pull(func(func(int) bool) { panic(errBoom) }).Next() })
	wantPanic(t, errBoom, func() {
		it := task.Pull0(func(yield func() bool) { defer func() { panic(errBoom) }(); yield() })
		it.Next()
		it.Stop()
	})
	over := make(chan bool)
	go func() {
		defer close(over)
		task.Pull(func(func(int) bool) { runtime.Goexit() }).Next()
		t.Error("Next returned")
	}()
	<-over
}

// lockedLoop is a task that steps through an iterator, and one that has locked its thread meanwhile.
func lockedLoop(j *journal, seq func(func(int) bool), gates []*gate) Future[Unit] {
	var it *task.Puller[int]
	i := 0
	return PollFunc(func(cx *Context) (Unit, bool, error) {
		if it == nil {
			it = task.Pull(seq)
		}
		for ; i < len(gates); i++ {
			if _, ready, _ := gates[i].Poll(cx); !ready {
				return Pending[Unit]()
			}
			v, ok := it.Next()
			j.log("%d %v", v, ok)
		}
		it.Stop()
		return Done(Unit{})
	})
}

// A thread may be locked when the iterator starts, or goes on, and in the iterator itself: by any task.
func TestPullOnALockedThread(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		for _, locked := range []int{0, 1, 2, 3} {
			j := &journal{}
			gates := []*gate{new(gate), new(gate), new(gate)}
			for i := range gates {
				gates[i].open = i == 0
			}
			seq := func(yield func(int) bool) {
				if locked == 3 {
					runtime.LockOSThread()
					defer runtime.UnlockOSThread()
				}
				upTo(j, 2)(yield)
			}
			if locked == 0 {
				wait(t, r, Spawn(do(runtime.LockOSThread), On(r)))
			}
			h := Spawn(lockedLoop(j, seq, gates), On(r))
			for i, g := range gates {
				if i > 0 {
					wait(t, r, Spawn(do(g.Open), On(r)))
				}
				if locked == i+1 {
					wait(t, r, Spawn(do(runtime.LockOSThread), On(r)))
				}
			}
			wait(t, r, Future[Unit](h))
			j.want(t, "0 true", "1 true", "sees <nil>", "0 false")
		}
	})
}

// An iterator that waits in the blocking form blocks whoever ranges, as a call does: its worker is taken over, and
// in a block of ordinary code it is the block that waits.
func TestPullOfAnIteratorThatWaits(t *testing.T) {
	waits := func(g Future[Unit], s Future[Unit]) func(yield func(int) bool) {
		return func(yield func(int) bool) {
			defer Await(s)
			Await(g)
			_ = yield(1) && yield(2)
		}
	}
	onEach(t, func(t *testing.T, r *Runtime) {
		j, g, s := &journal{}, new(gate), new(gate)
		open := &gate{open: true}
		h := Spawn(lockedLoop(j, waits(g, s), []*gate{open, open, open}), On(r))
		wait(t, r, Spawn(do(g.Open), On(r))) // another task of the worker
		wait(t, r, Spawn(do(s.Open), On(r)))
		wait(t, r, Future[Unit](h))
		j.want(t, "1 true", "2 true", "0 false")
	})
	j, g, s, hand := &journal{}, new(gate), new(gate), newHand()
	open := &gate{open: true}
	f := AsyncFunc(func() error {
		defer j.log("block leaves")
		Await(lockedLoop(j, waits(g, s), []*gate{open, open, open}))
		return nil
	})
	pending(t, hand, f)
	j.want(t)
	g.Open()
	pending(t, hand, f)
	j.want(t, "1 true", "2 true")
	s.Open()
	ended(t, hand, f)
	j.want(t, "0 false", "block leaves")

	// It is cancelled where it waits, as the block is.
	loopOver := func() error {
		it := task.Pull(waits(g, open))
		defer task.Unwind(it)
		for v, ok := it.Next(); ok; v, ok = it.Next() {
			j.log("%d", v)
		}
		it.Stop()
		return nil
	}
	g = new(gate)
	f = AsyncFunc(func() error {
		defer j.log("block leaves")
		return loopOver()
	})
	pending(t, hand, f)
	Cancel(f)
	j.want(t, "block leaves")
}

// An iterator is what the loop is: a shutdown that it asks for does not wait for the task that waits for it.
func TestIteratorShutsDown(t *testing.T) {
	r := New(Workers(1))
	var err error
	_, _ = BlockOn(AsyncFunc(func() error {
		task.Pull(func(func(int) bool) { err = r.Shutdown(context.Background()) }).Next()
		return nil
	}), On(r))
	if err != nil {
		t.Error(err)
	}
	if err := r.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}
