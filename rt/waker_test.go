package rt

import (
	"bytes"
	"log"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// logged has the standard logger write into memory during a test.
func logged(t *testing.T) func() string {
	var (
		mu   sync.Mutex
		text bytes.Buffer
	)
	log.SetOutput(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return text.Write(p)
	}))
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return text.String()
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func raisesInWaker() { panic("in the waker") }

// Whoever wakes is not to blame for what the waker does.
func TestA4_60_PanicInAWaker(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		poll := func(f Future[Unit]) {
			cx := &Context{waker: NewWaker(raisesInWaker), rt: r, frames: new(framePool)}
			if _, ready, _ := f.Poll(cx); ready {
				t.Fatal("ready")
			}
		}
		for name, wakes := range map[string]func(){
			"by hand": func() { NewWaker(raisesInWaker).Wake() },
			"by a timer": func() {
				poll(SleepAsync(time.Microsecond))
			},
			"by the end of a task": func() {
				g := new(gate)
				h := Spawn[Unit](g, On(r))
				poll(h)
				wait(t, r, Spawn(do(g.Open), On(r)))
				wait(t, r, Future[Unit](h))
			},
			"by a task": func() {
				g := new(gate)
				poll(g)
				wait(t, r, Spawn(do(g.Open), On(r)))
			},
			"by a crowd": func() {
				g := new(gate)
				poll(unit(JoinAllAsync[Unit](g)))
				wait(t, r, Spawn(do(g.Open), On(r)))
			},
			"by a group": func() {
				var group Group
				g := new(gate)
				SpawnIn[Unit](&group, g, On(r))
				poll(group.WaitAsync())
				wait(t, r, Spawn(do(g.Open), On(r)))
				wait(t, r, group.WaitAsync())
			},
		} {
			text := logged(t)
			wakes()
			for text() == "" {
				wait(t, r, Spawn(SleepAsync(time.Millisecond), On(r))) // the workers are there
			}
			if got := text(); strings.Count(got, "in the waker") != 1 || !strings.Contains(got, "raisesInWaker") {
				t.Errorf("%s: the report is %q", name, got)
			}
		}
	})
}

// All who wait for a task are woken, whatever the waker of one of them does.
func TestA4_60_TheOthersAreWoken(t *testing.T) {
	r := testRuntime(t, config{workers: 1})
	text := logged(t)
	g := new(gate)
	h := Spawn[Unit](g, On(r))
	g.polled(1)
	woken := 0
	for _, f := range []func(){func() { woken++ }, raisesInWaker, func() { woken++ }, raisesInWaker, func() { woken++ }} {
		cx := &Context{waker: NewWaker(f), rt: r, frames: new(framePool)}
		_, _, _ = h.Poll(cx)
	}
	g.Open()
	<-h.Done()
	wait(t, r, Spawn(YieldAsync(), On(r))) // the turn of h is over
	if n := strings.Count(text(), "rt: panic in a waker: in the waker"); woken != 3 || n != 2 {
		t.Errorf("%d are woken, %d panics reported", woken, n)
	}
}
