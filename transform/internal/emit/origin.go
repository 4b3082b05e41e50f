package emit

import (
	"go/types"
	"strings"
)

// origin is the line that ties the generated code to the function that it was made from. Where the signature
// of that has changed, or it is gone, the line does not compile, and says what to do; where something else has
// changed, asyncgen vet sees it by the sum. It costs nothing at run time: nothing is stored in a variable
// without a name, and a function without a name is not compiled. It is also a use of the function, so that no
// linter takes one for dead that is called in the async form only.
//
//	var _ func(string) (int, error) = fetch      //async:of fetch …
//	var _ func(*client, int) error = (*client).get //async:of client.get …
//	func _[T any]() { var _ func(...T) = each[T] } //async:of each …
//
// There is none for a literal.
func (g *machine) origin() (text string, apart bool) {
	fun := g.m.Func.Obj.Name()
	if g.m.Lit != nil {
		return "", false
	}
	var typ strings.Builder
	typ.WriteString("func(")
	if recv := g.m.Func.Recv(); recv != nil {
		text := g.recvText()
		typ.WriteString(text)
		if g.m.Func.Obj.Signature().Params().Len() > 0 {
			typ.WriteString(", ")
		}
		if strings.HasPrefix(text, "*") {
			text = "(" + text + ")"
		}
		fun = text + "." + fun
	} else {
		fun += g.typeArgs()
	}
	typ.WriteString(strings.TrimPrefix(g.typeText(unnamed(g.m.Func.Obj.Signature())), "func("))
	code, record := "var _ "+typ.String()+" = "+fun, " "+g.m.Func.Record()
	if len(g.m.TParams) == 0 {
		return code + record + "\n", false
	}
	head := "func _" + g.typeParams() + "()"
	if g.longest(head+code) > maxOneLine-len("{  }") {
		return head + " {\n" + code + record + "\n}", true
	}
	return head + cell + "{ " + code + " }" + record, true
}

// unnamed is sig without the names of its parameters, its receiver, and its type parameters.
func unnamed(sig *types.Signature) *types.Signature {
	tuple := func(list *types.Tuple) *types.Tuple {
		var vars []*types.Var
		for v := range list.Variables() {
			vars = append(vars, types.NewParam(v.Pos(), v.Pkg(), "", v.Type()))
		}
		return types.NewTuple(vars...)
	}
	return types.NewSignatureType(nil, nil, nil, tuple(sig.Params()), tuple(sig.Results()), sig.Variadic())
}
