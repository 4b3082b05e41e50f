package progen

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"

	"golang.org/x/tools/go/ast/astutil"
)

// An edit makes a program smaller.
type edit struct {
	removal bool // of a statement or declaration
	do      func()
}

// edited is src after those of its edits that are chosen: of two edits of one node the first is made. It
// says how many there are to choose from, of removals only if all is not set. The result is nil if
// it cannot be printed.
func edited(src []byte, all bool, choose func(i int) bool) (out []byte, n int) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x.go", src, parser.ParseComments)
	if err != nil {
		return nil, 0
	}
	astutil.Apply(f, nil, func(c *astutil.Cursor) bool {
		done := false
		for _, e := range edits(f, c) {
			if !e.removal && !all {
				continue
			}
			if choose(n) && !done {
				done = true
				e.do()
			}
			n++
		}
		return true
	})
	var buf bytes.Buffer
	if format.Node(&buf, fset, f) != nil {
		return nil, n
	}
	return buf.Bytes(), n
}

// edits are those of the node at hand.
func edits(f *ast.File, c *astutil.Cursor) (list []edit) {
	removal := func(do func()) { list = append(list, edit{true, do}) }
	other := func(do func()) { list = append(list, edit{false, do}) }
	instead := func(x ast.Expr) {
		switch c.Parent().(type) {
		case *ast.DeferStmt, *ast.GoStmt: // they take nothing but calls
		default:
			other(func() { c.Replace(x) })
		}
	}
	switch n := c.Node().(type) {
	case *ast.FuncDecl, *ast.GenDecl:
		if g, ok := n.(*ast.GenDecl); c.Index() >= 0 && !(ok && g.Tok == token.IMPORT) {
			removal(func() { drop(f, n); c.Delete() })
		}
	case *ast.BinaryExpr:
		instead(n.X)
		instead(n.Y)
	case *ast.ParenExpr:
		instead(n.X)
	case *ast.CallExpr:
		for _, arg := range n.Args {
			if _, lit := arg.(*ast.FuncLit); !lit {
				instead(arg)
			}
		}
		if _, lit := n.Fun.(*ast.FuncLit); lit {
			instead(ast.NewIdent("n"))
		}
	case *ast.IfStmt:
		if n.Else != nil {
			other(func() { n.Else = nil })
		}
		other(func() { n.Cond = ast.NewIdent("true") })
	}
	if s, ok := c.Node().(ast.Stmt); ok && c.Index() >= 0 {
		removal(c.Delete)
		if inner := inside(s); inner != nil {
			other(func() {
				for _, s := range inner {
					c.InsertBefore(s)
				}
				c.Delete()
			})
		}
	}
	return list
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
	case *ast.SwitchStmt:
		return clauses(s.Body)
	case *ast.TypeSwitchStmt:
		return clauses(s.Body)
	case *ast.SelectStmt:
		return clauses(s.Body)
	case *ast.LabeledStmt:
		return []ast.Stmt{s.Stmt}
	case *ast.DeferStmt:
		return litBody(s.Call)
	case *ast.GoStmt:
		return litBody(s.Call)
	case *ast.ExprStmt:
		if call, ok := s.X.(*ast.CallExpr); ok {
			return litBody(call)
		}
	}
	return nil
}

// clauses are the statements of all clauses of a switch or select.
func clauses(body *ast.BlockStmt) (list []ast.Stmt) {
	for _, s := range body.List {
		switch s := s.(type) {
		case *ast.CaseClause:
			list = append(list, s.Body...)
		case *ast.CommClause:
			list = append(list, s.Body...)
		}
	}
	return list
}

// litBody are the statements of a literal that is called.
func litBody(call *ast.CallExpr) []ast.Stmt {
	if lit, ok := call.Fun.(*ast.FuncLit); ok {
		return lit.Body.List
	}
	return nil
}
