package rt

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Each benchmark has goroutines beside it: the ratio in one run is what counts.

// yieldsAsync is a task that yields n times.
func yieldsAsync(n int) Future[Unit] { return chainAsync(0, n) }

func BenchmarkSpawnJoin(b *testing.B) {
	b.Run("tasks", func(b *testing.B) {
		b.ReportAllocs()
		hs := make([]*JoinHandle[Unit], 1000)
		joined := 0
		runOn(b, func(cx *Context, i int) {
			joined = 0
			for k := range hs {
				hs[k] = Spawn(yieldsAsync(0))
			}
		}, func(cx *Context) bool {
			for ; joined < len(hs); joined++ {
				if _, ok, _ := hs[joined].Poll(cx); !ok {
					return false
				}
			}
			return true
		}, len(hs))
	})
	b.Run("goroutines", func(b *testing.B) {
		b.ReportAllocs()
		for range (b.N + 999) / 1000 {
			var wg sync.WaitGroup
			for range 1000 {
				wg.Go(func() {})
			}
			wg.Wait()
		}
	})
}

// runOn runs rounds in a task: begin starts one, ended reports whether it is over.
func runOn(b *testing.B, begin func(*Context, int), ended func(*Context) bool, per int) {
	i, on := 0, false
	_, err := BlockOn(Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
		for {
			if !on {
				if i >= b.N {
					return Done(Unit{})
				}
				begin(cx, i)
				on = true
			}
			if !ended(cx) {
				return Pending[Unit]()
			}
			on = false
			i += per
		}
	})))
	if err != nil {
		b.Fatal(err)
	}
}

func BenchmarkYield(b *testing.B) {
	const tasks = 1000
	b.Run("tasks", func(b *testing.B) {
		var hs []*JoinHandle[Unit]
		for range tasks {
			hs = append(hs, Spawn(yieldsAsync(b.N/tasks+1)))
		}
		for _, h := range hs {
			if _, err := BlockOn(h); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("goroutines", func(b *testing.B) {
		var wg sync.WaitGroup
		for range tasks {
			wg.Go(func() {
				for range b.N/tasks + 1 {
					runtime.Gosched()
				}
			})
		}
		wg.Wait()
	})
}

// cell is a place for one value, for two tasks of which one waits at a time.
type cell struct {
	mu     sync.Mutex
	full   bool
	waiter Waker
}

func (c *cell) put() {
	c.mu.Lock()
	c.full = true
	w := c.waiter
	c.mu.Unlock()
	w.Wake()
}

func (c *cell) take(cx *Context) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.full {
		c.waiter = cx.Waker()
		return false
	}
	c.full = false
	return true
}

func BenchmarkPingPong(b *testing.B) {
	b.Run("tasks", func(b *testing.B) {
		var ping, pong cell
		player := func(first bool, in, out *cell) Future[Unit] {
			n, serve := 0, first
			return PollFunc(func(cx *Context) (Unit, bool, error) {
				for n < b.N {
					if serve {
						serve = false
						out.put()
					}
					if !in.take(cx) {
						return Pending[Unit]()
					}
					n++
					serve = n < b.N || !first
				}
				if serve {
					out.put()
				}
				return Done(Unit{})
			})
		}
		x, y := Spawn(player(false, &ping, &pong)), Spawn(player(true, &pong, &ping))
		for _, h := range []*JoinHandle[Unit]{x, y} {
			if _, err := BlockOn(h); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("goroutines", func(b *testing.B) {
		ping, pong := make(chan Unit), make(chan Unit)
		go func() {
			for range b.N {
				<-ping
				pong <- Unit{}
			}
		}()
		for range b.N {
			ping <- Unit{}
			<-pong
		}
	})
}

// chain is a call that waits n calls deep for a leaf that yields.
type chain struct {
	task.Frame
	depth, turns int
}

var chainFunc = task.Func{Name: "rt.chain"}

func (m *chain) Func() *task.Func { return &chainFunc }

func (m *chain) Reset() { *m = chain{} }

func (m *chain) Resume(cx *Context) task.Machine { return chainRun(cx, m, m.depth, m.turns) }

// chainAsync waits at the depth for a leaf that yields as often as turns says.
func chainAsync(depth, turns int) Future[Unit] {
	b := new(struct {
		task.Box[Unit]
		chain
	})
	b.depth, b.turns = depth, turns
	return b.Init(&b.chain)
}

func chainRun(cx *Context, m *chain, depth, turns int) task.Machine {
	var w task.Machine
	if m != nil && m.State() != 0 {
		goto resume
	}
	if turns == 0 {
		return nil
	}
	if depth > 0 {
		w = chainRun(cx, nil, depth-1, turns)
		goto called
	}
again:
	w = task.YieldOnce(cx)
called:
	if w != nil {
		m = task.Suspend(cx, m, 1, w).(*chain)
		m.depth, m.turns = depth, turns
		return m
	}
	return nil
resume:
	cx.Drop()
	if depth == 0 {
		if turns--; turns > 0 {
			goto again
		}
	}
	return nil
}

func BenchmarkResumeAtDepth(b *testing.B) {
	for _, depth := range []int{1, 10, 100, 10_000} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			if _, err := BlockOn(Spawn(chainAsync(depth, b.N))); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkWakeFromOutside(b *testing.B) {
	var in, out cell
	done := make(chan Unit)
	go func() {
		defer close(done)
		for range b.N {
			if _, err := Await(PollFunc(func(cx *Context) (Unit, bool, error) { return Unit{}, out.take(cx), nil })); err != nil {
				panic(err)
			}
			in.put()
		}
	}()
	n := 0
	h := Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
		for ; n < b.N; n++ {
			if n == 0 || in.take(cx) {
				out.put()
				continue
			}
			return Pending[Unit]()
		}
		return Done(Unit{})
	}))
	if _, err := Await(h); err != nil {
		b.Fatal(err)
	}
	<-done
}
