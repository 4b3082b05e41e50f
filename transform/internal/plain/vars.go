package plain

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// vars tells how the variables of a marked function are used, in all its literals. That is found out when
// it is asked for, or when an edit begins.
type vars struct {
	fn   *load.Func
	info *types.Info
	home map[*types.Var]ast.Node // the function or literal that declares it
	// captured: mentioned in a literal other than the one that declares it.
	captured map[*types.Var]bool
	// pointed: its address is taken, also by a method call or by slicing an array.
	pointed map[*types.Var]bool
	// written: the identifiers at which it, or a part of it, is assigned.
	written map[*types.Var][]*ast.Ident
}

func newVars(p *load.Package, fn *load.Func) *vars { return &vars{fn: fn, info: p.Info} }

// know looks at the function.
func (v *vars) know() {
	if v.home != nil {
		return
	}
	v.home = map[*types.Var]ast.Node{}
	v.captured = map[*types.Var]bool{}
	v.pointed = map[*types.Var]bool{}
	v.written = map[*types.Var][]*ast.Ident{}
	v.declare(v.fn.Decl, v.fn.Decl)
	v.scan(v.fn.Decl, v.fn.Decl)
}

// declare notes the home of every variable that is defined under n.
func (v *vars) declare(home, n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if n != home {
				v.declare(n, n)
				return false
			}
		case *ast.Ident:
			if obj, ok := v.info.Defs[n].(*types.Var); ok {
				v.home[obj] = home
			}
		case *ast.CaseClause:
			if obj, ok := v.info.Implicits[n].(*types.Var); ok {
				v.home[obj] = home
			}
		}
		return true
	})
}

// scan notes the uses under n, which is in home.
func (v *vars) scan(home, n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if n != home {
				v.scan(n, n)
				return false
			}
		case *ast.Ident:
			if obj, ok := v.info.Uses[n].(*types.Var); ok && v.home[obj] != nil && v.home[obj] != home {
				v.captured[obj] = true
			}
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				v.write(e)
			}
		case *ast.IncDecStmt:
			v.write(n.X)
		case *ast.RangeStmt:
			v.write(n.Key)
			v.write(n.Value)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				v.point(n.X)
			}
		case *ast.SliceExpr:
			if isArray(v.info.TypeOf(n.X)) {
				v.point(n.X)
			}
		case *ast.SelectorExpr:
			v.method(n)
		}
		return true
	})
}

// method notes x.M where M has a pointer receiver and x is a variable: x is pointed to.
func (v *vars) method(n *ast.SelectorExpr) {
	sel := v.info.Selections[n]
	if sel == nil || sel.Kind() != types.MethodVal {
		return
	}
	if _, ptr := types.Unalias(sel.Obj().(*types.Func).Signature().Recv().Type()).(*types.Pointer); ptr {
		v.point(n.X)
	}
}

func (v *vars) write(e ast.Expr) {
	if id, obj := v.root(e); obj != nil && v.info.Defs[id] == nil {
		v.written[obj] = append(v.written[obj], id)
	}
}

func (v *vars) point(e ast.Expr) {
	if _, obj := v.root(e); obj != nil {
		v.pointed[obj] = true
	}
}

// root is the variable that the operand e is a part of: x in x.f[i].g. A pointer, slice or map
// on the way is the end: what it leads to is no part of the variable.
func (v *vars) root(e ast.Expr) (*ast.Ident, *types.Var) {
	for e != nil {
		switch x := e.(type) {
		case *ast.Ident:
			obj, _ := v.info.ObjectOf(x).(*types.Var)
			return x, obj
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			if sel := v.info.Selections[x]; sel == nil || sel.Indirect() {
				return nil, nil
			}
			e = x.X
		case *ast.IndexExpr:
			if !isArray(v.info.TypeOf(x.X)) {
				return nil, nil
			}
			e = x.X
		default:
			return nil, nil
		}
	}
	return nil, nil
}

// private says whether obj is a variable that only its own body can change: nothing that runs
// during an await can.
func (v *vars) private(obj *types.Var) bool {
	v.know()
	return obj != nil && v.home[obj] != nil && !v.pointed[obj] && !v.writtenElsewhere(obj)
}

// writtenElsewhere says whether a literal assigns to obj that is not the one that declares it.
// A captured variable that is assigned anywhere counts: where the assignments stand does not
// say when they run.
func (v *vars) writtenElsewhere(obj *types.Var) bool {
	return v.captured[obj] && len(v.written[obj]) > 0
}

// constantIn says whether obj keeps its value while n runs.
func (v *vars) constantIn(obj *types.Var, n ast.Node) bool {
	return v.private(obj) && !v.writtenIn(obj, n)
}

// writtenIn says whether obj is assigned within n.
func (v *vars) writtenIn(obj *types.Var, n ast.Node) bool {
	v.know()
	for _, id := range v.written[obj] {
		if n.Pos() <= id.Pos() && id.Pos() < n.End() {
			return true
		}
	}
	return false
}

// held says whether something other than the body may hold obj: then each iteration of a loop
// needs a variable of its own.
func (v *vars) held(obj types.Object) bool {
	v.know()
	x, ok := obj.(*types.Var)
	return ok && (v.captured[x] || v.pointed[x])
}

func isArray(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := types.Unalias(t).Underlying().(*types.Array)
	return ok
}
