package plain

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/edit"
)

// Hoist gives every await a statement of its own, and moves before it what gc evaluates before
// it:
//
//	x := f(a(), must(rt.Await(c)))
//
// becomes
//
//	t1 := a()
//	v1, err1 := rt.Await(c)
//	x := f(t1, must(v1, err1))
func Hoist(e *edit.Editor) error {
	return eachUnit(e, func(u *unit) {
		h := &hoister{unit: u}
		u.body.List = h.stmts(u.body.List)
	})
}

// A hoister rewrites one body. Statements that must run before the one in hand collect in out.
type hoister struct {
	*unit
	out []ast.Stmt
}

func (h *hoister) stmts(list []ast.Stmt) []ast.Stmt {
	var res []ast.Stmt
	for _, s := range list {
		res = append(res, h.stmt(s)...)
	}
	return res
}

func (h *hoister) block(b *ast.BlockStmt) { b.List = h.stmts(b.List) }

// stmt returns s, or what stands for it: statements that run first, and at last what is left of s.
func (h *hoister) stmt(s ast.Stmt) []ast.Stmt {
	if !h.suspends(s) || h.plain(s) {
		return []ast.Stmt{s}
	}
	if l, ok := s.(*ast.LabeledStmt); ok {
		return h.label(l, h.stmt(l.Stmt))
	}
	outer := h.out
	h.out = nil
	s = h.rewrite(s)
	before := h.out
	h.out = outer
	return h.group(before, s)
}

// plain reports whether s is plain Go as it stands: an await alone, whose operands have none.
func (h *hoister) plain(s ast.Stmt) bool {
	var call *ast.CallExpr
	switch s := s.(type) {
	case *ast.ExprStmt:
		call, _ = s.X.(*ast.CallExpr)
	case *ast.AssignStmt:
		if len(s.Rhs) == 1 {
			call, _ = s.Rhs[0].(*ast.CallExpr)
		}
		if call != nil && !h.receives(s, call) {
			return false
		}
	case *ast.ReturnStmt:
		if len(s.Results) == 1 {
			call, _ = s.Results[0].(*ast.CallExpr)
		}
		if call != nil && !sameTypes(h.typeOf(call), h.sig().Results()) {
			return false
		}
	}
	if call == nil || h.await(call) == nil || h.suspends(call.Fun) {
		return false
	}
	return !h.isSpread(h.seen.Await(call).Args) && !slices.ContainsFunc(call.Args, func(e ast.Expr) bool { return h.suspends(e) })
}

// group is before, s and after. In a body with a goto ahead they become a block, unless s declares
// variables: a goto may jump over s, but not over the declarations of our temporaries.
func (u *unit) group(before []ast.Stmt, s ast.Stmt, after ...ast.Stmt) []ast.Stmt {
	if s == nil {
		return before
	}
	list := slices.Concat(before, []ast.Stmt{s}, after)
	if len(before) > 0 && u.gotos && !declares(s) {
		return []ast.Stmt{block(list...)}
	}
	return list
}

func declares(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.DeclStmt:
		return true
	case *ast.AssignStmt:
		return s.Tok == token.DEFINE
	}
	return false
}

// edits says that the unit is about to be edited, unless all awaits of s are in its body.
func (h *hoister) edits(s ast.Stmt) {
	var header ast.Node
	switch s := s.(type) {
	case *ast.BlockStmt, *ast.ForStmt:
		return
	case *ast.IfStmt:
		header = s.Cond
	case *ast.SwitchStmt:
		header = s.Tag
	case *ast.TypeSwitchStmt:
		header = s.Assign
	default:
		header = s
	}
	if h.suspends(header) {
		h.edit()
	}
}

// rewrite hoists out of one statement and returns what is left of it; nil if that is nothing.
func (h *hoister) rewrite(s ast.Stmt) ast.Stmt {
	h.edits(s)
	switch s := s.(type) {
	case *ast.ExprStmt:
		s.X = ast.Unparen(s.X)
		h.operands(s.X, false)
	case *ast.SendStmt:
		h.list([]slot{{p: &s.Chan}, h.slotFor(&s.Value, chanElem(h.typeOf(s.Chan)))}, false)
	case *ast.IncDecStmt:
		h.list(h.target(&s.X), false)
	case *ast.AssignStmt:
		return h.assign(s)
	case *ast.DeclStmt:
		return h.decl(s)
	case *ast.GoStmt:
		h.operands(s.Call, false)
	case *ast.DeferStmt:
		h.operands(s.Call, false)
	case *ast.ReturnStmt:
		h.results(s)
	case *ast.BlockStmt:
		h.block(s)
	case *ast.IfStmt:
		return h.ifStmt(s)
	case *ast.ForStmt:
		h.block(s.Body)
	case *ast.SwitchStmt:
		s.Tag = h.expr(s.Tag, false)
		h.clauses(s.Body)
	case *ast.TypeSwitchStmt:
		h.operands(s.Assign.(*ast.ExprStmt).X, false) // Sugar has removed the bound variable
		h.clauses(s.Body)
	case *ast.SelectStmt:
		h.selectStmt(s)
	case *ast.RangeStmt, *ast.BranchStmt, *ast.EmptyStmt, *ast.BadStmt, *ast.CaseClause, *ast.CommClause, *ast.LabeledStmt:
		h.unsupported(s, "await in an unexpected statement %T", s)
	default:
		h.unsupported(s, "unknown statement %T", s)
	}
	return s
}

