package load

import "go/types"

// Core is the underlying type of t. For a type parameter it is that of the types that the constraint names,
// of the first where they differ.
func Core(t types.Type) types.Type {
	tp, ok := types.Unalias(t).(*types.TypeParam)
	if !ok {
		return t.Underlying()
	}
	if core := coreOfTerms(tp.Constraint()); core != nil {
		return core
	}
	return tp.Underlying()
}

// coreOfTerms is the underlying type of the types that a constraint names, nil where it names none.
func coreOfTerms(t types.Type) types.Type {
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Interface:
		for e := range u.EmbeddedTypes() {
			if c := coreOfTerms(e); c != nil {
				return c
			}
		}
		return nil
	case *types.Union:
		return coreOfTerms(u.Term(0).Type())
	default:
		return u
	}
}
