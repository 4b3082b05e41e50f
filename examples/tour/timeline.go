package main

import (
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// runner passes each mark at its time, and prints it in its lane.
//
//async:func
func runner(lane int, name string, start time.Time, marks ...time.Duration) {
	for i, at := range marks {
		rt.SleepUntil(start.Add(at))
		say("%.1fs  %*s%s %d/%d", at.Seconds(), 12*lane, "", name, i+1, len(marks))
	}
	say("      %*s%s is done", 12*lane, "", name)
}

// timeline has three runners in one task: while one sleeps, the others go on.
//
//async:func
func timeline() error {
	const ms = time.Millisecond
	start := rt.Now()
	_, _, _, err := rt.Join3(
		runnerAsync(0, "red", start, 0, 300*ms, 600*ms),
		runnerAsync(1, "green", start, 100*ms, 400*ms, 700*ms),
		runnerAsync(2, "blue", start, 200*ms, 500*ms, 1000*ms),
	)
	say("all: %s", since(start))
	return err
}
