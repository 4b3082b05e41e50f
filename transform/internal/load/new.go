package load

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// Parts are what a Package is made of: who loads it knows. See package loader.
type Parts struct {
	Path, Name, Dir string
	Fset            *token.FileSet
	Sizes           types.Sizes
	GoVersion       string // of the module, "go1.26"; "" for the newest
	Files           []*Parsed

	Elsewhere map[string]bool // declared in files that this build leaves out
	Absent    []*Func         // marked functions of files that this build leaves out, for their names

	// Export is the package of a path, from export data. A generated file names the types of values that the source
	// passes on without importing their packages.
	Export func(path string) (*types.Package, error)
}

// New makes a Package of its parts: its files, the marked functions, their names, the declarations of what will be
// generated, and the problems that are known without types. Its imports follow (see [Package.Import]), then
// [Package.Check].
func New(parts Parts) *Package {
	p := &Package{
		Path: parts.Path, Name: parts.Name, Dir: parts.Dir,
		Fset:      parts.Fset,
		Sizes:     parts.Sizes,
		goVersion: parts.GoVersion,
		elsewhere: parts.Elsewhere,
		absent:    parts.Absent,
		export:    parts.Export,
		imports:   map[string]*types.Package{},
		context:   types.NewContext(),
		siblings:  newSiblings(),
	}
	for _, f := range parts.Files {
		if f.Err != nil {
			p.Errors.Add(diag.Start(f.Name), "", "", "%v", f.Err)
		}
	}
	p.collect(parts.Files)
	makeStubs(p)
	return p
}

// Import gives p what it imports under a path.
func (p *Package) Import(path string, imported *types.Package) { p.imports[path] = imported }

// ImportSource is Import for a package that was checked from source, as p will be.
func (p *Package) ImportSource(path string, dep *Package) {
	p.imports[path] = dep.Types
	p.deps = append(p.deps, dep)
}

// Imports reports whether p was given what it imports under a path.
func (p *Package) Imports(path string) bool { return p.imports[path] != nil }

// Check type-checks a new Package and adds to its problems. Without bodies it checks declarations only, which is enough
// for a package that others import. Imports that failed are given with their reasons.
func (p *Package) Check(bodies bool, failed map[string]string) {
	p.addErrors(p.typecheck(bodies, failed))
	if bodies {
		p.noteSums()
	}
}

// collect gives a package its files, and what follows from their syntax.
func (p *Package) collect(parsed []*Parsed) {
	p.plain = map[*ast.FuncLit]bool{}
	for _, f := range parsed {
		p.badSyntax = p.badSyntax || len(f.Errs) > 0
		for _, e := range f.Errs {
			p.Errors.Add(e.Pos, "", "", "%s", e.Msg)
		}
		if f.Generated {
			p.addRecords(f.Name, f.records)
		}
		if f.File != nil {
			p.Files = append(p.Files, f.File)
			p.Funcs = append(p.Funcs, marked(f.File)...)
			for _, d := range f.File.Directives {
				if d.Lit != nil {
					p.plain[d.Lit] = true
				}
			}
		}
	}
	claimNames(p)
}

// OtherName is a part of the message of who loads a package about files with different package names.
const OtherName = ", where another file of the directory has another"

// addErrors adds what the type checker found. In a package with a syntax error it finds consequences
// of that, and we leave them out. Of files with different package names the go command has told us, too.
func (p *Package) addErrors(list diag.List) {
	if p.badSyntax {
		return
	}
	if slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return strings.Contains(d.Message, "; expected package ") }) {
		p.Errors = slices.DeleteFunc(p.Errors, func(d diag.Diagnostic) bool { return strings.Contains(d.Message, OtherName) })
	}
	p.Errors = append(p.Errors, list...)
	if p.Info != nil {
		p.promotions()
	}
}

// sortedKeys are the keys of a map, in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// TestLast orders test files after the others.
func TestLast(a, b string) int {
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
