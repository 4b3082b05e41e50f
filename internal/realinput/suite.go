package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Suite is what a run of a package's tests gave.
type Suite struct {
	Passed, Skipped, Failed []string // tests and subtests
	Took                    time.Duration
	Output                  string // of the failed tests, or of the build

	// What package hook reports at the end.
	Awaits, Waited int
}

// testMain is a test file that has package hook report at the end.
const testMain = `package %s

import (
	"fmt"
	"os"
	"testing"

	realhook %q
)

func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Println(realhook.Report())
	os.Exit(code)
}
`

var hookReport = regexp.MustCompile(`realinput: awaits (\d+) waited (\d+)`)

// runSuite runs the tests of the package in dir.
func runSuite(dir string, env []string, flags ...string) (*Suite, error) {
	cmd := exec.Command("go", append([]string{"test", "-json", "-count=1"}, flags...)...)
	cmd.Dir = dir
	cmd.Env = env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	out, runErr := cmd.Output()
	s := &Suite{Took: time.Since(start)}
	output := map[string]*strings.Builder{}
	for scanner := bufio.NewScanner(bytes.NewReader(out)); scanner.Scan(); {
		var event struct{ Action, Test, Output string }
		if err := json.Unmarshal(scanner.Bytes(), &event); err != nil {
			return nil, fmt.Errorf("go test -json: %w", err)
		}
		switch event.Action {
		case "output", "build-output":
			if output[event.Test] == nil {
				output[event.Test] = new(strings.Builder)
			}
			output[event.Test].WriteString(event.Output)
			if m := hookReport.FindStringSubmatch(event.Output); m != nil {
				s.Awaits, _ = strconv.Atoi(m[1])
				s.Waited, _ = strconv.Atoi(m[2])
			}
		case "pass", "skip", "fail":
			s.note(event.Action, event.Test)
		}
	}
	for _, name := range append(slices.Clone(s.Failed), "") {
		if text := output[name]; text != nil && runErr != nil {
			s.Output += text.String()
		}
	}
	s.Output += stderr.String()
	if runErr != nil && len(s.Failed) == 0 {
		return s, fmt.Errorf("go test: %w\n%s", runErr, s.Output)
	}
	return s, nil
}

func (s *Suite) note(action, test string) {
	switch {
	case test == "": // the package
	case action == "pass":
		s.Passed = append(s.Passed, test)
	case action == "skip":
		s.Skipped = append(s.Skipped, test)
	case action == "fail":
		s.Failed = append(s.Failed, test)
	}
}
