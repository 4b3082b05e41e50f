package transform

import (
	"errors"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// FuzzCompile compiles any Go file: the answer is a file that type-checks, or problems of the user's.
// A panic, or a problem of ours, fails.
func FuzzCompile(f *testing.F) {
	seeds := 0
	for _, pattern := range []string{
		"../testdata/golden/*.txtar",
		"internal/check/testdata/*.txtar",
		"internal/plain/testdata/*.txtar",
	} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				f.Fatal(err)
			}
			for _, file := range archive.Files {
				if strings.HasSuffix(file.Name, ".go") {
					f.Add(file.Data)
					seeds++
				}
			}
		}
	}
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if !knownImports(src) {
			t.Skip("would ask the go command for more packages")
		}
		p, err := load.Source(module+"p", map[string][]byte{"p.go": src})
		if p == nil {
			t.Fatal(err)
		}
		var problems Problems
		if _, err = compile(Config{Verify: true}, []*load.Package{p}, nil); !errors.As(err, &problems) && err != nil {
			t.Fatal(err)
		}
		for _, d := range problems {
			if d.ID == diag.Internal || d.ID == diag.UnknownNode {
				t.Error(d)
			}
		}
	})
}

// fuzzImports are the packages that a fuzzed file may import.
var fuzzImports = map[string]bool{
	"C": true, "unsafe": true, module + "rt": true, module + "internal/difftest/env": true,
	"bytes": true, "cmp": true, "context": true, "encoding/binary": true, "errors": true, "fmt": true, "io": true,
	"iter": true, "maps": true, "os": true, "reflect": true, "runtime": true, "slices": true, "sort": true,
	"strconv": true, "strings": true, "sync": true, "sync/atomic": true, "testing": true, "time": true,
}

func knownImports(src []byte) bool {
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", src, parser.ImportsOnly)
	if err != nil && file == nil {
		return true
	}
	for _, spec := range file.Imports {
		if !fuzzImports[strings.Trim(spec.Path.Value, "\"`")] {
			return false
		}
	}
	return true
}
