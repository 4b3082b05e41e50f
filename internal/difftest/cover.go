package difftest

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/cover"
)

// Profiles says how often each statement has run in all runs so far. See Options.Cover.
func (p *Program) Profiles(t testing.TB) []*cover.Profile {
	t.Helper()
	name := filepath.Join(p.dir, "cover.txt")
	if out, err := p.goTool("tool", "covdata", "textfmt", "-i="+p.cover, "-o="+name); err != nil {
		t.Fatalf("go tool covdata: %v\n%s", err, out)
	}
	list, err := cover.ParseProfiles(name)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Syntax is the source of a package, with types.
type Syntax struct {
	Fset  *token.FileSet
	Files map[string]*ast.File // by name, as in the profiles; without what is generated
	Types *types.Package
	Info  *types.Info
}

// Syntax is the source of the packages that could be built. They must not import each other.
func (p *Program) Syntax(t testing.TB) (list []*Syntax) {
	t.Helper()
	exports := p.exports(t)
	fset := token.NewFileSet()
	imp := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, pkg := range p.good() {
		s := &Syntax{Fset: fset, Files: map[string]*ast.File{}, Info: &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
			Selections: map[*ast.SelectorExpr]*types.Selection{},
		}}
		var files []*ast.File
		parse := func(name string, src []byte) {
			f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		for _, name := range slices.Sorted(maps.Keys(pkg.Files)) {
			full := path.Join(module, pkg.Dir, name)
			parse(full, pkg.Files[name])
			s.Files[full] = files[len(files)-1]
		}
		for name, src := range pkg.Generated {
			parse(name, src)
		}
		var err error
		if s.Types, err = (&types.Config{Importer: imp}).Check(path.Join(module, pkg.Dir), fset, files, s.Info); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

// exports are the files with the types of what programs import.
func (p *Program) exports(t testing.TB) map[string]string {
	t.Helper()
	root := "github.com/asyncgen/asyncgen/"
	out, err := p.goTool("list", "-export", "-deps", "-f={{.ImportPath}} {{.Export}}", root+"rt", root+"rt/machine", root+"internal/difftest/env",
		"context", "errors", "fmt", "io", "iter", "runtime", "time")
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	files := map[string]string{}
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		name, file, _ := strings.Cut(s.Text(), " ")
		files[name] = file
	}
	return files
}
