package deadtest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// Each case is a process of its own, as whether it stands still is a matter of all of it.
var program = flag.String("program", "", "run this case, as a process of its own")

// programCase is a program, and what it prints.
type programCase struct {
	run  func() error
	want []string // of the error of a deadlock; none: there is none
}

var programs = map[string]programCase{
	"mutexes": {func() error {
		var a, b rtsync.Mutex
		_, err := rt.BlockOn(bothAsync(&a, &b))
		return err
	}, []string{"2 tasks waiting", "deadtest.crossed cases.go:", "awaits Mutex.Lock", "rtsync.(*Mutex).Lock (held by task deadtest.crossed)", "in a circle: deadtest.crossed waits for deadtest.crossed, which waits for deadtest.crossed", "1 goroutine in BlockOn waiting", "deadtest.both cases.go:", "rt.(*Group).Wait (for 2 members)"}},
	"channel": {func() error {
		ended := false
		_, err := rt.BlockOn(receiveAsync(rtsync.NewChan[int](1), &ended))
		if !ended {
			return errors.New("its deferred call has not run")
		}
		return err
	}, []string{"deadtest.receive"}},
	"select": {func() error {
		_, err := rt.BlockOn(eitherAsync(rtsync.NewChan[int](0), rtsync.NewChan[int](0)))
		return err
	}, []string{"branch 1:", "rtsync.(*Chan).Recv"}},
	"stream": {func() error {
		_, err := rt.BlockOn(eachAsync(rtsync.NewChan[int](0)))
		return err
	}, []string{"deadtest.each"}},
	"streams": {func() error {
		_, err := rt.BlockOn(rt.JoinAllAsync(
			rt.Merge[int](rtsync.NewChan[int](0), rtsync.NewChan[int](0)).NextAsync(),
			rt.Flatten(rt.Merge[rt.Stream[int]](rtsync.NewChan[rt.Stream[int]](0))).NextAsync(),
			rt.Buffer[int](1, rtsync.NewChan[int](0)).NextAsync(),
			rt.RateLimit[int](time.Millisecond, rtsync.NewChan[int](0)).NextAsync(),
			rt.Throttle[int](time.Millisecond, rtsync.NewChan[int](0)).NextAsync(),
			rt.Debounce[int](time.Millisecond, rtsync.NewChan[int](0)).NextAsync(),
			lengthAsync(rt.Chunks[int](2, time.Millisecond, rtsync.NewChan[int](0))),
		))
		return err
	}, []string{
		"rt.Merge", "branch 1:", "rt.Flatten", "rt.RateLimit", "rt.Throttle", "rt.Debounce", "rt.Chunks (0 of 2 values)",
		"rt.JoinHandle (of task rt.Await)", "rtsync.(*Chan).Recv\n\trt.Buffer",
	}},
	"a buffer that is full": {func() error {
		ch := rtsync.NewChan[int](2)
		ch.TrySend(1)
		ch.TrySend(2)
		_, err := rt.BlockOn(firstAsync(rt.Buffer[int](1, ch)))
		return err
	}, []string{"rt.Buffer (full: its consumer has 1 values to take)", "rt.Never"}},
	"handle": {func() error {
		_, err := rt.BlockOn(joinedAsync(rtsync.NewChan[int](0)))
		return err
	}, []string{"rt.JoinHandle (of task rtsync.(*Chan).Recv)"}},
	"never": {func() error {
		_, err := rt.BlockOn(rt.Never[int]())
		return err
	}, []string{"rt.Never"}},
	"block": {func() error {
		ch := rtsync.NewChan[int](0)
		_, err := rt.BlockOn(rt.AsyncFunc(func() error {
			_, err := ch.Recv()
			return err
		}))
		return err
	}, []string{"rt.AsyncFunc", "rtsync.(*Chan).Recv"}},
	"one thread": {func() error {
		r := rt.New(rt.CurrentThread())
		var a, b rtsync.Mutex
		_, err := rt.BlockOn(bothAsync(&a, &b), rt.On(r))
		return err
	}, []string{"deadtest.crossed"}},
	"two goroutines": {func() error {
		a, b := rtsync.NewChan[int](0), rtsync.NewChan[int](0)
		ended := make(chan error)
		go func() {
			_, err := rt.BlockOn(a.RecvAsync())
			ended <- err
		}()
		_, err := rt.BlockOn(b.RecvAsync())
		return errors.Join(err, <-ended)
	}, []string{"2 goroutines in BlockOn waiting"}},
	"again": {func() error {
		_, first := rt.BlockOn(rt.Never[int]())
		_, err := rt.BlockOn(rt.SpawnBlocking(func() (int, error) { return 1, first }))
		if err != first {
			return err
		}
		_, err = rt.BlockOn(rt.Never[int]())
		return err
	}, []string{"rt.Never"}},
	"after a goroutine": {func() error {
		go time.Sleep(100 * time.Millisecond)
		_, err := rt.BlockOn(rt.Never[int]())
		return err
	}, []string{"rt.Never"}},
	"cleanup waits too": {func() error {
		r := rt.New(rt.CleanupGrace(10 * time.Millisecond))
		_, err := rt.BlockOn(stubbornAsync(rtsync.NewChan[int](0)), rt.On(r))
		return err
	}, []string{"deadtest.stubborn"}},

	"timeout": {func() error {
		_, err := rt.BlockOn(sleepsAsync(rtsync.NewChan[int](0), patience))
		return unless(rt.ErrTimeout, err)
	}, nil},
	"timeout of each": {func() error {
		_, err := rt.BlockOn(rt.TimeoutEach[int](patience, rtsync.NewChan[int](0)).NextAsync())
		return unless(rt.ErrTimeout, err)
	}, nil},
	"chunk": {func() error {
		ch := rtsync.NewChan[int](1)
		ch.TrySend(1)
		_, err := rt.BlockOn(rt.Chunks[int](2, patience, ch).NextAsync())
		return err
	}, nil},
	"buffer of a stream of the user's": {func() error {
		var asked atomic.Bool
		s := rt.StreamFunc(func(cx *rt.Context) (int, bool, error) {
			if asked.Swap(true) {
				return 1, true, nil
			}
			time.AfterFunc(patience, cx.Waker().Wake)
			return rt.Pending[int]()
		})
		_, err := rt.BlockOn(rt.Buffer(1, s).NextAsync())
		return err
	}, nil},
	"goroutine": {sent(func(ch *rtsync.Chan[int]) {
		go func() {
			time.Sleep(patience)
			_ = ch.Send(1)
		}()
	}), nil},
	"goroutine that waits": {sent(func(ch *rtsync.Chan[int]) {
		late := time.After(patience)
		go func() {
			<-late
			_ = ch.Send(1)
		}()
	}), nil},
	"AfterFunc": {sent(func(ch *rtsync.Chan[int]) {
		time.AfterFunc(patience, func() { ch.TrySend(1) })
	}), nil},
	"AfterFunc without variables": {func() error {
		time.AfterFunc(patience, func() { global.TrySend(1) })
		_, err := rt.BlockOn(global.RecvAsync())
		return err
	}, nil},
	"context": {func() error {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, err := rt.WithContext(ctx, rt.Never[int]())
		return unless(context.DeadlineExceeded, err)
	}, nil},
	"context of a function": {sent(func(ch *rtsync.Chan[int]) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		context.AfterFunc(ctx, func() {
			defer cancel()
			ch.TrySend(1)
		})
	}), nil},
	"native channel": {func() error {
		_, ok := rt.Recv(time.After(patience))
		if !ok {
			return errors.New("nothing received")
		}
		return nil
	}, nil},
	"blocking": {sent(func(ch *rtsync.Chan[int]) {
		rt.SpawnBlocking(func() (int, error) {
			time.Sleep(patience)
			return 0, ch.Send(1)
		})
	}), nil},
	"another runtime": {sent(func(ch *rtsync.Chan[int]) {
		rt.Go(rt.AsyncFunc(func() error {
			rt.Sleep(patience)
			return ch.Send(1)
		}), rt.On(rt.New()))
	}), nil},
	"future of the user's": {func() error {
		polled := make(chan rt.Waker, 1)
		var over atomic.Bool
		f := rt.PollFunc(func(cx *rt.Context) (int, bool, error) {
			if !over.Load() {
				polled <- cx.Waker()
			}
			return 1, over.Load(), nil
		})
		time.AfterFunc(patience, func() {
			w := <-polled
			over.Store(true)
			w.Wake()
		})
		_, err := rt.BlockOn(f)
		return err
	}, nil},
}