func chanElem(t types.Type) types.Type {
	if c, ok := types.Unalias(t).Underlying().(*types.Chan); ok {
		return c.Elem()
	}
	return nil // a type parameter: its elements are converted only where the source says so
}

func (h *hoister) clauses(body *ast.BlockStmt) {
	for _, c := range body.List {
		c := c.(*ast.CaseClause)
		c.Body = h.stmts(c.Body)
	}
}

// ifStmt hoists out of a condition. Where the right side of && awaits and there is no else, the
// condition becomes two:
//
//	if a() && b(rt.Await(c)) { … }
//
// becomes
//
//	if a() {
//		v1, err1 := rt.Await(c)
//		if b(v1, err1) { … }
//	}
func (h *hoister) ifStmt(s *ast.IfStmt) ast.Stmt {
	and, ok := ast.Unparen(s.Cond).(*ast.BinaryExpr)
	if ok && and.Op == token.LAND && s.Else == nil && h.suspends(and.Y) {
		inner := &ast.IfStmt{Cond: headed(and.Y), Body: s.Body}
		s.Cond = headed(h.expr(and.X, false))
		outer := h.out
		h.out = nil
		left := h.ifStmt(inner)
		s.Body = block(append(h.out, left)...)
		h.out = outer
		return s
	}
	s.Cond = h.expr(s.Cond, false)
	h.block(s.Body)
	switch e := s.Else.(type) {
	case nil:
	case *ast.BlockStmt:
		h.block(e)
	case *ast.IfStmt:
		s.Else = h.ifStmt(e) // its condition has no await: see Sugar
	}
	return s
}

// results hoists out of a return statement. It stays as it is where the await is its only
// expression and has the very types of the results.
func (h *hoister) results(s *ast.ReturnStmt) {
	res := h.sig().Results()
	if len(s.Results) == 1 {
		if call := h.await(s.Results[0]); call != nil && sameTypes(h.typeOf(call), res) {
			s.Results[0] = call
			h.operands(call, false)
			return
		}
	}
	if len(s.Results) == 1 && res.Len() > 1 {
		s.Results = h.tuple(s.Results[0])
		return
	}
	slots := make([]slot, len(s.Results))
	for i := range s.Results {
		slots[i] = h.slotFor(&s.Results[i], res.At(i).Type())
	}
	h.list(slots, false)
}

// sameTypes reports whether t, the type of a call, is exactly the types of vars.
func sameTypes(t types.Type, vars *types.Tuple) bool {
	if tuple, ok := t.(*types.Tuple); ok {
		return types.Identical(tuple, vars)
	}
	return vars.Len() == 1 && types.Identical(t, vars.At(0).Type())
}

// await is the call of an expression that is an await, without parentheses; nil otherwise.
func (h *hoister) await(e ast.Expr) *ast.CallExpr {
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok && h.seen.Await(call) != nil {
		return call
	}
	return nil
}

// assign hoists out of an assignment. v, err = await stays where the left side is identifiers
// that have the very types of the results; otherwise
//
//	s[i()], err = rt.Await(f)
//
// becomes
//
//	t1 := i()
//	v1, err1 := rt.Await(f)
//	s[t1], err = v1, err1
func (h *hoister) assign(s *ast.AssignStmt) ast.Stmt {
	if len(s.Rhs) == 1 {
		if call := h.await(s.Rhs[0]); call != nil && h.receives(s, call) {
			s.Rhs[0] = call
			h.operands(call, false)
			return s
		}
	}
	var slots []slot
	for i := range s.Lhs {
		slots = append(slots, h.target(&s.Lhs[i])...)
	}
	if len(s.Rhs) == 1 && len(s.Lhs) > 1 {
		h.list(slots, h.suspends(s.Rhs[0]))
		s.Rhs = h.tuple(s.Rhs[0])
		return s
	}
	for i := range s.Rhs {
		slots = append(slots, h.slotFor(&s.Rhs[i], h.typeOf(s.Lhs[i])))
	}
	h.list(slots, false)
	return s
}

