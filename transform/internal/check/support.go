package check

import (
	"go/ast"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// body checks what a marked function is made of.
func (c *checker) body(fn *load.Func) {
	c.cgo(fn)
	w := &walker{checker: c, seen: c.pkg.Survey(fn), ways: map[*ast.FuncLit]string{}, plain: map[*ast.FuncLit]bool{}}
	for _, lit := range w.seen.Lits {
		w.plain[lit] = c.pkg.Plain(lit)
	}
	w.walk(fn.Decl.Body)
}

// A walker visits the statements and expressions of a marked function. It enters blocks and literals
// that are called where they stand, which are code of the function; other literals go to
// [checker.literal].
type walker struct {
	*checker
	seen  *load.Survey
	plain map[*ast.FuncLit]bool   // with //async:plain, or run on threads that may block
	ways  map[*ast.FuncLit]string // out of what is wrong with one, "" for the usual ones
}

func (w *walker) walk(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil:
			return false
		case ast.Stmt:
			return w.stmt(n)
		case ast.Expr:
			return w.expr(n)
		default:
			// Fields, specs and comments are parts of the above.
			return true
		}
	})
}

// stmt checks one statement, and reports whether to look inside. Every kind is listed: those without a
// remark may contain awaits wherever Go has an expression or a statement.
func (w *walker) stmt(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.AssignStmt, *ast.BlockStmt, *ast.BranchStmt, *ast.CaseClause, *ast.CommClause, *ast.DeclStmt,
		*ast.EmptyStmt, *ast.ExprStmt, *ast.ForStmt, *ast.IfStmt, *ast.IncDecStmt,
		*ast.LabeledStmt, *ast.RangeStmt, *ast.ReturnStmt, *ast.SelectStmt, *ast.SendStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt:
	case *ast.GoStmt:
		w.started("go", s.Call)
	case *ast.DeferStmt:
		w.started("defer", s.Call)
	default:
		w.refuse(s.Pos(), diag.UnknownNode, "", "unknown statement %T", s)
	}
	return true
}

// started refuses a go or defer statement that needs the future of a function of another package whose
// async form has a name of its own: only its body can be found from here.
func (w *walker) started(word string, call *ast.CallExpr) {
	if a := w.pkg.Await(call); a != nil && a.Kind == load.AwaitRun && a.Async == nil {
		w.refuse(call.Pos(), diag.Renamed, word+" func() { … }() around the call",
			"a %s statement needs the async form of %s, which is renamed in another package", word, a.Callee.Name())
	}
}

// expr checks one expression, and reports whether to look inside.
func (w *walker) expr(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit, *ast.BinaryExpr, *ast.CompositeLit, *ast.Ellipsis, *ast.Ident, *ast.IndexExpr, *ast.IndexListExpr,
		*ast.KeyValueExpr, *ast.ParenExpr, *ast.SelectorExpr, *ast.SliceExpr, *ast.StarExpr, *ast.TypeAssertExpr,
		*ast.UnaryExpr:
	case *ast.ArrayType, *ast.ChanType, *ast.FuncType, *ast.InterfaceType, *ast.MapType, *ast.StructType:
		return false
	case *ast.CallExpr:
		if w.pkg.RunsElsewhere(e) {
			for _, arg := range e.Args {
				if lit, ok := ast.Unparen(arg).(*ast.FuncLit); ok {
					w.plain[lit] = true
				}
			}
		}
		for i, arg := range e.Args {
			if lit, ok := ast.Unparen(arg).(*ast.FuncLit); ok {
				w.ways[lit] = CouldAwait(w.pkg, w.pkg.Callee(e), i).way()
			}
		}
		w.call(e)
	case *ast.FuncLit:
		switch use := w.seen.LitUse(e); use.Kind {
		case load.LitCalled, load.LitDeferred, load.LitStarted, load.LitBlock:
			return true // with or without an await
		case load.LitOrdinary, load.LitPlain:
			if use.Block != nil {
				return true
			}
		}
		w.literal(e, w.plain, w.ways[e])
		return false
	default:
		w.refuse(e.Pos(), diag.UnknownNode, "", "unknown expression %T", e)
	}
	return true
}
