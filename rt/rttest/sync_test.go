package rttest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// A case of syncCases is a small program on a type of rtsync, with a task that is aborted at any moment. Its parts run
// as tasks, started together; check is called when all have ended.
type syncCase struct {
	parts []func() error
	check func() error
	abort int // the part that is aborted; those after it may be, too, if they wait for it
}

var errBroken = errors.New("broken")

func must(ok bool) error {
	if !ok {
		return errBroken
	}
	return nil
}

var syncCases = map[string]func() syncCase{
	"Mutex": func() syncCase {
		var mu rtsync.Mutex
		in := 0
		use := func() error {
			mu.Lock()
			defer mu.Unlock()
			in++
			defer func() { in-- }()
			rt.Yield()
			return must(in == 1)
		}
		return syncCase{[]func() error{use, use}, func() error { return must(mu.TryLock()) }, 0}
	},
	"Semaphore": func() syncCase {
		sem := rtsync.NewSemaphore(2)
		use := func(n int64) func() error {
			return func() error {
				sem.Acquire(n)
				defer sem.Release(n)
				rt.Yield()
				return nil
			}
		}
		return syncCase{[]func() error{use(2), use(1)}, func() error { return must(sem.Available() == 2) }, 0}
	},
	"Chan, buffered":   func() syncCase { return channelCase(1) },
	"Chan, rendezvous": func() syncCase { return channelCase(0) },
	"Notify": func() syncCase {
		var n rtsync.Notify
		woken := 0
		wait := func() error {
			n.Wait()
			woken++
			return nil
		}
		return syncCase{[]func() error{wait, func() error {
			n.NotifyOne()
			return nil
		}}, func() error { // a notification that nobody has got is kept
			if woken == 0 {
				n.Wait()
			}
			return nil
		}, 0}
	},
	"Barrier": func() syncCase {
		b := rtsync.NewBarrier(2)
		leaders := 0
		wait := func() error {
			if b.Wait() {
				leaders++
			}
			return nil
		}
		passed := false
		return syncCase{[]func() error{func() error { // two are needed, and one of three is cut off or not
			wait()
			passed = true
			return nil
		}, wait}, func() error {
			if !passed && leaders == 0 {
				return nil // who was left was cancelled, too
			}
			return must(leaders == 1)
		}, 0}
	},
	"Watch": func() syncCase {
		w := rtsync.NewWatch(0)
		first, second := w.Subscribe(), w.Subscribe()
		last := 0
		return syncCase{[]func() error{func() error {
			_, err := first.Changed()
			return err
		}, func() error {
			for last != 2 {
				v, err := second.Changed()
				if err != nil {
					return err
				}
				if err := must(v > last); err != nil {
					return err
				}
				last = v
			}
			return nil
		}, func() error {
			w.Set(1)
			rt.Yield()
			w.Set(2)
			return nil
		}}, func() error { return must(last == 2) }, 0}
	},
	"Watch.Until": func() syncCase {
		w := rtsync.NewWatch(0)
		seen := 0
		return syncCase{[]func() error{func() error {
			_, err := w.Until(func(v int) bool { return v == 2 })
			return err
		}, func() (err error) {
			seen, err = w.Until(func(v int) bool { return v == 2 })
			return err
		}, func() error {
			w.Set(1)
			rt.Yield()
			w.Set(2)
			return nil
		}}, func() error { return must(seen == 2) }, 0}
	},
	"RWMutex": func() syncCase {
		var mu rtsync.RWMutex
		readers, writers := 0, 0
		read := func() error {
			mu.RLock()
			defer mu.RUnlock()
			readers++
			defer func() { readers-- }()
			rt.Yield()
			return must(writers == 0)
		}
		return syncCase{[]func() error{read, func() error {
			mu.Lock()
			defer mu.Unlock()
			writers++
			defer func() { writers-- }()
			rt.Yield()
			return must(writers == 1 && readers == 0)
		}, read}, func() error { return must(mu.TryLock()) }, 1}
	},
	"Once": func() syncCase {
		var o rtsync.Once[int]
		runs, done := 0, 0
		do := func(fails bool) func() error {
			return func() error {
				v, err := o.Do(func() (int, error) {
					runs++
					defer func() { runs-- }()
					rt.Yield()
					if err := must(runs == 1 && done == 0); err != nil {
						return 0, err
					}
					if fails {
						return 0, rt.ErrNotChosen // any error
					}
					done++
					return 7, nil
				})
				if fails && errors.Is(err, rt.ErrNotChosen) {
					return nil
				}
				return errors.Join(err, must(v == 7))
			}
		}
		return syncCase{[]func() error{do(false), do(true), do(false)}, func() error { return must(done == 1) }, 0}
	},
	"Broadcast": func() syncCase {
		b := rtsync.NewBroadcast[int](2)
		first, second := b.Subscribe(), b.Subscribe()
		got := 0
		return syncCase{[]func() error{func() error {
			_, err := first.Recv()
			return err
		}, func() error {
			for {
				switch v, err := second.Recv(); {
				case errors.Is(err, rtsync.ErrClosed):
					return nil
				case err != nil:
					return err
				default:
					got = 10*got + v
				}
			}
		}, func() error {
			b.Send(1)
			rt.Yield()
			b.Send(2)
			b.Close()
			return nil
		}}, func() error { return must(got == 12) }, 0}
	},
	"WaitGroup": func() syncCase {
		var wg rtsync.WaitGroup
		wg.Add(2)
		left := 2
		finish := func() error {
			left--
			wg.Done()
			return nil
		}
		return syncCase{[]func() error{func() error {
			wg.Wait()
			return must(left == 0)
		}, finish, finish, func() error {
			wg.Wait()
			return must(left == 0)
		}}, func() error { return nil }, 0}
	},
	"Oneshot": func() syncCase {
		var o rtsync.Oneshot[int]
		got := 0
		recv := func() error {
			v, err := o.Recv()
			got += v
			return err
		}
		return syncCase{[]func() error{recv, recv, func() error { return must(o.Send(1) && !o.Send(2)) }}, func() error {
			return must(got == 1 || got == 2)
		}, 0}
	},
}

