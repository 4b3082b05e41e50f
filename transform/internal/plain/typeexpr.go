package plain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
)

// typeExpr writes t as the file of the unit would. at is where it is needed, for the message if
// that cannot be done.
func (u *unit) typeExpr(at ast.Node, t types.Type) ast.Expr {
	names := map[*types.Package]string{}
	for _, name := range importNames(u.pkg, u.fn.File) {
		names[name.Imported()] = name.Name()
	}
	var missing *types.Package
	text := types.TypeString(t, func(p *types.Package) string {
		name, ok := names[p]
		switch {
		case p == u.pkg.Types || name == ".":
			return ""
		case !ok:
			missing = p
		}
		return name
	})
	if missing != nil {
		u.unsupported(at, "a value of type %s has to be stored, and %s does not import %q", t, u.pkg.Name, missing.Path())
		return ident("_")
	}
	e, err := parser.ParseExpr(text)
	if err != nil {
		u.unsupported(at, "cannot write the type %s", t)
		return ident("_")
	}
	return clone(e)
}

// clone copies an expression that has no identity of its own, such as a type, without positions.
func clone[N ast.Node](n N) N {
	if any(n) == nil {
		return n
	}
	return cloneValue(reflect.ValueOf(n)).Interface().(N)
}

var posType = reflect.TypeFor[token.Pos]()

func cloneValue(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		return cloneValue(v.Elem())
	case reflect.Pointer:
		if v.IsNil() {
			return reflect.Zero(v.Type())
		}
		p := reflect.New(v.Type().Elem())
		p.Elem().Set(cloneValue(v.Elem()))
		return p
	case reflect.Struct:
		s := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			s.Field(i).Set(cloneValue(v.Field(i)))
		}
		return s
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		s := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			s.Index(i).Set(cloneValue(v.Index(i)))
		}
		return s
	default:
		if v.Type() == posType {
			return reflect.Zero(posType)
		}
		return v
	}
}
