package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// facts are what one walk over a marked function tells about its variables and labels. Places are
// compared by the order of nodes, since nodes that package plain made have no position.
type facts struct {
	pkg      *load.Package
	seen     *load.Survey
	locals   map[*ast.Ident]types.Object            // the variables that the function names
	assigned map[types.Object]int                   // statements that assign, declarations included
	address  map[types.Object]bool                  // address taken, also implicitly
	free     map[*ast.FuncLit]map[types.Object]bool // what a literal names and does not declare
	gotos    []jump
	jumped   map[types.Object]bool // labels that a goto names

	// Of a function with literals, labels or deferred calls, the places of statements, literals, and
	// identifiers that declare something. In others nobody asks.
	places map[ast.Node]place
	defs   map[types.Object]*ast.Ident
}

// A place is where a node stands: its number, and the highest number inside it.
type place struct{ order, last int }

// A jump is a goto and the label that it names.
type jump struct{ from, label ast.Node }

// order is the number of n, 0 if it has none.
func (f *facts) order(n ast.Node) int { return f.places[n].order }

// within says whether n stands inside of outer.
func (f *facts) within(n, outer ast.Node) bool {
	at, around := f.places[n], f.places[outer]
	return at.order > 0 && around.order <= at.order && at.order <= around.last
}

func factsOf(p *load.Package, fn *load.Func) *facts {
	seen := p.Survey(fn)
	f := &facts{
		pkg: p, seen: seen,
		locals:   make(map[*ast.Ident]types.Object, len(seen.Idents)/2),
		assigned: map[types.Object]int{},
		address:  map[types.Object]bool{},
		jumped:   map[types.Object]bool{},
	}
	for _, id := range seen.Idents {
		if v, ok := objectOf(p, id).(*types.Var); ok && v.Kind() != types.PackageVar && v.Kind() != types.FieldVar {
			f.locals[id] = v
		}
	}
	if len(seen.Lits) > 0 || len(seen.Labels) > 0 || len(seen.Defers) > 0 {
		f.number(fn.Decl)
	}
	for _, g := range seen.Gotos {
		label := p.Info.Uses[g.Label]
		f.jumped[label] = true
		f.gotos = append(f.gotos, jump{from: g, label: f.defs[label]})
	}
	for _, n := range seen.Uses {
		f.use(n)
	}
	return f
}

// objectOf is what id names or declares.
func objectOf(p *load.Package, id *ast.Ident) types.Object {
	if obj := p.Info.Uses[id]; obj != nil {
		return obj
	}
	return p.Info.Defs[id]
}

// number gives nodes their place in the source, and finds out what literals name.
func (f *facts) number(root ast.Node) {
	f.places, f.defs = map[ast.Node]place{}, map[types.Object]*ast.Ident{}
	f.free = map[*ast.FuncLit]map[types.Object]bool{}
	n := 0
	var stack []ast.Node
	var lits []*ast.FuncLit
	ast.Inspect(root, func(c ast.Node) bool {
		if c == nil {
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if p, ok := f.places[top]; ok {
				f.places[top] = place{p.order, n}
			}
			if _, ok := top.(*ast.FuncLit); ok {
				lits = lits[:len(lits)-1]
			}
			return true
		}
		n++
		stack = append(stack, c)
		switch c := c.(type) {
		case *ast.Ident:
			f.ident(c, n, lits)
		case *ast.FuncLit:
			f.places[c] = place{n, n}
			f.free[c] = map[types.Object]bool{}
			lits = append(lits, c)
		case *ast.CaseClause:
			f.places[c] = place{n, n}
			if obj := f.pkg.Info.Implicits[c]; obj != nil {
				f.defs[obj] = ast.NewIdent(obj.Name())
				f.places[f.defs[obj]] = place{n, n}
			}
		case ast.Stmt:
			f.places[c] = place{n, n}
		}
		return true
	})
}

