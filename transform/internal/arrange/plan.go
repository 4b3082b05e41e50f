// Package arrange decides how the body of a machine is written, before a line of it is: where each block
// stands, which labels there are, on which way the results of each await come to their variables, which
// temporaries that takes, and what everything is called. From
//
//	b0:
//		s := 0
//		i := 0
//		jump b1
//	b1: loop
//		if i < n -> b2 else b4
//	b2:
//		await 1 "step": v, err := step(i) -> b3
//	b3: gotV
//		if err != nil { return s, err }
//		s += v
//		i++
//		jump b1
//	b4: done
//		return s, nil
//
// it makes the plan
//
//	b0
//	b1 loop: if !c {
//		b4: return
//	}
//	b2: await 1: v, err; resumed, goto gotV
//	b3 gotV: goto loop
//
// Package emit prints what a plan says, and decides nothing of this.
package arrange

import (
	"go/ast"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
)

// A Plan is how the body of one machine is written. [Of] makes it, and nothing changes it.
type Plan struct {
	*Names
	Machine *ir.Machine
	Layout  *layout.Layout

	Order  []*ir.Block             // the blocks outside of braces, in the order of the text
	Braced map[*ir.Block]bool      // the others
	Behind map[*ir.Block]*ir.Block // what comes behind the text of a block; nil where it may not fall out of it
	Forms  map[*ir.If]Form
	Falls  map[ir.Term]*ir.Block // where a clause of a switch or select goes on that falls out of it
	Past   map[ir.Term]*ir.Block // what comes behind a switch or select

	Begin   *ir.Block               // what the resumption is followed by; nil where that is no block
	Resumed map[*ir.Await]*ir.Block // where a call goes on that has been resumed
	Labels  map[*ir.Block]string    // of the blocks that a goto names
	Own     map[*ir.Block]bool      // their label is one of the source, and stands in the first statement
	Landed  map[*ir.Await]string    // labels behind awaits, where results are on their way still
	Wait    string                  // the label of what all awaits have in common
	goes    map[*ir.Block]bool      // a goto names it

	Results map[*ir.Await]*Delivery
	Tuples  map[*ast.ReturnStmt][]*Temp // what a call gives that has all the results
	Saved   map[*ir.Defer]Saved
	Made    map[*ast.FuncLit]*Temp // literals that are made in a statement before
	Temps   []*Temp                // all, in the order in which they come first

	Bound    map[*ir.Switch]string        // the variable of a type switch
	Received map[*ast.CommClause][]string // variables of a clause, whose values go to cells
	Entry    map[*ir.Var]string           // parameters and results whose variable is a cell, or an any
	Caught   string                       // the panic that a guard parks

	Read  map[*ir.Var]bool // variables that are read somewhere
	Waits bool             // the result w has its name
}

// A Temp is a variable for a value on its way. Temporaries of one type are used again: each is read right
// after it is set.
type Temp struct {
	Name string
	Type types.Type
}

// Saved is what a defer statement evaluates in a statement before its own.
//
//	defer tab[i()](g())   =>   v1 = tab[i()]; defer1Func, defer1Arg1, due = v1, g(), due|1
//	defer f(g())          =>   v1, v2 = g(); defer1Arg1, defer1Arg2, due = v1, v2, due|1
type Saved struct {
	Fun  *Temp   // the function, where calls in the arguments come after it; nil: none
	Args []*Temp // the results of the one call that gives all arguments
}

// Of makes the plan of m.
func Of(m *ir.Machine, l *layout.Layout) *Plan {
	p := &Plan{
		Names: newNames(m, l), Machine: m, Layout: l,
		Braced: map[*ir.Block]bool{}, Behind: map[*ir.Block]*ir.Block{}, Forms: map[*ir.If]Form{},
		Falls: map[ir.Term]*ir.Block{}, Past: map[ir.Term]*ir.Block{},
		Resumed: map[*ir.Await]*ir.Block{}, Labels: map[*ir.Block]string{}, Own: map[*ir.Block]bool{}, Landed: map[*ir.Await]string{},
		Results: map[*ir.Await]*Delivery{}, Tuples: map[*ast.ReturnStmt][]*Temp{}, Saved: map[*ir.Defer]Saved{}, Made: map[*ast.FuncLit]*Temp{},
		Bound: map[*ir.Switch]string{}, Received: map[*ast.CommClause][]string{}, Entry: map[*ir.Var]string{},
		goes: map[*ir.Block]bool{}, Read: map[*ir.Var]bool{}, Waits: len(m.Awaits) > 0 || len(m.Defers) > 0,
	}
	pl := newPlacer(p)
	pl.place()
	v := &values{Plan: p}
	v.body()
	v.names()
	p.label(m.Pkg.Survey(m.Func))
	return p
}

// Cell reports whether v is a cell: the Go variable is a pointer to it.
func (p *Plan) Cell(v *ir.Var) bool { return p.Layout.Cells[v] }

// CellResults reports whether a named result is a cell.
func (p *Plan) CellResults() bool {
	for _, v := range p.Machine.Results {
		if p.Cell(v) {
			return true
		}
	}
	return false
}

// Guards reports whether a call that waits can have deferred calls that are due.
func (p *Plan) Guards() bool {
	for _, due := range p.Layout.Due {
		if due {
			return true
		}
	}
	return false
}

// each visits the blocks in the order of the text.
func (p *Plan) each(visit func(*ir.Block)) {
	var block func(*ir.Block)
	block = func(blk *ir.Block) {
		visit(blk)
		for _, inner := range p.Inner(blk.Term) {
			block(inner)
		}
	}
	for _, blk := range p.Order {
		block(blk)
	}
}

// Inner are the blocks that stand in the braces of a terminator.
func (p *Plan) Inner(t ir.Term) (list []*ir.Block) {
	switch t := t.(type) {
	case *ir.If:
		switch p.Forms[t] {
		case Leave:
			list = append(list, t.Else)
		case Hold:
			list = append(list, t.Then)
		case Skip, Both:
		}
	case *ir.Switch:
		list = p.braced(t.Clauses)
	case *ir.Select:
		list = p.braced(t.Clauses)
	case *ir.Jump, *ir.Await, *ir.Return, *ir.Tail, *ir.Due, *ir.NextDue, *ir.Finish, *ir.Stop:
	default:
		panic("arrange: unknown terminator")
	}
	return list
}

func (p *Plan) braced(clauses []*ir.Block) (list []*ir.Block) {
	for _, blk := range clauses {
		if p.Braced[blk] {
			list = append(list, blk)
		}
	}
	return list
}
