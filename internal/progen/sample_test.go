package progen

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/internal/difftest"
)

const (
	sampleSize = 500 // programs of the sample, from the first seed
	often      = 10  // places of each construct that it has at least
)

// TestConstructs makes many programs without running them: each is well-typed, and together they have
// all constructs.
func TestConstructs(t *testing.T) {
	s := &sample{fset: token.NewFileSet(), deps: dependencies(t)}
	counts := map[string]tally{}
	for seed := *first; seed < *first+sampleSize; seed++ {
		c := &code{pkg: s.check(t, seed)}
		for _, f := range c.pkg.Files {
			c.count(f, counts)
		}
	}
	for _, k := range constructs {
		n := counts[k.name].places
		t.Logf("%5d places: %s", n, k.name)
		if n < often {
			t.Errorf("%d programs have %d places, want %d or more: %s", sampleSize, n, often, k.name)
		}
	}
}

// A sample is programs with types.
type sample struct {
	fset *token.FileSet
	deps map[string]*types.Package
}

// Import is what [types.Importer] wants.
func (s *sample) Import(path string) (*types.Package, error) {
	if pkg := s.deps[path]; pkg != nil {
		return pkg, nil
	}
	return nil, fmt.Errorf("no types of %s", path)
}

// dependencies are the packages that programs import.
func dependencies(t *testing.T) map[string]*types.Package {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", Source("p", "P", 1), parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, spec := range f.Imports {
		paths = append(paths, strings.Trim(spec.Path.Value, `"`))
	}
	list, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps | packages.NeedExportFile}, paths...)
	if err != nil {
		t.Fatal(err)
	}
	deps := map[string]*types.Package{}
	for _, pkg := range list {
		if len(pkg.Errors) > 0 {
			t.Fatal(pkg.Errors)
		}
		deps[pkg.PkgPath] = pkg.Types
	}
	return deps
}

// check is the program of a seed, with types.
func (s *sample) check(t *testing.T, seed uint64) *difftest.Syntax {
	t.Helper()
	src := Source("p", programName(seed), seed)
	name := fmt.Sprintf("seed%d.go", seed)
	parse := func(name string, src any) *ast.File {
		f, err := parser.ParseFile(s.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := parse(name, src)
	pkg := &difftest.Syntax{Fset: s.fset, Files: map[string]*ast.File{name: f}, Info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}}
	files := []*ast.File{f, parse("async_"+name, declared(f, src))}
	var err error
	if pkg.Types, err = (&types.Config{Importer: s}).Check("p", s.fset, files, pkg.Info); err != nil {
		t.Errorf("seed %d is not Go: %v\n%s", seed, err, lineOf(src, err))
	}
	return pkg
}

// lineOf is the line that an error of the type checker is about.
func lineOf(src []byte, err error) []byte {
	if e, ok := errors.AsType[types.Error](err); ok {
		if lines, n := bytes.Split(src, []byte("\n")), e.Fset.Position(e.Pos).Line; n > 0 && n <= len(lines) {
			return lines[n-1]
		}
	}
	return nil
}

// declared is a file that declares the async forms of the marked functions of a program, as asyncgen does:
//
//	func F(e *env.Env, n int) (int, error)               func FAsync(e *env.Env, n int) (f rt.Future[int]) { return }
//	func S(e *env.Env, yield func(int) bool) error       func SStream(e *env.Env) (s rt.Stream[int]) { return }
func declared(f *ast.File, src []byte) string {
	var out strings.Builder
	out.WriteString("package p\n\nimport (\n\t\"github.com/asyncgen/asyncgen/internal/difftest/env\"\n\t\"github.com/asyncgen/asyncgen/rt\"\n)\n")
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Doc == nil {
			continue
		}
		base := f.FileStart
		head := string(src[fn.Type.Func-base : fn.Name.Pos()-base])
		typeParams := ""
		if l := fn.Type.TypeParams; l != nil {
			typeParams = string(src[l.Pos()-base : l.End()-base])
		}
		params := string(src[fn.Type.Params.Opening+1-base : fn.Type.Params.Closing-base])
		switch {
		case marked(fn, "//async:stream"):
			params = strings.TrimSuffix(params, ", yield func(int) bool")
			fmt.Fprintf(&out, "%s%sStream(%s) (s rt.Stream[int]) { return }\n", head, fn.Name.Name, params)
		case marked(fn, "//async:func"):
			fmt.Fprintf(&out, "%s%sAsync%s(%s) (f rt.Future[%s]) { return }\n", head, fn.Name.Name, typeParams, params, value(fn, src, base))
		}
	}
	return out.String()
}

// marked reports whether a function has a comment that begins so.
func marked(fn *ast.FuncDecl, mark string) bool {
	for _, c := range fn.Doc.List {
		if strings.HasPrefix(c.Text, mark) {
			return true
		}
	}
	return false
}

// value is the type of the first result, rt.Unit where it is an error or there is none.
func value(fn *ast.FuncDecl, src []byte, base token.Pos) string {
	if fn.Type.Results == nil {
		return "rt.Unit"
	}
	typ := fn.Type.Results.List[0].Type
	if text := string(src[typ.Pos()-base : typ.End()-base]); text != "error" {
		return text
	}
	return "rt.Unit"
}
