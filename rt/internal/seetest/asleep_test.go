package seetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// journal is what is said to log, and how long after its start.
type journal struct {
	mu    sync.Mutex
	start time.Time
	lines []string
}

func (j *journal) log(s string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, s+" "+time.Since(j.start).String())
}

// asleep runs f in a bubble, with a runtime of n workers that f may shut down.
func asleep(t *testing.T, n int, f func(t *testing.T, r *rt.Runtime, j *journal)) {
	synctest.Test(t, func(t *testing.T) {
		r := rt.New(rt.Workers(n))
		f(t, r, &journal{start: time.Now()})
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// checkEnd checks how the task of h has ended, what was logged, and that no timer is left.
func (j *journal) checkEnd(t *testing.T, r *rt.Runtime, h *rt.JoinHandle[rt.Unit], want error, lines ...string) {
	t.Helper()
	if _, err := rt.Await(h); !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
	if !slices.Equal(j.lines, lines) {
		t.Errorf("%q, want %q", j.lines, lines)
	}
	synctest.Wait() // who awaits a task may go on before that is counted out
	if m := r.Metrics(); m.Timers != 0 || m.Waiting != 0 {
		t.Errorf("%d timers are armed, %d tasks wait", m.Timers, m.Waiting)
	}
}

// TestAsleepIsNotWokenByOthers: an old waker of a task that sleeps has it neither go on early nor sleep on.
func TestAsleepIsNotWokenByOthers(t *testing.T) {
	for n := 1; n <= 4; n *= 2 {
		asleep(t, n, func(t *testing.T, r *rt.Runtime, j *journal) {
			k := new(keeper)
			h := rt.Spawn(dozesAsync(k, time.Hour, j.log), rt.On(r))
			for range 100 {
				time.Sleep(time.Minute)
				k.wake()
				synctest.Wait()
			}
			j.checkEnd(t, r, h, nil, "woke 1h0m0s", "woke again 2h0m0s", "left 2h0m0s")
		})
	}
}

func TestAsleepIsAborted(t *testing.T) {
	asleep(t, 1, func(t *testing.T, r *rt.Runtime, j *journal) {
		h := rt.Spawn(dozesAsync(new(keeper), time.Hour, j.log), rt.On(r))
		time.Sleep(90 * time.Minute)
		h.Abort()
		j.checkEnd(t, r, h, rt.ErrAborted, "woke 1h0m0s", "left 1h30m0s")
	})
	asleep(t, 2, func(t *testing.T, r *rt.Runtime, j *journal) {
		h := rt.Spawn(tidiesAsync(time.Hour, j.log), rt.On(r))
		time.Sleep(time.Minute)
		h.Abort()
		j.checkEnd(t, r, h, rt.ErrAborted, "tidied 1m1s")
	})
}

// TestAsleepInADeferredCall: the abort of a task that leaves already does not cut its deferred call short.
func TestAsleepInADeferredCall(t *testing.T) {
	asleep(t, 1, func(t *testing.T, r *rt.Runtime, j *journal) {
		h := rt.Spawn(tidiesAsync(time.Hour, j.log), rt.On(r))
		time.Sleep(time.Hour + time.Millisecond)
		synctest.Wait()
		h.Abort()
		j.checkEnd(t, r, h, rt.ErrAborted, "woke 1h0m0s", "tidied 1h0m1s")
	})
}

func TestAsleepWhenTheRuntimeEnds(t *testing.T) {
	asleep(t, 2, func(t *testing.T, r *rt.Runtime, j *journal) {
		h := rt.Spawn(dozesAsync(new(keeper), time.Hour, j.log), rt.On(r))
		time.Sleep(time.Minute)
		synctest.Wait()
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		j.checkEnd(t, r, h, rt.ErrShutdown, "left 1m0s")
	})
}

// TestAsleepIsSeen: a task that sleeps is in dumps, profiles and figures as any other that waits.
func TestAsleepIsSeen(t *testing.T) {
	r := newRuntime(t, rt.Workers(2))
	j := new(journal)
	for range 3 {
		rt.Spawn(dozesAsync(new(keeper), time.Hour, j.log), rt.On(r))
	}
	waiting(t, r, 3)
	got := lines.ReplaceAllString(dump(t, r), ".go:LINE")
	want := "3 tasks waiting:\n\trt.Sleep [asleep]\n\tseetest.dozes asleep.go:LINE awaits naps\n"
	if !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	text := dump(t, r, rt.DumpJSON(), rt.DumpByPlace())
	if n := strings.Count(text, `"count":3`); n != 1 {
		t.Errorf("they are not in one place:\n%s", text)
	}
	if m := r.Metrics(); m.Timers != 3 {
		t.Errorf("%d timers", m.Timers)
	}
}

// TestAsleepAndWokenAtRandom has tasks sleep that are woken by old wakers, aborted, and looked at, all at once. None goes on
// early, and none is lost.
func TestAsleepAndWokenAtRandom(t *testing.T) {
	r := newRuntime(t, rt.Workers(4))
	const tasks = 300
	for range 5 {
		var ks []*keeper
		var hs []*rt.JoinHandle[time.Duration]
		for range tasks {
			k := new(keeper)
			ks = append(ks, k)
			hs = append(hs, rt.Spawn(earlyAsync(k, time.Duration(rand.IntN(3000))*time.Microsecond), rt.On(r)))
		}
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for range 2 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					for range 50 {
						ks[rand.IntN(tasks)].wake()
					}
					_ = dump(t, r)
					runtime.Gosched()
				}
			})
		}
		for range tasks / 10 {
			hs[rand.IntN(tasks)].Abort()
		}
		for _, h := range hs {
			if d, err := rt.Await(h); d > 0 || err != nil && !errors.Is(err, rt.ErrAborted) {
				t.Fatalf("%v, %v too early", err, d)
			}
		}
		close(stop)
		wg.Wait()
	}
	waiting(t, r, 0)
	if m := r.Metrics(); m.Timers != 0 || m.Waiting != 0 {
		t.Errorf("%d timers are armed, %d tasks wait", m.Timers, m.Waiting)
	}
}
