package lower

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// captured says whether any literal names obj from outside.
func (f *facts) captured(obj types.Object) bool {
	for _, set := range f.free {
		if set[obj] {
			return true
		}
	}
	return false
}

// captures are the variables of the machine that lit names, in source order. Those that somebody
// assigns after their declaration, or whose address is taken, are shared: both sides have a pointer.
func (l *lowerer) captures(lit *ast.FuncLit) (vars []*ir.Var) {
	free := slices.SortedFunc(maps.Keys(l.facts.free[lit]), func(a, b types.Object) int {
		return cmp.Compare(l.facts.order(l.facts.defs[a]), l.facts.order(l.facts.defs[b]))
	})
	for _, obj := range free {
		v := l.m.ByObj[obj]
		if v == nil {
			panic("lower: " + l.pkg.Position(lit.Pos()).String() + ": block names " + obj.Name() + ", which is not a variable of the function")
		}
		v.Assigned = l.facts.assigned[obj]
		if v.Assigned > 1 || l.facts.address[obj] || v.Role == ir.Result {
			v.Shared = true
		}
		vars = append(vars, v)
	}
	return vars
}

// describe fills in what is known of the variables once the whole unit has been seen.
func (l *lowerer) describe() {
	m := l.m
	for _, v := range m.Vars {
		if v.Obj != nil {
			v.Assigned = l.facts.assigned[v.Obj]
			v.Address = l.facts.address[v.Obj]
		}
	}
	kept := map[*ast.FuncLit]bool{}
	for _, d := range m.Defers {
		lit, ok := ast.Unparen(d.Node.Call.Fun).(*ast.FuncLit)
		if ok {
			d.Uses = l.named(lit)
		} else {
			d.Uses = l.namedIn(d.Node.Call.Fun, d.Fun)
		}
		for i, a := range d.Node.Call.Args {
			if !d.Multi && d.Args[i] == nil {
				d.Uses = append(d.Uses, l.namedIn(a, nil)...)
			}
		}
		if !ok {
			continue
		}
		kept[lit] = true // the guard states it, on the body's own variables
		for _, v := range l.named(lit) {
			if m.DueList && v.InLoop { // but each iteration has one of its own
				v.Captured = true
			}
		}
	}
	if len(l.facts.seen.Lits) == 0 {
		return
	}
	ast.Inspect(m.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if !kept[n] && m.Inner[n] == nil {
				for _, v := range l.named(n) {
					v.Captured = true
				}
			}
			return false
		}
		return true
	})
}

// named are the variables of the machine that lit names.
func (l *lowerer) named(lit *ast.FuncLit) (vars []*ir.Var) {
	for _, v := range l.m.Vars {
		if v.Obj != nil && l.facts.free[lit][v.Obj] {
			vars = append(vars, v)
		}
	}
	return vars
}

// namedIn are the variables that an expression names which the guard states again: none if it was saved.
func (l *lowerer) namedIn(e ast.Expr, saved *ir.Var) (vars []*ir.Var) {
	if saved != nil {
		return nil
	}
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v := l.m.VarOf(id); v != nil {
				vars = append(vars, v)
			}
		}
		return true
	})
	return vars
}

// terminates says whether control never goes past s, by the rules for terminating statements.
func terminates(p *load.Package, s ast.Stmt) bool { return ends(p, s, nil) }

func ends(p *load.Package, s ast.Stmt, label *ast.Ident) bool {
	switch s := s.(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok == token.GOTO || s.Tok == token.BREAK || s.Tok == token.CONTINUE
	case *ast.ExprStmt:
		call, ok := ast.Unparen(s.X).(*ast.CallExpr)
		if !ok {
			return false
		}
		id, ok := ast.Unparen(call.Fun).(*ast.Ident)
		return ok && p.Info.Uses[id] == types.Universe.Lookup("panic")
	case *ast.BlockStmt:
		return endsList(p, s.List)
	case *ast.LabeledStmt:
		return ends(p, s.Stmt, s.Label)
	case *ast.IfStmt:
		return s.Else != nil && ends(p, s.Body, nil) && ends(p, s.Else, nil)
	case *ast.ForStmt:
		return s.Cond == nil && !breaks(p, s.Body, label, false)
	case *ast.SwitchStmt:
		return endsClauses(p, s.Body, label)
	case *ast.TypeSwitchStmt:
		return endsClauses(p, s.Body, label)
	case *ast.SelectStmt:
		for _, c := range s.Body.List {
			c := c.(*ast.CommClause)
			if !endsList(p, c.Body) || breaks(p, c, label, false) {
				return false
			}
		}
		return true
	case *ast.AssignStmt, *ast.DeclStmt, *ast.DeferStmt, *ast.EmptyStmt, *ast.GoStmt, *ast.IncDecStmt, *ast.RangeStmt, *ast.SendStmt, *ast.BadStmt, *ast.CaseClause, *ast.CommClause:
		return false
	}
	panic("lower: unknown statement")
}

func endsList(p *load.Package, list []ast.Stmt) bool {
	for i := len(list) - 1; i >= 0; i-- {
		if _, ok := list[i].(*ast.EmptyStmt); !ok {
			return ends(p, list[i], nil)
		}
	}
	return false
}

func endsClauses(p *load.Package, body *ast.BlockStmt, label *ast.Ident) bool {
	def := false
	for _, c := range body.List {
		c := c.(*ast.CaseClause)
		def = def || c.List == nil
		falls := false
		if n := len(c.Body); n > 0 {
			b, ok := c.Body[n-1].(*ast.BranchStmt)
			falls = ok && b.Tok == token.FALLTHROUGH
		}
		if !falls && !endsList(p, c.Body) || breaks(p, c, label, false) {
			return false
		}
	}
	return def
}

// breaks says whether n has a break that ends the statement around it, which has the given label.
func breaks(p *load.Package, n ast.Node, label *ast.Ident, nested bool) bool {
	found := false
	ast.Inspect(n, func(c ast.Node) bool {
		if c == n || found {
			return !found
		}
		switch c := c.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			found = breaks(p, c, label, true)
			return false
		case *ast.BranchStmt:
			if c.Tok == token.BREAK {
				found = c.Label == nil && !nested || c.Label != nil && label != nil && p.Info.Uses[c.Label] == p.Info.Defs[label]
			}
		}
		return !found
	})
	return found
}
