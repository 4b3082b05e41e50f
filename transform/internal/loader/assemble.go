package loader

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// assemble makes the Package of a listed package: its files, marked functions, names and stubs,
// and the problems that are known without types.
func (l *loader) assemble(m *packages.Package) *load.Package {
	parts := load.Parts{
		Path: m.PkgPath, Name: m.Name, Dir: m.Dir,
		Fset:   l.fset,
		Sizes:  m.TypesSizes,
		Export: l.exports.find,
		Absent: absent(m),
	}
	if len(m.GoFiles) > 0 {
		parts.Dir = filepath.Dir(m.GoFiles[0])
	}
	if m.Module != nil {
		parts.GoVersion = "go" + cmp.Or(m.Module.GoVersion, "1.16") // what a go.mod without a version means
	}
	names := slices.Clone(m.GoFiles)
	slices.SortStableFunc(names, load.TestLast)
	for _, name := range names {
		parts.Files = append(parts.Files, l.parsed[name])
	}
	if len(parts.Absent) > 0 || slices.ContainsFunc(parts.Files, func(f *load.Parsed) bool { return f.File != nil && len(f.File.Directives) > 0 }) {
		parts.Elsewhere = elsewhere(m)
	}
	p := load.New(parts)
	p.LeftOut = leftOut(m)
	if !l.cfg.OtherBuilds || len(p.LeftOut) == 0 || len(m.GoFiles) > 0 {
		p.Errors = append(p.Errors, l.listErrors(m)...)
	}
	if l.roots[m] && !l.cfg.Deps && !l.cfg.OtherBuilds { // with Deps the result is for this build alone
		p.Errors = append(p.Errors, leftOutErrors(p.LeftOut)...)
	}
	return p
}

// leftOut are the files with marked functions that this build leaves out.
func leftOut(m *packages.Package) (names []string) {
	for _, name := range m.IgnoredFiles {
		if filepath.Ext(name) == ".go" && load.HasMarked(name) {
			names = append(names, name)
		}
	}
	return names
}

// leftOutErrors warns of marked functions in files that this build leaves out, as long as they have no
// generated file: it takes a run with other constraints to make one.
func leftOutErrors(names []string) (list diag.List) {
	for _, name := range names {
		if _, err := os.Stat(load.Output(name)); err == nil {
			continue
		}
		list.Add(diag.Start(name), diag.LeftOut, "run asyncgen with its GOOS, GOARCH or -tags too; asyncgen check says with which",
			"this build leaves the file out, so nothing is generated for it")
		list[len(list)-1].Warning = true
	}
	return list
}

// absent are the marked functions of the files that this build leaves out. No build may give a function
// names that are another's in a second one.
func absent(m *packages.Package) (funcs []*load.Func) {
	for _, name := range m.IgnoredFiles {
		if filepath.Ext(name) != ".go" {
			continue
		}
		if list := load.MarkedIn(name); len(list) > 0 && list[0].File.Syntax.Name.Name == m.Name {
			funcs = append(funcs, list...)
		}
	}
	return funcs
}

// elsewhere are the names that the package declares in files that this build leaves out. What is generated for
// a file of all builds has none of them, and is the same in each.
func elsewhere(m *packages.Package) map[string]bool {
	names := map[string]bool{}
	for _, name := range m.IgnoredFiles {
		src, err := os.ReadFile(name)
		if filepath.Ext(name) != ".go" || err != nil || load.HeaderSource(src) != "" {
			continue
		}
		f, _ := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution) // as much of it as can be read
		if f == nil || f.Name.Name != m.Name {
			continue
		}
		load.EachDecl(f, func(owner string, id *ast.Ident) {
			if owner == "" {
				names[id.Name] = true
			}
		})
	}
	return names
}

// check type-checks a source package after its imports, once.
func (l *loader) check(m *packages.Package) *load.Package {
	if p := l.checked[m]; p != nil {
		return p
	}
	p := l.assemble(m)
	l.checked[m] = p
	failed := map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(m.Imports)) {
		dep := m.Imports[path]
		if dep.PkgPath == "unsafe" {
			continue // the type checker has it
		}
		if l.source[dep] {
			d := l.check(dep)
			p.ImportSource(path, d)
			continue
		}
		t, err := l.exports.Import(dep.PkgPath)
		if err != nil {
			failed[path] = err.Error()
			continue
		}
		p.Import(path, t)
	}
	l.cycle(m, p, failed)
	l.needRuntime(p)
	bodies := l.cfg.Bodies || l.roots[m] && l.wanted(m)
	p.Check(bodies, failed)
	return p
}

// needRuntime adds the runtime to the imports of a package whose generated files need it.
func (l *loader) needRuntime(p *load.Package) {
	for _, path := range []string{load.RuntimePath, load.MachinePath} {
		if p.Imports(path) || p.Path == path || len(p.Funcs) == 0 {
			continue
		}
		if m := l.runtime[path]; m != nil {
			p.Import(path, l.check(m).Types)
			continue
		}
		t, err := l.exports.Import(path)
		if err != nil {
			p.Errors.AddTo(p.Funcs[0].Decl, p.Position(p.Funcs[0].Directive), diag.NoRuntime, "run go get "+load.ModulePath,
				"generated code needs package %s, which cannot be imported", path)
			return
		}
		p.Import(path, t)
	}
}
