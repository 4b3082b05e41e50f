package load

import (
	"go/types"
	"strings"
)

// Unnameable finds a part of t that this package cannot name, or nil.
func (p *Package) Unnameable(t types.Type) *types.Named {
	switch t := t.(type) {
	case *types.Tuple:
		for v := range t.Variables() {
			if n := p.Unnameable(v.Type()); n != nil {
				return n
			}
		}
	case *types.Named:
		obj := t.Obj()
		if obj.Pkg() != nil && obj.Pkg() != p.Types && (!obj.Exported() || !mayImport(p.Path, obj.Pkg().Path())) {
			return t
		}
		for arg := range t.TypeArgs().Types() {
			if n := p.Unnameable(arg); n != nil {
				return n
			}
		}
	case *types.Alias:
		if obj := t.Obj(); obj.Exported() && obj.Pkg() != nil && mayImport(p.Path, obj.Pkg().Path()) {
			return nil
		}
		return p.Unnameable(types.Unalias(t))
	case *types.Pointer:
		return p.Unnameable(t.Elem())
	case *types.Slice:
		return p.Unnameable(t.Elem())
	case *types.Array:
		return p.Unnameable(t.Elem())
	case *types.Chan:
		return p.Unnameable(t.Elem())
	case *types.Map:
		if n := p.Unnameable(t.Key()); n != nil {
			return n
		}
		return p.Unnameable(t.Elem())
	case *types.Signature:
		if n := p.Unnameable(t.Params()); n != nil {
			return n
		}
		return p.Unnameable(t.Results())
	case *types.Struct:
		for f := range t.Fields() {
			if n := p.Unnameable(f.Type()); n != nil {
				return n
			}
		}
	}
	return nil
}

// mayImport says whether the rule of internal packages lets path import target.
func mayImport(path, target string) bool {
	slashed := "/" + target + "/"
	i := strings.LastIndex(slashed, "/internal/")
	switch {
	case i < 0:
		return true
	case i == 0: // the standard library's own, whose paths begin without a dot
		first, _, _ := strings.Cut(path, "/")
		return !strings.Contains(first, ".")
	}
	root := slashed[1:i]
	return path == root || strings.HasPrefix(path, root+"/")
}