// ident notes that an identifier declares something, or that literals around it name a variable of the
// function from outside.
func (f *facts) ident(id *ast.Ident, n int, lits []*ast.FuncLit) {
	if obj := f.pkg.Info.Defs[id]; obj != nil {
		f.defs[obj] = id
		f.places[id] = place{n, n}
		return
	}
	obj := f.locals[id]
	if f.defs[obj] == nil {
		return
	}
	for _, lit := range lits {
		if f.order(f.defs[obj]) < f.order(lit) {
			f.free[lit][obj] = true
		}
	}
}

// use notes what one node does to variables.
func (f *facts) use(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, e := range n.Lhs {
			f.assign(e)
		}
	case *ast.IncDecStmt:
		f.assign(n.X)
	case *ast.RangeStmt:
		f.assign(n.Key)
		f.assign(n.Value)
	case *ast.ValueSpec:
		for _, id := range n.Names {
			f.assign(id)
		}
	case *ast.Field:
		for _, id := range n.Names {
			f.assign(id)
		}
	case *ast.FuncType:
		if n.Results != nil { // return statements assign to them
			for _, field := range n.Results.List {
				for _, id := range field.Names {
					f.assign(id)
				}
			}
		}
	case *ast.CaseClause:
		if obj := f.pkg.Info.Implicits[n]; obj != nil {
			f.assigned[obj]++
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			f.takes(n.X)
		}
	case *ast.SliceExpr:
		if t := f.pkg.Info.TypeOf(n.X); t != nil {
			if _, ok := t.Underlying().(*types.Array); ok {
				f.takes(n.X)
			}
		}
	case *ast.SelectorExpr:
		f.method(n)
	}
}

// assign counts an assignment to the variable that e is, or is a part of: x, x.f, x[i] of an array.
func (f *facts) assign(e ast.Expr) {
	if obj := f.root(e); obj != nil {
		f.assigned[obj]++
	}
}

// takes notes that the address of the variable behind e is taken.
func (f *facts) takes(e ast.Expr) {
	if obj := f.root(e); obj != nil {
		f.address[obj] = true
	}
}

// method notes the implicit &x of x.M() where M has a pointer receiver.
func (f *facts) method(e *ast.SelectorExpr) {
	if id, ok := e.X.(*ast.Ident); ok && f.locals[id] == nil {
		return // a package, or a variable of one
	}
	sel := f.pkg.Info.Selections[e]
	if sel == nil || sel.Kind() != types.MethodVal {
		return
	}
	recv := sel.Obj().(*types.Func).Signature().Recv()
	if recv == nil {
		return
	}
	if _, ok := types.Unalias(recv.Type()).(*types.Pointer); !ok {
		return
	}
	if _, ok := f.pkg.Info.TypeOf(e.X).Underlying().(*types.Pointer); ok || sel.Indirect() && viaPointer(sel) {
		return
	}
	f.takes(e.X)
}

// viaPointer says whether the way from the operand to the embedded receiver goes through a pointer,
// so that the operand's own address is not taken.
func viaPointer(sel *types.Selection) bool {
	t := sel.Recv()
	for _, i := range sel.Index()[:len(sel.Index())-1] {
		st, ok := deref(t).Underlying().(*types.Struct)
		if !ok {
			return false
		}
		t = st.Field(i).Type()
		if _, ok := t.Underlying().(*types.Pointer); ok {
			return true
		}
	}
	return false
}

func deref(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// root is the variable of the function that holds the storage of the addressable expression e, nil where
// that is behind a pointer, slice or map.
func (f *facts) root(e ast.Expr) types.Object {
	info := f.pkg.Info
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return f.locals[x]
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			sel := info.Selections[x]
			if sel == nil {
				return nil
			}
			if _, ok := info.TypeOf(x.X).Underlying().(*types.Pointer); ok || sel.Kind() == types.FieldVal && viaPointer(sel) {
				return nil
			}
			e = x.X
		case *ast.IndexExpr:
			t := info.TypeOf(x.X)
			if t == nil {
				return nil
			}
			if _, ok := t.Underlying().(*types.Array); !ok {
				return nil
			}
			e = x.X
		default:
			return nil
		}
	}
}
