package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Vars is how the variables of a function are used, in all its literals.
type Vars struct {
	// Home is the function or literal that declares a variable.
	Home map[*types.Var]ast.Node
	// Written are the identifiers at which it, or a part of it, is assigned, declarations apart.
	Written map[*types.Var][]*ast.Ident
	// Pointed are those whose address is taken, also by a method call or by slicing an array.
	Pointed map[*types.Var]bool
	// Free are the variables that a literal names and that are declared outside of it.
	Free map[*ast.FuncLit]map[*types.Var]bool

	captured map[*types.Var]bool // in Free of some literal
	results  map[*types.Var]bool // results of a function or literal
	info     *types.Info
	lits     []*ast.FuncLit // around the node in hand
	decl     *ast.FuncDecl
}

// VarsOf looks at a function.
func VarsOf(info *types.Info, decl *ast.FuncDecl) *Vars {
	v := &Vars{
		Home:     map[*types.Var]ast.Node{},
		Written:  map[*types.Var][]*ast.Ident{},
		Pointed:  map[*types.Var]bool{},
		Free:     map[*ast.FuncLit]map[*types.Var]bool{},
		captured: map[*types.Var]bool{},
		results:  map[*types.Var]bool{},
		info:     info,
		decl:     decl,
	}
	v.walk(decl)
	return v
}

// Assigned is how many statements give v a value. A declaration is one, also of a parameter, and the return
// statements are one for a result.
func (v *Vars) Assigned(x *types.Var) int {
	n := len(v.Written[x])
	if v.Home[x] != nil {
		n++
	}
	if v.results[x] {
		n++
	}
	return n
}

// Captured reports whether a literal names x that does not declare it.
func (v *Vars) Captured(x *types.Var) bool { return v.captured[x] }

// Held reports whether something other than the body may hold x: then each iteration of a loop needs a variable
// of its own.
func (v *Vars) Held(x *types.Var) bool { return v.captured[x] || v.Pointed[x] }

// Private reports whether x is a variable that only its own body can change: nothing that runs during an await
// can. A captured variable that is assigned anywhere is none: where the assignments stand does not say when they
// run.
func (v *Vars) Private(x *types.Var) bool {
	return x != nil && v.Home[x] != nil && !v.Pointed[x] && !(v.captured[x] && len(v.Written[x]) > 0)
}

// WrittenIn reports whether x is assigned within n.
func (v *Vars) WrittenIn(x *types.Var, n ast.Node) bool {
	for _, id := range v.Written[x] {
		if n.Pos() <= id.Pos() && id.Pos() < n.End() {
			return true
		}
	}
	return false
}

// ConstantIn reports whether x keeps its value while n runs.
func (v *Vars) ConstantIn(x *types.Var, n ast.Node) bool { return v.Private(x) && !v.WrittenIn(x, n) }

// walk notes what is under n.
func (v *Vars) walk(n ast.Node) {
	ast.Inspect(n, func(c ast.Node) bool {
		if lit, ok := c.(*ast.FuncLit); ok && c != n {
			v.lits = append(v.lits, lit)
			v.Free[lit] = map[*types.Var]bool{}
			v.walk(lit)
			v.lits = v.lits[:len(v.lits)-1]
			return false
		}
		v.node(c)
		return true
	})
}

func (v *Vars) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Ident:
		v.ident(n)
	case *ast.CaseClause:
		v.declare(v.info.Implicits[n])
	case *ast.FuncType:
		if n.Results != nil {
			for _, field := range n.Results.List {
				for _, id := range field.Names {
					if x, ok := v.info.Defs[id].(*types.Var); ok {
						v.results[x] = true
					}
				}
			}
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
}

// declare notes the home of what is declared where we are.
func (v *Vars) declare(obj types.Object) {
	x, ok := obj.(*types.Var)
	if !ok || x.IsField() {
		return
	}
	v.Home[x] = v.decl
	if n := len(v.lits); n > 0 {
		v.Home[x] = v.lits[n-1]
	}
}

// ident notes a declaration, or that the literals between here and the home of a variable name it.
func (v *Vars) ident(id *ast.Ident) {
	if obj := v.info.Defs[id]; obj != nil {
		v.declare(obj)
		return
	}
	x, ok := v.info.Uses[id].(*types.Var)
	if !ok || v.Home[x] == nil {
		return
	}
	for i := len(v.lits) - 1; i >= 0 && v.Home[x] != ast.Node(v.lits[i]); i-- {
		v.Free[v.lits[i]][x] = true
		v.captured[x] = true
	}
}

// method notes the implicit &x of x.M where M has a pointer receiver.
func (v *Vars) method(e *ast.SelectorExpr) {
	sel := v.info.Selections[e]
	if sel == nil || sel.Kind() != types.MethodVal {
		return
	}
	recv := sel.Obj().(*types.Func).Signature().Recv()
	if recv == nil || !isPointer(recv.Type()) || isPointer(v.info.TypeOf(e.X)) || viaPointer(sel) {
		return
	}
	v.point(e.X)
}

// viaPointer reports whether the way from an operand to an embedded receiver or field goes through a pointer, so that
// the operand's own address is not taken.
func viaPointer(sel *types.Selection) bool {
	t := sel.Recv()
	for _, i := range sel.Index()[:len(sel.Index())-1] {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		st, ok := t.Underlying().(*types.Struct)
		if !ok {
			return false
		}
		t = st.Field(i).Type()
		if isPointer(t) {
			return true
		}
	}
	return false
}

func (v *Vars) write(e ast.Expr) {
	if id, x := Root(v.info, e); x != nil && v.info.Defs[id] == nil && !x.IsField() {
		v.Written[x] = append(v.Written[x], id)
	}
}

func (v *Vars) point(e ast.Expr) {
	if _, x := Root(v.info, e); x != nil {
		v.Pointed[x] = true
	}
}

// Root is the variable that the operand e is, or is a part of: x in x.f[i].g. A pointer, slice or map on the way is
// the end: what it leads to is no part of the variable.
func Root(info *types.Info, e ast.Expr) (*ast.Ident, *types.Var) {
	for e != nil {
		switch x := e.(type) {
		case *ast.Ident:
			obj, _ := info.ObjectOf(x).(*types.Var)
			return x, obj
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			sel := info.Selections[x]
			if sel == nil || isPointer(info.TypeOf(x.X)) || viaPointer(sel) {
				return nil, nil
			}
			e = x.X
		case *ast.IndexExpr:
			if !isArray(info.TypeOf(x.X)) {
				return nil, nil
			}
			e = x.X
		default:
			return nil, nil
		}
	}
	return nil, nil
}

func isArray(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Array)
	return ok
}

func isPointer(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}
