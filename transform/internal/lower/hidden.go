package lower

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// hidden finds the variables of m and of its blocks whose types the package cannot write, and what tells
// the compiler these types:
//
//	x := lib.Open("a")     // x is hidden, and lib.Open a source
//	y, err := x.Next()     // y is hidden, and Next a source, once x is known
//
// What nothing tells is refused.
func hidden(m *ir.Machine, errs *diag.List) {
	h := &hider{pkg: m.Pkg, fn: m.Func, errs: errs}
	for _, m := range m.All() {
		h.machine(m)
	}
	if len(h.needs) == 0 {
		return
	}
	h.findSources()
	for _, n := range h.needs {
		if missing := h.unknown(n.typ); len(missing) > 0 {
			h.refuse(n.pos, "the type of %s, %s, cannot be named in this package, and nothing in %s tells it",
				n.what, types.TypeString(missing[0], nil), m.Func.Decl.Name.Name)
		}
	}
	for _, m := range m.All() {
		m.Sources = h.sources
	}
}

// A need is a type that generated code has to declare something with.
type need struct {
	what string
	typ  types.Type
	pos  token.Pos
}

// A hider looks at the machines of one marked function.
type hider struct {
	pkg     *load.Package
	fn      *load.Func
	errs    *diag.List
	needs   []need
	known   []types.Type // hidden types that the sources tell
	sources []*ir.Source
}

func (h *hider) refuse(pos token.Pos, format string, args ...any) {
	if !pos.IsValid() {
		pos = h.fn.Decl.Name.Pos()
	}
	h.errs.Add(h.pkg.Position(pos), diag.Unnameable, diag.UnnameableHint, format, args...)
}

// machine marks the hidden variables of m. What an await gives is needed even where no variable takes it.
func (h *hider) machine(m *ir.Machine) {
	vars := m.Vars
	if m.DueList { // the records have them
		for _, d := range m.Defers {
			vars = append(append(slices.Clip(vars), d.Fun), d.Args...)
		}
	}
	for _, v := range vars {
		if v == nil || h.pkg.Unnameable(v.Type) == nil {
			continue
		}
		v.Hidden = true
		what := v.Name
		if v.Obj == nil {
			what = "a value that is kept here"
		}
		h.needs = append(h.needs, need{what, v.Type, v.Pos})
	}
	for _, a := range m.Awaits {
		if a.Call == nil {
			continue
		}
		if h.pkg.Unnameable(a.Call.Sig.Results()) != nil {
			h.needs = append(h.needs, need{"a result of this await", a.Call.Sig.Results(), a.At})
		}
		h.callbacks(a.Call)
	}
}

// callbacks refuses ordinary functions with hidden types in their signatures where the callee awaits
// them: generated code wraps them, and writes the signature.
func (h *hider) callbacks(a *load.Await) {
	if a.Call != a.Args {
		return
	}
	for _, i := range a.Callbacks {
		e := ast.Unparen(a.Call.Args[i])
		if _, lit := e.(*ast.FuncLit); lit || h.pkg.AsyncValue(e) != nil {
			continue
		}
		if t := h.pkg.Unnameable(h.pkg.Info.TypeOf(e)); t != nil {
			h.refuse(e.Pos(), "the function that %s awaits is an ordinary one, and %s in its type cannot be named in this package",
				a.Callee.Name(), types.TypeString(t, nil))
		}
	}
}

// unknown lists the hidden types in t that no source tells so far.
func (h *hider) unknown(t types.Type) []types.Type {
	return slices.DeleteFunc(h.pkg.Hidden(t), func(t types.Type) bool {
		return slices.ContainsFunc(h.known, func(k types.Type) bool { return types.Identical(t, k) })
	})
}

// findSources goes over the function until it finds no more: a method of a hidden type is a source once
// that is known.
func (h *hider) findSources() {
	for before := -1; before < len(h.sources); {
		before = len(h.sources)
		ast.Inspect(h.fn.Decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				h.object(n)
			case *ast.SelectorExpr:
				if sel := h.pkg.Info.Selections[n]; sel != nil {
					h.selection(sel)
				}
			}
			if e, ok := n.(ast.Expr); ok {
				h.named(h.pkg.Info.TypeOf(e))
			}
			return true
		})
	}
}

// add adds s if it tells something new, and what it needs is known.
func (h *hider) add(s *ir.Source) {
	s.Tells = h.unknown(s.Type)
	if len(s.Tells) == 0 {
		return
	}
	for _, t := range append(slices.Clone(s.Args), s.From) {
		if len(h.unknown(t)) > 0 {
			return
		}
		s.Needs = append(s.Needs, h.pkg.Hidden(t)...)
	}
	h.known = append(h.known, s.Tells...)
	h.sources = append(h.sources, s)
}

// object adds what is declared at package level, here or elsewhere.
func (h *hider) object(id *ast.Ident) {
	obj := h.pkg.Info.Uses[id]
	if obj == nil || obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() {
		return
	}
	switch obj := obj.(type) {
	case *types.Func:
		s := &ir.Source{Obj: obj, Type: obj.Type()}
		if inst, ok := h.pkg.Info.Instances[id]; ok {
			s.Type = inst.Type
			s.Args = slices.Collect(inst.TypeArgs.Types())
		}
		h.add(s)
	case *types.Const, *types.Var:
		h.add(&ir.Source{Obj: obj, Type: obj.Type()})
	}
}

// selection adds a method or a field.
func (h *hider) selection(sel *types.Selection) {
	switch obj := sel.Obj().(type) {
	case *types.Func:
		sig, from := obj.Signature(), sel.Recv()
		if found, _, _ := types.LookupFieldOrMethod(from, false, obj.Pkg(), obj.Name()); found == nil {
			from = types.NewPointer(from)
		}
		h.add(&ir.Source{Obj: obj, From: from,
			Type: types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())})
	case *types.Var:
		h.add(&ir.Source{Obj: obj, From: holder(sel), Type: obj.Type()})
	}
}

// holder is the struct from which a field can be selected without following a pointer on the way.
func holder(sel *types.Selection) types.Type {
	from := deref(sel.Recv())
	at := from
	for _, i := range sel.Index()[:len(sel.Index())-1] {
		st, ok := at.Underlying().(*types.Struct)
		if !ok {
			return from
		}
		at = st.Field(i).Type()
		if ptr, ok := at.Underlying().(*types.Pointer); ok {
			from = ptr.Elem()
			at = from
		}
	}
	return from
}

// named adds a type that the package can write and that is made of hidden types.
func (h *hider) named(t types.Type) {
	switch t := t.(type) {
	case *types.Alias:
		if h.pkg.Unnameable(t) == nil {
			h.add(&ir.Source{From: t, Type: types.Unalias(t)})
		}
	case *types.Named:
		switch t.Underlying().(type) {
		case *types.Struct, *types.Interface: // their fields and methods are sources
		default:
			if h.pkg.Unnameable(t) == nil {
				h.add(&ir.Source{From: t, Type: t.Underlying()})
			}
		}
	}
}

func deref(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}
