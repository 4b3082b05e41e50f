package arrange

import (
	"cmp"
	"fmt"
	"go/types"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// String is the plan, a line for each block, and what the variables are that it adds:
//
//	arrange sum
//		b0
//		b1 loop: if !c {
//			b4: return
//		}
//		b2: await 1: v, v1; resumed, goto gotV
//		gotV: err = v1
//		b3: goto loop
//		v1 error
func (p *Plan) String() string {
	d := &dump{Plan: p, indent: "\t"}
	fmt.Fprintf(&d.out, "arrange %s\n", p.Machine.Name)
	for _, blk := range p.Order {
		d.block(blk)
	}
	for _, t := range p.Temps {
		d.line("%s %s", t.Name, types.TypeString(t.Type, (*types.Package).Name))
	}
	var entry, unread []string
	for _, v := range p.Machine.Vars {
		if name := p.Entry[v]; name != "" {
			entry = append(entry, name)
		}
		if !p.Read[v] && v.Role != ir.Param && v.Role != ir.Result {
			unread = append(unread, p.Vars[v])
		}
	}
	if len(entry) > 0 {
		d.line("come in as %s", strings.Join(entry, ", "))
	}
	if len(unread) > 0 {
		d.line("unread: %s", strings.Join(unread, ", "))
	}
	return d.out.String()
}

type dump struct {
	*Plan
	out    strings.Builder
	indent string
}

func (d *dump) line(format string, args ...any) {
	fmt.Fprintf(&d.out, d.indent+format+"\n", args...)
}

func (d *dump) block(blk *ir.Block) {
	name := fmt.Sprintf("b%d", blk.ID)
	if l := d.Labels[blk]; l != "" {
		name += " " + l
	}
	next := d.Behind[blk]
	switch t := blk.Term.(type) {
	case *ir.If:
		d.ifTerm(name, t, next)
	case *ir.Switch:
		d.clauses(name+": switch", t, t.Clauses)
	case *ir.Select:
		d.clauses(name+": select", t, t.Clauses)
	case *ir.Await:
		d.await(name, t, next)
	case *ir.Jump:
		d.line("%s%s", name, d.way(": ", t.To, next))
	case *ir.Return:
		if t.Exit != nil {
			d.line("%s%s", name, d.way(": ", t.Exit, next))
			return
		}
		d.line("%s: return", name)
	case *ir.Due:
		d.line("%s: if not due, goto %s%s", name, d.Labels[t.Next], d.way("; ", t.Run, next))
	case *ir.NextDue:
		d.line("%s: the next of what is due, or goto %s", name, d.Labels[t.Done])
	case *ir.Tail, *ir.Finish:
		d.line("%s: return", name)
	case *ir.Stop:
		d.line("%s: end", name)
	default:
		panic("arrange: unknown terminator")
	}
}

// way is the goto to a block, "" where that comes next.
func (d *dump) way(sep string, to, next *ir.Block) string {
	if to == next {
		return ""
	}
	return sep + "goto " + d.Labels[to]
}

func (d *dump) ifTerm(name string, t *ir.If, next *ir.Block) {
	cond := "c"
	if f := d.Forms[t]; f == Skip || f == Leave {
		cond = "!c"
	}
	inner := d.Inner(t)
	switch {
	case len(inner) > 0:
		d.braces(fmt.Sprintf("%s: if %s", name, cond), inner)
	case d.Forms[t] == Skip:
		d.line("%s: if %s { goto %s }", name, cond, d.Labels[t.Else])
	default:
		d.line("%s: if %s { goto %s }%s", name, cond, d.Labels[t.Then], d.way("; ", t.Else, next))
	}
}

func (d *dump) braces(head string, blocks []*ir.Block) {
	d.line("%s {", head)
	outer := d.indent
	d.indent += "\t"
	for _, blk := range blocks {
		d.block(blk)
	}
	d.indent = outer
	d.line("}")
}

// clauses prints the clauses that are blocks in braces, and where the others are.
func (d *dump) clauses(head string, t ir.Term, clauses []*ir.Block) {
	for _, blk := range clauses {
		if !d.Braced[blk] {
			head += d.way(", ", blk, d.Falls[t])
		}
	}
	if inner := d.Inner(t); len(inner) > 0 {
		d.braces(head, inner)
		return
	}
	d.line("%s", head)
}

func (d *dump) await(name string, t *ir.Await, next *ir.Block) {
	var to, later []string
	r := d.Results[t]
	for _, x := range r.To {
		to = append(to, d.target(x))
	}
	for _, c := range r.Later {
		later = append(later, c.String())
	}
	resumed := d.way("; resumed, ", d.Resumed[t], d.Begin)
	if l := d.Landed[t]; l != "" {
		resumed = "; resumed, goto " + l
	}
	d.line("%s: await %d: %s%s", name, t.State, cmp.Or(strings.Join(to, ", "), "no result"), resumed)
	if len(later) > 0 {
		d.line("%s: %s", d.Landed[t], strings.Join(later, "; "))
	}
	if way := d.way("", t.Next, next); way != "" {
		d.line("%s", way)
	}
}

func (d *dump) target(t Target) string {
	switch {
	case t.Var != nil:
		return d.Vars[t.Var]
	case t.Temp != nil:
		return t.Temp.Name
	}
	return "_"
}

// String is the copy as an assignment.
func (c Copy) String() string {
	var from []string
	for _, t := range c.From {
		from = append(from, t.Name)
	}
	switch {
	case c.Made:
		return c.Ident.Name + " = {" + strings.Join(from, ", ") + "}"
	case len(from) == 0:
		from = []string{"nil"}
	case c.Part > 0:
		from[0] += "." + string(rune('A'+c.Part-1))
	}
	return c.Ident.Name + " = " + strings.Join(from, ", ")
}
