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
	order, last map[ast.Node]int // number of a node, and the highest number inside it
	defs        map[types.Object]*ast.Ident
	free        map[*ast.FuncLit]map[types.Object]bool // what a literal names and does not declare
	blocks      map[*ast.FuncLit]bool                  // literals that become machines
	assigned    map[types.Object]int                   // statements that assign, declarations included
	address     map[types.Object]bool                  // address taken, also implicitly
	gotos       []jump
	jumped      map[types.Object]bool // labels that a goto names
}

// A jump is a goto and the label that it names.
type jump struct{ from, label ast.Node }

// within says whether n stands inside of outer.
func (f *facts) within(n, outer ast.Node) bool {
	if n == nil || f.order[n] == 0 {
		return false
	}
	return f.order[outer] <= f.order[n] && f.order[n] <= f.last[outer]
}

func factsOf(p *load.Package, fn *load.Func) *facts {
	f := &facts{
		order: map[ast.Node]int{}, last: map[ast.Node]int{},
		defs:     map[types.Object]*ast.Ident{},
		free:     map[*ast.FuncLit]map[types.Object]bool{},
		blocks:   map[*ast.FuncLit]bool{},
		assigned: map[types.Object]int{},
		address:  map[types.Object]bool{},
		jumped:   map[types.Object]bool{},
	}
	f.number(p, fn.Decl)
	var lits []*ast.FuncLit
	var stack []ast.Node
	ast.Inspect(fn.Decl, func(n ast.Node) bool {
		if n == nil {
			if _, ok := stack[len(stack)-1].(*ast.FuncLit); ok {
				lits = lits[:len(lits)-1]
			}
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		if lit, ok := n.(*ast.FuncLit); ok {
			lits = append(lits, lit)
			f.free[lit] = map[types.Object]bool{}
		}
		f.node(p, n, lits)
		return true
	})
	return f
}

// number gives every node its place in the source.
func (f *facts) number(p *load.Package, root ast.Node) {
	n := 0
	var stack []ast.Node
	ast.Inspect(root, func(c ast.Node) bool {
		if c == nil {
			f.last[stack[len(stack)-1]] = n
			stack = stack[:len(stack)-1]
			return true
		}
		n++
		f.order[c] = n
		stack = append(stack, c)
		switch c := c.(type) {
		case *ast.Ident:
			if obj := p.Info.Defs[c]; obj != nil {
				f.defs[obj] = c
			}
		case *ast.CaseClause:
			if obj := p.Info.Implicits[c]; obj != nil {
				f.defs[obj] = ast.NewIdent(obj.Name())
				f.order[f.defs[obj]] = n
			}
		}
		return true
	})
}

// node notes what one node does to variables.
func (f *facts) node(p *load.Package, n ast.Node, lits []*ast.FuncLit) {
	switch n := n.(type) {
	case *ast.Ident:
		obj := p.Info.Uses[n]
		if v, ok := obj.(*types.Var); !ok || v.IsField() || f.defs[obj] == nil {
			return
		}
		for _, lit := range lits {
			if !f.within(f.defs[obj], lit) {
				f.free[lit][obj] = true
			}
		}
	case *ast.CallExpr:
		for _, b := range p.Blocks(n) {
			f.blocks[b.Lit] = true
		}
	case *ast.AssignStmt:
		for _, e := range n.Lhs {
			f.assign(p, e)
		}
	case *ast.IncDecStmt:
		f.assign(p, n.X)
	case *ast.RangeStmt:
		f.assign(p, n.Key)
		f.assign(p, n.Value)
	case *ast.ValueSpec:
		for _, id := range n.Names {
			f.assign(p, id)
		}
	case *ast.Field:
		for _, id := range n.Names {
			f.assign(p, id)
		}
	case *ast.FuncType:
		if n.Results != nil { // return statements assign to them
			f.node(p, &ast.AssignStmt{Lhs: names(n.Results)}, lits)
		}
	case *ast.CaseClause:
		if obj := p.Info.Implicits[n]; obj != nil {
			f.assigned[obj]++
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			f.takes(p, n.X)
		}
	case *ast.SliceExpr:
		if t := p.Info.TypeOf(n.X); t != nil {
			if _, ok := t.Underlying().(*types.Array); ok {
				f.takes(p, n.X)
			}
		}
	case *ast.SelectorExpr:
		f.method(p, n)
	case *ast.BranchStmt:
		if n.Tok == token.GOTO {
			label := p.Info.Uses[n.Label]
			f.jumped[label] = true
			f.gotos = append(f.gotos, jump{from: n, label: f.defs[label]})
		}
	}
}

// assign counts an assignment to the variable that e is, or is a part of: x, x.f, x[i] of an array.
func (f *facts) assign(p *load.Package, e ast.Expr) {
	if e == nil {
		return
	}
	if obj := root(p, e); obj != nil {
		f.assigned[obj]++
	}
}

// names are the names of a list of results.
func names(list *ast.FieldList) (ids []ast.Expr) {
	for _, f := range list.List {
		for _, id := range f.Names {
			ids = append(ids, id)
		}
	}
	return ids
}

// takes notes that the address of the variable behind e is taken.
func (f *facts) takes(p *load.Package, e ast.Expr) {
	if obj := root(p, e); obj != nil {
		f.address[obj] = true
	}
}

// method notes the implicit &x of x.M() where M has a pointer receiver.
func (f *facts) method(p *load.Package, e *ast.SelectorExpr) {
	sel := p.Info.Selections[e]
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
	if _, ok := p.Info.TypeOf(e.X).Underlying().(*types.Pointer); ok || sel.Indirect() && viaPointer(sel) {
		return
	}
	f.takes(p, e.X)
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

// root is the variable that holds the storage of the addressable expression e, nil where that is
// behind a pointer, slice or map.
func root(p *load.Package, e ast.Expr) types.Object {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			if obj := p.Info.Defs[x]; obj != nil {
				return obj
			}
			v, ok := p.Info.Uses[x].(*types.Var)
			if !ok || v.IsField() {
				return nil
			}
			return v
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			sel := p.Info.Selections[x]
			if sel == nil {
				return nil
			}
			if _, ok := p.Info.TypeOf(x.X).Underlying().(*types.Pointer); ok || sel.Kind() == types.FieldVal && viaPointer(sel) {
				return nil
			}
			e = x.X
		case *ast.IndexExpr:
			t := p.Info.TypeOf(x.X)
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
