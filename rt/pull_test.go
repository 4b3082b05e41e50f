package rt

import (
	"errors"
	"runtime"
	"slices"
	"testing"
	"weak"
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
	it := Pull(upTo(j, 3))
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
	pairs := Pull2(slices.All([]string{"a"}))
	if k, v, ok := pairs.Next(); k != 0 || v != "a" || !ok {
		t.Errorf("Next gives %v, %v, %v", k, v, ok)
	}
	pairs.Stop()
}

func TestPullStopped(t *testing.T) {
	j := &journal{}
	it := Pull(upTo(j, 3))
	it.Next()
	it.Stop()
	it.Stop()
	if _, ok := it.Next(); ok {
		t.Error("there is a value after Stop")
	}
	j.want(t, "sees <nil>")
	Pull(upTo(j, 3)).Stop() // before it has begun
	j.want(t)
}

// loop does what a marked function does that ranges over seq, and whose body calls f.
func loop(seq func(func(int) bool), f func()) {
	it := Pull(seq)
	defer Unwind(it)
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
		it := Pull(upTo(j, 1))
		defer Unwind(it)
		it.Next()
		it.Stop()
		panic(errBoom)
	})
	j.want(t, "sees <nil>")
}

// loops does what a marked function does that ranges over each of seqs in a loop.
func loops(f func(), seqs ...func(func(int) bool)) {
	held := &HeldIter{}
	defer held.Unwind()
	for _, seq := range seqs {
		it := Pull(seq)
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
	for name, stop := range map[string]func(*Puller[*[64]byte]){
		"ended":   func(it *Puller[*[64]byte]) { it.Next() },
		"stopped": (*Puller[*[64]byte]).Stop,
	} {
		t.Run(name, func(t *testing.T) {
			given, captured := new([64]byte), new([64]byte)
			g, c := weak.Make(given), weak.Make(captured)
			it := Pull(func(yield func(*[64]byte) bool) {
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
	wantPanic(t, errBoom, func() { Pull(func(func(int) bool) { panic(errBoom) }).Next() })
	wantPanic(t, errBoom, func() {
		it := Pull0(func(yield func() bool) { defer func() { panic(errBoom) }(); yield() })
		it.Next()
		it.Stop()
	})
	over := make(chan bool)
	go func() {
		defer close(over)
		Pull(func(func(int) bool) { runtime.Goexit() }).Next()
		t.Error("Next returned")
	}()
	<-over
}
