package transform

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/asyncgen/asyncgen/"

// imports is the architecture: which of our packages each may import. Values of packages further left
// are data; no pass calls another.
var imports = map[string][]string{
	"cmd/asyncgen":               {"transform", "transform/vet"},
	"transform":                  {"arrange", "check", "diag", "edit", "emit", "facts", "ir", "layout", "load", "loader", "lower", "plain"},
	"transform/vet":              {"check", "diag", "facts", "load", "loader"},
	"transform/vet/golangci":     {"transform/vet"},
	"transform/internal/diag":    {},
	"transform/internal/gc":      {},
	"transform/internal/facts":   {},
	"transform/internal/load":    {"diag"},
	"transform/internal/loader":  {"diag", "load"},
	"transform/internal/edit":    {"diag", "load"},
	"transform/internal/check":   {"diag", "load"},
	"transform/internal/plain":   {"diag", "edit", "facts", "gc", "load"},
	"transform/internal/ir":      {"facts", "load"},
	"transform/internal/lower":   {"diag", "facts", "ir", "load"},
	"transform/internal/layout":  {"facts", "gc", "ir", "load"},
	"transform/internal/arrange": {"facts", "ir", "layout", "load"},
	"transform/internal/emit":    {"arrange", "facts", "ir", "layout", "load"},
}

// owners are the packages that alone may import something from outside. Package vet describes to
// drivers of go/analysis what load has loaded, so it knows the types of go/packages, too.
var owners = map[string][]string{
	"golang.org/x/tools/go/packages":             {"transform/internal/loader", "transform/vet"},
	"golang.org/x/tools/go/gcexportdata":         {"transform/internal/loader"},
	"github.com/dave/jennifer/jen":               {"transform/internal/emit"},
	"golang.org/x/tools/go/ast/astutil":          {"transform/internal/plain", "transform/vet"},
	"golang.org/x/tools/go/analysis":             {"transform/vet", "transform/vet/golangci"},
	"golang.org/x/tools/go/analysis/checker":     {"transform/vet"},
	"golang.org/x/tools/go/analysis/unitchecker": {"transform/vet"},
	"golang.org/x/tools/go/cfg":                  {"transform/vet"},
	"github.com/alecthomas/kong":                 {"cmd/asyncgen"},

	"github.com/golangci/plugin-module-register/register": {"transform/vet/golangci"},

	"github.com/rogpeppe/go-internal/diff": {"cmd/asyncgen"},
	"golang.org/x/mod/modfile":             {"cmd/asyncgen"},
}

// TestImports fails when the import graph is not the one above.
func TestImports(t *testing.T) {
	for dir, files := range sources(t) {
		allowed, ok := imports[dir]
		if !ok {
			t.Errorf("package %s is not in the architecture", dir)
		}
		for name, f := range files {
			for _, spec := range f.Imports {
				path, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				own, isOurs := strings.CutPrefix(path, module)
				switch {
				case isOurs && !slices.Contains(allowed, strings.TrimPrefix(own, "transform/internal/")):
					t.Errorf("%s: %s may not import %s", name, dir, own)
				case !isOurs && strings.Contains(path, ".") && !slices.Contains(owners[path], dir):
					t.Errorf("%s: %s may not import %s", name, dir, path)
				}
			}
		}
	}
}

// TestWriters fails when a file other than write.go changes the disk.
func TestWriters(t *testing.T) {
	writers := []string{"WriteFile", "Create", "CreateTemp", "OpenFile", "Remove", "RemoveAll", "Rename", "Mkdir", "MkdirAll", "Chmod"}
	found := false
	for dir, files := range sources(t) {
		if !strings.HasPrefix(dir, "transform") {
			continue
		}
		for name, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "os" && slices.Contains(writers, sel.Sel.Name) {
					found = true
					if name != "transform/write.go" {
						t.Errorf("%s calls os.%s; only transform/write.go writes", name, sel.Sel.Name)
					}
				}
				return true
			})
		}
	}
	if !found {
		t.Error("write.go does not write: this test looks for the wrong names")
	}
}

// sources parses the files of the compiler and the command, by package directory and name; tests apart.
func sources(t *testing.T) map[string]map[string]*ast.File {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	pkgs := map[string]map[string]*ast.File{}
	for _, top := range []string{"cmd", "transform"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Name() == "testdata" {
				return fs.SkipDir
			}
			if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			rel = filepath.ToSlash(rel)
			f, err := parser.ParseFile(token.NewFileSet(), rel, src, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			dir := rel[:strings.LastIndexByte(rel, '/')]
			if pkgs[dir] == nil {
				pkgs[dir] = map[string]*ast.File{}
			}
			pkgs[dir][rel] = f
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return pkgs
}
