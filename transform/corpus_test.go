package transform

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

var (
	corpus       = flag.String("packages", "", "package patterns for TestCorpus, separated by commas")
	corpusAwaits = flag.Bool("awaits", true, "let TestCorpus add awaits")
	corpusDir    = flag.String("dir", "", "where go list looks for the packages of TestCorpus")
)

// TestCorpus marks every function of real packages and puts an await before every statement. What
// comes out must type-check and give go vet nothing to say, or be refused with a position and a rule;
// the refusals are counted. A run of all of std is for people:
//
//	go test ./transform -run Corpus -packages=std -v
//	go test ./transform -run Corpus -packages=./... -dir=$(go list -m -f {{.Dir}} golang.org/x/tools) -v
func TestCorpus(t *testing.T) {
	patterns := []string{
		"container/list", "sort", "text/tabwriter", "bytes", "errors", "embed", "compress/lzw", "encoding/binary",
		"go/scanner", "crypto/rsa", "text/template/parse", "internal/bisect", "crypto/ecdsa",
	}
	if *corpus != "" {
		patterns = strings.Split(*corpus, ",")
	}
	total := &tally{refused: map[string]int{}}
	for _, pkg := range listCorpus(t, patterns) {
		t.Run(pkg.ImportPath, func(t *testing.T) { total.add(t, pkg) })
	}
	t.Logf("%d functions of %d packages were transformed, with %d awaits", total.functions, total.packages, total.awaits)
	for _, id := range slices.Sorted(maps.Keys(total.refused)) {
		t.Logf("%s refused %d", id, total.refused[id])
	}
}

// A corpusPackage is what the go command says of a package.
type corpusPackage struct {
	ImportPath, Dir   string
	Standard          bool
	GoFiles, CgoFiles []string
}

func listCorpus(t *testing.T, patterns []string) (pkgs []corpusPackage) {
	t.Helper()
	list := exec.Command("go", append([]string{"list", "-e", "-json=ImportPath,Dir,Standard,GoFiles,CgoFiles"}, patterns...)...)
	list.Dir = *corpusDir
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg corpusPackage
		if err := dec.Decode(&pkg); err == io.EOF {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, pkg)
	}
}

// A tally counts what became of the functions.
type tally struct {
	packages, functions, awaits int
	refused                     map[string]int // by rule
}

// add compiles one package. Functions that are refused lose their mark, until none is.
func (c *tally) add(t *testing.T, pkg corpusPackage) {
	switch pkg.ImportPath {
	case "unsafe", "runtime/cgo":
		t.Skip("is not ordinary Go")
	}
	if len(pkg.GoFiles)+len(pkg.CgoFiles) == 0 {
		t.Skip("has no files")
	}
	unmarked := map[string]bool{} // file:function
	for range 20 {
		files, awaits := map[string][]byte{}, 0
		for _, name := range slices.Concat(pkg.GoFiles, pkg.CgoFiles) {
			src, err := os.ReadFile(filepath.Join(pkg.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			var n int
			files[name], n = markAll(t, name, src, pkg.Standard, unmarked)
			awaits += n
		}
		p, err := loader.Source(pkg.ImportPath, files)
		if p == nil {
			t.Fatal(err)
		}
		functions := len(p.Funcs)
		var problems Problems
		res, err := compile(Config{Verify: true}, []*load.Package{p}, nil)
		if err == nil {
			vetOutput(t, p, res.Files)
			c.packages++
			c.functions += functions
			c.awaits += awaits
			return
		}
		if !errors.As(err, &problems) {
			t.Fatal(err)
		}
		if !c.unmark(t, p, problems, unmarked) {
			return
		}
	}
	t.Error("functions are refused again and again")
}

// unmark takes the mark from functions that have problems. A problem of ours, or one that no function
// has, fails the test and ends it for this package.
func (c *tally) unmark(t *testing.T, p *load.Package, problems Problems, unmarked map[string]bool) bool {
	ok := true
	before := maps.Clone(unmarked)
	for _, d := range problems {
		if d.Warning {
			continue
		}
		key := functionAt(p, d)
		if strings.Contains(d.Message, "could not import ") {
			t.Skip(d) // a module that ours does not require
		}
		if d.ID == "" || d.ID == diag.Internal || key == "" || before[key] && d.ID != diag.Collision {
			t.Error(d)
			ok = false
			continue
		}
		unmarked[key] = true
		c.refused[d.ID]++
		t.Log(d)
	}
	return ok
}

// functionAt is the function in which a problem is, as file:offset of its name in the original file.
func functionAt(p *load.Package, d Problem) string {
	for _, f := range p.Files {
		for _, decl := range f.Syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || f.Name != d.Pos.Filename {
				continue
			}
			first, last := p.Position(fn.Pos()).Line, p.Position(fn.End()).Line
			if fn.Doc != nil {
				first = p.Position(fn.Doc.Pos()).Line
			}
			if first <= d.Pos.Line && d.Pos.Line <= last {
				return filepath.Base(f.Name) + ":" + funcName(&load.Func{Decl: fn})
			}
		}
	}
	return ""
}

// markAll marks the functions of a file, and puts an await before their statements:
//
//	func f(x int) int {
//		yieldrt.Yield(); if x > 0 {
//			yieldrt.Yield(); x++
//		}
//		yieldrt.Yield(); return x
//	}
//
// The standard library keeps the packages that it imports from elsewhere below vendor.
func markAll(t *testing.T, name string, src []byte, std bool, unmarked map[string]bool) (_ []byte, awaits int) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	type insert struct {
		at   int
		text string
	}
	inserts := []insert{
		{fset.Position(f.Name.End()).Offset, `; import yieldrt "` + load.RuntimePath + `"`},
		{len(src), "\nvar _ = yieldrt.Yield\n"},
	}
	for _, spec := range f.Imports {
		if std && strings.HasPrefix(spec.Path.Value, `"golang.org/`) {
			inserts = append(inserts, insert{fset.Position(spec.Path.Pos()).Offset + 1, "vendor/"})
		}
	}
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil || unmarked[name+":"+funcName(&load.Func{Decl: fn})] {
			continue
		}
		if fn.Name.Name == "_" || fn.Recv == nil && (fn.Name.Name == "init" || fn.Name.Name == "main") {
			continue
		}
		inserts = append(inserts, insert{fset.Position(fn.Type.Func).Offset, "//async:func\n"})
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			var list []ast.Stmt
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.BlockStmt:
				list = n.List
			case *ast.CaseClause:
				list = n.Body
			case *ast.CommClause:
				list = n.Body
			}
			if !*corpusAwaits {
				return true
			}
			for _, s := range list {
				if _, clause := s.(*ast.CaseClause); clause {
					continue
				}
				if _, clause := s.(*ast.CommClause); clause {
					continue
				}
				awaits++
				inserts = append(inserts, insert{fset.Position(s.Pos()).Offset, "yieldrt.Yield(); "})
			}
			return true
		})
	}
	slices.SortStableFunc(inserts, func(a, b insert) int { return cmp.Compare(a.at, b.at) })
	var out strings.Builder
	last := 0
	for _, in := range inserts {
		out.Write(src[last:in.at])
		out.WriteString(in.text)
		last = in.at
	}
	out.Write(src[last:])
	return []byte(out.String()), awaits
}
