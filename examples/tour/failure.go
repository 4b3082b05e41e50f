package main

import (
	"errors"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

type networkError struct{}

func (networkError) Error() string { return "Network error" }

// download takes some time, and may fail at the end.
//
//async:func
func download(name string, d time.Duration, fails error) (string, error) {
	finished := false
	defer func() {
		if !finished {
			say("%s: cancelled", name)
		}
	}()
	rt.Sleep(d)
	finished = true
	if fails != nil {
		say("%s: failed", name)
		return "", fails
	}
	say("%s: done", name)
	return name, nil
}

// failure downloads five files at once. The first error cancels those that are under way.
//
//async:func
func failure() error {
	files, err := rt.JoinAll(
		downloadAsync("one", 10*time.Millisecond, nil),
		downloadAsync("two", 20*time.Millisecond, nil),
		downloadAsync("three", 500*time.Millisecond, networkError{}),
		downloadAsync("four", time.Hour, nil),
		downloadAsync("five", time.Hour, nil),
	)
	if err == nil {
		return errors.New("nothing has failed")
	}
	say("Task failed: %v (%d files)", err, len(files))
	return nil
}
