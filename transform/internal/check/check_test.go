package check

import (
	"flag"
	"go/ast"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

var update = flag.Bool("update", false, "write what was found into testdata")

// TestCheck compares the problems of each archive of testdata with its file "want", word for word.
func TestCheck(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no testdata", err)
	}
	seen := map[string]bool{}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files, want := map[string][]byte{}, -1
			for i, f := range archive.Files {
				if f.Name == "want" {
					want = i
				} else {
					files[f.Name] = f.Data
				}
			}
			if want < 0 {
				t.Fatal("there is no file want")
			}
			list := problems(t, files)
			for _, d := range list {
				seen[d.ID] = true
			}
			got := list.Error() + "\n"
			if *update {
				archive.Files[want].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(strings.Split(string(archive.Files[want].Data), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
	for _, r := range diag.Rules {
		if !seen[r.ID] && !elsewhere[r.ID] && !strings.HasPrefix(r.ID, "AG04") { // those are package vet's
			t.Errorf("no archive has a problem of rule %s", r.ID)
		}
	}
}

// elsewhere are the rules that are tested with the packages that enforce them.
var elsewhere = map[string]bool{
	diag.NoRuntime: true, diag.OldLanguage: true, diag.LeftOut: true, // need the go command
	diag.Unnameable: true,                                                                  // needs the passes
	diag.Renamed:    true,                                                                  // needs two packages
	diag.NotOurs:    true, diag.HandEdited: true, diag.CannotWrite: true, diag.Stale: true, // need a disk
	diag.UnknownNode: true, // needs a Go that does not exist yet
	diag.Internal:    true, // needs a mistake of ours
	diag.Differs:     true, // needs two builds
}

// problems loads and checks a package; names are without the directory.
func problems(t *testing.T, files map[string][]byte) (list diag.List) {
	t.Helper()
	p, err := loader.Source("example.com/p", files)
	if p == nil {
		t.Fatal(err)
	}
	list = append(append(list, p.Errors...), Package(p)...)
	for i := range list {
		list[i].Pos.Filename = filepath.Base(list[i].Pos.Filename)
		if list[i].Warning {
			list[i].Message = "warning: " + list[i].Message
		}
	}
	list.Sort()
	return list
}

// TestRules makes sure that every rule is explained, once.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range diag.Rules {
		if seen[r.ID] || r.Title == "" || strings.TrimSpace(r.Text) == "" {
			t.Errorf("rule %s is there twice, or not explained", r.ID)
		}
		seen[r.ID] = true
	}
}

// TestGenericMethod marks a method with type parameters of its own, which the parser of Go 1.26 does not make.
func TestGenericMethod(t *testing.T) {
	decl := &ast.FuncDecl{
		Recv: &ast.FieldList{List: []*ast.Field{{Type: ast.NewIdent("T")}}},
		Name: ast.NewIdent("get"),
		Type: &ast.FuncType{TypeParams: &ast.FieldList{List: []*ast.Field{{Names: []*ast.Ident{ast.NewIdent("A")}, Type: ast.NewIdent("any")}}}, Params: &ast.FieldList{}},
		Body: &ast.BlockStmt{},
	}
	if o := obstacleTo(&load.File{}, decl); o == nil || o.id != diag.UnknownNode || !strings.Contains(o.message, "get is a method with type parameters") {
		t.Errorf("%+v", o)
	}
	decl.Type.TypeParams = nil
	if o := obstacleTo(&load.File{}, decl); o != nil {
		t.Errorf("%+v", o)
	}
}
