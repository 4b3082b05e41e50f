package plain

import "go/types"

// A typeNames finds the names that are needed to write types.
type typeNames struct {
	seen map[types.Type]bool
	add  func(*types.TypeName)
}

// in reports the names in t: those of map[string]*list.List are string and List.
func (n *typeNames) in(t types.Type) {
	if t == nil || n.seen[t] {
		return
	}
	n.seen[t] = true
	switch t := t.(type) {
	case *types.Named:
		n.named(t.Obj(), t.TypeArgs())
	case *types.Alias:
		n.named(t.Obj(), t.TypeArgs())
	case *types.TypeParam:
		n.add(t.Obj())
	case *types.Basic:
	case *types.Pointer:
		n.in(t.Elem())
	case *types.Slice:
		n.in(t.Elem())
	case *types.Array:
		n.in(t.Elem())
	case *types.Chan:
		n.in(t.Elem())
	case *types.Map:
		n.in(t.Key())
		n.in(t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			n.in(f.Type())
		}
	case *types.Tuple:
		for v := range t.Variables() {
			n.in(v.Type())
		}
	case *types.Signature:
		n.in(t.Params())
		n.in(t.Results())
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			n.in(m.Type())
		}
		for e := range t.EmbeddedTypes() {
			n.in(e)
		}
	case *types.Union:
		for term := range t.Terms() {
			n.in(term.Type())
		}
	}
}

func (n *typeNames) named(obj *types.TypeName, args *types.TypeList) {
	n.add(obj)
	for t := range args.Types() {
		n.in(t)
	}
}
