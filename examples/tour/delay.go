package main

import (
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// delay is a future without any help from asyncgen: another goroutine completes it.
type delay struct {
	d time.Duration

	mu      sync.Mutex
	started bool
	over    bool
	waker   rt.Waker // of the last poll
}

// Poll implements rt.Future. It may answer "pending" only when a wake will follow.
func (f *delay) Poll(cx *rt.Context) (string, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		say("poll: ready")
		return rt.Done("the value")
	}
	f.waker = cx.Waker() // whoever polled last is woken
	if !f.started {
		f.started = true
		go f.complete()
	}
	say("poll: pending")
	return rt.Pending[string]()
}

func (f *delay) complete() {
	time.Sleep(f.d)
	say("goroutine: done, wake the task")
	f.mu.Lock()
	f.over = true
	w := f.waker
	f.mu.Unlock()
	w.Wake()
}

// ownFuture awaits it like any other future.
//
//async:func
func ownFuture() error {
	v, err := rt.Await(&delay{d: 20 * time.Millisecond})
	if err != nil {
		return err
	}
	say("task: got %s", v)
	return nil
}
