package load

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNeverRecover reads the packages that MayRecover trusts.
func TestNeverRecover(t *testing.T) {
	for _, path := range neverRecover {
		dir := filepath.Join(build.Default.GOROOT, "src", filepath.FromSlash(path))
		if rest, ok := strings.CutPrefix(path, RuntimePath); ok {
			dir = filepath.Join("..", "..", "..", "rt", filepath.FromSlash(rest))
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s: no files in %s: %v", path, dir, err)
		}
		for _, name := range files {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_test.go") || !bytes.Contains(src, []byte("recover()")) {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if d, ok := d.(*ast.FuncDecl); ok && d.Name.IsExported() && recovers(d.Body) {
					t.Errorf("%s: %s calls recover", name, d.Name.Name)
				}
			}
		}
	}
}
