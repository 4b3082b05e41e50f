// Package loader loads packages: it asks the go command which files make up each, and type-checks those of the main
// module (or workspace) from source. Their generated files may be missing or out of date, so each is replaced, in memory,
// by declarations alone. Everything else comes from export data. A package and its in-package test files are loaded as
// one. What it makes is a [load.Package].
package loader

import (
	"cmp"
	"fmt"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// Config says what to load.
type Config struct {
	Dir      string   // where the patterns are looked at, "" for the current directory
	Patterns []string // as for go list, none means "."
	Tags     string   // build tags, as for go build -tags
	Env      []string // environment of the go command, nil for our own

	// Deps adds the packages of the main module that the matching ones import. NoTests leaves test
	// files out.
	Deps, NoTests bool

	// Bodies type-checks all of the packages that match and of those of the main module that they
	// import, whether there is something to generate or not. Otherwise a package that only others
	// import has declarations alone.
	Bodies bool

	// OtherBuilds is set by who goes on with [Package.LeftOut]: a package that this build leaves out as a whole
	// is then no error, and the patterns ./... find it, too.
	OtherBuilds bool

	// Overlay has contents that replace files on disk, or add to them, by absolute name.
	Overlay map[string][]byte
}

// Load loads the packages that match, test files included. The packages come back also when there
// are problems, each with its own in [Package.Errors]; the error is then a [diag.List] of them all.
//
// A package without directives and without generated files is listed by its names and files alone:
// it has no Types, unless [Config.Bodies] asks for them.
func Load(cfg Config) ([]*load.Package, error) {
	l := &loader{
		cfg:     cfg,
		fset:    token.NewFileSet(),
		parsed:  map[string]*load.Parsed{},
		source:  map[*packages.Package]bool{},
		checked: map[*packages.Package]*load.Package{},
		runtime: map[string]*packages.Package{},
	}
	l.exports = newExports(l.fset, cfg)
	roots, err := l.list()
	if err != nil {
		return nil, err
	}
	var pkgs []*load.Package
	for _, m := range roots {
		p := l.checked[m]
		if p == nil {
			p = l.assemble(m)
		}
		pkgs = append(pkgs, p)
	}
	pkgs = append(pkgs, l.excluded...)
	var all diag.List
	all = append(all, l.problems...)
	for _, p := range l.checked {
		all = append(all, p.Errors...)
	}
	for _, p := range pkgs {
		all = append(all, p.Errors...)
	}
	all.Sort()
	if all.Failed() {
		return pkgs, all
	}
	return pkgs, nil
}

// A loader is one run of Load.
type loader struct {
	cfg      Config
	fset     *token.FileSet
	exports  *exports
	parsed   map[string]*load.Parsed
	source   map[*packages.Package]bool
	checked  map[*packages.Package]*load.Package
	roots    map[*packages.Package]bool
	runtime  map[string]*packages.Package // the packages of the runtime that are checked from source, by path
	excluded []*load.Package              // those that have files in other builds alone
	problems diag.List                    // those that belong to no package
}

// list asks the go command for the packages, parses and type-checks them, and returns those that
// match the patterns.
func (l *loader) list() ([]*packages.Package, error) {
	patterns := l.cfg.Patterns
	if len(patterns) == 0 {
		patterns = []string{"."}
	}
	listed, err := l.packages(patterns)
	if err != nil {
		return nil, err
	}
	var machine []*packages.Package
	if lacksMachine(listed) {
		if listed, err = l.packages(append(slices.Clip(patterns), load.MachinePath)); err != nil {
			return nil, err
		}
		isMachine := func(m *packages.Package) bool { return m.PkgPath == load.MachinePath }
		if i := slices.IndexFunc(listed, isMachine); i >= 0 {
			machine = listed[i : i+1 : i+1]
		}
		machine = slices.Clone(machine)
		listed = slices.DeleteFunc(listed, isMachine)
	}
	roots := chooseRoots(listed)
	if l.cfg.OtherBuilds {
		have := map[string]bool{}
		for _, m := range roots {
			have[m.Dir] = true
		}
		if l.excluded, err = excluded(l.cfg.Dir, patterns, have); err != nil {
			return nil, err
		}
	}
	if len(roots)+len(l.excluded) == 0 {
		return nil, fmt.Errorf("no packages match %s", strings.Join(patterns, " "))
	}
	l.roots = map[*packages.Package]bool{}
	for _, m := range roots {
		l.roots[m] = true
	}
	all := l.markSource(append(machine, roots...))
	if l.cfg.Deps {
		roots = l.addDeps(roots, all)
	}
	if err := l.prefetch(all); err != nil {
		return nil, err
	}
	for _, m := range roots {
		if l.cfg.Bodies || l.wanted(m) {
			l.check(m)
		}
	}
	return roots, nil
}

// packages asks the go command for packages.
func (l *loader) packages(patterns []string) ([]*packages.Package, error) {
	listed, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps |
			packages.NeedModule | packages.NeedForTest | packages.NeedTypesSizes,
		Dir:        l.cfg.Dir,
		Env:        l.cfg.Env,
		BuildFlags: buildFlags(l.cfg),
		Overlay:    l.cfg.Overlay,
		Fset:       l.fset,
		Tests:      !l.cfg.NoTests,
	}, patterns...)
	if err != nil {
		return nil, goError(err)
	}
	return listed, nil
}

