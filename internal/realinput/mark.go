package main

import (
	"cmp"
	"errors"
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

// A function is one of a package that we mark.
type function struct {
	name    string // F, or T.F
	file    string // base name
	decl    *ast.FuncDecl
	sig     *types.Signature
	refused bool // by asyncgen, so it stays as it is
}

// A source is the package that we mark: its files but for the tests.
type source struct {
	name  string // of the package
	dir   string
	hook  string // import path of package hook
	fset  *token.FileSet
	info  *types.Info
	files map[string]*file // by base name
	funcs map[string]*function
}

type file struct {
	text   []byte
	syntax *ast.File
}

// loadSource loads and type-checks the package.
func loadSource(dir string, env []string) (*source, error) {
	cfg := &packages.Config{Mode: packages.LoadSyntax, Dir: dir, Env: env}
	pkgs, err := packages.Load(cfg, ".")
	if err != nil {
		return nil, err
	}
	p := pkgs[0]
	for _, e := range p.Errors {
		err = errors.Join(err, e)
	}
	if err != nil {
		return nil, err
	}
	s := &source{name: p.Name, dir: dir, fset: p.Fset, info: p.TypesInfo, files: map[string]*file{}, funcs: map[string]*function{}}
	for _, f := range p.Syntax {
		full := s.fset.Position(f.Package).Filename
		text, err := os.ReadFile(full)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(full)
		s.files[name] = &file{text, f}
		for _, decl := range f.Decls {
			if decl, ok := decl.(*ast.FuncDecl); ok && decl.Body != nil {
				s.add(name, decl)
			}
		}
	}
	return s, nil
}

func (s *source) add(file string, decl *ast.FuncDecl) {
	if decl.Name.Name == "_" || decl.Recv == nil && decl.Name.Name == "init" {
		return // there may be several, and none can be called
	}
	obj := s.info.Defs[decl.Name].(*types.Func)
	f := &function{name: declName(decl), file: file, decl: decl, sig: obj.Signature()}
	s.funcs[f.name] = f
}

// declName is F, or T.F for a method.
func declName(decl *ast.FuncDecl) string {
	if decl.Recv == nil {
		return decl.Name.Name
	}
	t := ast.Unparen(decl.Recv.List[0].Type)
	for {
		switch u := t.(type) {
		case *ast.StarExpr:
			t = ast.Unparen(u.X)
		case *ast.IndexExpr:
			t = u.X
		case *ast.IndexListExpr:
			t = u.X
		default:
			return types.ExprString(t) + "." + decl.Name.Name
		}
	}
}

// in gives the functions of a file in source order.
func (s *source) in(file string) []*function {
	var list []*function
	for _, f := range s.funcs {
		if f.file == file {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *function) int { return cmp.Compare(a.decl.Pos(), b.decl.Pos()) })
	return list
}

// mark writes the files with marks and awaits, and says how many awaits there are.
func (s *source) mark() (awaits int, err error) {
	for name, f := range s.files {
		m := &marker{source: s}
		for _, fn := range s.in(name) {
			m.function(fn)
		}
		if len(m.edits) > 0 {
			m.insert(f.syntax.Name.End(), fmt.Sprintf("; import realhook %q", s.hook))
		}
		awaits += m.awaits
		if err := os.WriteFile(filepath.Join(s.dir, name), apply(f.text, m.edits), 0o644); err != nil {
			return 0, err
		}
	}
	return awaits, nil
}

// A marker edits one file.
type marker struct {
	*source
	edits  []edit
	awaits int
}

// An edit replaces text between two offsets.
type edit struct {
	at, end int
	text    string
}

// apply makes edits, in the given order where they are at the same place.
func apply(text []byte, edits []edit) []byte {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.at, b.at) })
	var out strings.Builder
	last := 0
	for _, e := range edits {
		out.Write(text[last:e.at])
		out.WriteString(e.text)
		last = e.end
	}
	out.Write(text[last:])
	return []byte(out.String())
}

func (m *marker) insert(pos token.Pos, text string) {
	at := m.fset.Position(pos).Offset
	m.edits = append(m.edits, edit{at, at, text})
}

// function marks a function and puts awaits into it:
//
//	func f(r io.Reader) (int, error) {
//		n := size(r)
//		return n, check(n)
//	}
//
// becomes
//
//	//async:func
//	func f(r io.Reader) (int, error) { realhook.Point();
//		realhook.Point(); n := realhook.Value(size(r))
//		realhook.Point(); return n, realhook.Value(check(n))
//	}
func (m *marker) function(fn *function) {
	if fn.refused {
		return
	}
	m.insert(fn.decl.Type.Func, "//async:func\n")
	m.insert(fn.decl.Body.Lbrace+1, " realhook.Point();")
	m.awaits++
	m.body(fn.decl.Body)
}

// body puts awaits into a function's own code: that of its literals belongs to whoever calls them.
func (m *marker) body(body *ast.BlockStmt) {
	var path []ast.Node
	var closing []func()
	ast.Inspect(body, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			closing[len(closing)-1]()
			closing = closing[:len(closing)-1]
			return false
		}
		if lit, ok := n.(*ast.FuncLit); ok && !calledOnTheSpot(path, lit) {
			return false
		}
		done := func() {}
		if call, ok := n.(*ast.CallExpr); ok && m.hasValue(call) && !isStatement(path) {
			m.insert(call.Pos(), "realhook.Value(")
			m.awaits++
			done = func() { m.insert(call.End(), ")") }
		}
		m.statements(n)
		path = append(path, n)
		closing = append(closing, done)
		return true
	})
}

// statements puts an await before each statement of a list. What a go statement calls stays a goroutine:
// it may block as its author meant it to, on a socket or a channel, and a task that does so blocks a
// worker.
func (m *marker) statements(n ast.Node) {
	var list []ast.Stmt
	switch n := n.(type) {
	case *ast.BlockStmt:
		list = n.List
	case *ast.CaseClause:
		list = n.Body
	case *ast.CommClause:
		list = n.Body
	}
	for _, s := range list {
		switch s.(type) {
		case *ast.CaseClause, *ast.CommClause, *ast.EmptyStmt:
		default:
			m.insert(s.Pos(), "realhook.Point(); ")
			m.awaits++
		}
		if s, ok := s.(*ast.GoStmt); ok {
			m.insert(s.Pos(), "\n//async:plain\n")
		}
	}
}

// hasValue reports whether a call is that of a function with one result, which is no constant.
func (m *marker) hasValue(call *ast.CallExpr) bool {
	fun, v := m.info.Types[call.Fun], m.info.Types[call]
	if fun.IsType() || fun.IsBuiltin() || !v.IsValue() || v.Value != nil {
		return false
	}
	_, several := v.Type.(*types.Tuple)
	return !several
}

// isStatement reports whether what follows path is an expression statement, or the call of a go or defer
// statement.
func isStatement(path []ast.Node) bool {
	switch path[len(path)-1].(type) {
	case *ast.ExprStmt, *ast.GoStmt, *ast.DeferStmt:
		return true
	}
	return false
}

// calledOnTheSpot reports whether a literal is called where it stands, or by a defer statement, so that it is
// the function's own code. What a go statement calls is not.
func calledOnTheSpot(path []ast.Node, lit *ast.FuncLit) bool {
	call, ok := path[len(path)-1].(*ast.CallExpr)
	if !ok || call.Fun != lit {
		return false
	}
	_, isGo := path[len(path)-2].(*ast.GoStmt)
	return !isGo
}
