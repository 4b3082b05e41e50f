package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/asyncgen/asyncgen/transform"
	"github.com/asyncgen/asyncgen/transform/vet"
)

type markCmd struct {
	loadFlags

	Packages []string `arg:"" optional:"" help:"Packages, as for go build; default all of the module."`
	DryRun   bool     `short:"n" name:"dry-run" help:"Print what would be marked, and write nothing."`
}

// Help is printed below the first line.
func (c *markCmd) Help() string {
	return `A function that awaits, and each that calls one by its name, gets //async:func, up to main, init and tests, to functions that are started through values, go statements or interfaces, and to what asyncgen refuses. Each such end is printed. On any error nothing is written.`
}

// Run marks functions, and prints which and why, and where it ends. What is marked has been compiled before.
func (c *markCmd) Run(e *env) error {
	if err := e.use(flags{loadFlags: c.loadFlags}); err != nil {
		return err
	}
	patterns := c.Packages
	if len(patterns) == 0 {
		path := modulePath(e.Dir)
		if path == "" {
			return fmt.Errorf("no go.mod here or above; name the packages")
		}
		patterns = []string{path + "/..."}
	}
	m, before, after, err := e.marking(patterns)
	if err != nil {
		return err
	}
	verb := "marked"
	if c.DryRun {
		verb = "to mark"
	} else if err := transform.Write(edits(before, after)); err != nil {
		return err
	} else {
		m = m.Marked()
	}
	for _, k := range m.Marks {
		fmt.Fprintf(e.stdout, "%s:%d:%d: %s %s: %s\n", e.short(k.File), k.Line, k.Column, verb, k.Func, k.Why)
	}
	for _, end := range m.Ends {
		fmt.Fprintf(e.stdout, "%s:%d:%d: %s\n", e.short(end.File), end.Line, end.Column, end.Message)
	}
	n := len(m.Marks)
	switch {
	case n == 0:
		fmt.Fprintln(e.stderr, "asyncgen: nothing to mark")
	case c.DryRun:
		fmt.Fprintf(e.stderr, "asyncgen: %d %s to mark; nothing is written\n", n, plural(n, "function", "functions"))
	default:
		fmt.Fprintf(e.stderr, "asyncgen: %d %s marked; generated files are out of date: run asyncgen on these packages\n", n, plural(n, "function", "functions"))
	}
	return nil
}

// marking finds what to mark, and compiles it. A function that asyncgen refuses stays as it is, and those
// that are on the way through it alone.
func (e *env) marking(patterns []string) (m vet.Marking, before, after map[string][]byte, err error) {
	cfg := transform.Config{Dir: e.Dir, Tags: e.Tags, Patterns: patterns, Deps: true}
	refused := vet.Refused{}
	for {
		m, err = vet.FindMarks(vet.Config{Dir: e.Dir, Tags: e.Tags, Patterns: patterns}, refused)
		if err != nil {
			return m, nil, nil, err
		}
		if before, after, err = m.Edited(); err != nil || len(m.Marks) == 0 {
			return m, before, after, err
		}
		cfg.Overlay = after
		_, err = transform.Compile(cfg)
		var problems transform.Problems
		switch {
		case err == nil:
			return m, before, after, nil
		case !errors.As(err, &problems) || !e.refuse(m, problems, refused):
			return m, nil, nil, err
		}
	}
}

// refuse notes the functions that problems are about. It is false where one is about something else.
func (e *env) refuse(m vet.Marking, problems transform.Problems, refused vet.Refused) bool {
	for _, p := range problems {
		if p.Warning {
			continue
		}
		k := m.Owner(p.Pos.Filename, p.Pos.Line)
		if k == nil {
			return false
		}
		if refused[k.Position()] == "" {
			refused[k.Position()] = fmt.Sprintf("%s (%s)", e.shorten(p.Message), p.ID)
		}
	}
	return true
}

// edits are the changes from one set of files to another.
func edits(before, after map[string][]byte) (changes []transform.Change) {
	for _, name := range slices.Sorted(maps.Keys(after)) {
		changes = append(changes, transform.Change{Name: name, Old: before[name], New: after[name]})
	}
	return changes
}