// patience is how long programs take that only seem to stand still: three looks.
const patience = 1200 * time.Millisecond

var global = rtsync.NewChan[int](1)

// sent waits for a value of a channel that send is to send to.
func sent(send func(ch *rtsync.Chan[int])) func() error {
	return func() error {
		ch := rtsync.NewChan[int](1)
		send(ch)
		_, err := rt.BlockOn(ch.RecvAsync())
		return err
	}
}

// unless is err, if it is not want.
func unless(want, err error) error {
	if errors.Is(err, want) {
		return nil
	}
	return fmt.Errorf("%v, want %v", err, want)
}

func TestMain(m *testing.M) {
	flag.Parse()
	if *program == "" {
		os.Exit(m.Run())
	}
	if *program == "main" {
		rt.Main(rt.Never[rt.Unit]())
	}
	if err := programs[*program].run(); err != nil {
		fmt.Println(err)
		if e := new(rt.DeadlockError); !errors.As(err, &e) {
			os.Exit(1)
		}
		os.Exit(3)
	}
}

func TestDeadlock(t *testing.T) {
	for name, p := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := exec.Command(os.Args[0], "-program", name).CombinedOutput()
			status := 0
			if e := new(exec.ExitError); errors.As(err, &e) {
				status = e.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			want := 0
			if p.want != nil {
				want = 3
			}
			if status != want {
				t.Errorf("exit status %d, want %d:\n%s", status, want, out)
			}
			for _, text := range p.want {
				if !strings.Contains(string(out), text) {
					t.Errorf("%q is missing:\n%s", text, out)
				}
			}
		})
	}
}

func TestMainReportsADeadlock(t *testing.T) {
	out, err := exec.Command(os.Args[0], "-program", "main").CombinedOutput()
	if e := new(exec.ExitError); !errors.As(err, &e) || e.ExitCode() != 1 {
		t.Errorf("%v, want exit status 1", err)
	}
	if !strings.Contains(string(out), "rt: deadlock: nothing can wake what is awaited") || !strings.Contains(string(out), "rt.Never") {
		t.Errorf("the deadlock is not reported:\n%s", out)
	}
}

// In a test others wait, too: the goroutine of main, and tests that wait for this one.
func TestDeadlockInATest(t *testing.T) {
	t.Run("below", func(t *testing.T) {
		_, err := rt.BlockOn(rt.Never[int]())
		if e := new(rt.DeadlockError); !errors.As(err, &e) {
			t.Errorf("%v, want a DeadlockError", err)
		}
	})
}
