package rt

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// A thread may be locked by who polls a block, at any time, and by the block itself, which keeps its thread then.
func TestBlockOnALockedThread(t *testing.T) {
	for at := range 4 { // who polls locks before this poll
		j, hand := &journal{}, newHand()
		f := AsyncFunc(func() error {
			for range 2 {
				Yield()
			}
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			thread := syscall.Gettid()
			for range 3 {
				Yield()
				if syscall.Gettid() != thread {
					t.Error("the block has another thread")
				}
			}
			j.log("block ends")
			return nil
		})
		for i := range 5 {
			if i == at {
				runtime.LockOSThread()
			}
			pending(t, hand, f)
		}
		ended(t, hand, f)
		runtime.UnlockOSThread()
		j.want(t, "block ends")
	}
}

// A block that ends on a thread that it has locked takes the thread along: no other code runs on it. It leaves goroutines
// behind, once, so a process of its own does it.
func TestBlockThatEndsLocked(t *testing.T) {
	const child = "RT_ENDS_LOCKED"
	if os.Getenv(child) == "" {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestBlockThatEndsLocked$")
		cmd.Env = append(os.Environ(), child+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	locked := map[int]bool{}
	for i := range 20 {
		_, _ = BlockOn(Spawn(AsyncFunc(func() error {
			if locked[syscall.Gettid()] {
				t.Error("a block has a thread that another one has locked")
			}
			Yield()
			runtime.LockOSThread()
			locked[syscall.Gettid()] = true
			Yield()
			switch i % 3 {
			case 0:
				runtime.Goexit()
			case 1:
				panic(errBoom)
			}
			return nil
		})))
		for range 20 {
			over := make(chan bool)
			go func() {
				defer close(over)
				if runtime.Gosched(); locked[syscall.Gettid()] {
					t.Error("a goroutine has a thread that a block has locked")
				}
			}()
			<-over
		}
	}
	if t.Failed() {
		os.Exit(1)
	}
	if n := runtime.NumGoroutine(); n > 20 {
		t.Errorf("%d goroutines are left", n)
		os.Exit(1)
	}
	os.Exit(0)
}
