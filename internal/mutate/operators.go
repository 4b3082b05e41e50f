package mutate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// mutate finds the mutants of all functions.
func (f *file) mutate(syntax *ast.File) {
	for _, d := range syntax.Decls {
		if decl, ok := d.(*ast.FuncDecl); ok && decl.Body != nil {
			f.decl = decl
			f.function(decl.Type, decl.Body)
		}
	}
}

func (f *file) function(sig *ast.FuncType, body *ast.BlockStmt) {
	f.sig = append(f.sig, sig)
	ast.Inspect(body, f.node)
	f.sig = f.sig[:len(f.sig)-1]
}

func (f *file) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncLit:
		f.function(n.Type, n.Body)
		return false
	case *ast.IfStmt:
		f.condition(n.Cond, true, true)
	case *ast.ForStmt:
		if n.Cond != nil {
			f.condition(n.Cond, true, true)
		}
	case *ast.SwitchStmt:
		f.cases(n, n.Body, n.Tag == nil)
	case *ast.TypeSwitchStmt:
		f.cases(n, n.Body, false)
	case *ast.ReturnStmt:
		for _, e := range n.Results {
			f.condition(e, true, true)
		}
	case *ast.AssignStmt:
		for _, e := range n.Rhs {
			f.condition(e, true, true)
		}
	case *ast.KeyValueExpr:
		f.condition(n.Value, true, true)
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
	case *ast.BinaryExpr:
		f.offByOne(n)
	}
	return true
}

// condition finds the mutants of a boolean expression: what is forced is each operand, in the way that leaves the
// decision to the others, and the whole.
func (f *file) condition(e ast.Expr, forceTrue, forceFalse bool) {
	tv := f.info.Types[e]
	if tv.Type == nil || tv.Value != nil || !tv.IsValue() {
		return
	}
	if b, ok := tv.Type.Underlying().(*types.Basic); !ok || b.Info()&types.IsBoolean == 0 {
		return
	}
	switch n := e.(type) {
	case *ast.ParenExpr:
		f.condition(n.X, forceTrue, forceFalse)
		return
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			f.condition(n.X, forceFalse, forceTrue)
			return
		}
	case *ast.BinaryExpr:
		switch n.Op {
		case token.LAND:
			f.condition(n.X, true, forceFalse)
			f.condition(n.Y, true, false)
			return
		case token.LOR:
			f.condition(n.X, forceTrue, true)
			f.condition(n.Y, false, true)
			return
		}
	}
	t, no := 0, 0
	if forceTrue {
		t = f.add(e, "true")
	}
	if forceFalse {
		no = f.add(e, "false")
	}
	f.wrap(e, fmt.Sprintf("mutant.Bool(%d, %d, ", t, no), ")")
}

// offByOne finds the mutants of an operation with integers.
func (f *file) offByOne(n *ast.BinaryExpr) {
	if f.info.Types[n].Value != nil || !types.Identical(f.info.TypeOf(n.Y), types.Typ[types.Int]) {
		return
	}
	op := ""
	switch n.Op {
	case token.LSS, token.GEQ, token.ADD:
		op = "more"
	case token.LEQ, token.GTR, token.SUB:
		op = "less"
	default:
		return
	}
	by := map[string]int{"more": 1, "less": -1}[op]
	f.wrap(n.Y, fmt.Sprintf("mutant.Off(%d, %d, ", f.add(n, op), by), ")")
}

// statements finds those of a list that can be left out.
func (f *file) statements(list []ast.Stmt) {
	for i, s := range list {
		if l, ok := s.(*ast.LabeledStmt); ok {
			s = l.Stmt
		}
		f.followed[s] = i < len(list)-1
		if f.droppable(s) {
			f.wrap(s, fmt.Sprintf("if mutant.Keep(%d) { ", f.add(s, "drop")), " }")
		}
	}
}

// droppable reports whether a statement can be left out, and what is left compiles. What package sync has to do
// stays: without it nothing but the race detector notices, or all wait forever.
func (f *file) droppable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		if id, ok := call.Fun.(*ast.Ident); ok && f.info.Uses[id] == types.Universe.Lookup("panic") {
			return false
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			fn := f.info.Uses[sel.Sel]
			return fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "sync"
		}
		return true
	case *ast.AssignStmt:
		if id, ok := s.Lhs[0].(*ast.Ident); ok && id.Name == "_" && len(s.Lhs) == 1 {
			return false
		}
		return s.Tok != token.DEFINE
	case *ast.IncDecStmt:
		return true
	}
	return false
}

// cases finds the cases of a switch that can be left out. Conditions are forced instead.
func (f *file) cases(sw ast.Stmt, body *ast.BlockStmt, conditions bool) {
	for _, s := range body.List {
		c := s.(*ast.CaseClause)
		if conditions {
			for _, e := range c.List {
				f.condition(e, true, true)
			}
			continue
		}
		if len(c.List) == 0 || len(c.Body) == 0 {
			continue
		}
		f.insert(f.offset(c.Colon)+1, fmt.Sprintf("if !mutant.Keep(%d) { %s };", f.add(c, "case"), f.leave(sw, c)))
	}
}

// leave is a statement that leaves a clause. Where something follows the switch, that goes on; elsewhere what
// terminates has to do so still.
func (f *file) leave(sw ast.Stmt, c *ast.CaseClause) string {
	if f.followed[sw] {
		return "break"
	}
	switch last := c.Body[len(c.Body)-1].(type) {
	case *ast.IfStmt:
		if last.Else == nil {
			return "break"
		}
	case *ast.ReturnStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.ForStmt, *ast.BlockStmt:
	case *ast.ExprStmt:
		if call, ok := last.X.(*ast.CallExpr); !ok || f.info.TypeOf(call) != nil && !f.terminates(call) {
			return "break"
		}
	default:
		return "break"
	}
	results := f.sig[len(f.sig)-1].Results
	if results == nil {
		return "return"
	}
	var zeros []string
	for _, field := range results.List {
		text := string(f.src[f.offset(field.Type.Pos()):f.offset(field.Type.End())])
		for range max(1, len(field.Names)) {
			zeros = append(zeros, "*new("+text+")")
		}
	}
	return "return " + strings.Join(zeros, ", ")
}

func (f *file) terminates(call *ast.CallExpr) bool {
	id, ok := call.Fun.(*ast.Ident)
	return ok && f.info.Uses[id] == types.Universe.Lookup("panic")
}
