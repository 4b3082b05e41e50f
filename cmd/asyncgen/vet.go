package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/asyncgen/asyncgen/transform"
	"github.com/asyncgen/asyncgen/transform/vet"
)

type vetCmd struct {
	loadFlags

	Packages []string `arg:"" optional:"" help:"Packages, as for go build; default \".\"."`
	JSON     bool     `name:"json" help:"Print the findings as JSON, with their fixes."`
	Fix      bool     `help:"Apply the first fix of each finding."`
}

// Run prints what is likely to be a mistake in the use of futures. With findings the exit status is 1,
// and with -fix it is so for those that have no fix. Where a package does not type-check nothing is fixed.
func (c *vetCmd) Run(e *env) error {
	if err := e.use(flags{loadFlags: c.loadFlags}); err != nil {
		return err
	}
	list, err := vet.Run(vet.Config{Dir: e.Dir, Patterns: c.Packages, Tags: e.Tags})
	if err != nil && !errors.As(err, new(transform.Problems)) {
		return err
	}
	if c.Fix && err == nil {
		if list, err = e.fix(list, c.Packages); err != nil {
			return err
		}
	}
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		enc.SetIndent("", "\t")
		if err := enc.Encode(append([]vet.Finding{}, list...)); err != nil {
			return err
		}
	} else {
		for _, f := range list {
			f.File = e.short(f.File)
			fmt.Fprintln(e.stdout, f)
		}
	}
	if err != nil {
		return err
	}
	if len(list) > 0 {
		return &exitError{status: 1}
	}
	return nil
}

// fix applies the fixes, to all files or to none, says what it has done, and gives back the findings that are
// left.
func (e *env) fix(list []vet.Finding, patterns []string) (left []vet.Finding, err error) {
	before, after, err := vet.Fixed(list)
	if err != nil || len(after) == 0 {
		return list, err
	}
	if err := transform.Write(edits(before, after)); err != nil {
		return nil, err
	}
	done := vet.Fixable(list)
	for _, f := range done {
		fmt.Fprintf(e.stderr, "%s:%d:%d: fixed: %s [%s]\n", e.short(f.File), f.Line, f.Column, f.Fixes[0].Message, f.Rule)
	}
	e.sayStale(patterns, after)
	return slices.DeleteFunc(list, func(f vet.Finding) bool {
		return slices.ContainsFunc(done, func(d vet.Finding) bool { return d.String() == f.String() })
	}), nil
}

// sayStale says which generated files are out of date after a change of sources, or why there can be none.
func (e *env) sayStale(patterns []string, changed map[string][]byte) {
	for name := range changed { // fixes may be in other packages
		patterns = append(patterns, filepath.Dir(name))
	}
	slices.Sort(patterns)
	_, changes, err := e.changes(transform.Config{Dir: e.Dir, Tags: e.Tags, Patterns: slices.Compact(patterns)})
	if err != nil {
		e.report(err)
		return
	}
	for _, ch := range changes {
		fmt.Fprintf(e.stderr, "asyncgen: %s is out of date; run asyncgen\n", e.short(ch.Name))
	}
}
