package transform

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// CompileAll is [Compile] for the build that cfg asks for, and for as many others as it takes to look at each file
// of the packages that has marked functions:
//
//	x_windows.go                  GOOS=windows
//	//go:build special && !arm    tags special
//	//go:build ignore             the file alone, as go run takes it
//
// A file that no build can be found for is a problem, and so is one that comes out differently in two builds.
func CompileAll(cfg Config) (Result, error) {
	cfg.otherBuilds = true
	all, err := Compile(cfg)
	if err != nil || len(all.leftOut) == 0 {
		return all, err
	}
	base, err := loader.BaseBuild(cfg.load())
	if err != nil {
		return Result{}, err
	}
	r := &rest{cfg: cfg, base: base, all: all, left: all.leftOut}
	for len(r.left) > 0 {
		if err := r.next(); err != nil {
			return Result{}, err
		}
	}
	r.problems.Sort()
	if r.problems.Failed() {
		return Result{}, r.problems
	}
	r.all.Warnings = append(r.all.Warnings, r.problems...)
	r.all.Warnings.Sort()
	slices.Sort(r.all.dirs)
	r.all.dirs = slices.Compact(r.all.dirs)
	slices.SortFunc(r.all.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return r.all, nil
}

// A rest is what CompileAll has still to look at.
type rest struct {
	cfg      Config
	base     loader.Build
	all      Result   // of all builds so far
	left     []string // files
	problems Problems
}

// next finds a build for the first file, and compiles all packages that have files in it. It looks at the first
// file, or says why not.
func (r *rest) next() error {
	name := r.left[0]
	src, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	build, found, loads := r.base.Solve(name, src)
	switch {
	case !found && loader.PackageName(src) == "main":
		return r.alone(name)
	case !found:
		r.drop(name, "put its functions into a file that can be compiled, or take their marks away", "no build has this file")
		return nil
	case !loads:
		before, after := build.Flags()
		r.drop(name, fmt.Sprintf("run %sasyncgen check%s %s", before, after, r.relative(filepath.Dir(name))), "it takes cgo to look at this file")
		return nil
	}
	cfg := r.cfg
	in := build.Config(cfg.load())
	cfg.Env, cfg.Tags, cfg.Patterns = in.Env, in.Tags, nil
	for _, other := range r.left {
		if src, err := os.ReadFile(other); err == nil && build.Has(other, src) && !slices.Contains(cfg.Patterns, filepath.Dir(other)) {
			cfg.Patterns = append(cfg.Patterns, filepath.Dir(other))
		}
	}
	before, after := build.Flags()
	return r.compile(cfg, name, before, after)
}

// alone compiles a program of one file that is in no build, as go run takes it.
func (r *rest) alone(name string) error {
	cfg := r.cfg
	cfg.Patterns, cfg.NoTests = []string{name}, true
	return r.compile(cfg, name, "", " "+r.relative(name))
}

// relative is a name as the user writes it on the command line, if that can be.
func (r *rest) relative(name string) string {
	dir, err := filepath.Abs(r.cfg.Dir)
	if err != nil {
		return name
	}
	if rel, err := filepath.Rel(dir, name); err == nil {
		name = filepath.ToSlash(rel)
		if !strings.HasPrefix(name, ".") && filepath.Ext(name) != ".go" {
			name = "./" + name
		}
	}
	return name
}

// compile adds what a build has. The first file that is left must be in it.
func (r *rest) compile(cfg Config, first, before, after string) error {
	flags := strings.Join(strings.Fields(before+after), " ")
	res, err := Compile(cfg)
	var problems Problems
	if err != nil && !errors.As(err, &problems) {
		return fmt.Errorf("with %s: %w", flags, err)
	}
	for _, p := range append(problems, res.Warnings...) {
		p.Message += " (with " + flags + ")"
		r.problems = append(r.problems, p)
	}
	r.all.dirs = append(r.all.dirs, res.dirs...)
	for _, f := range res.Files {
		f.Command = before + "asyncgen" + after
		r.add(f, flags)
		r.left = slices.DeleteFunc(r.left, func(name string) bool { return name == f.Source })
	}
	if slices.Contains(r.left, first) {
		r.left = slices.DeleteFunc(r.left, func(name string) bool { return name == first })
		if !problems.Failed() {
			r.drop(first, "run "+before+"asyncgen check"+after, "this file was not looked at")
		}
	}
	return nil
}

// add adds a generated file of another build. It may be there already, and must then be the same.
func (r *rest) add(f File, flags string) {
	i := slices.IndexFunc(r.all.Files, func(g File) bool { return g.Name == f.Name })
	if i < 0 {
		r.all.Files = append(r.all.Files, f)
		return
	}
	if g := r.all.Files[i]; !bytes.Equal(f.Content, g.Content) {
		n, here, there := differsAt(g.Content, f.Content)
		r.problems.Add(diag.Start(f.Source), diag.Differs,
			"let what it refers to be declared alike in both, marks included, or give each build a file of its own",
			"%s is another file with %s: line %d is %q, and else %q", filepath.Base(f.Name), flags, n, there, here)
	}
}

// differsAt is the first line that differs, apart from sums, which differ then, too.
func differsAt(a, b []byte) (n int, inA, inB string) {
	as, bs := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	at := func(lines []string, i int) string {
		if i < len(lines) {
			return lines[i]
		}
		return ""
	}
	isSum := func(line string) bool {
		return strings.HasPrefix(line, sumStart) || strings.Contains(line, "//async:of ")
	}
	for i := range max(len(as), len(bs)) {
		x, y := at(as, i), at(bs, i)
		if x != y && (n == 0 || isSum(inA)) {
			n, inA, inB = i+1, x, y
		}
	}
	return n, inA, inB
}

// drop gives up on a file, with a problem.
func (r *rest) drop(name, hint, format string, args ...any) {
	r.left = slices.DeleteFunc(r.left, func(other string) bool { return other == name })
	r.problems.Add(diag.Start(name), diag.LeftOut, hint, format, args...)
}