// channelCase has one send a value, and one that may be cut off and one that may not receive what there is.
func channelCase(capacity int) syncCase {
	c := rtsync.NewChan[int](capacity)
	sent, got := 0, 0
	send := func() error {
		switch err := c.Send(1); {
		case err == nil:
			sent++
		case !errors.Is(err, rtsync.ErrClosed):
			return err
		}
		return nil
	}
	return syncCase{[]func() error{send, func() error {
		defer c.Close()
		return send()
	}, func() error {
		for {
			v, err := c.Recv()
			if errors.Is(err, rtsync.ErrClosed) {
				return nil
			}
			got += v
		}
	}}, func() error {
		if sent != got {
			return fmt.Errorf("%d sent, %d received", sent, got)
		}
		return nil
	}, 0}
}

// program runs a case: it starts the parts, aborts one of them at some moment or never, and looks at what they give.
func (c syncCase) program(name string) rt.Future[rt.Unit] {
	return rt.AsyncFunc(func() error {
		var handles []*rt.JoinHandle[rt.Unit]
		for _, f := range c.parts {
			handles = append(handles, rt.Spawn(rt.AsyncFunc(f)))
		}
		rt.Yield()
		handles[c.abort].Abort()
		_, err := rt.Await(handles[c.abort])
		cut := errors.Is(err, rt.ErrAborted)
		if err != nil && !cut {
			return err
		}
		for i, h := range handles {
			if i == c.abort {
				continue
			}
			if name == "Barrier" && cut { // it waits for one who does not come
				h.Abort()
			}
			if _, err := rt.Await(h); err != nil && !(name == "Barrier" && cut) {
				return err
			}
		}
		return c.check()
	})
}

func TestSyncExhaustive(t *testing.T) {
	for name, make := range syncCases {
		t.Run(name, func(t *testing.T) {
			n := Exhaustive(t, func() rt.Future[rt.Unit] { return make().program(name) })
			t.Logf("%d schedules", n)
			if n < 5 && !testing.Short() && *choicesFlag == "" {
				t.Errorf("%d schedules only", n)
			}
		})
	}
}

func TestSyncExplore(t *testing.T) {
	for name, make := range syncCases {
		t.Run(name, func(t *testing.T) {
			Explore(t, 200, func() rt.Future[rt.Unit] {
				return rt.AsyncFunc(func() error {
					a, b := rt.Spawn(make().program(name)), rt.Spawn(make().program(name))
					if _, err := rt.Await(a); err != nil {
						return err
					}
					_, err := rt.Await(b)
					return err
				})
			})
		})
	}
}

func TestSyncCancelEverywhere(t *testing.T) {
	for name, make := range syncCases {
		if name == "Barrier" || name == "Notify" || name == "Watch" || name == "Watch.Until" || name == "Oneshot" || name == "Broadcast" || name == "WaitGroup" {
			continue // who waits for one who was cancelled waits for ever, as it should
		}
		t.Run(name, func(t *testing.T) {
			CancelEverywhere(t, func() rt.Future[rt.Unit] {
				c := make()
				return rt.AsyncFunc(func() error {
					var g rt.Group
					defer g.Wait()
					defer g.Cancel()
					for _, f := range c.parts {
						g.Go(f)
					}
					return g.Wait()
				})
			})
		})
	}
}
