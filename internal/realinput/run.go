package main

import (
	_ "embed"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

//go:embed hook/hook.go
var hookSource []byte

// hookDir is where package hook goes in the module.
const hookDir = "asyncgenhook"

// Options of [Input.Run].
type Options struct {
	Seed uint64
	Race bool
	Keep string // directory to work in, "" for a temporary one
}

// A Report says what became of an input.
type Report struct {
	Input      Input
	Functions  int // of the package, but for init and _
	Marked     int
	Refused    []refusal
	Awaits     int // that were inserted
	Warnings   int
	Generated  int           // bytes
	Generation time.Duration // of the last run of asyncgen: loading the package, and all passes

	Plain, Async *Suite
}

// OK reports whether all tests that passed before still do, and no other test fails now.
func (r *Report) OK() bool {
	bad := func(name string) bool { return r.Input.Racy[name] == "" && !slices.Contains(r.Plain.Failed, name) }
	return len(r.Plain.Passed) > 0 && !slices.ContainsFunc(r.lost(), bad) && !slices.ContainsFunc(r.Async.Failed, bad)
}

// lost are the tests that passed before and do not pass now.
func (r *Report) lost() []string {
	before := map[string]bool{}
	for _, name := range r.Plain.Passed {
		before[name] = true
	}
	for _, name := range r.Async.Passed {
		delete(before, name)
	}
	return slices.Sorted(maps.Keys(before))
}

// Run does all that there is to do with an input.
func (in Input) Run(o Options) (*Report, error) {
	p, err := thisProject()
	if err != nil {
		return nil, err
	}
	tmp := filepath.Join(o.Keep, in.Name)
	if o.Keep == "" {
		if tmp, err = os.MkdirTemp("", "realinput"); err != nil {
			return nil, err
		}
		defer os.RemoveAll(tmp)
	} else if err := os.MkdirAll(tmp, 0o755); err != nil {
		return nil, err
	}
	if tmp, err = filepath.Abs(tmp); err != nil {
		return nil, err
	}
	cached, err := in.download(tmp)
	if err != nil {
		return nil, err
	}
	r := &Report{Input: in}
	plain := filepath.Join(tmp, "plain")
	if err := copyModule(plain, cached); err != nil {
		return nil, err
	}
	if r.Plain, err = runSuite(filepath.Join(plain, in.Dir), append(os.Environ(), "GOWORK=off")); err != nil {
		return nil, err
	}
	async := filepath.Join(tmp, "async")
	if err := copyModule(async, cached); err != nil {
		return nil, err
	}
	had, err := raiseLanguage(async)
	if err != nil {
		return nil, err
	}
	if err := p.workspace(tmp, "async", had); err != nil {
		return nil, err
	}
	return r, in.async(r, async, o)
}

// async makes the async forms of the package in the copy of its module, and runs its tests with them.
func (in Input) async(r *Report, module string, o Options) error {
	env := append(os.Environ(), "GOWORK="+filepath.Join(filepath.Dir(module), "go.work"), fmt.Sprint("REALINPUT_SEED=", o.Seed))
	dir := filepath.Join(module, in.Dir)
	hook := filepath.Join(module, hookDir)
	if err := os.Mkdir(hook, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(hook, "hook.go"), hookSource, 0o644); err != nil {
		return err
	}
	s, err := loadSource(dir, env)
	if err != nil {
		return err
	}
	s.hook = path.Join(in.Module, hookDir)
	if err := s.generate(env, r); err != nil {
		return err
	}
	r.Functions = len(s.funcs)
	r.Marked = r.Functions - len(r.Refused)
	if err := s.wrap(); err != nil {
		return err
	}
	main := fmt.Sprintf(testMain, s.name, s.hook)
	if err := os.WriteFile(filepath.Join(dir, "realinput_test.go"), []byte(main), 0o644); err != nil {
		return err
	}
	flags := []string{"-timeout=20m"}
	if o.Race {
		flags = append(flags, "-race")
	}
	r.Async, err = runSuite(dir, env, flags...)
	return err
}

// print writes the report for people.
func (r *Report) print(w io.Writer, verbose bool) {
	in := r.Input
	fmt.Fprintf(w, "%s %s (%s)\n", path.Join(in.Module, in.Dir), in.Version, strings.Trim(in.Kind+", "+in.License, ", "))
	fmt.Fprintf(w, "  functions   %d: %d marked, %d refused\n", r.Functions, r.Marked, len(r.Refused))
	rules := map[string]int{}
	for _, f := range r.Refused {
		rules[f.problem.ID]++
		if verbose {
			fmt.Fprintf(w, "    %s: %v\n", f.function, f.problem)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		fmt.Fprintf(w, "    %s %d\n", id, rules[id])
	}
	fmt.Fprintf(w, "  awaits      %d inserted; %d reached in the tests, %d had to wait\n", r.Awaits, r.Async.Awaits, r.Async.Waited)
	fmt.Fprintf(w, "  generated   %d kB in %v, with %d warnings\n", r.Generated/1000, r.Generation.Round(10*time.Millisecond), r.Warnings)
	r.Plain.print(w, "as it is", verbose)
	r.Async.print(w, "async", verbose)
	for _, name := range r.lost() {
		fmt.Fprintf(w, "  LOST        %s %s\n", name, in.Racy[name])
	}
	if !r.OK() {
		fmt.Fprintln(w, r.Async.Output)
	}
}

func (s *Suite) print(w io.Writer, form string, verbose bool) {
	fmt.Fprintf(w, "  tests       %-8s  %d passed, %d skipped, %d failed, in %v\n",
		form, len(s.Passed), len(s.Skipped), len(s.Failed), s.Took.Round(100*time.Millisecond))
	if verbose && len(s.Skipped) > 0 {
		fmt.Fprintf(w, "    skipped: %v\n", s.Skipped)
	}
}
