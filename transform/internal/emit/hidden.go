package emit

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// This file prints variables whose types the package cannot write. Each has its type by inference from
// something that the source names, and no value is made for it: a function is not called, a method not
// even looked up. In the frame it is an any. From
//
//	f, err := lib.Open(name) // lib.hidden
//	n := step(f.Len())
//	return f.Read(n)
//
// we make
//
//	// readType1 is the zero value of lib.hidden, a type that has no name here.
//	func readType1[H1 any](func(string) (H1, error)) (zero H1) { return zero }
//
//	var (
//		f = readType1(lib.Open) // lib.hidden
//		…
//	)
//	f, err = lib.Open(name)
//	…
//	m.f = f
//	…
//	f = machine.Kept(m.f, f)

// A typed is a function that gives the zero value of a type without naming it.
type typed struct {
	fn      *load.Func
	typ     types.Type
	call    string // the expression
	text    string // the declaration
	printed bool
}

// declType is what declares a variable of type t: the type, or where that cannot be written = and a value.
func (b *body) declType(t types.Type) string {
	if b.pkg.Unnameable(t) == nil {
		return b.typeText(t)
	}
	return "= " + b.like(t) + " // " + types.TypeString(t, (*types.Package).Name)
}

// kept is the value of v that a field of type any has.
func (b *body) kept(v *ir.Var, field string) string {
	if !v.Hidden {
		return field
	}
	return fmt.Sprintf("%s(%s, %s)", machineName("Kept"), field, b.varName(v))
}

// unboxed is kept where no variable has the type.
func (b *body) unboxed(v *ir.Var, field string) string {
	if !v.Hidden {
		return field
	}
	return fmt.Sprintf("%s(%s, %s)", machineName("Kept"), field, b.like(b.goType(v)))
}

// hiddenCaptures takes the captured variables of a block from the parameters in which they come in.
func (b *body) hiddenCaptures() {
	for _, v := range b.m.Captures {
		if v.Hidden {
			b.p("%s = %s", b.n.Vars[v], b.kept(v, b.paramName(v)))
		}
	}
}

// hides reports whether a result of an await has a type that cannot be written.
func (b *body) hides(from arrange.Given, values []*types.Var) bool {
	hidden := func(t types.Type) bool { return t != nil && b.pkg.Unnameable(t) != nil }
	return slices.ContainsFunc(from.Values, hidden) ||
		from.Boxed && slices.ContainsFunc(values, func(v *types.Var) bool { return hidden(v.Type()) })
}

// takeLike is how results of hidden types are taken at resume: like the variables to which they go, or
// like a value of the type.
func (b *body) takeLike(d *arrange.Delivery, values []*types.Var) string {
	list := d.From.Values
	if d.From.Boxed {
		list = []types.Type{arrange.BoxOf(b.pkg, values)}
	}
	fn := "ReturnedLike"
	if !d.From.HasErr && !d.From.Boxed {
		fn = "ValueLike"
	}
	if len(list) > 1 {
		fn += fmt.Sprint(len(list))
	}
	args := []string{b.n.CX}
	to := b.targets(d)
	for i, t := range list {
		switch {
		case to[i] != "_":
			args = append(args, to[i])
		case b.pkg.Unnameable(t) != nil:
			args = append(args, b.like(t))
		default:
			args = append(args, "*new("+b.typeText(t)+")")
		}
	}
	return machineName(fn) + "(" + strings.Join(args, ", ") + ")"
}

// likes prints the functions that the body has come to need.
func (g *machine) likes() {
	for _, t := range g.typed {
		if !t.printed {
			t.printed = true
			g.decl(t.text, fmt.Sprintf("%s is the zero value of %s, a type that has no name here.",
				t.call[:strings.IndexByte(t.call, '(')], types.TypeString(t.typ, (*types.Package).Name)))
		}
	}
}

// like is an expression of type t, which the package cannot write: a call of a function that has the same
// types in its parameters as the sources have. It is the zero value.
func (b *body) like(t types.Type) string {
	for _, known := range b.typed {
		if known.fn == b.m.Func && types.Identical(known.typ, t) {
			return known.call
		}
	}
	p := &pattern{body: b, used: map[*types.TypeParam]bool{}}
	for _, h := range b.pkg.Hidden(t) {
		p.source(b.sourceOf(h))
	}
	result := p.text(t)
	own := p.ownParams()
	name := b.likeName()
	made := &typed{fn: b.m.Func, typ: t, call: name + "(" + strings.Join(p.args, ", ") + ")"}
	made.text = fmt.Sprintf("func %s[%s](%s) (zero %s)%s{ return zero }",
		name, strings.Join(slices.Concat(own, p.methods, p.hiddenParams()), ", "), strings.Join(p.params, ", "), result, cell)
	b.file.typed = append(b.file.typed, made)
	return made.call
}

// likeName is a name for the next function of a marked function, which nothing has in the package or in
// the body.
func (b *body) likeName() string {
	base := strings.TrimSuffix(b.m.Func.Names.Frame, "Frame") + "Type"
	for i := 1; ; i++ {
		name := fmt.Sprint(base, i)
		taken := b.n.IsTaken(name) || b.pkg.Means(name)
		for _, t := range b.typed {
			taken = taken || strings.HasPrefix(t.call, name+"(")
		}
		if !taken {
			return name
		}
	}
}

// sourceOf is the source that tells a hidden type. Package lower has refused functions that have none.
func (b *body) sourceOf(t types.Type) *ir.Source {
	for _, s := range b.m.Sources {
		if slices.ContainsFunc(s.Tells, func(o types.Type) bool { return types.Identical(t, o) }) {
			return s
		}
	}
	panic("emit: nothing tells the type " + t.String())
}
