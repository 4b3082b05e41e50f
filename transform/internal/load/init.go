package load

import (
	"go/ast"
	"go/token"
	"go/types"
)

// AtInit reports whether an initial value of a variable of the package may come to the async form of fn, while
// fn comes to a variable that has one that is computed, too. Go initialises a variable after those that the
// functions in its value name:
//
//	var b = rt.Must(rt.BlockOn(doubleAsync()))   // after c, which double names
//
// But an async form comes to the body of its function by a method of the frame, which nobody names. So there
// it has to name the body itself.
func (p *Package) AtInit(fn *Func) bool { return p.atInit[fn] }

// findInit finds the functions of AtInit.
func (p *Package) findInit() map[*Func]bool {
	if len(p.Funcs) == 0 {
		return nil
	}
	w := &initWalk{
		pkg: p, bodies: map[types.Object]*ast.FuncDecl{}, forms: map[string][]*Func{}, marked: map[*ast.FuncDecl]*Func{},
		values: map[types.Object]bool{},
	}
	for _, fn := range p.Funcs {
		w.forms[fn.Names.Async] = append(w.forms[fn.Names.Async], fn)
		w.marked[fn.Decl] = fn
	}
	var start []ast.Node
	for _, f := range p.Files {
		for _, d := range f.Syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				w.bodies[p.Info.Defs[d.Name]] = d
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					start = append(start, w.initialised(d)...)
				}
			}
		}
	}
	found := map[*Func]bool{}
	reached, _ := w.from(start)
	for fn := range reached {
		if _, reads := w.from([]ast.Node{fn.Decl}); reads {
			found[fn] = true
		}
	}
	return found
}

// An initWalk follows what initial values and functions name.
type initWalk struct {
	pkg    *Package
	bodies map[types.Object]*ast.FuncDecl
	forms  map[string][]*Func // by the name of the async form
	marked map[*ast.FuncDecl]*Func
	values map[types.Object]bool // variables with an initial value that is computed
}

// initialised notes the variables of d that have initial values, and gives these.
func (w *initWalk) initialised(d *ast.GenDecl) (values []ast.Node) {
	for _, spec := range d.Specs {
		spec := spec.(*ast.ValueSpec)
		for _, e := range spec.Values {
			values = append(values, e)
		}
		for _, id := range spec.Names {
			if !w.isReady(spec.Values) {
				w.values[w.pkg.Info.Defs[id]] = true
			}
		}
	}
	return values
}

// isReady reports whether gc has the values in the data of the program, so that they need no order: they are
// constants, or literals of such.
func (w *initWalk) isReady(values []ast.Expr) bool {
	ready := true
	for _, e := range values {
		ast.Inspect(e, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				ready = false
			case *ast.CallExpr:
				ready = ready && w.pkg.Info.Types[n.Fun].IsType()
			case *ast.CompositeLit:
				if t := w.pkg.Info.TypeOf(n); t != nil { // else an error of the user's
					_, isMap := t.Underlying().(*types.Map)
					ready = ready && !isMap
				}
			case *ast.Ident:
				switch w.pkg.Info.Uses[n].(type) {
				case *types.Var, *types.Func:
					ready = false
				}
			}
			return ready
		})
	}
	return ready
}

// from follows what nodes name. It gives the marked functions on the way, if an async form is on it, and
// reports whether a variable with an initial value that is computed is.
func (w *initWalk) from(todo []ast.Node) (reached map[*Func]bool, reads bool) {
	reached = map[*Func]bool{}
	async := false
	seen := map[*ast.FuncDecl]bool{}
	visit := func(decl *ast.FuncDecl) {
		if decl != nil && !seen[decl] {
			seen[decl] = true
			todo = append(todo, decl)
			if fn := w.marked[decl]; fn != nil {
				reached[fn] = true
			}
		}
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		ast.Inspect(n, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			switch obj := w.pkg.Info.Uses[id].(type) {
			case *types.Var:
				reads = reads || w.values[obj]
			case *types.Func:
				decl := w.bodies[obj.Origin()]
				visit(decl)
				if decl == nil && obj.Pkg() == w.pkg.Types {
					for _, fn := range w.forms[obj.Name()] {
						async = true
						visit(fn.Decl)
					}
				}
			}
			return true
		})
	}
	if !async {
		return nil, reads
	}
	return reached, reads
}
