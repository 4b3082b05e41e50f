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

// Where the runtime notes origins, it notes who has permits too.
func TestDumpSaysWhoHoldsPermits(t *testing.T) {
	r := newRuntime(t, rt.Workers(2), rt.Origins())
	var (
		rw         rtsync.RWMutex
		sem        = rtsync.NewSemaphore(5)
		less, last [2]rtsync.Oneshot[int]
		all        []*rt.JoinHandle[rt.Unit]
	)
	says := func(wants ...string) {
		t.Helper()
		got := dump(t, r)
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing:\n%s", want, got)
			}
		}
	}
	spawn := func(name string, f rt.Future[rt.Unit]) {
		all = append(all, rt.Spawn(f, rt.On(r), rt.Name(name)))
		waiting(t, r, len(all))
	}
	spawn("a", permitsAsync(sem, 2, &rw, &less[0], &last[0]))
	spawn("b", permitsAsync(sem, 3, &rw, &less[1], &last[1]))
	spawn("waits", sem.AcquireAsync(2))
	spawn("writes", rw.LockAsync())
	says("Acquire (2 permits, of 5 are 0 free, held by task a (2), task b (3))", "Lock (held by 2 readers: task a, task b)")

	less[1].Send(1) // b gives one back
	waiting(t, r, 4)
	says("Acquire (2 permits, of 5 are 1 free, held by task a (2), task b (2))")

	sem.Release(1) // by nobody who is known: of the one who has had it longest
	if _, err := rt.Await(all[2]); err != nil {
		t.Fatal(err)
	}
	all = append(all[:2], all[3])
	spawn("waits too", sem.AcquireAsync(1))
	says("Acquire (1 permits, of 5 are 0 free, held by task a, task b (2), task waits, which has ended (2))")

	sem.Release(2) // those of the one that has ended, for which we do it
	for _, h := range all {
		h.Abort()
	}
	for _, h := range all {
		_, _ = rt.Await(h)
	}
}

// A circle by a permit is one as by a lock.
func TestDumpNamesACircleOfPermits(t *testing.T) {
	r := newRuntime(t, rt.Workers(1), rt.Origins())
	a, b := rtsync.NewSemaphore(1), rtsync.NewSemaphore(1)
	met := rtsync.NewBarrier(2)
	first := rt.Spawn(bothPermitsAsync(met, a, b), rt.On(r), rt.Name("first"))
	second := rt.Spawn(bothPermitsAsync(met, b, a), rt.On(r), rt.Name("second"))
	waiting(t, r, 2)
	if got := dump(t, r); !strings.Contains(got, "in a circle: first waits for second, which waits for first") {
		t.Errorf("no circle:\n%s", got)
	}
	first.Abort()
	_, _ = rt.Await(first)
	_, _ = rt.Await(second)
}
