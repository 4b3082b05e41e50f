package bench

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

var (
	tasks    = flag.Int("tasks", 1_000_000, "how many tasks, calls or switches a workload has")
	sleepers = flag.Int("sleepers", 1_000_000, "how many tasks sleep at once where memory is measured")
)

func TestMain(m *testing.M) {
	if isChild() {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// A workload is done in two ways, which give the same.
type workload struct {
	name    string
	units   int // what it does so many times
	async   func() rt.Future[int]
	plain   func() (int, error)
	outside func() (int, error) // in place of async: it is no task that does it
}

// tasks does w with tasks.
func (w *workload) tasks() (int, error) {
	if w.outside != nil {
		return w.outside()
	}
	return task(w.async())
}

// task runs f as a task of its own: a goroutine that polls it itself would be something else.
func task(f rt.Future[int]) (int, error) { return rt.BlockOn(rt.Spawn(f)) }

// workloads are those whose cost is time, with about n units each.
func workloads(n int) []workload {
	side := 1
	for side*side < n {
		side++
	}
	calls := 50 * n // of two nanoseconds each: else what it takes to begin, about a millisecond, counts more
	list := []workload{
		{name: "ready await (call)", units: calls,
			async: func() rt.Future[int] { return countAsync(calls) },
			plain: func() (int, error) { return plainCount(calls) }},
		{name: "spawn all, join all", units: n,
			async: func() rt.Future[int] { return spawnAllAsync(n) },
			plain: func() (int, error) { return plainSpawnAll(n) }},
		{name: "skynet", units: skynetTasks(n),
			async: func() rt.Future[int] { return skynetAsync(0, skynetTasks(n)) },
			plain: func() (int, error) { return plainSkynet(0, skynetTasks(n)) }},
		{name: "spawn and join one by one", units: n,
			async: func() rt.Future[int] { return spawnEachAsync(n) },
			plain: func() (int, error) { return plainSpawnEach(n) }},
		{name: fmt.Sprintf("yield, %d tasks in turn", side), units: side * side,
			async: func() rt.Future[int] { return yieldAllAsync(side, side) },
			plain: func() (int, error) { return plainYieldAll(side, side) }},
		{name: "ping-pong, to and fro", units: n,
			async: func() rt.Future[int] { return pingPongAsync(n) },
			plain: func() (int, error) { return plainPingPong(n) }},
		{name: "timeout that does not expire", units: n,
			async: func() rt.Future[int] { return timeoutsAsync(n) },
			plain: func() (int, error) { return plainTimeouts(n) }},
	}
	list = append(list, verbWorkloads(n)...)
	for _, capacity := range []int{1, 0} {
		list = append(list, workload{name: fmt.Sprintf("ping-pong over channels of capacity %d", capacity), units: n,
			async: func() rt.Future[int] { return pingPongOverAsync(capacity, n) },
			plain: func() (int, error) { return plainPingPongOver(capacity, n) }})
	}
	for _, producers := range []int{1, 8} {
		list = append(list, workload{name: fmt.Sprintf("%d to 1 over a channel of capacity 128", producers), units: n,
			async: func() rt.Future[int] { return funnelAsync(producers, n) },
			plain: func() (int, error) { return plainFunnel(producers, n) }})
	}
	list = append(list,
		workload{name: fmt.Sprintf("Mutex, %d tasks in turn", side), units: side * side,
			async: func() rt.Future[int] { return lockAllAsync(side, side) },
			plain: func() (int, error) { return plainLockAll(side, side) }},
		workload{name: fmt.Sprintf("Semaphore, %d tasks in turn", side), units: side * side,
			async: func() rt.Future[int] { return permitAllAsync(side, side) },
			plain: func() (int, error) { return plainLockAll(side, side) }})
	clients := min(200, n)
	list = append(list, workload{name: fmt.Sprintf("echo over TCP, %d connections", clients), units: max(1, n/clients/5) * clients,
		async: func() rt.Future[int] { return echoAllAsync(clients, max(1, n/clients/5)) },
		plain: func() (int, error) { return plainEchoAll(clients, max(1, n/clients/5)) }})
	for _, depth := range []int{1, 10, 100} {
		list = append(list, workload{name: fmt.Sprintf("wake at await depth %d", depth), units: n,
			async: func() rt.Future[int] { return yieldBelowAsync(depth, n) },
			plain: func() (int, error) { return plainYieldBelow(depth, n) }})
	}
	list = append(list,
		workload{name: "wake at depth 100 (depth 1)", units: n,
			async: func() rt.Future[int] { return yieldBelowAsync(100, n) },
			plain: func() (int, error) { return task(yieldBelowAsync(1, n)) }})
	for _, depth := range []int{100, 1000} {
		list = append(list, workload{name: fmt.Sprintf("%d calls deep, one wait", depth), units: max(1, n/depth),
			async: func() rt.Future[int] { return waitBelowAsync(depth, max(1, n/depth)) },
			plain: func() (int, error) { return plainWaitBelow(depth, max(1, n/depth)) }})
	}
	return list
}

// BenchmarkTasks measures the workloads. The name says in parentheses what a workload is compared
// with, if not with goroutines.
func BenchmarkTasks(b *testing.B) {
	for _, w := range workloads(*tasks) {
		b.Run(w.name, func(b *testing.B) {
			var async, plain []time.Duration
			for b.Loop() {
				async = append(async, timed(b, w.tasks))
				plain = append(plain, timed(b, w.plain))
			}
			report(b, "ns/op", float64(median(async))/float64(w.units), float64(median(plain))/float64(w.units))
		})
	}
}

// timed is how long f takes on a collected heap.
func timed(b *testing.B, f func() (int, error)) time.Duration {
	runtime.GC()
	start := time.Now()
	_, err := f()
	d := time.Since(start)
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// report replaces what package testing has measured, which is both sides together.
func report(b *testing.B, unit string, async, plain float64) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(async, unit)
	b.ReportMetric(plain, "plain-"+unit)
	b.ReportMetric(async/plain, "ratio")
}

func median[T cmp.Ordered](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

// TestWorkloads checks that both sides of a workload give the same.
func TestWorkloads(t *testing.T) {
	for _, w := range workloads(400) {
		want, err := w.plain()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.tasks(); err != nil || got != want {
			t.Errorf("%s: tasks give %d, %v; goroutines %d", w.name, got, err, want)
		}
	}
}

// TestBlockingForms checks that the blocking form of each marked function gives what its async form gives.
func TestBlockingForms(t *testing.T) {
	const n = 50
	for name, f := range map[string]struct {
		blocking func() (int, error)
		async    rt.Future[int]
	}{
		"count":      {func() (int, error) { return count(n) }, countAsync(n)},
		"yieldBelow": {func() (int, error) { return yieldBelow(3, n) }, yieldBelowAsync(3, n)},
		"waitBelow":  {func() (int, error) { return waitBelow(3, n) }, waitBelowAsync(3, n)},
		"spawnAll":   {func() (int, error) { return spawnAll(n) }, spawnAllAsync(n)},
		"spawnEach":  {func() (int, error) { return spawnEach(n) }, spawnEachAsync(n)},
		"yieldAll":   {func() (int, error) { return yieldAll(n, n) }, yieldAllAsync(n, n)},
		"pingPong":   {func() (int, error) { return pingPong(n) }, pingPongAsync(n)},
		"timeouts":   {func() (int, error) { return timeouts(n) }, timeoutsAsync(n)},
	} {
		want, wantErr := f.blocking()
		if got, err := task(f.async); got != want || err != wantErr {
			t.Errorf("%s: the async form gives %d, %v; the blocking form %d, %v", name, got, err, want, wantErr)
		}
	}
}

// TestBlockingRally does the same for functions that are not alone in the world.
func TestBlockingRally(t *testing.T) {
	const n = 50
	var to, fro slot
	to.put(0)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := rally(&to, &fro, n); err != nil {
			t.Error(err)
		}
	})
	last, err := rally(&fro, &to, n)
	wg.Wait()
	if want, _ := plainPingPong(n); last != want || err != nil {
		t.Errorf("the blocking form gives %d, %v; goroutines %d", last, err, want)
	}
	asleep.Add(1)
	sleeper(time.Millisecond)
	asleep.Wait()
}

// TestB3_47_ManyReadyAwaits awaits ten million calls in one turn of a loop that never waits. If each left
// something on the stack, or called the next, that would end the program.
func TestB3_47_ManyReadyAwaits(t *testing.T) {
	const n = 10_000_000
	if v, err := task(countAsync(n)); v != n || err != nil {
		t.Fatal(v, err)
	}
}

// TestB6_96_Allocations counts: a future is one object, and a ready await makes none, so one await costs what
// many do.
func TestB6_96_Allocations(t *testing.T) {
	cx := rt.NewContext(rt.NewWaker(func() {}))
	// The runtime allocates now and then, a spare worker say: the least of some measurements is without that.
	allocs := func(n int) float64 {
		least := math.Inf(1)
		for range 5 {
			least = min(least, testing.AllocsPerRun(20, func() {
				if v, err := task(countAsync(n)); v != n || err != nil {
					t.Fatal(v, err)
				}
			}))
		}
		return least
	}
	if one, many := allocs(1), allocs(10_000); many != one {
		t.Errorf("%v allocations with one ready await, %v with 10,000", one, many)
	}
	if n := testing.AllocsPerRun(100, func() {
		f := countAsync(10)
		if v, ready, err := f.Poll(cx); v != 10 || !ready || err != nil {
			t.Fatal(v, ready, err)
		}
	}); n > 1 {
		t.Errorf("%v allocations for a future and its first poll, want 1", n)
	}
}

// TestVerbsAreUsedAgain counts: a verb that is awaited where it is made costs no allocation, and nor do the calls of marked
// functions in its arguments.
func TestVerbsAreUsedAgain(t *testing.T) {
	for name, f := range map[string]struct {
		async   func(n int) rt.Future[int]
		futures float64
	}{
		"Timeout":                  {timeoutsAsync, 0},
		"Timeout of what is ready": {readyTimeoutsAsync, 1},
		"Join2":                    {joinsAsync, 0},
		"Select2":                  {selectsAsync, 0},
	} {
		allocs := func(n int) float64 {
			return testing.AllocsPerRun(10, func() {
				if _, err := task(f.async(n)); err != nil {
					t.Fatal(err)
				}
			})
		}
		const few, many = 10, 1010
		if each := (allocs(many) - allocs(few)) / (many - few); each > f.futures+0.1 {
			t.Errorf("%s: %v allocations each, want %v", name, each, f.futures)
		}
	}
}
