package load

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// assemble makes the Package of a listed package: its files, marked functions, names and stubs,
// and the problems that are known without types.
func (l *loader) assemble(m *packages.Package) *Package {
	p := &Package{
		Path:     m.PkgPath,
		Name:     m.Name,
		Fset:     l.fset,
		Sizes:    m.TypesSizes,
		imports:  map[string]*types.Package{},
		context:  types.NewContext(),
		siblings: newSiblings(),
		exports:  l.exports,
	}
	if len(m.GoFiles) > 0 {
		p.Dir = filepath.Dir(m.GoFiles[0])
	} else {
		p.Dir = m.Dir
	}
	if m.Module != nil {
		p.goVersion = "go" + cmp.Or(m.Module.GoVersion, "1.16") // what a go.mod without a version means
	}
	var parsed []*parsedFile
	names := slices.Clone(m.GoFiles)
	slices.SortStableFunc(names, testLast)
	for _, name := range names {
		f := l.parsed[name]
		if f.err != nil {
			p.Errors.Add(diag.Start(name), "", "", "%v", f.err)
		}
		parsed = append(parsed, f)
	}
	p.absent = absent(m)
	if len(p.absent) > 0 || slices.ContainsFunc(parsed, func(f *parsedFile) bool { return f.file != nil && len(f.file.Directives) > 0 }) {
		p.elsewhere = elsewhere(m)
	}
	p.add(parsed)
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
		if filepath.Ext(name) == ".go" && HasMarked(name) {
			names = append(names, name)
		}
	}
	return names
}

// leftOutErrors warns of marked functions in files that this build leaves out, as long as they have no
// generated file: it takes a run with other constraints to make one.
func leftOutErrors(names []string) (list diag.List) {
	for _, name := range names {
		if _, err := os.Stat(Output(name)); err == nil {
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
func absent(m *packages.Package) (funcs []*Func) {
	for _, name := range m.IgnoredFiles {
		if filepath.Ext(name) != ".go" {
			continue
		}
		if list := markedIn(name); len(list) > 0 && list[0].File.Syntax.Name.Name == m.Name {
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
		if filepath.Ext(name) != ".go" || err != nil || HeaderSource(src) != "" {
			continue
		}
		f, _ := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution) // as much of it as can be read
		if f == nil || f.Name.Name != m.Name {
			continue
		}
		eachDecl(f, func(owner string, id *ast.Ident) {
			if owner == "" {
				names[id.Name] = true
			}
		})
	}
	return names
}

// testLast orders test files after the others.
func testLast(a, b string) int {
	ta, tb := strings.HasSuffix(a, "_test.go"), strings.HasSuffix(b, "_test.go")
	switch {
	case ta == tb:
		return strings.Compare(a, b)
	case ta:
		return 1
	default:
		return -1
	}
}

// add gives a package its files, and what follows from their syntax.
func (p *Package) add(parsed []*parsedFile) {
	p.collect(parsed)
	makeStubs(p)
}

// collect is add without the declarations of what will be generated.
func (p *Package) collect(parsed []*parsedFile) {
	p.plain = map[*ast.FuncLit]bool{}
	for _, f := range parsed {
		p.badSyntax = p.badSyntax || len(f.errs) > 0
		for _, e := range f.errs {
			p.Errors.Add(e.Pos, "", "", "%s", e.Msg)
		}
		if f.output {
			p.addRecords(f.name, f.records)
		}
		if f.file != nil {
			p.Files = append(p.Files, f.file)
			p.Funcs = append(p.Funcs, marked(f.file)...)
			for _, d := range f.file.Directives {
				if d.Lit != nil {
					p.plain[d.Lit] = true
				}
			}
		}
	}
	claimNames(p)
}

// check type-checks a source package after its imports, once.
func (l *loader) check(m *packages.Package) *Package {
	if p := l.checked[m]; p != nil {
		return p
	}
	p := l.assemble(m)
	l.checked[m] = p
	failed := map[string]string{}
	for _, path := range sortedKeys(m.Imports) {
		dep := m.Imports[path]
		if dep.PkgPath == "unsafe" {
			continue // the type checker has it
		}
		if l.source[dep] {
			d := l.check(dep)
			p.imports[path] = d.Types
			p.deps = append(p.deps, d)
			continue
		}
		t, err := l.exports.Import(dep.PkgPath)
		if err != nil {
			failed[path] = err.Error()
			continue
		}
		p.imports[path] = t
	}
	l.cycle(m, p, failed)
	l.needRuntime(p)
	bodies := l.cfg.Bodies || l.roots[m] && l.wanted(m)
	p.addErrors(p.typecheck(bodies, failed))
	if bodies {
		p.noteSums()
	}
	return p
}

// addErrors adds what the type checker found. In a package with a syntax error it finds consequences
// of that, and we leave them out. Of files with different package names the go command has told us, too.
func (p *Package) addErrors(list diag.List) {
	if p.badSyntax {
		return
	}
	if slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return strings.Contains(d.Message, "; expected package ") }) {
		p.Errors = slices.DeleteFunc(p.Errors, func(d diag.Diagnostic) bool { return strings.Contains(d.Message, otherName) })
	}
	p.Errors = append(p.Errors, list...)
	if p.Info != nil {
		p.promotions()
	}
}

// needRuntime adds the runtime to the imports of a package whose generated files need it.
func (l *loader) needRuntime(p *Package) {
	if p.imports[RuntimePath] != nil || p.Path == RuntimePath || len(p.Funcs) == 0 {
		return
	}
	if l.runtime != nil {
		p.imports[RuntimePath] = l.check(l.runtime).Types
		return
	}
	t, err := l.exports.Import(RuntimePath)
	if err != nil {
		p.Errors.AddTo(p.Funcs[0].Decl, p.Position(p.Funcs[0].Directive), diag.NoRuntime, "run go get "+modulePath,
			"generated code needs package %s, which cannot be imported", RuntimePath)
		return
	}
	p.imports[RuntimePath] = t
}
