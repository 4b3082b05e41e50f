package lower

import (
	"go/ast"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// known is what one walk over a marked function tells about its variables and labels. Places are
// compared by the order of nodes, since nodes that package plain made have no position.
type known struct {
	pkg    *load.Package
	seen   *load.Survey
	locals map[*ast.Ident]types.Object // the variables that the function names
	vars   *facts.Vars
	gotos  []jump
	jumped map[types.Object]bool // labels that a goto names

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
func (f *known) order(n ast.Node) int { return f.places[n].order }

// within reports whether n stands inside of outer.
func (f *known) within(n, outer ast.Node) bool {
	at, around := f.places[n], f.places[outer]
	return at.order > 0 && around.order <= at.order && at.order <= around.last
}

func knownOf(p *load.Package, fn *load.Func) *known {
	seen := p.Survey(fn)
	f := &known{
		pkg: p, seen: seen,
		locals: make(map[*ast.Ident]types.Object, len(seen.Idents)/2),
		vars:   facts.VarsOf(p.Info, fn.Decl),
		jumped: map[types.Object]bool{},
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
	return f
}

// local is the variable that obj is.
func local(obj types.Object) *types.Var {
	v, _ := obj.(*types.Var)
	return v
}

// objectOf is what id names or declares.
func objectOf(p *load.Package, id *ast.Ident) types.Object {
	if obj := p.Info.Uses[id]; obj != nil {
		return obj
	}
	return p.Info.Defs[id]
}

// number gives nodes their place in the source.
func (f *known) number(root ast.Node) {
	f.places, f.defs = map[ast.Node]place{}, map[types.Object]*ast.Ident{}
	n := 0
	var stack []ast.Node
	ast.Inspect(root, func(c ast.Node) bool {
		if c == nil {
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if p, ok := f.places[top]; ok {
				f.places[top] = place{p.order, n}
			}
			return true
		}
		n++
		stack = append(stack, c)
		switch c := c.(type) {
		case *ast.Ident:
			if obj := f.pkg.Info.Defs[c]; obj != nil {
				f.defs[obj] = c
				f.places[c] = place{n, n}
			}
		case *ast.FuncLit:
			f.places[c] = place{n, n}
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
