package rttest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// everyWait waits in all ways that there are, for an hour in all.
func everyWait(t *testing.T) {
	start := time.Now()
	rt.Sleep(10 * time.Minute)
	h := rt.Spawn(rt.AsyncFunc(func() error {
		rt.Sleep(10 * time.Minute)
		rt.Yield()
		time.Sleep(10 * time.Minute) // on a worker: another one goes on
		return nil
	}))
	if _, err := rt.Await(h); err != nil {
		t.Error(err)
	}
	c := rt.SpawnBlocking(func() (int, error) {
		time.Sleep(10 * time.Minute)
		return 1, nil
	})
	if n, err := rt.Await(c); n != 1 || err != nil {
		t.Error(n, err)
	}
	done := make(chan bool)
	go func() {
		rt.Sleep(10 * time.Minute)
		close(done)
	}()
	rt.Recv(done)
	if _, err := rt.Timeout(10*time.Minute, rt.Never[int]()); err == nil {
		t.Error("Never has ended")
	}
	if d := time.Since(start); d != time.Hour {
		t.Errorf("it took %v", d)
	}
}

func TestBubble(t *testing.T) { Bubble(t, everyWait) }

// What is left is cancelled, as always.
func TestBubbleLeaves(t *testing.T) {
	cleaned := false
	Bubble(t, func(t *testing.T) {
		rt.Spawn(rt.AsyncFunc(func() error {
			defer func() { cleaned = true }()
			defer rt.Sleep(time.Second)
			rt.Sleep(1000 * time.Hour)
			return nil
		}))
		rt.Sleep(time.Second)
	})
	if !cleaned {
		t.Error("no cleanup")
	}
}

// A bubble without Bubble has a default runtime of its own.
func TestDefaultInBubble(t *testing.T) {
	rt.Sleep(time.Nanosecond) // Default is there already, outside
	for range 3 {
		synctest.Test(t, everyWait)
	}
	h := rt.Spawn(rt.Ready(1))
	if _, err := rt.Await(h); err != nil {
		t.Error(err)
	}
}

// The goroutines of the default runtime of a bubble come and go: no wake-up is lost meanwhile.
func TestDefaultInBubbleComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan int)
		for i := range 4 {
			go func() {
				n := 0
				for j := range 500 {
					h := rt.Spawn(rt.AsyncFunc(func() error {
						if (i+j)%7 == 0 {
							rt.Sleep(time.Millisecond)
						}
						rt.Yield()
						return nil
					}))
					if _, err := rt.Await(h); err == nil {
						n++
					}
				}
				done <- n
			}()
		}
		for range 4 {
			if n := <-done; n != 500 {
				t.Errorf("%d of 500 tasks have ended well", n)
			}
		}
		rt.Go(rt.Never[int]()) // it waits for nothing, and has no goroutine
	})
}
