package seetest

import (
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

func TestDumpSaysWhoHoldsIt(t *testing.T) {
	r := newRuntime(t, rt.Workers(2))
	var (
		mu  rtsync.Mutex
		rw  rtsync.RWMutex
		sem = rtsync.NewSemaphore(3)
		end rtsync.Oneshot[int]
	)
	all := []*rt.JoinHandle[rt.Unit]{rt.Spawn(holdsAsync(&mu, &rw, sem, &end), rt.On(r), rt.Name("owner"))}
	waiting(t, r, 1)
	for _, f := range []rt.Future[rt.Unit]{mu.LockAsync(), rw.LockAsync(), rw.RLockAsync(), sem.AcquireAsync(2)} {
		all = append(all, rt.Spawn(f, rt.On(r)))
	}
	waiting(t, r, 5)
	got := dump(t, r)
	for _, want := range []string{
		"rtsync.(*Mutex).Lock (held by task owner)",
		"rtsync.(*RWMutex).Lock (held by task owner)",
		"rtsync.(*RWMutex).RLock (held by task owner)",
		"rtsync.(*Semaphore).Acquire (2 permits, of 3 are 1 free)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
	for _, h := range all[1:] {
		h.Abort()
	}
	end.Send(1)
	for _, h := range all {
		_, _ = rt.Await(h)
	}
}

// Who has unlocked it does not have it any more, and a lock that goes on to the next one is that one's.
func TestDumpSaysWhoHoldsItNow(t *testing.T) {
	r := newRuntime(t, rt.Workers(1))
	var (
		mu   rtsync.Mutex
		ends [2]rtsync.Oneshot[int]
	)
	first := rt.Spawn(locksAsync(&mu, &ends[0]), rt.On(r), rt.Name("first"))
	waiting(t, r, 1)
	second := rt.Spawn(locksAsync(&mu, &ends[1]), rt.On(r), rt.Name("second"))
	waiting(t, r, 2)
	ends[0].Send(1)
	if _, err := rt.Await(first); err != nil {
		t.Fatal(err)
	}
	third := rt.Spawn(mu.LockAsync(), rt.On(r))
	waiting(t, r, 2)
	if got := dump(t, r); !strings.Contains(got, "rtsync.(*Mutex).Lock (held by task second)") {
		t.Errorf("the second has the lock:\n%s", got)
	}
	ends[1].Send(1)
	_, _ = rt.Await(second)
	_, _ = rt.Await(third)
}
