// Package leaktest is for the TestMain of the packages of rt: when all tests have passed, no goroutine may be left. It
// uses nothing but Go: what the tests of a package import that users import is in the go.sum of all users.
package leaktest

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience is how long goroutines that are about to end may take for it. A leak is there for ever.
const patience = 30 * time.Second

// Main runs the tests, and then shutdown, which ends what may last as long as the process: the default runtime. After
// that only goroutines may be left that have a function of ignore on their stacks. It ends the process.
func Main(m *testing.M, shutdown func(), ignore ...string) {
	status := m.Run()
	if status == 0 {
		shutdown()
		left := Left(ignore...)
		for end := time.Now().Add(patience); len(left) > 0 && time.Now().Before(end); left = Left(ignore...) {
			time.Sleep(time.Millisecond)
		}
		if len(left) > 0 {
			fmt.Fprintf(os.Stderr, "%d goroutines are left:\n\n%s\n", len(left), strings.Join(left, "\n\n"))
			status = 1
		}
	}
	os.Exit(status)
}

// Left are the stacks of all other goroutines, but for those of package os/signal, of which there is one if a process has ever
// asked for a signal, and those that have a function of ignore on their stacks.
func Left(ignore ...string) (left []string) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, stack := range strings.Split(string(stacks), "\n\n")[1:] { // the first is that of the caller
		has := func(function string) bool { return strings.Contains(stack, "\n"+function+"(") }
		if !slices.ContainsFunc(append(ignore, "os/signal.loop"), has) {
			left = append(left, strings.TrimSpace(stack))
		}
	}
	return left
}
