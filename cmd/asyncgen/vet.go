package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/asyncgen/asyncgen/transform"
	"github.com/asyncgen/asyncgen/transform/vet"
)

type vetCmd struct {
	Packages []string `arg:"" optional:""`
	JSON     bool     `name:"json" help:"Print the findings as JSON, with their fixes."`
	Fix      bool     `help:"Apply the first fix of each finding."`
}

// Run prints what is likely to be a mistake in the use of futures. With findings the exit status is 1,
// and with -fix it is so for those that have no fix. Where a package does not type-check nothing is fixed.
func (c *vetCmd) Run(e *env) error {
	list, err := vet.Run(vet.Config{Dir: e.Dir, Patterns: c.Packages, Tags: e.Tags})
	if err != nil && !errors.As(err, new(transform.Problems)) {
		return err
	}
	if c.Fix && err == nil {
		if err := e.fix(list); err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(f vet.Finding) bool { return len(f.Fixes) > 0 })
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

// fix applies the fixes, to all files or to none.
func (e *env) fix(list []vet.Finding) error {
	before, after, err := vet.Fixed(list)
	if err != nil {
		return err
	}
	var changes []transform.Change
	for _, name := range slices.Sorted(maps.Keys(after)) {
		changes = append(changes, transform.Change{Name: name, Old: before[name], New: after[name]})
	}
	return transform.Write(changes)
}
