package vet

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/transform/internal/check"
	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// mistakes reports what asyncgen itself refuses or warns of, so that editors and linters show it, and
// marked functions without an async form: what the other rules say of calls of these would be wrong.
func (c *checker) mistakes() {
	ready := c.readyAwaits()
	for _, d := range append(c.pkg.Errors, check.Package(c.pkg)...) {
		if d.ID == "" {
			continue // an error of the type checker, which the driver reports
		}
		if d.ID == diag.InLiteral && ready[d.Pos] {
			continue // nobody waits there
		}
		at := c.pos(d.Pos)
		found := c.reportPos(at, d.ID, d.Hint, "%s", d.Message)
		if d.ID == diag.InLiteral {
			c.fixAwaited(found, at)
		}
	}
	c.stale()
}

// fixAwaited lets the marked function to which a literal is passed await it:
//
//	//async:func   =>   //async:func await=op
func (c *checker) fixAwaited(d *analysis.Diagnostic, pos token.Pos) {
	f := c.file(pos)
	if f == nil {
		return
	}
	var w *check.Waitable
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return n == nil || within(n, pos)
		}
		for i, arg := range call.Args {
			if lit, ok := ast.Unparen(arg).(*ast.FuncLit); ok && within(lit, pos) {
				w = check.CouldAwait(c.pkg, c.pkg.Callee(call), i)
			}
		}
		return within(call, pos)
	})
	if w == nil || w.Package != c.pkg || w.Marked == nil || len(w.Marked.Options.Await) > 0 {
		return
	}
	for _, comment := range w.Decl.Doc.List {
		if comment.Slash == w.Marked.Directive {
			d.SuggestedFixes = append(d.SuggestedFixes, insert("await "+w.Param.Name(), comment.End(), " await="+w.Param.Name()))
		}
	}
}

// pos is a position of the package, from file, line and column.
func (c *checker) pos(p token.Position) token.Pos {
	for _, f := range c.pkg.Files {
		if f.Name != p.Filename {
			continue
		}
		file := c.pass.Fset.File(f.Syntax.FileStart)
		if p.Line < 1 || p.Line > file.LineCount() {
			return f.Syntax.Package
		}
		return file.LineStart(p.Line) + token.Pos(p.Column-1)
	}
	return token.NoPos
}
