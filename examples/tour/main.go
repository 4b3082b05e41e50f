// Command tour shows what async functions do, one topic a file, in the order of the table below.
// It prints output.txt.
//
//	go run ./cmd/asyncgen run ./examples/tour    # generate in passing, write nothing
//	go run ./examples/tour                       # with the generated files that are checked in
package main

//go:generate go tool asyncgen

import (
	"fmt"
	"os"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

var topics = []struct {
	title string
	run   func() error
}{
	{"A future written by hand", task(ownFutureAsync)},
	{"A future polled by hand", executor},
	{"Nothing runs until it is awaited", task(lazinessAsync)},
	{"One after the other, and at once", task(compositionAsync)},
	{"Three runners on one timeline", task(timelineAsync)},
	{"Many together, one fails", task(failureAsync)},
	{"Not longer than that", task(deadlineAsync)},
	{"The first one wins", task(choiceAsync)},
	{"Aborting a task", task(abortAsync)},
	{"A pipeline of lazy steps", task(pipelineAsync)},
	{"One function, two forms", forms},
	{"Hot loops", task(fairnessAsync)},
	{"Ten thousand tasks", task(manyAsync)},
	{"Deep recursion", task(recursionAsync)},
	{"Cleanup that awaits", task(cleanupAsync)},
}

func main() {
	for i, t := range topics {
		fmt.Printf("%d. %s\n", i+1, t.title)
		if err := t.run(); err != nil {
			fmt.Fprintln(os.Stderr, "tour:", err)
			os.Exit(1)
		}
		fmt.Println()
	}
}

// task makes an ordinary function of an async one: it starts a task and waits for it.
func task(f func() rt.Future[rt.Unit]) func() error {
	return func() error {
		_, err := rt.Await(rt.Spawn(f()))
		return err
	}
}

// say prints a line below the title.
func say(format string, args ...any) { fmt.Printf("   "+format+"\n", args...) }

// since is the time since start, in whole seconds.
func since(start time.Time) string {
	return "about " + rt.Since(start).Truncate(time.Second).String()
}
