package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSmallInput runs the smallest input. All others take minutes: go run ./internal/realinput.
func TestSmallInput(t *testing.T) {
	if testing.Short() {
		t.Skip("downloads and builds a module")
	}
	selected, err := choose([]string{"radix"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := selected[0].Run(Options{Seed: 1, Keep: t.TempDir()})
	if errors.Is(err, errUnreachable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() {
		r.print(t.Output(), true)
		t.Error("tests that passed do not pass with the async forms")
	}
	if r.Marked != r.Functions || r.Async.Waited == 0 || r.Async.Waited >= r.Async.Awaits {
		t.Errorf("marked %d of %d functions; %d of %d awaits had to wait", r.Marked, r.Functions, r.Async.Waited, r.Async.Awaits)
	}
}

// TestEdits shows what becomes of a source: first with marks and awaits, then with bodies that run the
// async forms.
func TestEdits(t *testing.T) {
	const before = `package p

import (
	"fmt"
	"io"
)

type T[K comparable] struct{ w io.Writer }

func (t *T[K]) put(k K, _ int) error {
	defer func() { fmt.Fprint(t.w, size(k)) }()
	go func() { size(k) }()
	if n, err := fmt.Fprint(t.w, k); err != nil && n > max(size(k), 1) {
		return check(err)
	}
	return nil
}

func (T[_]) none(ks ...K) {}

type K = int

func size[X any](X) int { return 1 }

func check(err error) error { return fmt.Errorf("%w", err) }

func init() { size(check) }
`
	const marked = `package p; import realhook "example.com/p/hook"

import (
	"fmt"
	"io"
)

type T[K comparable] struct{ w io.Writer }

//async:func
func (t *T[K]) put(k K, _ int) error { realhook.Point();
	realhook.Point(); defer func() { realhook.Point(); fmt.Fprint(t.w, realhook.Value(size(k))) }()
	realhook.Point(); 
//async:plain
go func() { size(k) }()
	realhook.Point(); if n, err := fmt.Fprint(t.w, k); err != nil && n > max(realhook.Value(size(k)), 1) {
		realhook.Point(); return realhook.Value(check(err))
	}
	realhook.Point(); return nil
}

//async:func
func (T[_]) none(ks ...K) { realhook.Point();}

type K = int

//async:func
func size[X any](X) int { realhook.Point(); realhook.Point(); return 1 }

//async:func
func check(err error) error { realhook.Point(); realhook.Point(); return realhook.Value(fmt.Errorf("%w", err)) }

func init() { size(check) }
`
	const wrapped = `package p; import realhook "example.com/p/hook"

import (
	_ "fmt"
	"io"
)

type T[K comparable] struct{ w io.Writer }

//async:func
func (t *T[K]) put(k K, real1 int) error { return realhook.Err(t.putAsync(k, real1)) }

//async:func
func (realRecv0 T[_]) none(ks ...K) { realhook.None(realRecv0.noneAsync(ks...)) }

type K = int

//async:func
func size[X any](real0 X) int { return realhook.Val(sizeAsync[X](real0)) }

//async:func
func check(err error) error { return realhook.Err(checkAsync(err)) }

func init() { size(check) }
`
	dir := t.TempDir()
	name := filepath.Join(dir, "p.go")
	write(t, filepath.Join(dir, "go.mod"), "module example.com/p\n\ngo 1.24\n")
	write(t, name, before)
	s, err := loadSource(dir, append(os.Environ(), "GOWORK=off", "GOFLAGS="))
	if err != nil {
		t.Fatal(err)
	}
	s.hook = "example.com/p/hook"
	awaits, err := s.mark()
	if err != nil || awaits != 16 {
		t.Errorf("%d awaits, %v", awaits, err)
	}
	if diff := cmp.Diff(marked, read(t, name)); diff != "" {
		t.Errorf("marked (-want +got):\n%s", diff)
	}
	if err := s.wrap(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wrapped, read(t, name)); diff != "" {
		t.Errorf("wrapped (-want +got):\n%s", diff)
	}
}

// TestWorkspaceKeepsSettings: in the workspace the settings of Go are those of the module's own version. With Go 1.24, say,
// rand.Seed does nothing any more.
func TestWorkspaceKeepsSettings(t *testing.T) {
	p, err := thisProject()
	if err != nil {
		t.Fatal(err)
	}
	for had, want := range map[string]bool{"1.12": true, "1.20": true, "1.23.4": true, "1.25": false} {
		dir := t.TempDir()
		module := filepath.Join(dir, "async")
		if err := os.Mkdir(module, 0o777); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(module, "go.mod"), "module example.com/p\n\ngo "+had+"\n")
		write(t, filepath.Join(module, "p.go"), "package main\n\nfunc main() {}\n")
		got, err := raiseLanguage(module)
		if err != nil || got != had {
			t.Fatal(got, err)
		}
		if err := p.workspace(dir, "async", got); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("go", "list", "-f", "{{.DefaultGODEBUG}}", ".")
		cmd.Dir, cmd.Env = module, append(os.Environ(), "GOWORK="+filepath.Join(dir, "go.work"), "GOFLAGS=")
		out, err := cmd.CombinedOutput()
		if err != nil || strings.Contains(string(out), "randseednop=0") != want {
			t.Errorf("go %s: %s, %v", had, out, err)
		}
	}
}

// TestOK says what is a failure.
func TestOK(t *testing.T) {
	suite := func(passed, failed []string) *Suite { return &Suite{Passed: passed, Failed: failed} }
	two := []string{"A", "B"}
	for _, c := range []struct {
		name         string
		plain, async *Suite
		want         bool
	}{
		{"all pass", suite(two, nil), suite(two, nil), true},
		{"one is missing", suite(two, nil), suite([]string{"A"}, nil), false},
		{"one fails", suite(two, nil), suite([]string{"A"}, []string{"B"}), false},
		{"one failed before", suite([]string{"A"}, []string{"B"}), suite([]string{"A"}, []string{"B"}), true},
		{"a racy one fails", suite(two, nil), suite([]string{"A"}, []string{"R"}), false},
		{"only a racy one fails", suite([]string{"A", "R"}, nil), suite([]string{"A"}, []string{"R"}), true},
		{"none ran", suite(nil, nil), suite(nil, nil), false},
	} {
		r := Report{Plain: c.plain, Async: c.async, Input: Input{Racy: map[string]string{"R": "for the test"}}}
		if r.OK() != c.want {
			t.Errorf("%s: %v", c.name, r.OK())
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
