package rttest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// A case of strict is code that leaves its goroutine, or waits on it, in an unusual way. It logs what it does: no
// seed gives two logs, and all that is logged first is logged last.
var strict = map[string]func(log func(string)) error{
	"Goexit with cleanup that waits": func(log func(string)) error {
		h := rt.Spawn(rt.AsyncFunc(func() error {
			defer log("cleaned up")
			defer rt.Sleep(time.Second)
			defer log("leaves")
			runtime.Goexit()
			return nil
		}))
		if _, err := rt.Await(h); !errors.Is(err, rt.ErrGoexit) {
			return fmt.Errorf("ended with %v", err)
		}
		return nil
	},
	"Goexit in an arm of a choice": func(log func(string)) error {
		h := rt.Spawn(rt.PollFunc(func() func(cx *rt.Context) (rt.Unit, bool, error) {
			f := rt.RaceAsync(rt.AsyncFunc(func() error {
				defer log("other cleaned up")
				defer rt.Sleep(time.Second)
				rt.Sleep(time.Hour)
				return nil
			}), rt.AsyncFunc(func() error {
				rt.Yield()
				runtime.Goexit()
				return nil
			}))
			return f.Poll
		}()))
		if _, err := rt.Await(h); !errors.Is(err, rt.ErrGoexit) {
			return fmt.Errorf("ended with %v", err)
		}
		return nil
	},
	"Goexit after BlockOn": func(log func(string)) error {
		h := rt.Spawn(rt.PollFunc(func(*rt.Context) (rt.Unit, bool, error) {
			rt.Sleep(time.Second)
			log("slept")
			rt.Sleep(time.Second)
			log("again")
			runtime.Goexit()
			panic("not reached")
		}))
		if _, err := rt.Await(h); !errors.Is(err, rt.ErrGoexit) {
			return fmt.Errorf("ended with %v", err)
		}
		return nil
	},
	"panic after BlockOn": func(log func(string)) error {
		h := rt.Spawn(rt.PollFunc(func(*rt.Context) (rt.Unit, bool, error) {
			_, _ = rt.BlockOn(rt.SleepAsync(time.Second), rt.Name("inner"))
			log("slept")
			panic("on purpose")
		}))
		var p *rt.PanicError
		if _, err := rt.Await(h); !errors.As(err, &p) {
			return fmt.Errorf("ended with %v", err)
		}
		return nil
	},
	"BlockOn in BlockOn in a block": func(log func(string)) error {
		_, err := rt.BlockOn(rt.AsyncFunc(func() error {
			_, err := rt.BlockOn(rt.AsyncFunc(func() error {
				rt.Sleep(time.Second)
				log("inner")
				return nil
			}))
			rt.Yield()
			log("outer")
			return err
		}))
		return err
	},
	"values": func(log func(string)) error {
		type key struct{}
		h := rt.Spawn(rt.AsyncFunc(func() error {
			rt.Yield()
			_, err := rt.BlockOn(rt.AsyncFunc(func() error {
				log(fmt.Sprint(rt.TaskValue(key{})))
				return nil
			}))
			log(fmt.Sprint(rt.TaskValue(key{})))
			return err
		}), rt.WithValues(context.WithValue(context.Background(), key{}, 7)))
		_, err := rt.Await(h)
		return err
	},
	"contexts": func(log func(string)) error {
		ctx, cancel := context.WithCancel(context.Background())
		h := rt.Spawn(rt.WithContextAsync(ctx, rt.SleepAsync(time.Hour)))
		rt.Go(rt.AsyncFunc(func() error {
			rt.Yield()
			cancel()
			log("cancelled")
			return nil
		}))
		if _, err := rt.Await(h); !errors.Is(err, context.Canceled) {
			return fmt.Errorf("ended with %v", err)
		}
		return nil
	},
	"native channels": func(log func(string)) error {
		ch := make(chan int)
		var hs []rt.Future[rt.Unit]
		for i := range 2 {
			hs = append(hs, rt.Spawn(rt.AsyncFunc(func() error {
				rt.Send(ch, i)
				log(fmt.Sprint("sent ", i))
				return nil
			})), rt.Spawn(rt.AsyncFunc(func() error {
				v, _ := rt.Recv(ch)
				log(fmt.Sprint("received ", v))
				return nil
			})))
		}
		for _, h := range hs {
			_, _ = rt.Await(h)
		}
		return nil
	},
	"blocking calls": func(log func(string)) error {
		h := rt.SpawnBlocking(func() (int, error) { panic("on purpose") })
		var p *rt.PanicError
		if _, err := rt.Await(h); !errors.As(err, &p) {
			return fmt.Errorf("ended with %v", err)
		}
		_, err := rt.Timeout(time.Second, rt.BlockingAsync(context.Background(), func(ctx context.Context) (int, error) {
			log("begins")
			for ctx.Err() == nil {
				rt.Sleep(time.Second)
			}
			log("ends")
			return 1, nil
		}))
		if !errors.Is(err, rt.ErrTimeout) {
			return fmt.Errorf("ended with %v", err)
		}
		return nil
	},
	"abort of cleanup": func(log func(string)) error {
		h := rt.Spawn(rt.AsyncFunc(func() error {
			defer log("cleaned up")
			defer rt.Sleep(time.Hour) // the grace is over long before
			rt.Sleep(time.Hour)
			return nil
		}))
		rt.Yield()
		h.Abort()
		_, _ = rt.Await(h)
		return nil
	},
}

func TestStrict(t *testing.T) {
	for name, f := range strict {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(20) {
				var logs [2]string
				for i := range logs {
					x := &simulated{config: config{turns: manyTurns}, chooser: uniform{newRand(seed)}}
					var lines []string
					log := func(s string) { lines = append(lines, s) }
					second := 0
					err := x.run(rt.AsyncFunc(func() error {
						rt.Go(rt.AsyncFunc(func() error {
							for ; second < 5; second++ {
								log("beside")
								rt.Yield()
							}
							return nil
						}))
						err := f(log)
						rt.Sleep(time.Second)
						return err
					}))
					if err != nil || len(x.problems) > 0 {
						t.Fatalf("seed %d: %v %v\n%s", seed, err, x.problems, x.timeline())
					}
					logs[i] = fmt.Sprintf("%x\n%s", x.hash, strings.Join(lines, "\n"))
				}
				if logs[0] != logs[1] {
					t.Fatalf("seed %d: two traces:\n%s\n\n%s", seed, logs[0], logs[1])
				}
			}
		})
	}
}

// An ordinary goroutine that a task has started belongs to the runtime: its time is the same.
func TestGoroutineBelongs(t *testing.T) {
	Run(t, block(func() {
		done := make(chan time.Duration)
		go func() {
			start := rt.Now()
			rt.Sleep(time.Hour)
			done <- rt.Since(start)
		}()
		if d, _ := rt.Recv(done); d != time.Hour {
			t.Errorf("it has slept %v", d)
		}
	}))
}

// The body's cleanup may wait when the test is over.
func TestFatalWithCleanup(t *testing.T) {
	for seed := range uint64(10) {
		inner, cleaned, over := &recorder{TB: t, name: "TestInner"}, false, make(chan bool)
		go func() {
			defer close(over)
			Run(inner, block(func() {
				defer func() { cleaned = true }()
				defer rt.Sleep(time.Second)
				rt.Yield()
				inner.Errorf("fatal")
				runtime.Goexit()
			}), Seed(seed))
			t.Error("Run has returned")
		}()
		<-over
		if !cleaned {
			t.Errorf("seed %d: no cleanup", seed)
		}
	}
}
