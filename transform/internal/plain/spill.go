package plain

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A slot is an operand of an expression or statement, where it stands in the tree.
type slot struct {
	p      *ast.Expr
	copied bool // gc copies it before it evaluates the operands to its right, though it is a plain read
	value  bool // what stands for the operand is its value, which is passed on
}

// list hoists out of operands that are evaluated in this order. later says that an await of the
// same statement comes after all of them.
func (h *hoister) list(slots []slot, later bool) {
	after := make([]bool, len(slots)) // an await comes after slot i
	for i := len(slots) - 1; i >= 0; i-- {
		after[i] = later
		later = later || h.suspends(*slots[i].p)
	}
	for i, s := range slots {
		before, t := madeByCall(*s.p), h.typeOf(*s.p)
		e := h.expr(*s.p, after[i])
		if s.value && before {
			e = h.uncopied(e, t)
		}
		if s.copied && after[i] && h.typeOf(e) != nil {
			e = h.spill(e)
		}
		*s.p = e
	}
}

// expr hoists the awaits out of e and returns what is left of it. If later is true, an await
// follows in the statement, and what gc evaluates before that moves too; plain reads do not:
// gc reads x in x + f() after the call. See order.go.
func (h *hoister) expr(e ast.Expr, later bool) ast.Expr {
	if e == nil || h.isConst(e) || h.pkg.Info.Types[e].IsType() {
		return e
	}
	awaits := h.suspends(e)
	if !awaits && !later {
		return e
	}
	early := h.early(e)
	if early && !awaits {
		return h.spill(e)
	}
	if and, ok := e.(*ast.BinaryExpr); ok && awaits && h.suspends(and.Y) && (and.Op == token.LAND || and.Op == token.LOR) {
		return h.shortCircuit(and)
	}
	if lit, ok := e.(*ast.CompositeLit); ok && awaits && h.isMap(lit) {
		return h.mapLit(lit)
	}
	call := h.await(e)
	if call != nil {
		h.operands(call, false)
		return h.emitCall(call)[0]
	}
	h.operands(e, later && !early)
	if early && later {
		return h.spill(e)
	}
	if p, ok := e.(*ast.ParenExpr); ok {
		if name, ok := p.X.(*ast.Ident); ok {
			return name
		}
	}
	return e
}

// tuple hoists out of an expression with several results: an await becomes names for them, any
// other expression stays.
func (h *hoister) tuple(e ast.Expr) []ast.Expr {
	e = ast.Unparen(e)
	h.operands(e, false)
	if call := h.await(e); call != nil {
		return h.emitCall(call)
	}
	return []ast.Expr{e}
}

// spill evaluates e before the statement in hand and returns the temporary that holds it.
//
//	f(a(), rt.Await(c))
//
// becomes
//
//	t1 := a()
//	v1, err1 := rt.Await(c)
//	f(t1, v1, err1)
func (h *hoister) spill(e ast.Expr) ast.Expr {
	t := h.typeOf(e)
	if lit, ok := e.(*ast.CompositeLit); ok && lit.Type == nil {
		lit.Type = h.typeExpr(lit, t) // it stood in a literal that gave it its type
	}
	return h.temp("t", e, t)
}

// temp declares a temporary with the type t, which is e's own or what the context gives to it.
func (h *hoister) temp(base string, e ast.Expr, t types.Type) ast.Expr {
	name, pos := h.names.fresh(base), e.Pos()
	h.out = append(h.out, h.declareAs(name, e, t))
	return identAt(pos, name)
}

// declareAs is name := e where that gives the variable the type t, and var name t = e otherwise: a
// comparison, or a shift of a constant, would not have the type that its context gave to it.
func (u *unit) declareAs(name string, e ast.Expr, t types.Type) ast.Stmt {
	t = types.Default(t)
	if alone := u.alone(e); alone != nil && alone != t {
		return varDecl(name, u.typeExpr(e, t), e)
	}
	return define(name, e)
}

