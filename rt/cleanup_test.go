package rt

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// ending is how a branch of a verb ends, or the verb from outside.
type ending string

const (
	byValue  ending = "value"
	byError  ending = "error"
	byPanic  ending = "panic"
	byGoexit ending = "goexit"
	byCancel ending = "cancel"
)

// troubled is a future that waits until its siblings have begun, and then ends as how says. With
// byCancel it calls cancel, and waits for ever.
func troubled(how ending, begun *atomic.Int32, siblings int32, cancel func()) Future[Unit] {
	cancelled := false
	return PollFunc(func(cx *Context) (Unit, bool, error) {
		switch {
		case cancelled:
			return Pending[Unit]()
		case begun.Load() < siblings:
			cx.Waker().Wake()
			return Pending[Unit]()
		}
		switch how {
		case byError:
			return Error[Unit](errBoom)
		case byPanic:
			panic(errBoom)
		case byGoexit:
			runtime.Goexit()
		case byCancel:
			cancelled = true
			cancel()
			return Pending[Unit]()
		case byValue:
		}
		return Done(Unit{})
	})
}

// beginning is a future that says that it has been polled, and never ends.
func beginning(begun *atomic.Int32) Future[Unit] {
	first := true
	return PollFunc(func(*Context) (Unit, bool, error) {
		if first {
			first = false
			begun.Add(1)
		}
		return Pending[Unit]()
	})
}

// unit is f without its value.
func unit[T any](f Future[T]) Future[Unit] { return &unitOf[T]{f} }

type unitOf[T any] struct{ f Future[T] }

func (u *unitOf[T]) Poll(cx *Context) (Unit, bool, error) {
	_, ready, err := u.f.Poll(cx)
	return Unit{}, ready, err
}

func (u *unitOf[T]) PollCancel(cx *Context) bool { return task.Cancelling(cx, u.f) }

// streamOf is a stream of two functions.
type streamOf[T any] struct {
	stream[T]
	poll func(*Context) (T, bool, error)
	drop func(*Context) bool
}

func newStream[T any](poll func(*Context) (T, bool, error), drop func(*Context) bool) Stream[T] {
	s := &streamOf[T]{poll: poll, drop: drop}
	task.Produce(&s.streamCore, s)
	return s
}

func (s *streamOf[T]) Produce(cx *Context) (T, bool, error) { return s.poll(cx) }

func (s *streamOf[T]) Halt(cx *Context) bool { return s.drop(cx) }

// streamFrom is a stream whose first value is that of f.
func streamFrom(f Future[Unit]) Stream[Unit] {
	return newStream(f.Poll, func(cx *Context) bool { return task.Cancelling(cx, f) })
}