// receives reports whether the left side of s can take the results of an await directly.
func (h *hoister) receives(s *ast.AssignStmt, call *ast.CallExpr) bool {
	if s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
		return false
	}
	for i, e := range s.Lhs {
		id, ok := e.(*ast.Ident)
		if !ok {
			return false
		}
		t := h.typeOf(call)
		if tuple, ok := t.(*types.Tuple); ok {
			t = tuple.At(i).Type()
		}
		if !isBlank(id) && !types.Identical(h.object(id).Type(), t) {
			return false
		}
	}
	return true
}

// decl hoists out of var declarations, a group of which becomes one declaration each. An await
// that is the value of variables without a type becomes an assignment:
//
//	var v, err = rt.Await(f)
//
// becomes
//
//	v, err := rt.Await(f)
func (h *hoister) decl(s *ast.DeclStmt) ast.Stmt {
	d := s.Decl.(*ast.GenDecl)
	var last ast.Stmt
	for _, spec := range d.Specs {
		spec := spec.(*ast.ValueSpec)
		if last != nil {
			h.out = append(h.out, last)
		}
		last = h.varSpec(d, spec)
	}
	return last
}

func (h *hoister) varSpec(d *ast.GenDecl, spec *ast.ValueSpec) ast.Stmt {
	if len(spec.Values) == 1 && spec.Type == nil {
		if call := h.await(spec.Values[0]); call != nil && !allBlank(spec.Names) {
			h.operands(call, false)
			s := &ast.AssignStmt{Tok: token.DEFINE, TokPos: call.Pos(), Rhs: []ast.Expr{call}}
			for _, name := range spec.Names {
				s.Lhs = append(s.Lhs, name)
			}
			return s
		}
	}
	if len(spec.Values) == 1 && len(spec.Names) > 1 {
		spec.Values = h.tuple(spec.Values[0])
	} else {
		slots := make([]slot, len(spec.Values))
		for i := range spec.Values {
			slots[i] = h.slotFor(&spec.Values[i], h.typeOf(spec.Names[i]))
		}
		h.list(slots, false)
	}
	return &ast.DeclStmt{Decl: &ast.GenDecl{TokPos: d.TokPos, Tok: d.Tok, Specs: []ast.Spec{spec}}}
}

func allBlank(names []*ast.Ident) bool {
	for _, name := range names {
		if name.Name != "_" {
			return false
		}
	}
	return true
}

// selectStmt hoists the operands of a select: all channels, and all values to send, are
// evaluated on entry, in source order. Unlike other operands gc copies even plain reads here, so
// all that an await may change move. What is assigned to is evaluated after the
// choice; Sugar has moved it where it awaits.
func (h *hoister) selectStmt(s *ast.SelectStmt) {
	var slots []slot
	add := func(p *ast.Expr) { slots = append(slots, slot{p: p, copied: !h.isConst(*p) && !h.private(*p)}) }
	for _, c := range s.Body.List {
		switch comm := c.(*ast.CommClause).Comm.(type) {
		case nil:
		case *ast.SendStmt:
			add(&comm.Chan)
			add(&comm.Value)
		case *ast.ExprStmt:
			add(&ast.Unparen(comm.X).(*ast.UnaryExpr).X)
		case *ast.AssignStmt:
			add(&ast.Unparen(comm.Rhs[0]).(*ast.UnaryExpr).X)
		}
	}
	h.list(slots, false)
	for _, c := range s.Body.List {
		c := c.(*ast.CommClause)
		c.Body = h.stmts(c.Body)
	}
}

// emitCall puts a call, mostly an await, before the statement in hand, and returns the names of its
// results.
func (h *hoister) emitCall(call *ast.CallExpr) []ast.Expr {
	var results []types.Type
	switch t := h.typeOf(call).(type) {
	case *types.Tuple:
		for v := range t.Variables() {
			results = append(results, v.Type())
		}
	default:
		results = []types.Type{t}
	}
	s := &ast.AssignStmt{Tok: token.DEFINE, TokPos: call.Pos(), Rhs: []ast.Expr{call}}
	for _, name := range h.resultNames(results) {
		s.Lhs = append(s.Lhs, identAt(call.Pos(), name))
	}
	h.out = append(h.out, s)
	names := make([]ast.Expr, len(s.Lhs))
	for i, lhs := range s.Lhs {
		names[i] = identAt(call.Pos(), lhs.(*ast.Ident).Name)
	}
	return names
}

// resultNames are v1 for a value, and for an error err with the same number where that is free.
func (h *hoister) resultNames(results []types.Type) []string {
	list := make([]string, len(results))
	for i, t := range results {
		if types.Identical(t, types.Universe.Lookup("error").Type()) {
			if i > 0 {
				name := "err" + strings.TrimPrefix(list[0], "v")
				if h.names.take(name) {
					list[i] = name
					continue
				}
			}
			list[i] = h.names.fresh("err")
			continue
		}
		list[i] = h.names.fresh("v")
	}
	return list
}
