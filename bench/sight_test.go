package bench

import (
	"context"
	"io"
	"runtime/pprof"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// BenchmarkSight has tasks on a runtime with an option, and, in place of goroutines, on one without.
func BenchmarkSight(b *testing.B) {
	side := 1
	for side*side < *tasks {
		side++
	}
	for _, o := range []struct {
		name string
		opt  rt.Option
	}{
		{"Histograms", rt.Histograms()},
		{"Origins", rt.Origins()},
		{"TaskLabels", rt.TaskLabels()},
		{"hooks for turns", rt.WithHooks(rt.Hooks{Turn: func(rt.TaskRef) {}, Park: func(rt.TaskRef) {}})},
	} {
		b.Run("yield with "+o.name+" (without)", func(b *testing.B) {
			with, without := rt.New(o.opt), rt.New()
			defer func() {
				_ = with.Shutdown(context.Background())
				_ = without.Shutdown(context.Background())
			}()
			var async, plain []time.Duration
			on := func(r *rt.Runtime) time.Duration {
				return timed(b, func() (int, error) { return rt.BlockOn(rt.Spawn(yieldAllAsync(side, side), rt.On(r)), rt.On(r)) })
			}
			for b.Loop() {
				async, plain = append(async, on(with)), append(plain, on(without))
			}
			n := float64(side * side)
			report(b, "ns/op", float64(median(async))/n, float64(median(plain))/n)
		})
	}
}

// BenchmarkLate is how late a sleep of a millisecond ends at the 99th percentile, beside eight that compute for two
// milliseconds at a time.
func BenchmarkLate(b *testing.B) {
	const hogs, turn, nap = 8, 2 * time.Millisecond, time.Millisecond
	naps := max(20, min(*tasks/100, 1000))
	p99 := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)*99/100])
	}
	b.Run("lateness of a sleep of 1 ms beside 8 that compute, p99", func(b *testing.B) {
		var async, plain []float64
		for b.Loop() {
			var stop atomic.Bool
			var all []*rt.JoinHandle[int]
			for range hogs {
				all = append(all, rt.Spawn(hogAsync(&stop, turn)))
			}
			lates, err := rt.BlockOn(rt.Spawn(lateAsync(naps, nap)))
			if err != nil {
				b.Fatal(err)
			}
			stop.Store(true)
			for _, h := range all {
				rt.Must(rt.BlockOn(h))
			}
			async = append(async, p99(lates))

			stop.Store(false)
			var wg sync.WaitGroup
			for range hogs {
				wg.Go(func() { hog(&stop, turn) })
			}
			lates = plainLate(naps, nap)
			stop.Store(true)
			wg.Wait()
			plain = append(plain, p99(lates))
		}
		report(b, "ns/op", median(async), median(plain))
	})
}

// BenchmarkDump shows tasks that wait, while another one goes on; what it is compared with is the profile of
// goroutines, of which there are fewer, as they would not fit.
func BenchmarkDump(b *testing.B) {
	b.Run("dump of tasks that wait, each (goroutine profile)", func(b *testing.B) {
		r := rt.New()
		defer func() { _ = r.Shutdown(context.Background()) }()
		var end rtsync.Oneshot[int]
		for range *sleepers {
			rt.Go(listensAsync(&end), rt.On(r))
		}
		for r.Metrics().Waiting < *sleepers {
			time.Sleep(time.Millisecond)
		}
		var turns atomic.Int64
		rt.Go(rt.PollFunc(func(cx *rt.Context) (int, bool, error) {
			turns.Add(1)
			cx.Waker().Wake()
			return 0, false, nil
		}), rt.On(r))

		goroutines := min(*sleepers, 100_000)
		quit := make(chan struct{})
		defer close(quit)
		for range goroutines {
			go func() { <-quit }()
		}
		var async, plain []time.Duration
		least := int64(1 << 62)
		for b.Loop() {
			before := turns.Load()
			async = append(async, timed(b, func() (int, error) { return 0, r.Dump(io.Discard) }))
			least = min(least, turns.Load()-before)
			plain = append(plain, timed(b, func() (int, error) { return 0, pprof.Lookup("goroutine").WriteTo(io.Discard, 1) }))
		}
		report(b, "ns/task", float64(median(async))/float64(*sleepers), float64(median(plain))/float64(goroutines))
		b.ReportMetric(median(async).Seconds(), "s/dump")
		b.ReportMetric(float64(least), "turns-meanwhile")
	})
}
