package plain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// typeExpr writes t as the file of the unit would. at is where it is needed, for the message if that
// cannot be done.
func (u *unit) typeExpr(at ast.Node, t types.Type) ast.Expr {
	if hidden := u.pkg.Unnameable(t); hidden != nil {
		pos := at.Pos()
		if !pos.IsValid() {
			pos = u.fn.Decl.Name.Pos()
		}
		u.errs.Add(u.pkg.Position(pos), diag.Unnameable, diag.UnnameableHint,
			"the type %s, which has to be written here, cannot be named in this package", types.TypeString(hidden, nil))
		return ident("_")
	}
	text := types.TypeString(t, func(p *types.Package) string {
		if p == u.pkg.Types {
			return ""
		}
		if name := u.importAs(p.Path(), p.Name()); name != "." {
			return name
		}
		return ""
	})
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
