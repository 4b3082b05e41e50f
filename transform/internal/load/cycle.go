package load

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// The type checker finds generic functions and types that instantiate themselves without end only where
// there is no other error, and an import that a stub does not use is one. So where such a cycle is
// possible we check once more, with stubs that import what they use.

// mayGrow reports whether something of the package is instantiated with a type that a type parameter is a
// part of, as in
//
//	func f[T any](x T, n int) { f([]T{x}, n-1) }
func (p *Package) mayGrow() bool {
	if p.Info == nil {
		return false
	}
	for _, inst := range p.Info.Instances {
		for t := range inst.TypeArgs.Types() {
			if _, ok := types.Unalias(t).(*types.TypeParam); !ok && hasTypeParam(t, nil) {
				return true
			}
		}
	}
	return false
}

// hasTypeParam reports whether a type parameter is a part of t.
func hasTypeParam(t types.Type, seen []types.Type) bool {
	if slices.Contains(seen, t) {
		return false
	}
	seen = append(seen, t)
	has := func(t types.Type) bool { return hasTypeParam(t, seen) }
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Named:
		return slices.ContainsFunc(slices.Collect(t.TypeArgs().Types()), has)
	case *types.Map:
		return has(t.Key()) || has(t.Elem())
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		return has(t.Elem())
	case *types.Signature:
		return has(t.Params()) || has(t.Results())
	case *types.Tuple:
		return slices.ContainsFunc(slices.Collect(t.Variables()), func(v *types.Var) bool { return has(v.Type()) })
	case *types.Struct:
		return slices.ContainsFunc(slices.Collect(t.Fields()), func(v *types.Var) bool { return has(v.Type()) })
	case *types.Interface:
		return slices.ContainsFunc(slices.Collect(t.Methods()), func(m *types.Func) bool { return has(m.Type()) })
	}
	return false
}

// dropImports takes imports out of the stubs.
func (p *Package) dropImports(unused map[token.Pos]bool) {
	gone := func(s *ast.ImportSpec) bool { return unused[s.Pos()] }
	for _, f := range p.stubs {
		f.Imports = slices.DeleteFunc(f.Imports, gone)
		f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
			g, ok := d.(*ast.GenDecl)
			return ok && g.Tok == token.IMPORT && gone(g.Specs[0].(*ast.ImportSpec))
		})
	}
}
