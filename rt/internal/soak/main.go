// Soak mixes everything that rt and rtsync have, at random and in parallel, with aborts, timeouts, panics and Goexits,
// and checks after each scene what has to hold: no value is lost or doubled, no permit leaks, no timer fires early, no
// task is left.
//
//	go run ./rt/internal/soak -for 60s
//
// The seed says which scenes there are, and with what numbers; what the scheduler makes of them is another matter. If no
// scene has ended for a long time, it prints what all tasks wait for, and fails.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

func main() {
	var (
		length   = flag.Duration("for", time.Minute, "how long")
		seed     = flag.Uint64("seed", 0, "which scenes; 0: other ones each time")
		side     = flag.Int("at-once", 4, "how many scenes at once")
		patience = flag.Duration("patience", 5*time.Minute, "how long without the end of a scene until it fails")
	)
	flag.Parse()
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	fmt.Printf("soak: -seed=%d, GOMAXPROCS=%d\n", *seed, runtime.GOMAXPROCS(0))
	s := &soak{seed: *seed, end: time.Now().Add(*length)}
	over := make(chan struct{})
	go s.watch(*patience, over)
	var all sync.WaitGroup
	for lane := range *side {
		all.Go(func() { s.lane(lane) })
	}
	all.Wait()
	close(over)
	err := errors.Join(s.err, s.leftovers())
	fmt.Printf("soak: %d scenes, %d tasks\n", s.scenes.Load(), s.tasks.Load())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// soak is one run.
type soak struct {
	seed   uint64
	end    time.Time
	scenes atomic.Int64
	tasks  atomic.Uint64

	mu   sync.Mutex // guards what follows
	err  error
	live map[*rt.Runtime]bool
}

// lane plays scenes, one after the other, each on a runtime of its own or on one that it keeps for some of them.
func (s *soak) lane(lane int) {
	rng := rand.New(rand.NewPCG(s.seed, uint64(lane)))
	for time.Now().Before(s.end) {
		r := s.newRuntime(rng)
		for range 1 + rng.IntN(8) {
			name, sc := pick(rng)
			if _, err := rt.BlockOn(sc(rng), rt.On(r)); err != nil {
				s.fail(fmt.Errorf("%s: %w", name, err))
				return
			}
			s.scenes.Add(1)
		}
		if err := s.close(r); err != nil {
			s.fail(err)
			return
		}
	}
}

// newRuntime makes a runtime of some kind.
func (s *soak) newRuntime(rng *rand.Rand) *rt.Runtime {
	opts := []rt.Option{rt.BlockingLimit(1+rng.IntN(4), time.Millisecond)}
	switch rng.IntN(6) {
	case 0:
		opts = append(opts, rt.CurrentThread())
	case 1:
		opts = append(opts, rt.Workers(1))
	case 2:
		opts = append(opts, rt.Workers(4))
	case 3:
		opts = append(opts, rt.Histograms(), rt.Origins(), rt.TaskLabels())
	}
	r := rt.New(opts...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == nil {
		s.live = map[*rt.Runtime]bool{}
	}
	s.live[r] = true
	return r
}

// close ends a runtime, of which nothing may be left. Tasks that scenes have left behind are cancelled.
func (s *soak) close(r *rt.Runtime) error {
	if err := r.Shutdown(context.Background()); err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.live, r)
	s.mu.Unlock()
	m := r.Metrics()
	s.tasks.Add(m.Spawned)
	if m.Alive() != 0 || m.Waiting != 0 || m.Queued != 0 || m.BlockOn != 0 || m.Timers != 0 || m.BlockingThreads != 0 {
		return fmt.Errorf("after Shutdown: %+v", m)
	}
	return nil
}

func (s *soak) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = errors.Join(s.err, err)
	s.end = time.Time{}
}

// watch ends the process if nothing has happened for long.
func (s *soak) watch(patience time.Duration, over <-chan struct{}) {
	for last := int64(-1); ; {
		select {
		case <-over:
			return
		case <-time.After(patience):
		}
		now := s.scenes.Load()
		if now == last {
			break
		}
		last = now
	}
	fmt.Fprintf(os.Stderr, "soak: no scene has ended for %v\n", patience)
	s.mu.Lock()
	for r := range s.live {
		_ = r.Dump(os.Stderr)
	}
	_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
	os.Exit(1)
}

// leftovers are goroutines that have not ended though all runtimes have.
func (s *soak) leftovers() error {
	for try := 0; ; try++ {
		n := runtime.NumGoroutine() // this one, and perhaps some that are about to end
		if n == 1 {
			return nil
		}
		if try == 2000 {
			_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
			return fmt.Errorf("%d goroutines are left", n-1)
		}
		time.Sleep(time.Millisecond)
	}
}
