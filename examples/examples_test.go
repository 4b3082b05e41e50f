// Package examples has the test of the example programs.
package examples

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/internal/golden"
)

// asyncgen is the command as README.md has it, from the root of the repository.
var asyncgen = []string{"run", "./cmd/asyncgen"}

// TestTour runs the tour in the two ways there are. With -update we keep what it prints now.
func TestTour(t *testing.T) {
	for name, args := range map[string][]string{
		"generated in passing": append(asyncgen, "run", "./examples/tour"),
		"as checked in":        {"run", "./examples/tour"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it sleeps most of the time
			golden.File(t, "tour/output.txt", goCommand(t, args...))
		})
	}
}

// TestLinkcheck checks the links of the documents here.
func TestLinkcheck(t *testing.T) {
	out := goCommand(t, append(asyncgen, "run", "./examples/linkcheck", "examples")...)
	if got := string(out); !strings.HasPrefix(got, "files: ") || !strings.HasSuffix(got, "problems: 0\n") {
		t.Errorf("got %s", got)
	}
}

// TestGenerated fails if the generated files are not what the command makes now.
func TestGenerated(t *testing.T) {
	goCommand(t, append(asyncgen, "check", "./examples/hello", "./examples/tour", "./examples/linkcheck", "./examples/proxy",
		"./examples/miniredis", "./examples/chat")...)
}

// goCommand runs go in the root of the repository, and gives what it prints.
func goCommand(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = ".."
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s%s", strings.Join(args, " "), err, out, &errs)
	}
	return out
}
