package emit

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// A pattern is the signature of a function that gives a hidden type: parameters of the types of sources
// in which type parameters stand for hidden types, and the arguments for them.
//
//	lib.Open, func(string) (lib.hidden, error)   =>   func(string) (H1, error)
//	f.Next, of a known lib.hidden                =>   M1 interface{ Next() (H1, bool) }, with a value of that type
//	x.F, of an x that is a lib.Config            =>   H1, with new(lib.Config).F
type pattern struct {
	*body
	params, args []string
	methods      []string // type parameters that have the method of a source
	sources      []*ir.Source
	hidden       []types.Type       // H1, H2, …
	stand        []*types.TypeParam // for them
	bounds       [][]string         // what they have to satisfy
	used         map[*types.TypeParam]bool
	inferred     map[*types.TypeParam]bool // occur in a parameter
}

func (p *pattern) param(typ, arg string) {
	p.params, p.args = append(p.params, typ), append(p.args, arg)
	p.inferred = map[*types.TypeParam]bool{}
	for tp := range p.used {
		p.inferred[tp] = true
	}
}

// source adds the parameter for one source.
func (p *pattern) source(s *ir.Source) {
	if slices.Contains(p.sources, s) {
		return
	}
	p.sources = append(p.sources, s)
	switch obj := s.Obj.(type) {
	case nil:
		p.param(p.text(s.Type), "*new("+p.typeText(s.From)+")")
	case *types.Func:
		p.function(s, obj)
	case *types.Const:
		p.param(p.text(s.Type), object(obj))
	case *types.Var:
		switch {
		case !obj.IsField():
			p.param("*"+p.text(s.Type), "&"+object(obj))
		case len(s.Needs) > 0:
			p.param(p.text(s.Type), p.like(s.From)+"."+obj.Name())
		default:
			p.param(p.text(s.Type), "new("+p.typeText(s.From)+")."+obj.Name())
		}
	default:
		panic(fmt.Sprintf("emit: source %T", obj))
	}
}

// function adds the parameter for a function or method.
func (p *pattern) function(s *ir.Source, f *types.Func) {
	switch {
	case s.From == nil && len(s.Needs) == 0:
		p.param(p.text(s.Type), object(f)+p.instance(s.Args))
	case s.From == nil: // its type arguments are inferred from values of theirs
		for _, t := range s.Needs {
			p.param(p.text(t), p.like(t))
		}
		p.param(p.text(s.Type), object(f))
	case len(s.Needs) == 0: // (*lib.T).Next is a function
		sig := s.Type.(*types.Signature)
		params := append([]*types.Var{types.NewParam(0, nil, "", s.From)}, slices.Collect(sig.Params().Variables())...)
		from := p.typeText(s.From)
		if _, ok := types.Unalias(s.From).(*types.Pointer); ok {
			from = "(" + from + ")"
		}
		p.param(p.text(types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), sig.Results(), sig.Variadic())), from+"."+f.Name())
	default:
		m := types.NewInterfaceType([]*types.Func{types.NewFunc(0, f.Pkg(), f.Name(), s.Type.(*types.Signature))}, nil)
		name := p.paramName(fmt.Sprint("M", len(p.methods)+1))
		p.methods = append(p.methods, name+" "+p.text(m))
		p.param(name, p.like(s.From))
	}
}

// object is the text of what a package declares.
func object(obj types.Object) string {
	return qualified(obj.Pkg().Path(), obj.Name())
}

