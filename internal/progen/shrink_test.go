package progen

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/asyncgen/asyncgen/internal/difftest"
)

// shrunk reports a program that fails, after it has left out what the failure does not need. With
// -artifacts the program is kept as a golden file without expectations.
func shrunk(t *testing.T, pkg *difftest.Package) {
	t.Helper()
	var src []byte
	for _, data := range pkg.Files {
		src = data
	}
	why := failure(t, [][]byte{src})[0]
	if why == nil {
		t.Errorf("%s fails beside others, not alone:\n%s", pkg.Dir, src)
		return
	}
	if *smallest {
		src, why = shrink(t, src, why)
	}
	t.Errorf("%s: %v\n%s", pkg.Dir, why, src)
	ar := &txtar.Archive{
		Comment: fmt.Appendf(nil, "A program of progen, %s.\n", pkg.Dir),
		Files:   []txtar.File{{Name: "x.go", Data: src}},
	}
	name := filepath.Join(t.ArtifactDir(), pkg.Dir+".txtar")
	if err := os.WriteFile(name, txtar.Format(ar), 0o666); err != nil {
		t.Error(err)
	}
}

// failure says for each program why it fails, or nil. What the Go compiler does not take does not count.
func failure(t *testing.T, sources [][]byte) []error {
	var pkgs []*difftest.Package
	for i, src := range sources {
		pkgs = append(pkgs, &difftest.Package{Dir: fmt.Sprintf("c%d", i), Files: map[string][]byte{"x.go": src}})
	}
	p := difftest.Build(t, pkgs, options())
	p.Patience = 5 * time.Second
	whys := make([]error, len(sources))
	for i, pkg := range pkgs {
		if pkg.Err != nil {
			if pkg.Ours() {
				whys[i] = pkg.Err
			}
			continue
		}
		r, err := p.Run(pkg, fmt.Sprint("-rounds=", *rounds))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range pkg.Cases {
			// A program that lacks a statement may run for ever.
			if err := r[c.Name].Err; err != nil && !errors.Is(err, difftest.ErrEnded) {
				whys[i] = err
			}
		}
	}
	return whys
}

// shrink tries programs that lack a statement each, many in one build, until none of them fails.
func shrink(t *testing.T, src []byte, why error) ([]byte, error) {
	const most, builds = 40, 40
	from := 0
	for range builds {
		candidates := smaller(src)
		if from >= len(candidates) {
			return src, why
		}
		batch := candidates[from:min(from+most, len(candidates))]
		found := false
		for i, w := range failure(t, batch) {
			if w != nil {
				src, why, found = batch[i], w, true
				break
			}
		}
		if !found {
			from += len(batch)
		}
	}
	return src, why
}

// smaller are the programs that lack one statement or declaration of src, or have the statements of a
// block in its place; large ones first.
func smaller(src []byte) (list [][]byte) {
	for i := 0; ; i++ {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "x.go", src, parser.ParseComments)
		if err != nil {
			panic(err)
		}
		if !without(f, i) {
			return list
		}
		var buf bytes.Buffer
		if format.Node(&buf, fset, f) == nil {
			list = append(list, buf.Bytes())
		}
	}
}

// without makes change number i to f. It says whether there are that many.
func without(f *ast.File, i int) (done bool) {
	n := 0
	for k, d := range f.Decls {
		if _, ok := d.(*ast.FuncDecl); ok {
			if n == i {
				drop(f, d)
				f.Decls = append(f.Decls[:k:k], f.Decls[k+1:]...)
				return true
			}
			n++
		}
	}
	edit := func(list *[]ast.Stmt) {
		for k := 0; k < len(*list) && !done; k++ {
			s := (*list)[k]
			if n == i {
				drop(f, s)
				*list = append((*list)[:k:k], (*list)[k+1:]...)
				done = true
				return
			}
			n++
			if inner := inside(s); inner != nil {
				if n == i {
					*list = append(append((*list)[:k:k], inner...), (*list)[k+1:]...)
					done = true
					return
				}
				n++
			}
		}
	}
	ast.Inspect(f, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.BlockStmt:
			edit(&node.List)
		case *ast.CaseClause:
			edit(&node.Body)
		}
		return !done
	})
	return done
}

// drop removes the comments of what is removed, which would stay behind.
func drop(f *ast.File, n ast.Node) {
	kept := f.Comments[:0:0]
	for _, c := range f.Comments {
		doc, ok := n.(*ast.FuncDecl)
		if ok && doc.Doc == c || n.Pos() <= c.Pos() && c.End() <= n.End() {
			continue
		}
		kept = append(kept, c)
	}
	f.Comments = kept
}

// inside are the statements of the block that s is or has.
func inside(s ast.Stmt) []ast.Stmt {
	switch s := s.(type) {
	case *ast.BlockStmt:
		return s.List
	case *ast.IfStmt:
		return s.Body.List
	case *ast.ForStmt:
		return s.Body.List
	case *ast.RangeStmt:
		return s.Body.List
	case *ast.LabeledStmt:
		return []ast.Stmt{s.Stmt}
	}
	return nil
}
