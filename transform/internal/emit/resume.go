package emit

import (
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// resumption prints how a frame goes on: variables come back, then the results of the callee.
//
//	if m != nil && m.fr.State() != 0 {
//		r, due = m.r, m.due
//		if cx.Unwind() { return }
//		s, i = m.s, m.i
//		switch m.fr.State() {
//		case 1:
//			v, err = machine.Returned[int](cx)
//			goto gotV
//		…
//		}
//	}
//
// Where it goes on with the block that follows, it just ends.
func (b *body) resumption() {
	if len(b.m.Awaits) == 0 {
		return
	}
	b.p("if %s != nil && %s.State() != 0 {", b.n.M, headOf(b.n.M))
	if b.plan.Guards() {
		b.restore(b.l.Guarded, true)
		b.unwinds()
	}
	if len(b.m.Awaits) == 1 {
		b.restore(b.restored(1), false)
		b.resumeAt(b.m.Awaits[0])
		b.p("}")
		return
	}
	common := b.commonly()
	b.restore(common, false)
	b.p("switch %s.State() {", headOf(b.n.M))
	for i, t := range b.m.Awaits {
		if i == len(b.m.Awaits)-1 {
			b.p("default:")
		} else {
			b.p("case %d:", t.State)
		}
		b.restore(slices.DeleteFunc(b.restored(t.State), func(v *ir.Var) bool { return slices.Contains(common, v) }), false)
		b.resumeAt(t)
	}
	b.p("}")
	b.p("}")
}

// unwinds prints what a call with deferred calls does if it is resumed to leave. Unwind panics where there is a panic:
// who leaves here has none, or no more.
func (b *body) unwinds() {
	switch {
	case b.m.Cleanup != nil:
		b.p("if %s.Unwind() {", b.n.CX)
		b.p("%s = nil", b.varName(b.m.Cleanup.Panic))
		b.jump(b.m.Cleanup.Exit, nil)
		b.p("}")
	case b.m.Sig.Results().Len() > 0 && len(b.m.Results) == 0:
		b.p("if %s.Unwind() { %s }", b.n.CX, b.ret(append(b.resultZeros(), "nil")...))
	default:
		b.p("if %s.Unwind() { return }", b.n.CX)
	}
}

// restored are the variables that are read back for one state only.
func (b *body) restored(state int) (rest []*ir.Var) {
	for _, v := range b.l.Keeps[state] {
		if !b.plan.Guards() || !slices.Contains(b.l.Guarded, v) {
			rest = append(rest, v)
		}
	}
	return rest
}

// mostCommon is how many variables are read back for all states, though some do not need them.
const mostCommon = 8

// commonly are the variables that are read back whatever the state is: all, if these are few, else those that each
// state needs. What is dead may get any value.
func (b *body) commonly() (common []*ir.Var) {
	count := map[*ir.Var]int{}
	for _, t := range b.m.Awaits {
		for _, v := range b.restored(t.State) {
			count[v]++
		}
	}
	for _, v := range b.m.Vars {
		if count[v] > 0 && (len(count) <= mostCommon || count[v] == len(b.m.Awaits) || b.l.Wide[v]) {
			common = append(common, v)
		}
	}
	return common
}

// resumeAt prints how the results of a callee are taken, and where the call goes on.
func (b *body) resumeAt(t *ir.Await) {
	if b.m.Cleanup != nil && t == b.m.Cleanup.Park {
		b.jump(t.Next, nil)
		return
	}
	b.p("%s", b.take(t))
	if label := b.plan.Landed[t]; label != "" {
		b.p("goto %s", label)
		return
	}
	b.jump(b.plan.Resumed[t], b.plan.Begin)
}

// restore reads variables back from the frame. Parameters have come in already.
func (b *body) restore(vars []*ir.Var, due bool) {
	var pairs [][2]string
	for _, v := range vars {
		if s := b.l.SlotOf[v]; s != nil && (v.Role != ir.Param || b.l.Cells[v]) && v.Role != ir.Capture {
			pairs = append(pairs, [2]string{b.n.Vars[v], b.kept(v, b.n.M+"."+b.n.Fields[s])})
		}
	}
	if due {
		pairs = append(pairs, [2]string{b.n.Due, b.n.M + "." + b.n.DueField})
	}
	b.assign(pairs)
}
