package losttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// needsCollector skips the test where lost tasks cannot be found.
func needsCollector(t *testing.T) {
	t.Helper()
	if err := task.FindsLost(); err != nil {
		t.Skip(err)
	}
}

// newRuntime makes a runtime that ends with the test.
func newRuntime(t *testing.T, opts ...rt.Option) *rt.Runtime {
	r := rt.New(append([]rt.Option{rt.RuntimeName("lost")}, opts...)...)
	t.Cleanup(func() {
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// wait returns when n tasks of r wait, and no other lives.
func wait(r *rt.Runtime, n int) {
	for m := r.Metrics(); m.Waiting != n || m.Alive() != n || m.Queued > 0; m = r.Metrics() {
		runtime.Gosched()
	}
}

// find looks until n tasks were lost: what was on a stack a moment ago may be found at the next look only.
func find(t *testing.T, r *rt.Runtime, n int) (lost []rt.TaskInfo) {
	t.Helper()
	for len(lost) < n {
		more, err := r.FindLost()
		if err != nil {
			t.Fatal(err)
		}
		lost = append(lost, more...)
	}
	if len(lost) > n {
		t.Errorf("%d tasks are lost, want %d", len(lost), n)
	}
	return lost
}

// forgetful is a future by hand that has nobody to wake it: it forgets its waker.
func forgetful(*rt.Context) (int, bool, error) { return rt.Pending[int]() }

// lostTasks are tasks that nobody can wake, by what they wait for.
var lostTasks = []struct {
	name  string
	spawn func(r *rt.Runtime, c *cleanups)
	lost  int    // tasks
	ends  int    // deferred calls
	where string // in the text of the first
}{
	{"Recv", func(r *rt.Runtime, c *cleanups) {
		rt.Spawn(receivesAsync(rtsync.NewChan[int](1), c), rt.On(r))
	}, 1, 1, "losttest.receives tasks.go:N awaits Chan.Recv"},
	{"Go", func(r *rt.Runtime, c *cleanups) {
		rt.Go(outerAsync(rtsync.NewChan[int](0), c), rt.On(r))
	}, 1, 2, "losttest.outer tasks.go:N awaits receives"},
	{"Send", func(r *rt.Runtime, c *cleanups) {
		rt.Spawn(sendsAsync(rtsync.NewChan[int](0), c), rt.On(r))
	}, 1, 1, "losttest.sends tasks.go:N awaits Chan.Send"},
	{"Lock", func(r *rt.Runtime, c *cleanups) {
		rt.Spawn(locksAsync(new(rtsync.Mutex), c), rt.On(r))
	}, 1, 1, "losttest.locks tasks.go:N awaits Mutex.Lock"},
	{"Oneshot", func(r *rt.Runtime, c *cleanups) {
		rt.Spawn(asksAsync(new(rtsync.Oneshot[int]), c), rt.On(r))
	}, 1, 1, "losttest.asks tasks.go:N awaits Oneshot.Recv"},
	{"native", func(r *rt.Runtime, c *cleanups) {
		rt.Spawn(nativeAsync(make(chan int), c), rt.On(r))
	}, 1, 1, "losttest.native tasks.go:N awaits Recv"},
	{"Select", func(r *rt.Runtime, c *cleanups) {
		rt.Spawn(selectsAsync(rtsync.NewChan[int](0), rtsync.NewChan[int](0), c), rt.On(r))
	}, 1, 1, "losttest.selects tasks.go:N awaits Select2"},
	{"a future that forgets its waker", func(r *rt.Runtime, c *cleanups) {
		rt.Spawn(awaitsAsync(rt.PollFunc(forgetful), c), rt.On(r))
	}, 1, 1, "losttest.awaits tasks.go:N"},
	{"Never", func(r *rt.Runtime, c *cleanups) {
		rt.Spawn(awaitsAsync(rt.Never[int](), c), rt.On(r))
	}, 1, 1, "losttest.awaits tasks.go:N"},
	{"a circle of two", func(r *rt.Runtime, c *cleanups) {
		var a, b rtsync.Oneshot[*rt.JoinHandle[int]]
		ha, hb := rt.Spawn(followsAsync(&a, c), rt.On(r)), rt.Spawn(followsAsync(&b, c), rt.On(r))
		a.Send(hb)
		b.Send(ha)
	}, 2, 2, "losttest.follows tasks.go:N"},
	{"one waits for another", func(r *rt.Runtime, c *cleanups) {
		h := rt.Spawn(receivesAsync(rtsync.NewChan[int](0), c), rt.On(r))
		rt.Spawn(awaitsAsync(h, c), rt.On(r))
	}, 2, 2, "tasks.go:N"},
	{"the members of a scope", func(r *rt.Runtime, c *cleanups) {
		rt.Spawn(scopedAsync(c), rt.On(r))
	}, 3, 3, "tasks.go:N"},
	{"it holds a lock of its own", func(r *rt.Runtime, c *cleanups) {
		rt.Spawn(holdsAsync(new(rtsync.Mutex), rtsync.NewChan[int](0), c), rt.On(r))
	}, 1, 1, "losttest.holds tasks.go:N awaits Chan.Recv"},
}

// line is a line of the source, which changes with what is above it.
var line = regexp.MustCompile(`tasks\.go:\d+`)

func TestTasksThatNobodyCanWakeAreCancelled(t *testing.T) {
	needsCollector(t)
	for _, c := range lostTasks {
		t.Run(c.name, func(t *testing.T) {
			r := newRuntime(t, rt.Workers(2))
			ends := new(cleanups)
			c.spawn(r, ends)
			wait(r, c.lost)
			lost := find(t, r, c.lost)
			var text strings.Builder
			for _, l := range lost {
				fmt.Fprintf(&text, "%s %s\n%s", l.Name, l.Status, line.ReplaceAllString(l.Text(), "tasks.go:N"))
			}
			if !strings.Contains(text.String(), c.where) {
				t.Errorf("told of\n%s\nwant %q in it", &text, c.where)
			}
			wait(r, 0)
			if n := int(ends.n.Load()); n != c.ends {
				t.Errorf("%d deferred calls have run, want %d", n, c.ends)
			}
		})
	}
}

// What somebody has who may yet do something.
var (
	heldHandle *rt.JoinHandle[int]
	heldChan   *rtsync.Chan[int]
	heldWaker  atomic.Pointer[rt.Waker]
)

// heldTasks are tasks that wait, and that somebody can wake. free has the last of them woken, if the test has to.
var heldTasks = []struct {
	name  string
	spawn func(r *rt.Runtime, c *cleanups) (free func())
	tasks int
}{
	{"its handle is in a variable of the package", func(r *rt.Runtime, c *cleanups) func() {
		heldHandle = rt.Spawn(receivesAsync(rtsync.NewChan[int](0), c), rt.On(r))
		return func() { heldHandle.Abort(); heldHandle = nil }
	}, 1},
	{"its channel is", func(r *rt.Runtime, c *cleanups) func() {
		heldChan = rtsync.NewChan[int](0)
		rt.Go(outerAsync(heldChan, c), rt.On(r))
		return func() { heldChan.Close(); heldChan = nil }
	}, 1},
	{"its waker is", func(r *rt.Runtime, c *cleanups) func() {
		done := new(atomic.Bool)
		rt.Spawn(awaitsAsync(rt.PollFunc(func(cx *rt.Context) (int, bool, error) {
			w := cx.Waker()
			heldWaker.Store(&w)
			return 1, done.Load(), nil
		}), c), rt.On(r))
		return func() { done.Store(true); heldWaker.Swap(nil).Wake() }
	}, 1},
	{"a goroutine has its channel", func(r *rt.Runtime, c *cleanups) func() {
		ch, start := rtsync.NewChan[int](0), make(chan bool)
		rt.Go(receivesAsync(ch, c), rt.On(r))
		go func() {
			<-start
			ch.Close()
		}()
		return func() { close(start) }
	}, 1},
	{"a goroutine waits for its native channel", func(r *rt.Runtime, c *cleanups) func() {
		ch := make(chan int)
		rt.Go(nativeAsync(ch, c), rt.On(r))
		return func() { close(ch) }
	}, 1},
	{"it sleeps", func(r *rt.Runtime, c *cleanups) func() {
		h := rt.Spawn(sleepsAsync(time.Hour, c), rt.On(r))
		return h.Abort
	}, 1},
	{"it has a timeout", func(r *rt.Runtime, c *cleanups) func() {
		h := rt.Spawn(limitedAsync(time.Hour, rtsync.NewChan[int](0), c), rt.On(r))
		return h.Abort
	}, 1},
	{"time.AfterFunc has its channel", func(r *rt.Runtime, c *cleanups) func() {
		ch := rtsync.NewChan[int](0)
		rt.Go(receivesAsync(ch, c), rt.On(r))
		timer := time.AfterFunc(time.Hour, ch.Close)
		return func() { timer.Reset(0) }
	}, 1},
	{"a cleanup of Go's has its channel", func(r *rt.Runtime, c *cleanups) func() {
		ch := rtsync.NewChan[int](0)
		rt.Go(receivesAsync(ch, c), rt.On(r))
		x := new([64]*int)
		runtime.AddCleanup(x, (*rtsync.Chan[int]).Close, ch)
		return func() { runtime.KeepAlive(x); x = nil; runtime.GC() }
	}, 1},
	{"a task that sleeps has its handle", func(r *rt.Runtime, c *cleanups) func() {
		h := rt.Spawn(receivesAsync(rtsync.NewChan[int](0), c), rt.On(r))
		first := rt.SleepAsync(time.Hour)
		keeper := rt.Spawn(rt.AsyncFunc(func() error {
			if _, err := rt.Await(first); err != nil {
				return err
			}
			h.Abort()
			return nil
		}), rt.On(r))
		return func() { h.Abort(); keeper.Abort() }
	}, 2},
	{"a task in BlockOn has its channel", func(r *rt.Runtime, c *cleanups) func() {
		ch, end := rtsync.NewChan[int](0), new(rtsync.Oneshot[int])
		rt.Go(receivesAsync(ch, c), rt.On(r))
		go func() {
			_, _ = rt.BlockOn(end.RecvAsync(), rt.On(r))
			ch.Close()
		}()
		return func() { end.Send(1) }
	}, 1},
}

func TestTasksThatSomebodyHoldsAreNotLost(t *testing.T) {
	needsCollector(t)
	for _, c := range heldTasks {
		t.Run(c.name, func(t *testing.T) {
			r := newRuntime(t, rt.Workers(2))
			ends := new(cleanups)
			free := c.spawn(r, ends)
			wait(r, c.tasks)
			for range 3 {
				lost, err := r.FindLost()
				if err != nil || len(lost) > 0 {
					t.Fatalf("lost: %v, %v", lost, err)
				}
			}
			wait(r, c.tasks)
			free()
			for r.Metrics().Alive() > 0 {
				runtime.Gosched()
			}
			if ends.n.Load() == 0 {
				t.Error("no deferred call has run")
			}
		})
	}
}

// What is awaited in BlockOn has a goroutine, and a goroutine is not lost.
func TestBlockOnIsNotLost(t *testing.T) {
	needsCollector(t)
	r := newRuntime(t, rt.Workers(2))
	ends, over := new(cleanups), make(chan error)
	go func() {
		_, err := rt.BlockOn(receivesAsync(rtsync.NewChan[int](0), ends), rt.On(r))
		over <- err
	}()
	for r.Metrics().BlockOn == 0 {
		runtime.Gosched()
	}
	for range 3 {
		if lost, err := r.FindLost(); err != nil || len(lost) > 0 {
			t.Errorf("lost: %v, %v", lost, err)
		}
	}
	go func() {
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	if err := <-over; !errors.Is(err, rt.ErrShutdown) {
		t.Error(err)
	}
}

// Tasks that are looked at all the time lose no wake-up, and none of them is taken for lost; those that are, are found.
func TestLooksDisturbNobody(t *testing.T) {
	needsCollector(t)
	r := newRuntime(t, rt.Workers(4))
	const pairs, turns = 40, 2000
	var handles []*rt.JoinHandle[int]
	for range pairs {
		ch, back := rtsync.NewChan[int](0), rtsync.NewChan[int](0)
		handles = append(handles, rt.Spawn(calmAsync(turns, ch, back), rt.On(r)))
		rt.Go(rt.AsyncFunc(func() error {
			for range turns {
				if err := ch.Send(1); err != nil {
					return err
				}
				if _, err := back.Recv(); err != nil {
					return err
				}
			}
			return nil
		}), rt.On(r))
	}
	ends := new(cleanups)
	for range 100 {
		rt.Go(outerAsync(rtsync.NewChan[int](0), ends), rt.On(r))
	}
	lost, looks := 0, 0
	for r.Metrics().Alive() > 0 {
		more, err := r.FindLost()
		if err != nil {
			t.Fatal(err)
		}
		lost += len(more)
		looks++
	}
	for _, h := range handles {
		if n, err := rt.Await(h); n != turns || err != nil {
			t.Fatal(n, err)
		}
	}
	if lost != 100 || ends.n.Load() != 200 {
		t.Errorf("%d tasks were lost, and %d deferred calls have run", lost, ends.n.Load())
	}
	t.Log(looks, "looks")
}

// A runtime that is shut down while somebody looks ends all tasks.
func TestShutdownMeanwhile(t *testing.T) {
	needsCollector(t)
	for range 20 {
		r := rt.New(rt.Workers(2))
		ends := new(cleanups)
		var keep []*rtsync.Chan[int]
		for range 50 {
			keep = append(keep, rtsync.NewChan[int](0))
			rt.Go(receivesAsync(keep[len(keep)-1], ends), rt.On(r))
		}
		wait(r, 50)
		var wg sync.WaitGroup
		wg.Go(func() {
			if lost, err := r.FindLost(); len(lost) > 0 || err != nil {
				t.Error(lost, err)
			}
		})
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if n := ends.n.Load(); n != 50 {
			t.Errorf("%d deferred calls have run", n)
		}
		runtime.KeepAlive(keep)
	}
}

// With the option nobody has to ask.
func TestLostTasks(t *testing.T) {
	needsCollector(t)
	found := make(chan rt.TaskInfo, 1)
	r := newRuntime(t, rt.LostTasks(func(l rt.TaskInfo) { found <- l }))
	ends := new(cleanups)
	rt.Go(receivesAsync(rtsync.NewChan[int](0), ends), rt.On(r), rt.Name("forgotten"))
	wait(r, 1)
	for {
		select {
		case l := <-found:
			if l.Name != "forgotten" || !strings.Contains(l.Text(), "awaits Chan.Recv") {
				t.Errorf("%s\n%s", l.Name, l.Text())
			}
			wait(r, 0)
			return
		default:
			runtime.GC()
		}
	}
}

// Without a function they are logged.
func TestLostTasksAreLogged(t *testing.T) {
	needsCollector(t)
	var (
		mu   sync.Mutex
		text bytes.Buffer
	)
	log.SetOutput(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return text.Write(p)
	}))
	defer log.SetOutput(os.Stderr)
	r := newRuntime(t, rt.LostTasks(nil))
	rt.Go(receivesAsync(rtsync.NewChan[int](0), new(cleanups)), rt.On(r))
	wait(r, 1)
	logged := func() string {
		mu.Lock()
		defer mu.Unlock()
		return text.String()
	}
	for !strings.Contains(logged(), "awaits Chan.Recv") {
		runtime.GC()
	}
	if !strings.Contains(logged(), "rt: task losttest.receives is lost") {
		t.Error(logged())
	}
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// Where the collector cannot tell it says so, and nothing changes.
func TestElsewhereItSaysSo(t *testing.T) {
	r := newRuntime(t)
	lost, err := r.FindLost()
	if task.FindsLost() == nil {
		if len(lost) > 0 || err != nil {
			t.Error(lost, err)
		}
		return
	}
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "GOEXPERIMENT=goroutineleakprofile") {
		t.Error(err)
	}
}