func (p *pattern) instance(args []types.Type) string {
	if len(args) == 0 {
		return ""
	}
	var list []string
	for _, t := range args {
		list = append(list, p.typeText(t))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// paramName is name, changed until nothing of the function has it.
func (p *pattern) paramName(name string) string { return arrange.Unique(nil, name, p.n.IsTaken) }

// ownParams are the type parameters of the function that occur, with those that their constraints name.
// One that no argument has in its type gets a parameter of its own.
func (p *pattern) ownParams() (list []string) {
	for _, tp := range slices.Backward(p.m.TParams) { // a constraint mostly names those before
		if p.used[tp] {
			p.text(tp.Constraint())
		}
	}
	for _, tp := range p.m.TParams {
		if !p.used[tp] {
			continue
		}
		name := tp.Obj().Name()
		list = append(list, name+" "+p.typeText(tp.Constraint()))
		if !p.inferred[tp] {
			p.params, p.args = append(p.params, name), append(p.args, "*new("+name+")")
		}
	}
	return list
}

// hiddenParams are the type parameters that stand for hidden types.
func (p *pattern) hiddenParams() (list []string) {
	for i, tp := range slices.Backward(p.stand) {
		bound := "any"
		switch b := slices.Compact(slices.Sorted(slices.Values(p.bounds[i]))); len(b) {
		case 0:
		case 1:
			bound = b[0]
		default:
			bound = "interface{ " + strings.Join(b, "; ") + " }"
		}
		name := tp.Obj().Name()
		if next := len(list) - 1; next >= 0 && strings.HasSuffix(list[next], " "+bound) {
			list[next] = name + ", " + list[next]
		} else {
			list = append(list, name+" "+bound)
		}
	}
	slices.Reverse(list)
	return list
}

// text is the text of t with type parameters in the place of hidden types.
func (p *pattern) text(t types.Type) string { return p.typeText(p.replace(t)) }

// standIn is the type parameter for a hidden type.
func (p *pattern) standIn(t types.Type) *types.TypeParam {
	for i, h := range p.hidden {
		if types.Identical(h, t) {
			return p.stand[i]
		}
	}
	name := p.paramName(fmt.Sprint("H", len(p.hidden)+1))
	tp := types.NewTypeParam(types.NewTypeName(0, nil, name, nil), types.Universe.Lookup("any").Type())
	p.hidden, p.stand, p.bounds = append(p.hidden, t), append(p.stand, tp), append(p.bounds, nil)
	return tp
}

// replace is t with type parameters in the place of hidden types.
func (p *pattern) replace(t types.Type) types.Type {
	if hidden := p.pkg.Hidden(t); len(hidden) == 1 && hidden[0] == t {
		return p.standIn(t)
	}
	switch t := t.(type) {
	case nil, *types.Basic:
		return t
	case *types.TypeParam:
		p.used[t] = true
		return t
	case *types.Named:
		return p.named(t, t.Origin(), t.Origin().TypeParams(), t.TypeArgs())
	case *types.Alias:
		if p.pkg.Unnameable(t) != nil && t.TypeArgs().Len() == 0 {
			return p.replace(types.Unalias(t))
		}
		return p.named(t, t.Origin(), t.Origin().TypeParams(), t.TypeArgs())
	case *types.Pointer:
		return types.NewPointer(p.replace(t.Elem()))
	case *types.Slice:
		return types.NewSlice(p.replace(t.Elem()))
	case *types.Array:
		return types.NewArray(p.replace(t.Elem()), t.Len())
	case *types.Chan:
		return types.NewChan(t.Dir(), p.replace(t.Elem()))
	case *types.Map:
		key := p.replace(t.Key())
		p.bound(t.Key(), "comparable")
		return types.NewMap(key, p.replace(t.Elem()))
	case *types.Tuple:
		return p.tuple(t)
	case *types.Signature:
		return types.NewSignatureType(nil, nil, nil, p.tuple(t.Params()), p.tuple(t.Results()), t.Variadic())
	case *types.Struct:
		var fields []*types.Var
		var tags []string
		for i := range t.NumFields() {
			f := t.Field(i)
			fields = append(fields, types.NewField(0, f.Pkg(), f.Name(), p.replace(f.Type()), f.Embedded()))
			tags = append(tags, t.Tag(i))
		}
		return types.NewStruct(fields, tags)
	case *types.Interface:
		return p.iface(t)
	case *types.Union:
		for term := range t.Terms() { // of a constraint, which names type parameters and nothing hidden
			p.replace(term.Type())
		}
		return t
	}
	panic("emit: unknown type " + t.String())
}

func (p *pattern) tuple(t *types.Tuple) *types.Tuple {
	var vars []*types.Var
	for v := range t.Variables() {
		vars = append(vars, types.NewParam(0, nil, "", p.replace(v.Type())))
	}
	return types.NewTuple(vars...)
}

func (p *pattern) iface(t *types.Interface) types.Type {
	if p.pkg.Unnameable(t) == nil && t.NumExplicitMethods() == 0 && t.NumEmbeddeds() == 0 {
		return t // any
	}
	var methods []*types.Func
	for m := range t.ExplicitMethods() {
		methods = append(methods, types.NewFunc(0, m.Pkg(), m.Name(), p.replace(m.Signature()).(*types.Signature)))
	}
	var embedded []types.Type
	for e := range t.EmbeddedTypes() {
		embedded = append(embedded, p.replace(e))
	}
	return types.NewInterfaceType(methods, embedded)
}

// named is t, an instance of a generic type, with its arguments replaced. What stands for a hidden type
// has to satisfy the constraint that the hidden type satisfies.
func (p *pattern) named(t, origin types.Type, params *types.TypeParamList, args *types.TypeList) types.Type {
	if args.Len() == 0 {
		return t
	}
	var list []types.Type
	for a := range args.Types() {
		list = append(list, p.replace(a))
	}
	for i := range list {
		constraint := params.At(i).Constraint()
		if c, ok := constraint.Underlying().(*types.Interface); !ok || !c.Empty() {
			p.bound(args.At(i), p.constraintText(constraint, params, list))
		}
	}
	made, err := types.Instantiate(nil, origin, list, false)
	if err != nil {
		panic("emit: " + err.Error())
	}
	return made
}

// constraintText is the text of a constraint of a generic type, with arguments for its type parameters.
func (p *pattern) constraintText(c types.Type, params *types.TypeParamList, args []types.Type) string {
	named, ok := c.(*types.Named)
	if !ok || named.TypeArgs().Len() == 0 {
		return p.typeText(c)
	}
	var list []types.Type
	for a := range named.TypeArgs().Types() {
		if tp, ok := a.(*types.TypeParam); ok && tp == params.At(tp.Index()) {
			a = args[tp.Index()]
		}
		list = append(list, a)
	}
	made, err := types.Instantiate(nil, named.Origin(), list, false)
	if err != nil {
		panic("emit: " + err.Error())
	}
	return p.typeText(made)
}

// bound asks that a hidden type satisfies a constraint where t is one; and for comparable, where t is
// compared by comparing one.
func (p *pattern) bound(t types.Type, constraint string) {
	for i, h := range p.hidden {
		if types.Identical(h, t) {
			p.bounds[i] = append(p.bounds[i], constraint)
			return
		}
	}
	if constraint != "comparable" {
		return
	}
	switch t := t.(type) {
	case *types.Array:
		p.bound(t.Elem(), constraint)
	case *types.Struct:
		for f := range t.Fields() {
			p.bound(f.Type(), constraint)
		}
	}
}
