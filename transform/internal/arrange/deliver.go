package arrange

import (
	"go/ast"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A Delivery says how the results of a callee come to the variables that the source names.
type Delivery struct {
	From  Given
	To    []Target  // what the call, or who takes its results at resume, assigns to
	Cells []*ir.Var // cells that are made after the label
	Later []Copy    // what is left to do after the label
}

// Given is what a callee gives: the values and whether there is an error. An await of a future that is a value
// gives one value, which may be a Pair or Triple.
type Given struct {
	Values []types.Type // one that is nil is a Pair or Triple
	HasErr bool
	Boxed  bool // comes from AwaitFuture
}

// A Target is what one result is assigned to: a variable, a temporary, or with neither the blank.
type Target struct {
	Var  *ir.Var
	Temp *Temp
}

// Blank reports whether the result is dropped.
func (t Target) Blank() bool { return t.Var == nil && t.Temp == nil }

// A Copy is what a variable gets after the label.
type Copy struct {
	Ident *ast.Ident // as the source names the variable
	Var   *ir.Var    // nil for a variable of the package
	From  []*Temp    // the value; none: nil, the error that cannot be
	Made  bool       // a Unit, Pair or Triple is made of From
	Part  int        // of the Pair or Triple that From is, from 1; 0 for all of it
}

// Lands reports whether there is something to do for a call that has been resumed before it goes on at the next block.
func (p *Plan) Lands(t *ir.Await) bool {
	d := p.Results[t]
	return d != nil && len(d.Cells)+len(d.Later) > 0
}

// Drops reports whether nobody wants a result.
func (d *Delivery) Drops() bool {
	for _, t := range d.To {
		if !t.Blank() {
			return false
		}
	}
	return true
}

// given is what the call gives that runs the callee of a.
func (v *values) given(a *load.Await) Given {
	values, hasErr := a.Results()
	g := Given{Values: typesOf(values), HasErr: hasErr}
	switch a.Kind {
	case load.AwaitValue:
		g.Boxed = true
	case load.AwaitBlock:
		values, hasErr := load.Results(v.Machine.Pkg.Info.TypeOf(a.Lit).(*types.Signature))
		return Given{Values: typesOf(values), HasErr: hasErr}
	case load.AwaitAsync, load.AwaitCallback:
		return Given{Values: []types.Type{element(values)}, HasErr: true, Boxed: true}
	case load.AwaitRun:
		if a.Call != a.Args { // rt.Await(fAsync(x)) runs f
			values, hasErr := a.CalleeResults()
			return Given{Values: parts(g.Values[0], len(values)), HasErr: hasErr}
		}
	case load.AwaitLit, load.AwaitYield:
	}
	return g
}

func typesOf(vars []*types.Var) (list []types.Type) {
	for _, v := range vars {
		list = append(list, v.Type())
	}
	return list
}

// element is the T of the future that XAsync gives.
func element(values []*types.Var) types.Type {
	switch len(values) {
	case 0:
		return types.NewStruct(nil, nil)
	case 1:
		return values[0].Type()
	}
	return nil // a Pair or Triple, which its parts tell
}

// parts are the n types that a Future's element stands for.
func parts(t types.Type, n int) (list []types.Type) {
	switch n {
	case 0:
		return nil
	case 1:
		return []types.Type{t}
	}
	for a := range types.Unalias(t).(*types.Named).TypeArgs().Types() {
		list = append(list, a)
	}
	return list
}

// deliver decides what each result of an await is assigned to. What the call gives and what the
// statement takes differ where one of them is a Pair, and where rt.Await adds an error:
//
//	a, b := join()            p, _, w = machine.AwaitFuture(cx, joinAsync())  …  a, b = p.A, p.B
//	p, err := rt.Await(f2())  a, b, w = f2Run(cx, nil)                   …  p = rt.Pair[A, B]{A: a, B: b}
func (v *values) deliver(t *ir.Await) {
	d := &Delivery{}
	v.Results[t] = d
	if t.Defer != nil && t.Defer.Async {
		d.To = make([]Target, 2)
		return
	}
	inUse := map[*Temp]bool{}
	d.From = v.given(t.Call)
	values, hasErr := t.Call.Results()
	target := func(i int, typ types.Type) {
		to := Target{}
		if i < len(t.Lhs) {
			to = v.target(t, t.Lhs[i].(*ast.Ident), typ, d, inUse)
		}
		d.To = append(d.To, to)
	}
	switch {
	case len(d.From.Values) == len(values) && (len(values) != 1 || d.From.Values[0] != nil):
		for i, typ := range d.From.Values {
			target(i, typ)
		}
	case d.From.Boxed:
		v.unpack(t, values, d, inUse)
	default:
		v.pack(t, d, inUse)
	}
	switch {
	case d.From.HasErr && hasErr:
		target(len(values), types.Universe.Lookup("error").Type())
	case d.From.HasErr:
		d.To = append(d.To, Target{})
	case hasErr && len(t.Lhs) > len(values) && t.Lhs[len(values)].(*ast.Ident).Name != "_":
		v.later(t, t.Lhs[len(values)].(*ast.Ident), d, Copy{})
	}
}

// target is what one result is assigned to: the variable itself where nobody can see it meanwhile,
// else a temporary, from which it is copied after the label.
func (v *values) target(t *ir.Await, id *ast.Ident, typ types.Type, d *Delivery, inUse map[*Temp]bool) Target {
	if id.Name == "_" {
		return Target{}
	}
	to := v.Machine.VarOf(id)
	if to != nil && !v.Cell(to) && !v.Layout.Keeping(to, t.State) && to.Role != ir.Result && types.Identical(to.Type, typ) {
		return Target{Var: to}
	}
	tmp := v.temp(typ, inUse)
	v.later(t, id, d, Copy{From: []*Temp{tmp}})
	return Target{Temp: tmp}
}

// later has a value copied to the user's variable after the label.
func (v *values) later(t *ir.Await, id *ast.Ident, d *Delivery, c Copy) {
	c.Ident, c.Var = id, v.Machine.VarOf(id)
	if c.Var != nil && v.Cell(c.Var) {
		for _, made := range t.New {
			if made == c.Var {
				d.Cells = append(d.Cells, c.Var)
			}
		}
		v.Read[c.Var] = true
	}
	d.Later = append(d.Later, c)
}

// pack makes the Unit, Pair or Triple that rt.Await gives of the values of a body.
func (v *values) pack(t *ir.Await, d *Delivery, inUse map[*Temp]bool) {
	if len(t.Lhs) == 0 || t.Lhs[0].(*ast.Ident).Name == "_" {
		d.To = append(d.To, make([]Target, len(d.From.Values))...)
		return
	}
	var from []*Temp
	for _, typ := range d.From.Values {
		tmp := v.temp(typ, inUse)
		from = append(from, tmp)
		d.To = append(d.To, Target{Temp: tmp})
	}
	v.later(t, t.Lhs[0].(*ast.Ident), d, Copy{From: from, Made: true})
}

// unpack takes a Pair or Triple apart after the label.
func (v *values) unpack(t *ir.Await, values []*types.Var, d *Delivery, inUse map[*Temp]bool) {
	named := false
	for i := range values {
		named = named || i < len(t.Lhs) && t.Lhs[i].(*ast.Ident).Name != "_"
	}
	if !named {
		d.To = append(d.To, Target{})
		return
	}
	tmp := v.temp(BoxOf(v.Machine.Pkg, values), inUse)
	d.To = append(d.To, Target{Temp: tmp})
	for i := range values {
		if id := t.Lhs[i].(*ast.Ident); id.Name != "_" {
			v.later(t, id, d, Copy{From: []*Temp{tmp}, Part: i + 1})
		}
	}
}

// BoxOf is the type that delivers values: their own, or a Pair or Triple.
func BoxOf(p *load.Package, values []*types.Var) types.Type {
	if len(values) == 1 {
		return values[0].Type()
	}
	return p.RuntimeType([]string{"Pair", "Triple"}[len(values)-2], typesOf(values))
}
