// Package mutate breaks Go code on purpose, to see whether tests notice.
//
// [Load] finds the mutants of some packages: places of their syntax at which a generic operator applies.
// [Set.Overlay] writes the files anew with all of them in it, each behind a switch:
//
//	if a && b {                     if mutant.Bool(7, a) && mutant.Bool(9, b) {
//		call()              →           if mutant.Keep(11) { call() }
//	}                               }
//
// So one binary has all mutants, and a number selects the one that is on. Nothing is compiled for each. A switch
// also notes that the mutant that it stands for would have made a difference there: where no test comes to that,
// none has to run.
//
// The operators:
//
//	true, false   a condition, or an operand of one, is forced
//	more, less    an operand of an integer comparison, a sum or a difference is off by one
//	drop          a call or an assignment is left out
//	case          a case of a switch is left out
package mutate

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// A Mutant is one way in which the code can be broken.
type Mutant struct {
	ID   int
	File string // relative to the directory of the set
	Line int
	Func string // the function, or method, that it is in
	Op   string
	Text string // what is changed, on one line

	nth int // of several with the same name
}

// Name is the same as long as the function has this text.
func (m Mutant) Name() string {
	name := fmt.Sprintf("%s %s: %s: %s", m.File, m.Func, m.Op, m.Text)
	if m.nth > 0 {
		name += fmt.Sprintf(" #%d", m.nth+1)
	}
	return name
}

// A Set is the mutants of some packages.
type Set struct {
	Mutants []Mutant

	dir   string
	files map[string]*file // by absolute name
}

// switchDir is the package that has the switches. It exists in the overlay alone.
const switchDir = "internal/mutant"

// Load finds the mutants of the packages of a module, whose root dir is, in those files that keep wants.
func Load(dir string, patterns []string, keep func(file string) bool) (*Set, error) {
	pkgs, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedTypes |
			packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedModule,
		Dir: dir,
	}, patterns...)
	if err != nil {
		return nil, err
	}
	s := &Set{dir: dir, files: map[string]*file{}}
	slices.SortFunc(pkgs, func(a, b *packages.Package) int { return cmp.Compare(a.PkgPath, b.PkgPath) })
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			return nil, p.Errors[0]
		}
		for _, syntax := range p.Syntax {
			name := p.Fset.Position(syntax.FileStart).Filename
			rel, err := filepath.Rel(dir, name)
			if err != nil {
				return nil, err
			}
			if !keep(filepath.ToSlash(rel)) {
				continue
			}
			src, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			f := &file{set: s, followed: map[ast.Stmt]bool{}, fset: p.Fset, info: p.TypesInfo, rel: filepath.ToSlash(rel), src: src}
			f.base = p.Fset.File(syntax.FileStart).Base()
			f.mutate(syntax)
			if len(f.marks) > 0 {
				f.insert(f.offset(syntax.Name.End()), `; import mutant "`+p.Module.Path+"/"+switchDir+`"`)
				s.files[name] = f
			}
		}
	}
	seen := map[string]int{}
	for i := range s.Mutants {
		m := &s.Mutants[i]
		name := m.Name()
		m.nth = seen[name]
		seen[name]++
	}
	return s, nil
}

//go:embed switch.go.txt
var switches []byte

//go:embed select.go.txt
var selecting []byte

// Overlay writes the broken files into a directory, and a file for the flag -overlay of the go command, whose name it
// gives. Each package of hooks, relative to the directory of the set, gets a test file in its package hooks[dir]
// that sets its variable mutants, of type [Switches].
func (s *Set) Overlay(into, modulePath string, hooks map[string]string) (name string, err error) {
	replace := map[string]string{}
	put := func(target string, text []byte) {
		to := filepath.Join(into, fmt.Sprintf("%d.go", len(replace)))
		replace[target] = to
		err = cmp.Or(err, os.WriteFile(to, text, 0o666))
	}
	for target, f := range s.files {
		put(target, f.text())
	}
	put(filepath.Join(s.dir, switchDir, "mutant.go"), fmt.Appendf(switches, "\nconst size = %d\n", len(s.Mutants)+1))
	for dir, pkg := range hooks {
		text := strings.NewReplacer("PACKAGE", pkg, "SWITCHES", modulePath+"/"+switchDir).Replace(string(selecting))
		put(filepath.Join(s.dir, dir, "zz_mutants_test.go"), []byte(text))
	}
	data, jsonErr := json.Marshal(map[string]any{"Replace": replace})
	name = filepath.Join(into, "overlay.json")
	return name, cmp.Or(err, jsonErr, os.WriteFile(name, data, 0o666))
}

// Switches select what is on, in a binary that has mutants.
type Switches struct {
	Select func(id int)        // 0 for none
	Limit  func(steps int64)   // panic when this many more switches have been passed; 0 for never
	Steps  func() int64        // how many have been passed since Limit
	Seen   func() map[int]bool // the mutants that would have made a difference since it was called last
}

// A file is one file to break.
type file struct {
	set  *Set
	fset *token.FileSet
	info *types.Info
	rel  string
	src  []byte
	base int

	decl  *ast.FuncDecl
	sig   []*ast.FuncType // of the functions that we are in
	marks []mark

	followed map[ast.Stmt]bool // by another in its list
}

// A mark is text to insert.
type mark struct {
	at, seq int
	closes  bool
	text    string
}

func (f *file) offset(p token.Pos) int { return int(p) - f.base }

func (f *file) insert(at int, text string) {
	f.marks = append(f.marks, mark{at, len(f.marks), false, text})
}

// wrap puts text before and after a node. Who wraps first is outside.
func (f *file) wrap(n ast.Node, before, after string) {
	f.marks = append(f.marks, mark{f.offset(n.Pos()), len(f.marks), false, before}, mark{f.offset(n.End()), len(f.marks), true, after})
}

// text is the file with what is inserted.
func (f *file) text() []byte {
	slices.SortFunc(f.marks, func(a, b mark) int {
		switch {
		case a.at != b.at:
			return cmp.Compare(a.at, b.at)
		case a.closes != b.closes && a.closes:
			return -1
		case a.closes != b.closes:
			return 1
		case a.closes:
			return cmp.Compare(b.seq, a.seq)
		default:
			return cmp.Compare(a.seq, b.seq)
		}
	})
	var out []byte
	last := 0
	for _, m := range f.marks {
		out = append(out, f.src[last:m.at]...)
		out = append(out, m.text...)
		last = m.at
	}
	return append(out, f.src[last:]...)
}

// add notes a mutant, and gives its number.
func (f *file) add(n ast.Node, op string) int {
	id := len(f.set.Mutants) + 1
	m := Mutant{ID: id, File: f.rel, Line: f.fset.Position(n.Pos()).Line, Func: f.name(), Op: op}
	m.Text = strings.Join(strings.Fields(string(f.src[f.offset(n.Pos()):f.offset(n.End())])), " ")
	if op == "case" || len(m.Text) > 100 {
		m.Text, _, _ = strings.Cut(string(f.src[f.offset(n.Pos()):f.offset(n.End())]), "\n")
	}
	f.set.Mutants = append(f.set.Mutants, m)
	return id
}

func (f *file) name() string {
	if f.decl.Recv == nil {
		return f.decl.Name.Name
	}
	t := f.decl.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if index, ok := t.(*ast.IndexExpr); ok {
		t = index.X
	}
	return t.(*ast.Ident).Name + "." + f.decl.Name.Name
}
