package forms

import (
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"time"
)

// A watch knows what runs, and ends the program when that gets no further. It does not measure time: it counts
// its own ticks, of which there are none while the machine has no time for the program.
type watch struct {
	at atomic.Pointer[spot] // set by the Runner, read by run
}

// A spot is one run of one form. Each has its own, so another one means progress.
type spot struct{ what string }

// begin says what runs from now on.
func (w *watch) begin(format string, args ...any) {
	w.at.Store(&spot{fmt.Sprintf(format, args...)})
}

// tick is short beside a run that hangs, and long beside most of those that do not.
const tick = 10 * time.Millisecond

// idleTicks are enough to take a program for dead in which no goroutine can run. Timers of functions under test
// are much shorter.
const idleTicks = 500

// run looks at each tick whether there is progress. After patience ticks without any, or fewer of them at which all
// goroutines wait, it prints what runs and all goroutines, and ends the program:
//
//	HANG b1.lateReads
//		b1.lateReads(0) under …, polled
//		goroutine 1 [running]: …
func (w *watch) run(name func() string, patience int) {
	var last *spot
	ticks, idle := 0, 0
	for {
		time.Sleep(tick)
		if now := w.at.Load(); now != last {
			last, ticks, idle = now, 0, 0
			continue
		}
		ticks++
		if idle++; !asleep() {
			idle = 0
		}
		if last != nil && (ticks >= patience || idle >= min(idleTicks, patience)) {
			hang(name(), last.what)
		}
	}
}

// asleep says whether no goroutine but this one runs or could run.
func asleep() bool {
	samples := []metrics.Sample{
		{Name: "/sched/goroutines/runnable:goroutines"}, {Name: "/sched/goroutines/running:goroutines"},
		{Name: "/sched/goroutines/not-in-go:goroutines"},
	}
	metrics.Read(samples)
	n := uint64(0)
	for _, s := range samples {
		if s.Value.Kind() != metrics.KindUint64 {
			return false
		}
		n += s.Value.Uint64()
	}
	return n <= 1
}

// hang ends the program.
func hang(name, what string) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	fmt.Printf("HANG %s\n\t%s\n\t%s\n", name, what, strings.ReplaceAll(strings.TrimSpace(string(stacks)), "\n", "\n\t"))
	os.Exit(1)
}
