package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A Waitable is a parameter that its function could await, and does not:
//
//	//async:func
//	func each(urls []string, get func(string) error) error   // await=get
type Waitable struct {
	Package *load.Package
	Decl    *ast.FuncDecl
	Marked  *load.Func // nil: it is not marked
	Param   *types.Var
}

// way is what to do about it, "" for nil.
func (w *Waitable) way() string {
	switch {
	case w == nil:
		return ""
	case w.Marked == nil:
		return "mark " + w.Decl.Name.Name + " //async:func await=" + w.Param.Name() + ", or this literal //async:plain"
	}
	return "let " + w.Decl.Name.Name + " await it, with //async:func await=" + w.Param.Name() + ", or mark the literal //async:plain"
}

// CouldAwait finds the parameter that gets argument i of a call of fn, if fn is a function of this package, or of
// another one of the module, and does nothing with the parameter but call it and compare it; else nil.
func CouldAwait(p *load.Package, fn *types.Func, i int) *Waitable {
	if fn == nil || fn.Pkg() == nil || fn.Signature().Variadic() || i >= fn.Signature().Params().Len() {
		return nil
	}
	for _, owner := range append([]*load.Package{p}, p.Deps()...) {
		if owner.Path != fn.Pkg().Path() || owner.Path == load.RuntimePath || owner.Info == nil {
			continue
		}
		for _, f := range owner.Files {
			for _, d := range f.Syntax.Decls {
				decl, ok := d.(*ast.FuncDecl)
				if ok && decl.Name.Pos() == fn.Origin().Pos() && obstacleTo(f, decl) == nil {
					return couldAwait(owner, decl, i)
				}
			}
		}
	}
	return nil
}

// couldAwait looks at parameter i of a declaration.
func couldAwait(p *load.Package, decl *ast.FuncDecl, i int) *Waitable {
	w := &Waitable{Package: p, Decl: decl}
	for _, fn := range p.Funcs {
		if fn.Decl == decl {
			w.Marked = fn
		}
	}
	n := 0
	for _, field := range decl.Type.Params.List {
		for _, id := range field.Names {
			if _, ok := ast.Unparen(field.Type).(*ast.FuncType); ok && n == i {
				w.Param, _ = p.Info.Defs[id].(*types.Var)
			}
			n++
		}
	}
	if w.Param == nil || w.Marked != nil && slices.Contains(w.Marked.Options.Await, w.Param.Name()) || !OnlyCalled(p, decl, w.Param) {
		return nil
	}
	return w
}

// OnlyCalled reports whether a parameter is used, and is called or compared wherever it is, by the function itself.
func OnlyCalled(p *load.Package, decl *ast.FuncDecl, v *types.Var) bool {
	fine := map[*ast.Ident]bool{}
	note := func(list ...ast.Expr) {
		for _, e := range list {
			if id, ok := ast.Unparen(e).(*ast.Ident); ok {
				fine[id] = true
			}
		}
	}
	ok, used := true, false
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			note(n.Fun)
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				note(n.X, n.Y)
			}
		case *ast.GoStmt, *ast.DeferStmt, *ast.FuncLit:
			ok = ok && !names(p, n, v)
		case *ast.Ident:
			if p.Info.Uses[n] == types.Object(v) {
				used = true
				ok = ok && fine[n]
			}
		}
		return true
	})
	return ok && used
}

// names reports whether v is named in n.
func names(p *load.Package, n ast.Node, v *types.Var) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && p.Info.Uses[id] == types.Object(v) {
			found = true
		}
		return !found
	})
	return found
}
