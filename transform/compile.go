package transform

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/check"
	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/edit"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// Config says what to compile and how.
type Config struct {
	Dir      string   // where the patterns are looked at, "" for the current directory
	Patterns []string // packages, as for go build; none means "."
	Tags     string   // build tags, as for go build -tags
	Env      []string // environment of the go command, nil for that of this process

	// Deps adds the packages of the main module that the named ones import. NoTests leaves test files
	// out.
	Deps, NoTests bool

	// Overlay has contents that replace files on disk, or add to them, by absolute name.
	Overlay map[string][]byte

	// Verify runs the verifier of each pass, and type-checks what is generated in a second way.
	Verify bool

	// NoCheck leaves out that what is generated is type-checked. A file that does not compile is then
	// written like any other.
	NoCheck bool

	// Inspect fills in Result.Machines.
	Inspect bool

	// Dump names passes whose result is printed to DumpTo, or "all". Func restricts it to one
	// function: "Fetch", or "Client.Get".
	Dump   []string
	Func   string
	DumpTo io.Writer

	otherBuilds bool // see CompileAll
}

// load is what package load has to know.
func (cfg Config) load() loader.Config {
	return loader.Config{
		Dir: cfg.Dir, Patterns: cfg.Patterns, Tags: cfg.Tags, Env: cfg.Env, Overlay: cfg.Overlay,
		Deps: cfg.Deps, NoTests: cfg.NoTests, OtherBuilds: cfg.otherBuilds,
	}
}

// Problem is one thing that is wrong with the source, with its position and a way out.
type Problem = diag.Diagnostic

// Problems is the error of [Compile] and of the methods of [Result] when the source, or a file on
// disk, is at fault.
type Problems = diag.List

// Result is what was compiled. Nothing is written yet: see [Result.Changes] and [Write].
type Result struct {
	Files    []File    // generated files, by name
	Warnings Problems  // what is likely to be a mistake
	Machines []Machine // what [Inspect] prints, by file and position

	dirs    []string // of the packages, where generated files may have lost their source
	leftOut []string // files with marked functions that the build leaves out
}

// A File is one generated file.
type File struct {
	Name    string // absolute
	Source  string // the file that it is generated from, absolute
	Content []byte // with "\n" at the end of each line
	Command string // that writes it; "" for asyncgen as it was called: see [CompileAll]

	crlf bool // the lines of the source end in "\r\n"
}

// Compile makes the generated files of all packages that match. It writes nothing.
//
// All problems of all packages are found in one run; the error is then of type [Problems] and has
// the warnings too.
func Compile(cfg Config) (Result, error) {
	if err := checkDump(cfg); err != nil {
		return Result{}, err
	}
	pkgs, err := loader.Load(cfg.load())
	var problems Problems
	if err != nil && !errors.As(err, &problems) {
		return Result{}, err
	}
	return compile(cfg, pkgs, problems)
}

// A NameError is a name in [Config] that does not exist.
type NameError struct {
	What  string // "pass", "marked function"
	Name  string
	Valid []string
}

func (e *NameError) Error() string {
	if len(e.Valid) == 0 {
		return fmt.Sprintf("no %s %q; there is none at all", e.What, e.Name)
	}
	return fmt.Sprintf("no %s %q; there are %s", e.What, e.Name, strings.Join(e.Valid, ", "))
}

// compile runs the passes over loaded packages.
func compile(cfg Config, pkgs []*load.Package, problems Problems) (Result, error) {
	var res Result
	if err := checkFunc(cfg, pkgs); err != nil {
		return res, err
	}
	for _, p := range pkgs {
		res.dirs = append(res.dirs, p.Dir)
		res.leftOut = append(res.leftOut, p.LeftOut...)
		found := append(slices.Clone(p.Errors), check.Package(p)...)
		if len(p.Funcs) > 0 && p.Valid() {
			c := &compilation{cfg: cfg, pkg: p, edit: edit.New(p)}
			found = append(found, c.rest(found)...)
			if !found.Failed() {
				res.Files = append(res.Files, c.files...)
				res.Machines = append(res.Machines, c.inspected...)
			}
		}
		problems = append(problems, found...)
	}
	problems = append(problems, inTheWay(res, problems)...)
	problems.Sort()
	if problems.Failed() {
		return Result{}, problems
	}
	slices.Sort(res.dirs)
	res.dirs = slices.Compact(res.dirs)
	slices.Sort(res.leftOut)
	res.leftOut = slices.Compact(res.leftOut) // of a package and of its tests
	slices.SortFunc(res.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	res.Warnings = problems
	return res, nil
}

// inTheWay are the problems of the files on disk, for a run that has others already: who writes finds them
// later.
func inTheWay(res Result, problems Problems) Problems {
	if !problems.Failed() {
		return nil
	}
	var list Problems
	_, err := Result{Files: res.Files}.Changes()
	errors.As(err, &list)
	return list
}

// checkDump finds dump names that no pass has.
func checkDump(cfg Config) error {
	valid := Passes()
	for _, name := range cfg.Dump {
		if name != "all" && !slices.Contains(valid, name) {
			return &NameError{What: "pass", Name: name, Valid: append(valid, "all")}
		}
	}
	return nil
}

// checkFunc finds a function to dump that is not marked.
func checkFunc(cfg Config, pkgs []*load.Package) error {
	if cfg.Func == "" {
		return nil
	}
	var valid []string
	for _, p := range pkgs {
		for _, fn := range p.Funcs {
			if funcName(fn) == cfg.Func || fn.Decl.Name.Name == cfg.Func {
				return nil
			}
			valid = append(valid, funcName(fn))
		}
	}
	return &NameError{What: "marked function", Name: cfg.Func, Valid: valid}
}

// funcName is how people call a function: Fetch, or Client.Get.
func funcName(fn *load.Func) string { return fn.FullName() }

// shortPosition is file:line for messages of our own, where the full name says too much.
func shortPosition(p *load.Package, fn *load.Func) string {
	pos := p.Position(fn.Decl.Name.Pos())
	return fmt.Sprintf("%s:%d", filepath.Base(pos.Filename), pos.Line)
}

// Explain is the text for a rule: what it means, an example, and the way out.
func Explain(id string) (string, bool) {
	for _, r := range diag.Rules {
		if r.ID == id {
			return r.ID + ": " + r.Title + "\n" + r.Text, true
		}
	}
	return "", false
}

// Passes are the names of the passes, in their order.
func Passes() (names []string) {
	for _, p := range passes {
		names = append(names, p.name)
	}
	return names
}

// RuleIDs are the ids that [Explain] knows.
func RuleIDs() (ids []string) {
	for _, r := range diag.Rules {
		ids = append(ids, r.ID)
	}
	return ids
}
