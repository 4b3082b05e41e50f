package plain_test

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/internal/golden"
	"github.com/asyncgen/asyncgen/transform/internal/edit"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
	"github.com/asyncgen/asyncgen/transform/internal/plain"
)

// passes are the passes in the order in which they run; the names are those of the golden
// directories.
var passes = []struct {
	name string
	run  func(*edit.Editor) error
}{
	{"rename", plain.Rename}, {"lift", plain.Lift}, {"sugar", plain.Sugar}, {"hoist", plain.Hoist},
}

// root is the directory of the module: the packages of the tests are files of an overlay in it.
func root(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// virtual is the import path, below the module's, of the package of a case.
func virtual(name string) string { return "transform/internal/plain/testdata/cases/" + name }

// loadCases loads the packages of all cases at once, by name. Every package has the file env.go of
// testdata beside its own.
func loadCases(t testing.TB, sources map[string]map[string][]byte) map[string]*load.Package {
	t.Helper()
	dir := root(t)
	cfg := loader.Config{Dir: dir, Overlay: map[string][]byte{}}
	for name, files := range sources {
		cfg.Patterns = append(cfg.Patterns, "./"+virtual(name))
		for file, text := range files {
			cfg.Overlay[filepath.Join(dir, filepath.FromSlash(virtual(name)), file)] = text
		}
	}
	list, err := loader.Load(cfg)
	if err != nil {
		t.Fatal(err)
	}
	pkgs := map[string]*load.Package{}
	for _, p := range list {
		pkgs[p.Path[strings.LastIndex(p.Path, "/")+1:]] = p
	}
	return pkgs
}

// printFuncs prints the marked functions of p, without comments in them.
func printFuncs(t testing.TB, p *load.Package) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, fn := range p.Funcs {
		for _, d := range fn.Lifted {
			printNode(t, &out, p.Fset, d)
		}
		decl := *fn.Decl
		decl.Doc = nil
		printNode(t, &out, p.Fset, &decl)
	}
	return bytes.TrimPrefix(out.Bytes(), []byte("\n"))
}

func printNode(t testing.TB, out *bytes.Buffer, fset *token.FileSet, n ast.Node) {
	t.Helper()
	out.WriteString("\n")
	if err := format.Node(out, fset, n); err != nil {
		t.Fatal(err)
	}
	out.WriteString("\n")
}

// TestGolden runs the passes over the golden files, up to the pass that a file is about. What comes
// out of the last one is plain Go.
func TestGolden(t *testing.T) {
	sources := map[string]map[string][]byte{}
	cases := map[string]*golden.Case{}
	for _, pass := range passes {
		for _, c := range golden.Glob(t, "testdata/"+pass.name+"/*.txtar") {
			name := pass.name + "_" + strings.ReplaceAll(c.Name, "-", "_")
			cases[name] = c
			sources[name] = map[string][]byte{"in.go": c.File("in.go")}
		}
	}
	pkgs := loadCases(t, sources)
	for name, c := range cases {
		t.Run(strings.Replace(name, "_", "/", 1), func(t *testing.T) {
			p := pkgs[name]
			e := edit.New(p)
			e.Strict()
			for _, pass := range passes {
				if err := pass.run(e); err != nil {
					t.Fatalf("%s: %v\n%s", pass.name, err, printFuncs(t, p))
				}
				if strings.HasPrefix(name, pass.name+"_") {
					c.Check(t, "want", printFuncs(t, p))
					c.Save(t)
				}
			}
			if err := plain.Verify(e); err != nil {
				t.Errorf("verify: %v\n%s", err, printFuncs(t, p))
			}
		})
	}
}
