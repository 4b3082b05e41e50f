package edit

import (
	"go/ast"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// Rename writes new names where fn names the given variables, constants and labels. Each is a new object
// after that, with the new name, as if the function had been type-checked again: what else is known of
// the function holds.
//
// A parameter or result is also in the type of its function. If one is among the objects, the function
// counts as edited.
func (e *Editor) Rename(fn *load.Func, to map[types.Object]string) {
	if len(to) == 0 {
		return
	}
	idents := e.Survey(fn).Idents
	fresh, ok := renamed(to)
	if !ok {
		e.Edit(fn)
	}
	old := map[string]bool{}
	for obj := range to {
		old[obj.Name()] = true
	}
	for _, id := range idents {
		if !old[id.Name] {
			continue
		}
		info := e.Info.Uses
		if info[id] == nil {
			info = e.Info.Defs
		}
		obj := info[id]
		if name, has := to[obj]; has {
			id.Name = name
			if ok {
				info[id] = fresh[obj]
			}
		}
	}
	e.renameBound(fn, to, fresh)
	if s := e.funcs[fn]; e.strict && !s.edited {
		s.before = fingerprint(fn)
	}
}

// renameBound is Rename for the variable that a type switch binds: in the source it is one identifier, and
// in each clause another object.
func (e *Editor) renameBound(fn *load.Func, to map[types.Object]string, fresh map[types.Object]types.Object) {
	if !e.Survey(fn).TypeSwitch {
		return
	}
	ast.Inspect(fn.Decl, func(n ast.Node) bool {
		s, ok := n.(*ast.TypeSwitchStmt)
		if !ok {
			return true
		}
		for _, c := range s.Body.List {
			obj := e.Info.Implicits[c]
			if name, ok := to[obj]; ok {
				s.Assign.(*ast.AssignStmt).Lhs[0].(*ast.Ident).Name = name
				if fresh != nil {
					e.Info.Implicits[c] = fresh[obj]
				}
			}
		}
		return true
	})
}

// renamed makes objects like the given ones, with other names. It does not for parameters and results.
func renamed(to map[types.Object]string) (fresh map[types.Object]types.Object, ok bool) {
	fresh = map[types.Object]types.Object{}
	for obj, name := range to {
		var n types.Object
		switch obj := obj.(type) {
		case *types.Var:
			if obj.Kind() != types.LocalVar {
				return nil, false
			}
			v := types.NewVar(obj.Pos(), obj.Pkg(), name, obj.Type())
			v.SetKind(types.LocalVar)
			n = v
		case *types.Const:
			n = types.NewConst(obj.Pos(), obj.Pkg(), name, obj.Type(), obj.Val())
		case *types.Label:
			n = types.NewLabel(obj.Pos(), obj.Pkg(), name)
		default:
			return nil, false
		}
		if scope := obj.Parent(); scope != nil {
			scope.Insert(n)
		}
		fresh[obj] = n
	}
	return fresh, true
}