// alone is the type that an expression without one has when it stands alone, whatever its context
// made of it; nil for an expression that has a type anyhow. Where both are possible it is invalid.
func (u *unit) alone(e ast.Expr) types.Type {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return u.alone(e.X)
	case *ast.UnaryExpr:
		if e.Op != token.AND && e.Op != token.ARROW {
			return u.alone(e.X)
		}
	case *ast.BinaryExpr:
		switch e.Op {
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			return types.Typ[types.Bool]
		case token.SHL, token.SHR:
			return u.alone(e.X)
		}
		x, y := u.alone(e.X), u.alone(e.Y)
		switch {
		case x == nil || y == nil:
			return nil
		case x == y:
			return x
		}
		return types.Typ[types.Invalid]
	}
	if u.isConst(e) {
		return types.Typ[types.Invalid]
	}
	return nil
}

// shortCircuit makes the right side of && or || a statement that runs only when it is needed:
//
//	x := a() && b(rt.Await(c))
//
// becomes
//
//	ok1 := a()
//	if ok1 {
//		v1, err1 := rt.Await(c)
//		ok1 = b(v1, err1)
//	}
//	x := ok1
func (h *hoister) shortCircuit(e *ast.BinaryExpr) ast.Expr {
	t, as := h.typeOf(e), h.alone(e.X)
	left := h.expr(e.X, false)
	name := h.names.fresh("ok")
	if as == types.Typ[types.Bool] && types.Default(t) == as {
		as = nil
	}
	if as != nil {
		h.out = append(h.out, varDecl(name, h.typeExpr(e, types.Default(t)), left))
	} else {
		h.out = append(h.out, define(name, left))
	}
	outer := h.out
	h.out = nil
	pos := e.Y.Pos()
	right := h.expr(e.Y, false)
	body := block(append(h.out, assign(token.ASSIGN, identAt(pos, name), right))...)
	h.out = outer
	cond := ast.Expr(identAt(pos, name))
	if e.Op == token.LOR {
		cond = not(cond)
	}
	h.out = append(h.out, &ast.IfStmt{If: cond.Pos(), Cond: cond, Body: body})
	return identAt(e.Pos(), name)
}

// mapLit stores the entries of a map literal one by one from the first that awaits, as gc does
// with all that are not fixed:
//
//	m := map[string]int{"a": a(), "b": must(rt.Await(c)), "c": 1}
//
// becomes
//
//	t1 := map[string]int{"a": a(), "c": 1}
//	v1, err1 := rt.Await(c)
//	t1["b"] = must(v1, err1)
//	m := t1
//
// So a key that is a variable may be that of a fixed entry, and wins.
func (h *hoister) mapLit(lit *ast.CompositeLit) ast.Expr {
	first := 0
	for !h.suspends(lit.Elts[first]) {
		first++
	}
	static := func(e ast.Expr) bool { return h.staticEntry(lit, e) }
	rest := lit.Elts[first:]
	lit.Elts = lit.Elts[:first:first]
	for _, e := range rest {
		if static(e) {
			lit.Elts = append(lit.Elts, e)
		}
	}
	rest = slices.DeleteFunc(rest, static)
	m := load.Core(h.typeOf(lit)).(*types.Map)
	name := h.spill(lit).(*ast.Ident).Name
	for _, e := range rest {
		kv := e.(*ast.KeyValueExpr)
		key, value := h.typed(kv.Key, m.Key()), h.typed(kv.Value, m.Elem())
		s := assign(token.ASSIGN, &ast.IndexExpr{X: identAt(kv.Pos(), name), Index: key}, value)
		h.list([]slot{
			{p: &s.Lhs[0].(*ast.IndexExpr).Index, copied: h.copiedKey(m, kv.Key)},
			h.slotFor(&s.Rhs[0], m.Elem()),
		}, false)
		h.out = append(h.out, s)
	}
	return ident(name)
}

// typed is e with the type that the literal around it would give to it:
//
//	{x: 1}   =>   point{x: 1}, or &point{x: 1} where pointers are wanted
func (h *hoister) typed(e ast.Expr, t types.Type) ast.Expr {
	lit, ok := e.(*ast.CompositeLit)
	if !ok || lit.Type != nil {
		return e
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		lit.Type = h.typeExpr(e, p.Elem())
		return &ast.UnaryExpr{OpPos: e.Pos(), Op: token.AND, X: lit}
	}
	lit.Type = h.typeExpr(e, t)
	return lit
}
