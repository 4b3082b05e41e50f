package plain

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/edit"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// Verify checks that the marked functions of a package are plain Go: the grammar that doc.go lists.
func Verify(e *edit.Editor) error {
	return e.Each(func(_ int, fn *load.Func, errs *diag.List) {
		for _, u := range units(e, fn, errs) {
			v := &verifier{unit: u}
			v.stmts(u.body.List)
		}
	})
}

type verifier struct{ *unit }

func (v *verifier) stmts(list []ast.Stmt) {
	for _, s := range list {
		v.stmt(s)
	}
}

// stmt checks a statement that suspends: an await stands alone, or in the body of a statement.
func (v *verifier) stmt(s ast.Stmt) {
	if !v.suspends(s) {
		return
	}
	switch s := s.(type) {
	case *ast.LabeledStmt:
		v.stmt(s.Stmt)
	case *ast.BlockStmt:
		v.stmts(s.List)
	case *ast.IfStmt:
		v.header(s, s.Init, s.Cond)
		if s.Init != nil {
			v.unsupported(s, "if statement that suspends with an init statement")
		}
		v.stmts(s.Body.List)
		if s.Else != nil {
			v.stmt(s.Else)
		}
	case *ast.ForStmt:
		v.header(s, s.Init, s.Cond, s.Post)
		v.stmts(s.Body.List)
	case *ast.SwitchStmt:
		v.header(s, s.Init, s.Tag)
		if s.Init != nil {
			v.unsupported(s, "switch that suspends with an init statement")
		}
		v.stmts(s.Body.List)
	case *ast.TypeSwitchStmt:
		v.header(s, s.Init, s.Assign)
		if _, bound := s.Assign.(*ast.AssignStmt); bound || s.Init != nil {
			v.unsupported(s, "type switch that suspends with an init statement or a bound variable")
		}
		v.stmts(s.Body.List)
	case *ast.SelectStmt:
		v.stmts(s.Body.List)
	case *ast.CaseClause:
		for _, e := range s.List {
			v.header(s, e)
		}
		v.stmts(s.Body)
	case *ast.CommClause:
		v.header(s, s.Comm)
		v.stmts(s.Body)
	case *ast.ExprStmt:
		v.await(s, s.X)
	case *ast.AssignStmt:
		v.assign(s)
	case *ast.ReturnStmt:
		v.result(s)
	case *ast.GoStmt:
		v.operands(s.Call)
	case *ast.DeferStmt:
		v.operands(s.Call)
	default:
		v.unsupported(s, "await in %T", s)
	}
}

// header checks that the parts of a statement that are not statements of their own do not await.
func (v *verifier) header(s ast.Stmt, parts ...ast.Node) {
	for _, n := range parts {
		if n != nil && v.suspends(n) {
			v.unsupported(s, "await in the header of %T", s)
		}
	}
}

// await checks that e is an await whose operands contain none.
func (v *verifier) await(s ast.Stmt, e ast.Expr) {
	call, ok := e.(*ast.CallExpr)
	if !ok || v.seen.Await(call) == nil {
		v.unsupported(s, "await inside of an expression")
		return
	}
	v.operands(call)
}

func (v *verifier) operands(call *ast.CallExpr) {
	parts := call.Args
	if _, lit := ast.Unparen(call.Fun).(*ast.FuncLit); !lit {
		parts = append([]ast.Expr{call.Fun}, parts...)
	}
	for _, e := range parts {
		if v.suspends(e) && !v.made(e) {
			v.unsupported(call, "await in an operand of a call")
		}
	}
}

// made reports whether e is the future that rt.Await is called with, made on the spot.
func (v *verifier) made(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || v.seen.Await(call) != nil {
		return false
	}
	v.operands(call)
	return true
}

func (v *verifier) assign(s *ast.AssignStmt) {
	if len(s.Rhs) != 1 || s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
		v.unsupported(s, "await in an assignment with several values or an operator")
		return
	}
	v.await(s, s.Rhs[0])
	for i, e := range s.Lhs {
		id, ok := e.(*ast.Ident)
		if !ok {
			v.unsupported(s, "await assigned to something that is no variable")
			continue
		}
		t := v.typeOf(s.Rhs[0])
		if tuple, ok := t.(*types.Tuple); ok {
			t = tuple.At(i).Type()
		}
		if id.Name != "_" && !types.Identical(v.object(id).Type(), t) {
			v.unsupported(s, "await assigned to a variable of another type")
		}
	}
}

func (v *verifier) result(s *ast.ReturnStmt) {
	if len(s.Results) != 1 {
		v.unsupported(s, "await beside another result")
		return
	}
	v.await(s, s.Results[0])
	if !sameTypes(v.typeOf(s.Results[0]), v.sig().Results()) {
		v.unsupported(s, "await returned as another type")
	}
}