// lacksMachine reports whether the runtime is part of the main module, and so is checked from source, and what
// generated code needs beside is not there yet: it has to be from the same source.
func lacksMachine(listed []*packages.Package) bool {
	source, machine := false, false
	packages.Visit(listed, func(m *packages.Package) bool {
		source = source || m.PkgPath == load.RuntimePath && m.Module != nil && m.Module.Main
		machine = machine || m.PkgPath == load.MachinePath
		return true
	}, nil)
	return source && !machine
}

// buildFlags are the flags of the go command for cfg.
func buildFlags(cfg Config) []string {
	if cfg.Tags == "" {
		return nil
	}
	return []string{"-tags=" + cfg.Tags}
}

// chooseRoots drops what the go command makes for tests but nobody wrote, and the plain variant of
// a package that is also there with its test files: the latter has all of the former.
func chooseRoots(listed []*packages.Package) []*packages.Package {
	withTests := map[string]bool{}
	for _, m := range listed {
		if m.ForTest == m.PkgPath && m.ForTest != "" {
			withTests[m.PkgPath] = true
		}
	}
	var roots []*packages.Package
	for _, m := range listed {
		switch {
		case strings.HasSuffix(m.ID, ".test") && m.Name == "main" && m.ForTest == "" && isTestMain(m):
		case m.ForTest == "" && withTests[m.PkgPath]:
		default:
			roots = append(roots, m)
		}
	}
	slices.SortFunc(roots, func(a, b *packages.Package) int { return cmp.Compare(a.ID, b.ID) })
	return roots
}

// isTestMain reports whether m is the program that go test makes: none of its files is in a package
// directory of the user's.
func isTestMain(m *packages.Package) bool {
	return strings.HasSuffix(m.PkgPath, ".test") && !slices.ContainsFunc(m.GoFiles, func(f string) bool {
		return filepath.Ext(f) == ".go" && filepath.Base(f) != "_testmain.go"
	})
}

// markSource decides which packages are checked from source, and returns them all: those of the
// main module, the roots, and whatever imports one of these (in a module that the main module both
// requires and is required by), since a type must have one identity.
func (l *loader) markSource(roots []*packages.Package) (list []*packages.Package) {
	seen := map[*packages.Package]bool{}
	var visit func(m *packages.Package) bool
	visit = func(m *packages.Package) bool {
		if seen[m] {
			return l.source[m]
		}
		seen[m] = true
		src := l.roots[m] || m.Module != nil && m.Module.Main || strings.HasSuffix(m.ID, ".test]")
		for _, path := range slices.Sorted(maps.Keys(m.Imports)) {
			if visit(m.Imports[path]) {
				src = true
			}
		}
		l.source[m] = src
		if src {
			list = append(list, m)
		}
		return src
	}
	for _, m := range roots {
		visit(m)
	}
	return list
}

// addDeps makes roots of the packages of the main module that roots import. Of a package that is a
// root with its test files, the variant without them is left out.
func (l *loader) addDeps(roots, all []*packages.Package) []*packages.Package {
	have := map[string]bool{}
	for _, m := range roots {
		have[m.PkgPath] = true
	}
	for _, m := range all {
		if m.Module != nil && m.Module.Main && m.ForTest == "" && !have[m.PkgPath] {
			l.roots[m] = true
			roots = append(roots, m)
		}
	}
	return roots
}

// prefetch parses the source packages while the go command finds the export data of the rest.
//
// The runtime is wanted in any case: a marked function without awaits need not import it, but its
// generated file does.
func (l *loader) prefetch(all []*packages.Package) error {
	external := map[string]bool{load.RuntimePath: true, load.MachinePath: true}
	names := map[string]bool{}
	for _, m := range all {
		if (m.PkgPath == load.RuntimePath || m.PkgPath == load.MachinePath) && m.ForTest == "" {
			l.runtime[m.PkgPath] = m
		}
		for _, f := range m.GoFiles {
			names[f] = true
		}
		for _, dep := range m.Imports {
			if !l.source[dep] && dep.PkgPath != "unsafe" {
				external[dep.PkgPath] = true
			}
		}
	}
	for name := range names {
		l.parsed[name] = &load.Parsed{}
	}
	var wg sync.WaitGroup
	for name, into := range l.parsed {
		wg.Go(func() { l.parse(name, into) })
	}
	for path := range l.runtime {
		delete(external, path)
	}
	err := l.exports.list(slices.Sorted(maps.Keys(external)))
	wg.Wait()
	return err
}

// parse reads one file. Of a generated file only the header and the records are looked at.
func (l *loader) parse(name string, into *load.Parsed) {
	src, ok := l.cfg.Overlay[name]
	if !ok {
		src, into.Err = os.ReadFile(name)
		if into.Err != nil {
			into.Name = name
			return
		}
	}
	*into = load.Parse(l.fset, name, src)
}

// wanted reports whether there is anything to do for a root: a directive, or a generated file that
// may have lost its source.
func (l *loader) wanted(m *packages.Package) bool {
	return slices.ContainsFunc(m.GoFiles, func(name string) bool {
		f := l.parsed[name]
		return f.Generated || f.Err != nil || len(f.Errs) > 0 || f.File != nil && len(f.File.Directives) > 0
	}) || len(m.Errors) > 0 || slices.ContainsFunc(m.IgnoredFiles, load.HasMarked)
}
