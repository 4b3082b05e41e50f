package rt

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// hanging is a block whose cleanup waits for ever, in every way that a machine of
// rt can wait: in a deferred call, in one below it, in a future that is cancelled.
func hanging(j *journal, begun chan<- struct{}) Future[Unit] {
	return AsyncFunc(func() error {
		defer j.log("last")
		defer func() {
			defer j.log("leaves inner")
			Join2(SleepAsync(time.Hour), AsyncFunc(func() error {
				defer j.log("leaves branch")
				_, err := Await(Never[int]())
				return err
			}))
			j.log("not reached")
		}()
		defer func() {
			defer j.log("leaves sleep")
			Sleep(time.Hour)
			j.log("not reached")
		}()
		close(begun)
		_, err := Await(Never[int]())
		return err
	})
}

var hangingLeaves = []string{"leaves sleep", "leaves branch", "leaves inner", "last"}

// shutDownInTheEnd waits for the end of r. The first Shutdown gives up if the machine stands still for a second when
// the grace is over.
func shutDownInTheEnd(t *testing.T, r *Runtime) {
	t.Helper()
	if err := r.Shutdown(context.Background()); err != nil && !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
	if err := r.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestA2_40_GraceBoundsTheCleanupOfAnAbort(t *testing.T) {
	for _, n := range []int{1, 4} {
		r := New(Workers(n), CleanupGrace(time.Millisecond))
		j, begun := &journal{}, make(chan struct{})
		h := Spawn(underVerbs(hanging(j, begun)), On(r))
		_, err := BlockOn[Unit](Spawn(AsyncFunc(func() error {
			Await(recv(begun))
			h.Abort()
			_, err := Await(h)
			return err
		}), On(r)), On(r))
		if err != ErrAborted {
			t.Errorf("error %v", err)
		}
		j.want(t, hangingLeaves...)
		shutDownInTheEnd(t, r)
	}
}

// underVerbs puts f under two verbs, so that a cancel goes through them.
func underVerbs(f Future[Unit]) Future[Unit] {
	return TimeoutAsync(time.Hour, RaceAsync(f, Never[Unit]()))
}

func TestGraceBoundsTheCleanupOfACancelThatCannotWait(t *testing.T) {
	for _, wrap := range []func(Future[Unit]) Future[Unit]{underVerbs, func(f Future[Unit]) Future[Unit] { return f }} {
		r := New(Workers(4), CleanupGrace(time.Millisecond))
		j, begun := &journal{}, make(chan struct{})
		cx := task.ContextOf(&r.engine, task.Nobody)
		f := wrap(hanging(j, begun))
		f.Poll(cx)
		<-begun
		_, err := BlockOn[Unit](Spawn(quick(func() { f.(Canceler).Cancel() }), On(r)), On(r))
		if err != nil {
			t.Error(err)
		}
		shutDownInTheEnd(t, r) // waits for the cleanup
		j.want(t, hangingLeaves...)
	}
}

// quick is a future of a function that never waits.
func quick(f func()) Future[Unit] {
	return PollFunc(func(*Context) (Unit, bool, error) {
		f()
		return Done(Unit{})
	})
}

func TestGraceBoundsAShutdown(t *testing.T) {
	r := New(Workers(4), CleanupGrace(time.Millisecond))
	j, begun := &journal{}, make(chan struct{})
	Spawn(hanging(j, begun), On(r))
	<-begun
	shutDownInTheEnd(t, r)
	j.want(t, hangingLeaves...)
}

// Cleanup that ends in time is not disturbed, and its timer does not stay.
func TestGraceIsEnoughForCleanupThatEnds(t *testing.T) {
	r := New(Workers(1), CleanupGrace(time.Hour))
	j, begun := &journal{}, make(chan struct{})
	h := Spawn(AsyncFunc(func() error {
		defer func() { Sleep(time.Millisecond); j.log("slept") }()
		close(begun)
		_, err := Await(Never[int]())
		return err
	}), On(r))
	_, err := BlockOn[Unit](Spawn(AsyncFunc(func() error {
		Await(recv(begun))
		h.Abort()
		_, err := Await(h)
		return err
	}), On(r)), On(r))
	if err != ErrAborted {
		t.Errorf("error %v", err)
	}
	j.want(t, "slept")
	if n := r.engine.Workers[0].Timers.Wheel.Count(); n != 0 {
		t.Errorf("%d timers are left", n)
	}
	if err := r.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}
