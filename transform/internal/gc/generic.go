package gc

import "go/types"

// agreed is what is says of all types that t may be, or otherwise where these do not agree or have no end.
func agreed(t types.Type, is func(types.Type) bool, otherwise bool) bool {
	list := instances(t)
	if len(list) == 0 {
		return otherwise
	}
	for _, t := range list[1:] {
		if is(t) != is(list[0]) {
			return otherwise
		}
	}
	return is(list[0])
}

// instances are the types that t may be: itself; for a type parameter the terms of its constraint; none
// where there is no end of them.
func instances(t types.Type) []types.Type {
	tp, ok := types.Unalias(t).(*types.TypeParam)
	if !ok {
		if generic(t) {
			return nil
		}
		return []types.Type{t}
	}
	list, _ := terms(tp.Constraint())
	for _, t := range list {
		if generic(t) {
			return nil
		}
	}
	return list
}

// terms are the types that a constraint names. Without any it allows all types.
func terms(constraint types.Type) (list []types.Type, any bool) {
	u, ok := types.Unalias(constraint).Underlying().(*types.Interface)
	if !ok {
		return []types.Type{constraint}, false
	}
	any = true
	for e := range u.EmbeddedTypes() {
		var here []types.Type
		all := false
		if union, ok := types.Unalias(e).(*types.Union); ok {
			for t := range union.Terms() {
				some, free := terms(t.Type())
				here, all = append(here, some...), all || free
			}
		} else {
			here, all = terms(e)
		}
		if all {
			continue // it rules out nothing
		}
		if any || len(here) < len(list) { // of several we take the shortest: the others can only rule out more
			list = here
		}
		any = false
	}
	return list, any
}

// generic reports whether the layout of t depends on a type parameter.
func generic(t types.Type) bool {
	if isTypeParam(t) {
		return true
	}
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Array:
		return generic(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if generic(f.Type()) {
				return true
			}
		}
	}
	return false
}

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}

// BoundEarly reports whether a method value is bound before what stands to the right of it, as its receiver is one
// whose methods an instance finds in its dictionary: it becomes a closure. Others are bound late.
func BoundEarly(sel *types.Selection) bool {
	if sel == nil || sel.Kind() != types.MethodVal {
		return false
	}
	recv := sel.Obj().(*types.Func).Signature().Recv().Type()
	return isTypeParam(sel.Recv()) || !types.IsInterface(recv) && Derived(recv)
}

// Derived reports whether a type is written with a type parameter: an instance then finds it in its dictionary
// when it runs.
func Derived(t types.Type) bool { return derived(t, map[types.Type]bool{}) }

func derived(t types.Type, seen map[types.Type]bool) bool {
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	list := func(ts *types.TypeList) bool {
		for a := range ts.Types() {
			if derived(a, seen) {
				return true
			}
		}
		return false
	}
	tuple := func(vs *types.Tuple) bool {
		for v := range vs.Variables() {
			if derived(v.Type(), seen) {
				return true
			}
		}
		return false
	}
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Named:
		return list(t.TypeArgs())
	case *types.Pointer:
		return derived(t.Elem(), seen)
	case *types.Slice:
		return derived(t.Elem(), seen)
	case *types.Array:
		return derived(t.Elem(), seen)
	case *types.Chan:
		return derived(t.Elem(), seen)
	case *types.Map:
		return derived(t.Key(), seen) || derived(t.Elem(), seen)
	case *types.Tuple:
		return tuple(t)
	case *types.Signature:
		return tuple(t.Params()) || tuple(t.Results())
	case *types.Struct:
		for f := range t.Fields() {
			if derived(f.Type(), seen) {
				return true
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			if derived(m.Type(), seen) {
				return true
			}
		}
		for e := range t.EmbeddedTypes() {
			if derived(e, seen) {
				return true
			}
		}
	case *types.Union:
		for term := range t.Terms() {
			if derived(term.Type(), seen) {
				return true
			}
		}
	case *types.Basic:
	}
	return false
}
