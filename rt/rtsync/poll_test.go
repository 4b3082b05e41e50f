package rtsync_test

import (
	"testing"

	"github.com/asyncgen/asyncgen/rt"
)

// polled is a future that a test polls by hand, step by step.
type polled[T any] struct {
	t     *testing.T
	f     rt.Future[T]
	cx    *rt.Context
	wakes int
}

// poll starts to poll f, which must be pending.
func poll[T any](t *testing.T, f rt.Future[T]) *polled[T] {
	t.Helper()
	p := &polled[T]{t: t, f: f}
	p.cx = rt.NewContext(rt.NewWaker(func() { p.wakes++ }))
	p.pending()
	return p
}

// pending polls, and says that nothing must come of it.
func (p *polled[T]) pending() {
	p.t.Helper()
	if v, ready, err := p.f.Poll(p.cx); ready {
		p.t.Fatalf("is ready with %v, %v; want it to wait", v, err)
	}
}

// woken says how often it must have been woken.
func (p *polled[T]) woken(n int) {
	p.t.Helper()
	if p.wakes != n {
		p.t.Fatalf("was woken %d times, want %d", p.wakes, n)
	}
}

// ready polls, and gives the result.
func (p *polled[T]) ready() (T, error) {
	p.t.Helper()
	v, ready, err := p.f.Poll(p.cx)
	if !ready {
		p.t.Fatalf("waits; want it to be ready")
	}
	return v, err
}

// gives polls, and says what the result must be.
func gives[T comparable](p *polled[T], want T, wantErr error) {
	p.t.Helper()
	if v, err := p.ready(); v != want || err != wantErr {
		p.t.Fatalf("gives %v, %v; want %v, %v", v, err, want, wantErr)
	}
}

func (p *polled[T]) cancel() { p.f.(rt.Canceler).Cancel() }

// now polls a future that must be ready at once.
func now[T any](t *testing.T, f rt.Future[T]) (T, error) {
	t.Helper()
	v, ready, err := f.Poll(rt.NewContext(rt.Waker{}))
	if !ready {
		t.Fatalf("waits; want it to be ready")
	}
	return v, err
}

// panics runs f, which must panic with the message.
func panics(t *testing.T, message string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if p := recover(); p != message {
			t.Errorf("panic %q, want %q", p, message)
		}
	}()
	f()
}