// eachOf ranges over s as a marked function does: whatever ends it, s is cancelled.
func eachOf(s Stream[Unit]) Future[Unit] {
	return AsyncFunc(func() error {
		for _, err := range Each(s) {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// blockOn is f awaited in a block.
func blockOn(f Future[Unit]) Future[Unit] {
	return AsyncFunc(func() error { _, err := Await(f); return err })
}

// allVerbs has the verbs as futures of two: one that ends in some way, and its sibling, which would wait
// for ever and has cleanup that waits.
var allVerbs = []struct {
	name string
	make func(a, b Future[Unit]) Future[Unit]
	not  []ending // of a that do not end b
}{
	{"Join2", func(a, b Future[Unit]) Future[Unit] { return unit(Join2Async(a, b)) }, []ending{byValue}},
	{"Join2 swapped", func(a, b Future[Unit]) Future[Unit] { return unit(Join2Async(b, a)) }, []ending{byValue}},
	{"Join3", func(a, b Future[Unit]) Future[Unit] { return unit(Join3Async(b, a, Never[int]())) }, []ending{byValue}},
	{"JoinAll", func(a, b Future[Unit]) Future[Unit] { return unit(JoinAllAsync(a, b)) }, []ending{byValue}},
	{"JoinAll swapped", func(a, b Future[Unit]) Future[Unit] { return unit(JoinAllAsync(b, a)) }, []ending{byValue}},
	{"JoinSettled", func(a, b Future[Unit]) Future[Unit] { return unit(JoinSettledAsync(b, a)) }, []ending{byValue, byError}},
	{"Race", func(a, b Future[Unit]) Future[Unit] { return RaceAsync(a, b) }, nil},
	{"Any", func(a, b Future[Unit]) Future[Unit] { return AnyAsync(a, b) }, []ending{byError}},
	{"Select2", func(a, b Future[Unit]) Future[Unit] { return unit(Select2Async(a, b)) }, nil},
	{"Select2Biased", func(a, b Future[Unit]) Future[Unit] { return unit(Select2BiasedAsync(b, a)) }, nil},
	{"Select3", func(a, b Future[Unit]) Future[Unit] { return unit(Select3Async(a, b, Never[int]())) }, nil},
	{"Select4", func(a, b Future[Unit]) Future[Unit] {
		return unit(Select4Async(b, a, Future[int](nil), Never[int]()))
	}, nil},
	{"SelectAll", func(a, b Future[Unit]) Future[Unit] { return unit(SelectAllAsync(a, b)) }, nil},
	{"SelectAllBiased", func(a, b Future[Unit]) Future[Unit] { return unit(SelectAllBiasedAsync(b, a)) }, nil},
	{"Timeout", func(a, b Future[Unit]) Future[Unit] { return TimeoutAsync(time.Hour, RaceAsync(a, b)) }, nil},
	{"WithContext", func(a, b Future[Unit]) Future[Unit] {
		return WithContextAsync(context.Background(), RaceAsync(b, a))
	}, nil},
	{"Map", func(a, b Future[Unit]) Future[Unit] {
		return unit(MapAsync(2, []Future[Unit]{a, b}, func(f Future[Unit]) Future[Unit] { return f }))
	}, []ending{byValue}},
	{"nested", func(a, b Future[Unit]) Future[Unit] {
		return unit(Join2Async(JoinAllAsync(a), unit(Join2Async(Never[int](), b))))
	}, []ending{byValue}},
	{"blocks", func(a, b Future[Unit]) Future[Unit] {
		return unit(Join2Async(blockOn(b), blockOn(a)))
	}, []ending{byValue}},
	{"verb in a block", func(a, b Future[Unit]) Future[Unit] {
		return AsyncFunc(func() error { _, _, err := Join2(b, a); return err })
	}, []ending{byValue}},
	{"Scope, a member", func(a, b Future[Unit]) Future[Unit] {
		return ScopeAsync(func(g *Group) Future[Unit] { g.Spawn(b); return a })
	}, []ending{byValue}},
	{"Scope, the body", func(a, b Future[Unit]) Future[Unit] {
		return ScopeAsync(func(g *Group) Future[Unit] { g.Spawn(a); return b })
	}, []ending{byValue, byGoexit}}, // a member's Goexit is an error of the group, see TestScopeOfAGoexit
	{"Merge", func(a, b Future[Unit]) Future[Unit] {
		return eachOf(Merge(streamFrom(a), streamFrom(b)))
	}, []ending{byValue}},
	{"Flatten", func(a, b Future[Unit]) Future[Unit] {
		return eachOf(Flatten(newStream(func(cx *Context) (Stream[Unit], bool, error) {
			_, _, _ = b.Poll(cx)
			return streamFrom(a), true, nil
		}, func(cx *Context) bool { return task.Cancelling(cx, b) })))
	}, []ending{byValue}},
	{"Buffer", func(a, b Future[Unit]) Future[Unit] {
		return eachOf(Buffer(1, newStream(func(cx *Context) (Unit, bool, error) {
			_, _, _ = b.Poll(cx)
			if _, ready, err := a.Poll(cx); err != nil || !ready {
				return Unit{}, ready, err
			}
			return Unit{}, true, io.EOF
		}, func(cx *Context) bool { return task.Cancelling(cx, b) })))
	}, []ending{byValue, byError, byPanic, byGoexit}}, // ends with its source
}

// siblings are futures with cleanup that waits.
var siblings = []struct {
	name string
	make func(j *journal, begun *atomic.Int32) Future[Unit]
}{
	{"machine", func(j *journal, begun *atomic.Int32) Future[Unit] {
		return bodyAsync("sib", j, beginning(begun), SleepAsync(time.Millisecond))
	}},
	{"block", func(j *journal, begun *atomic.Int32) Future[Unit] {
		return AsyncFunc(func() error {
			j.log("sib begins")
			defer func() {
				j.log("sib cleans up")
				Sleep(time.Millisecond)
				j.log("sib ends")
			}()
			_, err := Await(beginning(begun))
			return err
		})
	}},
}

// However a verb ends, those who wait for it go on when the cleanup of its branches has run.
func TestVerbsWaitForCleanup(t *testing.T) {
	for _, verb := range allVerbs {
		for _, sib := range siblings {
			for _, how := range []ending{byValue, byError, byPanic, byGoexit, byCancel} {
				if slices.Contains(verb.not, how) {
					continue
				}
				t.Run(verb.name+"/"+sib.name+"/"+string(how), func(t *testing.T) {
					for _, c := range []task.Config{
						{Workers: 1, Current: true, Clock: new(virtual)},
						{Workers: 4},
					} {
						j, begun := &journal{}, new(atomic.Int32)
						r := testRuntime(t, c)
						var h *JoinHandle[Unit]
						spawned := make(chan struct{})
						a := troubled(how, begun, 1, func() { <-spawned; h.Abort() })
						h = Spawn(bodyAsync("caller", j, verb.make(a, sib.make(j, begun)), nil), On(r))
						close(spawned)
						wantEnding(t, how, outcomeOfTask(r, h))
						want := []string{"caller begins", "sib begins", "sib cleans up", "sib ends", "caller cleans up", "caller ends"}
						if how == byValue || how == byError {
							want = slices.Insert(want, 4, "caller goes on")
						}
						j.want(t, want...)
					}
				})
			}
		}
	}
}

// wantEnding wants err to be that of a task that has ended so, where values and errors do not count.
func wantEnding(t *testing.T, how ending, err error) {
	t.Helper()
	var p *PanicError
	switch how {
	case byPanic:
		if !errors.As(err, &p) || p.Value != errBoom {
			t.Errorf("error %v, want the panic", err)
		}
	case byGoexit:
		if err != ErrGoexit {
			t.Errorf("error %v, want ErrGoexit", err)
		}
	case byCancel:
		if err != ErrAborted {
			t.Errorf("error %v, want ErrAborted", err)
		}
	case byValue, byError:
		if err != nil {
			t.Errorf("error %v", err)
		}
	}
}
