package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/asyncgen/asyncgen/transform"
)

// Run writes the generated files.
func (c *generateCmd) Run(e *env) error {
	if err := e.use(c.flags); err != nil {
		return err
	}
	cfg := e.config(c.Packages)
	res, err := transform.Compile(cfg)
	if err != nil {
		return err
	}
	e.print(res.Warnings)
	find := res.Changes
	if c.Force {
		find = res.ForcedChanges
	}
	changes, err := find()
	if err != nil {
		return err
	}
	if err := transform.Write(changes); err != nil {
		return err
	}
	for _, ch := range changes {
		if !c.Verbose {
			break
		}
		verb := "wrote"
		if ch.New == nil {
			verb = "removed"
		}
		fmt.Fprintf(e.stdout, "%s %s\n", verb, e.short(ch.Name))
	}
	return nil
}

// changes compiles and compares with the disk. Warnings are printed.
func (e *env) changes(cfg transform.Config) (transform.Result, []transform.Change, error) {
	res, err := transform.Compile(cfg)
	if err != nil {
		return res, nil, err
	}
	e.print(res.Warnings)
	changes, err := res.Changes()
	return res, changes, err
}

// Run prints what generating would change.
func (c *checkCmd) Run(e *env) error {
	if err := e.use(c.flags); err != nil {
		return err
	}
	res, err := transform.CompileAll(e.config(c.Packages))
	if err != nil {
		return err
	}
	e.print(res.Warnings)
	changes, err := res.Changes()
	if err != nil {
		return err
	}
	for _, ch := range changes {
		name := filepath.ToSlash(e.short(ch.Name))
		from, to := name, name
		if ch.Old == nil {
			from = "/dev/null"
		}
		if ch.New == nil {
			to = "/dev/null"
		}
		if _, err := e.stdout.Write(diff.Diff(from, ch.Old, to, ch.New)); err != nil {
			return err
		}
	}
	if n := len(changes); n > 0 {
		return &exitError{1, fmt.Sprintf("%d generated %s not up to date; run %s", n, plural(n, "file is", "files are"), makers(res, changes))}
	}
	return nil
}

// makers are the commands that make the changes: asyncgen, and what it takes for other builds.
func makers(res transform.Result, changes []transform.Change) string {
	var list []string
	for _, ch := range changes {
		command := "asyncgen"
		if i := slices.IndexFunc(res.Files, func(f transform.File) bool { return f.Name == ch.Name }); i >= 0 {
			command = cmp.Or(res.Files[i].Command, command)
		}
		if !slices.Contains(list, command) {
			list = append(list, command)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return strings.Join(list, "; ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Run prints the machines.
func (c *inspectCmd) Run(e *env) error {
	if err := e.use(c.flags); err != nil {
		return err
	}
	cfg := e.config(c.Packages)
	cfg.Inspect = true
	res, err := transform.Compile(cfg)
	if err != nil {
		return err
	}
	e.print(res.Warnings)
	if c.Format == "json" {
		enc := json.NewEncoder(e.stdout)
		enc.SetIndent("", "\t")
		return enc.Encode(res.Machines)
	}
	return transform.Inspect(e.stdout, res.Machines)
}

// Run explains a rule.
func (c *explainCmd) Run(e *env) error {
	text, ok := transform.Explain(strings.ToUpper(c.ID))
	if !ok {
		return usage("no rule %s; there are %s", c.ID, strings.Join(transform.RuleIDs(), ", "))
	}
	_, err := fmt.Fprint(e.stdout, text)
	return err
}

// Run prints the version that the go command has stamped.
func (c *versionCmd) Run(e *env) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return fmt.Errorf("built without module information")
	}
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && version == "(devel)" {
			version += " " + s.Value
		}
	}
	_, err := fmt.Fprintf(e.stdout, "asyncgen %s %s\n", version, info.GoVersion)
	return err
}

// print prints problems, one a line, with names relative to where the user is.
func (e *env) print(problems transform.Problems) {
	for _, p := range problems {
		p.Message = e.shorten(p.Message)
		if p.Warning {
			p.Message = "warning: " + p.Message
		}
		if p.Pos.Filename == "" {
			p.Message = "asyncgen: " + p.Message
		}
		p.Pos.Filename = e.short(p.Pos.Filename)
		fmt.Fprintln(e.stderr, p)
	}
}

// shorten makes the names of files in a message relative. The type checker has whole ones.
func (e *env) shorten(message string) string {
	if dir, err := filepath.Abs(e.Dir); err == nil && len(dir) > 1 {
		return strings.ReplaceAll(message, dir+string(filepath.Separator), "")
	}
	return message
}

// short is a file name relative to the current directory, where that is shorter. With -C it is
// relative to that directory, as for the go command.
func (e *env) short(name string) string {
	dir, err := filepath.Abs(e.Dir)
	if err != nil {
		return name
	}
	if rel, err := filepath.Rel(dir, name); err == nil && len(rel) < len(name) {
		return rel
	}
	return name
}
