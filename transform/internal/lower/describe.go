package lower

import (
	"cmp"
	"go/ast"
	"go/types"
	"maps"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// captures are the variables of the machine that lit names, in source order. Those that somebody
// assigns after their declaration, or whose address is taken, are shared: both sides have a pointer.
func (l *lowerer) captures(lit *ast.FuncLit) (vars []*ir.Var) {
	free := slices.SortedFunc(maps.Keys(l.facts.vars.Free[lit]), func(a, b *types.Var) int {
		return cmp.Compare(l.facts.order(l.facts.defs[a]), l.facts.order(l.facts.defs[b]))
	})
	for _, obj := range free {
		v := l.m.ByObj[obj]
		if v == nil {
			panic("lower: " + l.pkg.Position(lit.Pos()).String() + ": block names " + obj.Name() + ", which is not a variable of the function")
		}
		v.Assigned = l.facts.vars.Assigned(obj)
		if v.Assigned > 1 || l.facts.vars.Pointed[obj] || v.Role == ir.Result {
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
			v.Assigned = l.facts.vars.Assigned(local(v.Obj))
			v.Address = l.facts.vars.Pointed[local(v.Obj)]
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
		if v.Obj != nil && l.facts.vars.Free[lit][local(v.Obj)] {
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
