package emit

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
)

// isIdent reports whether c can be a part of an identifier; all of UTF-8 beyond ASCII counts, but for
// our own marks, whose first byte is 0xEE.
func isIdent(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80 && c != 0xEE
}

// typeText is the text of a type in the generated file.
func (f *file) typeText(t types.Type) string {
	known, ok := f.text[t]
	if !ok {
		known = types.TypeString(t, func(p *types.Package) string {
			if p.Path() == f.pkg.Types.Path() {
				return ""
			}
			return markOpen + p.Path() + markClose
		})
		f.text[t] = known
	}
	return known
}

// param is parameter i of sig, under a name and with the type that it has in the generated code, and the
// argument that passes it on: xs ...T and xs... where it is variadic.
func (f *file) param(sig *types.Signature, i int, name string, t types.Type) (param, arg string) {
	if sig.Variadic() && i == sig.Params().Len()-1 {
		return name + " ..." + f.typeText(t.(*types.Slice).Elem()), name + "..."
	}
	return name + " " + f.typeText(t), name
}

// zero is the text of a zero value.
func (b *body) zero(t types.Type) string {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return "*new(" + b.typeText(t) + ")"
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch info := u.Info(); {
		case info&types.IsString != 0:
			return `""`
		case info&types.IsBoolean != 0:
			return "false"
		case info&types.IsNumeric != 0:
			return "0"
		}
		return "nil"
	case *types.Struct, *types.Array:
		if b.pkg.Unnameable(t) != nil {
			return b.like(t)
		}
		return b.typeText(t) + "{}"
	}
	return "nil"
}

// resultType is the T of the Future[T] that delivers values.
func (f *file) resultType(values []*types.Var) string {
	switch len(values) {
	case 0:
		return rtName("Unit")
	case 1:
		return f.typeText(values[0].Type())
	case 2:
		return rtName("Pair") + "[" + f.typeList(values) + "]"
	}
	return rtName("Triple") + "[" + f.typeList(values) + "]"
}

func (f *file) typeList(vars []*types.Var) string {
	var s []string
	for _, v := range vars {
		s = append(s, f.typeText(v.Type()))
	}
	return strings.Join(s, ", ")
}

// frameBase is the type that a frame embeds for its results, and the kind that machine.Func states.
func (f *file) frameBase(values []*types.Var, hasErr bool) (base, kind string) {
	switch t := f.resultType(values); {
	case len(values) == 0 && !hasErr:
		return machineName("Frame"), "ResultNone"
	case len(values) == 0:
		return machineName("FrameErr"), "ResultErr"
	case !hasErr:
		return machineName("FrameVal") + "[" + t + "]", "ResultVal"
	default:
		return machineName("FrameOf") + "[" + t + "]", "ResultValErr"
	}
}

// isExported reports whether people see a function: its type and methods are exported too.
func isExported(name string) bool { return ast.IsExported(name) }

// lines splits text that go/printer made, without an end of line.
func lines(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }

// headOf is the field of a frame that rt knows.
func headOf(frame string) string { return frame + "." + arrange.FrameHead }
