package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// BenchmarkTimers has tasks that sleep for random times of up to a second. What it measures is
// the processor time: most of the time that passes is sleep.
func BenchmarkTimers(b *testing.B) { b.Run("random timers, processor time", randomTimers) }

func randomTimers(b *testing.B) {
	if _, ok := processorTime(); !ok {
		b.Skip("the processor time is not known on " + runtime.GOOS)
	}
	var async, plain, late, plainLate []time.Duration
	for b.Loop() {
		cpu, wall := busy(b, sleepAll)
		async, late = append(async, cpu), append(late, wall-time.Second)
		cpu, wall = busy(b, plainSleepAll)
		plain, plainLate = append(plain, cpu), append(plainLate, wall-time.Second)
	}
	n := float64(*tasks)
	report(b, "cpu-ns/op", float64(median(async))/n, float64(median(plain))/n)
	b.ReportMetric(float64(median(late).Milliseconds()), "late-ms")
	b.ReportMetric(float64(median(plainLate).Milliseconds()), "plain-late-ms")
}

// busy is how much processor time f takes, and how much passes.
func busy(b *testing.B, f func(n int) (int, error)) (cpu, wall time.Duration) {
	before, _ := processorTime()
	wall = timed(b, func() (int, error) { return f(*tasks) })
	after, _ := processorTime()
	return after - before, wall
}

// BenchmarkMemory has tasks that all sleep at once. What it measures is the peak of resident
// memory, in a process of its own, from before the first is started until the last has ended.
func BenchmarkMemory(b *testing.B) { b.Run("asleep, peak memory", memory) }

func memory(b *testing.B) {
	if _, ok := peakMemory(); !ok {
		b.Skip("the peak of resident memory is not known on " + runtime.GOOS)
	}
	var async, plain []float64
	// More goroutines than a million do not fit into most machines. The bytes of each are the same.
	goroutines := min(*sleepers, 1_000_000)
	for b.Loop() {
		async = append(async, bytesPer(b, "tasks", *sleepers))
		plain = append(plain, bytesPer(b, "goroutines", goroutines))
	}
	report(b, "B/task", median(async), median(plain))
}

// bytesPer is the peak memory per task or goroutine. They sleep long enough for all to be asleep at
// once; if that was not so, because the machine is slow, we let them sleep longer.
func bytesPer(b *testing.B, kind string, n int) float64 {
	for d := time.Second + time.Duration(n)*time.Microsecond; ; d *= 2 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %d", childVar, kind, n, d))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			b.Fatal(err)
		}
		var r result
		if err := json.Unmarshal(bytes.TrimSpace(out), &r); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		if r.Together {
			return float64(r.Peak) / float64(n)
		}
	}
}

// childVar is the environment variable that tells a child what to do.
const childVar = "ASYNCGEN_BENCH_CHILD"

func isChild() bool { return os.Getenv(childVar) != "" }

// A result is what a child has found.
type result struct {
	Peak     int64 // bytes
	Together bool  // all slept at once
}

// child starts what it is told to, waits for the end, and prints the peak memory.
func child() (status int) {
	var kind string
	var n int
	var d time.Duration
	if _, err := fmt.Sscan(os.Getenv(childVar), &kind, &n, &d); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	before, _ := peakMemory()
	deadline := time.Now().Add(d)
	asleep.Add(n)
	for range n {
		if kind == "tasks" {
			rt.Go(sleeperAsync(d))
		} else {
			go plainSleeper(d)
		}
	}
	r := result{Together: time.Now().Before(deadline)}
	asleep.Wait()
	after, _ := peakMemory()
	r.Peak = after - before
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// peakMemory is the peak of this process's resident memory, in bytes; false where it is not known.
func peakMemory() (int64, bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(status)) {
		var kb int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
			return kb << 10, true
		}
	}
	return 0, false
}
