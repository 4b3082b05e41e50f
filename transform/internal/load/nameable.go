package load

import (
	"go/types"
	"iter"
	"slices"
	"strings"
)

// Unnameable finds a part of t that this package cannot write, or nil.
func (p *Package) Unnameable(t types.Type) types.Type {
	var found types.Type
	p.eachHidden(t, func(t types.Type) bool {
		found = t
		return false
	})
	return found
}

// Hidden lists the parts of t that this package cannot write: hidden in map[string][]lib.hidden, each
// once, in the order in which the text of t would have them.
func (p *Package) Hidden(t types.Type) (list []types.Type) {
	p.eachHidden(t, func(t types.Type) bool {
		if !slices.ContainsFunc(list, func(o types.Type) bool { return types.Identical(t, o) }) {
			list = append(list, t)
		}
		return true
	})
	return list
}

// eachHidden calls f for the parts of t that this package cannot write, until f says false. It says
// whether f never did. Such a part is a named type that another package does not export or that may not
// be imported from here, or a struct or interface with unexported members of another package.
func (p *Package) eachHidden(t types.Type, f func(types.Type) bool) bool {
	switch t := t.(type) {
	case nil, *types.Basic, *types.TypeParam:
		return true
	case *types.Named:
		if !p.mayName(t.Obj()) {
			return f(t)
		}
		return p.eachHiddenOf(t.TypeArgs().Types(), f)
	case *types.Alias:
		if !p.mayName(t.Obj()) {
			return p.eachHidden(types.Unalias(t), f)
		}
		return p.eachHiddenOf(t.TypeArgs().Types(), f)
	case *types.Pointer:
		return p.eachHidden(t.Elem(), f)
	case *types.Slice:
		return p.eachHidden(t.Elem(), f)
	case *types.Array:
		return p.eachHidden(t.Elem(), f)
	case *types.Chan:
		return p.eachHidden(t.Elem(), f)
	case *types.Map:
		return p.eachHidden(t.Key(), f) && p.eachHidden(t.Elem(), f)
	case *types.Tuple:
		for v := range t.Variables() {
			if !p.eachHidden(v.Type(), f) {
				return false
			}
		}
	case *types.Signature:
		return p.eachHidden(t.Params(), f) && p.eachHidden(t.Results(), f)
	case *types.Struct:
		for v := range t.Fields() {
			if !p.mayName(v) {
				return f(t)
			}
		}
		for v := range t.Fields() {
			if !p.eachHidden(v.Type(), f) {
				return false
			}
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			if !p.mayName(m) {
				return f(t)
			}
		}
		for m := range t.ExplicitMethods() {
			if !p.eachHidden(m.Type(), f) {
				return false
			}
		}
		return p.eachHiddenOf(t.EmbeddedTypes(), f)
	case *types.Union:
		for term := range t.Terms() {
			if !p.eachHidden(term.Type(), f) {
				return false
			}
		}
	default:
		panic("load: unknown type " + t.String())
	}
	return true
}

func (p *Package) eachHiddenOf(list iter.Seq[types.Type], f func(types.Type) bool) bool {
	for t := range list {
		if !p.eachHidden(t, f) {
			return false
		}
	}
	return true
}

// mayName reports whether the package may write the name of an object: of a type, of a field, of a method.
func (p *Package) mayName(obj types.Object) bool {
	pkg := obj.Pkg()
	if pkg == nil || pkg.Path() == p.Types.Path() {
		return true
	}
	if !obj.Exported() {
		return false
	}
	_, isType := obj.(*types.TypeName)
	return !isType || p.mayImport(pkg.Path())
}

// mayImport reports whether the rules of internal packages and of vendor directories let p import target.
func (p *Package) mayImport(target string) bool {
	slashed := "/" + target + "/"
	for _, special := range []string{"/internal/", "/vendor/"} {
		i := strings.LastIndex(slashed, special)
		switch {
		case i < 0:
		case i == 0: // the standard library's own, whose packages have no module and no dot
			if first, _, _ := strings.Cut(p.Path, "/"); p.goVersion != "" || strings.Contains(first, ".") {
				return false
			}
		default:
			if root := slashed[1:i]; p.Path != root && !strings.HasPrefix(p.Path, root+"/") {
				return false
			}
		}
	}
	return true
}

// RuntimeType is an instance of a generic type of the runtime.
func (p *Package) RuntimeType(name string, args []types.Type) types.Type {
	rt, err := p.indirect().Import(RuntimePath)
	if err != nil {
		panic("load: " + err.Error())
	}
	t, err := types.Instantiate(nil, rt.Scope().Lookup(name).Type(), args, false)
	if err != nil {
		panic("load: " + err.Error())
	}
	return t
}
