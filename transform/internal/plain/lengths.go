package plain

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/astutil"

	"github.com/asyncgen/asyncgen/transform/internal/edit"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// writeLengths writes the constants that types and constants of a function take from its variables as numbers,
// since these declarations move to where there are no such variables:
//
//	var x [3]int
//	type names [len(x)]string
//	const size = unsafe.Sizeof(x)
//
// becomes
//
//	var x [3]int
//	type names [3]string
//	_ = x
//	const size = uintptr(24)
//
// The blank assignment stands where the variable is not used otherwise.
func writeLengths(e *edit.Editor, fn *load.Func) {
	w := &lengths{pkg: e.Package}
	seen := e.Survey(fn)
	moves := len(seen.Blocks) > 0 || slices.ContainsFunc(seen.Decls, func(d *ast.GenDecl) bool { return d.Tok == token.TYPE })
	if !moves {
		return
	}
	for _, d := range seen.Decls {
		if d.Tok == token.VAR || d.Tok == token.IMPORT {
			continue
		}
		astutil.Apply(d, func(c *astutil.Cursor) bool {
			if call, ok := c.Node().(*ast.CallExpr); ok && w.measures(call) {
				e.Edit(fn)
				c.Replace(w.number(call, c))
				w.decls = append(w.decls, d)
				return false
			}
			return true
		}, nil)
	}
	if len(w.decls) > 0 {
		w.use(fn)
	}
}

// lengths are the declarations that named variables.
type lengths struct {
	pkg   *load.Package
	decls []*ast.GenDecl
	names []*ast.Ident // of variables, one for each time that they were named
}

// measures reports whether a call is a constant by the type of an operand that names a variable of a function.
func (w *lengths) measures(call *ast.CallExpr) bool {
	tv := w.pkg.Info.Types[call]
	if tv.Value == nil || !w.pkg.Info.Types[call.Fun].IsBuiltin() {
		return false
	}
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && id.Name != "len" && id.Name != "cap" && !w.pkg.Unevaluated(call) {
		return false // min(len(x), 3): what is in it is replaced
	}
	before := len(w.names)
	ast.Inspect(call, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := w.pkg.Info.Uses[id].(*types.Var); ok && !v.IsField() && v.Parent() != v.Pkg().Scope() {
				w.names = append(w.names, id)
			}
		}
		return true
	})
	return len(w.names) > before
}

// number is the value of a call, with its type where an array does not know it anyhow.
func (w *lengths) number(call *ast.CallExpr, c *astutil.Cursor) ast.Expr {
	tv := w.pkg.Info.Types[call]
	lit := &ast.BasicLit{ValuePos: call.Pos(), Kind: token.INT, Value: tv.Value.ExactString()}
	if _, array := c.Parent().(*ast.ArrayType); array {
		return lit
	}
	return &ast.CallExpr{Fun: identAt(call.Pos(), tv.Type.String()), Args: []ast.Expr{lit}}
}

// use names the variables that nothing else names.
func (w *lengths) use(fn *load.Func) {
	uses := map[types.Object]int{}
	for _, id := range w.pkg.Survey(fn).Idents {
		uses[w.pkg.Info.Uses[id]]++
	}
	unused := map[*ast.GenDecl][]string{}
	seen := map[types.Object]int{}
	for _, id := range w.names {
		seen[w.pkg.Info.Uses[id]]++
	}
	for i, id := range w.names {
		obj := w.pkg.Info.Uses[id]
		if seen[obj] == uses[obj] {
			unused[w.declOf(i)] = append(unused[w.declOf(i)], id.Name)
			seen[obj] = -1
		}
	}
	astutil.Apply(fn.Decl, nil, func(c *astutil.Cursor) bool {
		if s, ok := c.Node().(*ast.DeclStmt); ok && c.Index() >= 0 {
			for _, name := range unused[s.Decl.(*ast.GenDecl)] {
				c.InsertAfter(assign(token.ASSIGN, ident("_"), ident(name)))
			}
		}
		return true
	})
}

// declOf is the declaration in which name i stood.
func (w *lengths) declOf(i int) *ast.GenDecl {
	for _, d := range w.decls {
		if d.Pos() <= w.names[i].Pos() && w.names[i].Pos() < d.End() {
			return d
		}
	}
	panic("plain: a name outside of its declaration")
}
