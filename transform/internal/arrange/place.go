package arrange

import (
	"cmp"
	"go/ast"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// A Form is how an if is written.
type Form int

const (
	// Both goes to each of the branches:
	//
	//	if c { goto then }
	//	goto els
	Both Form = iota
	// Skip goes past what comes next:
	//
	//	if !c { goto els }
	Skip
	// Leave has the second branch in the braces, which only returns: the end of a loop.
	//
	//	if !c { return x }
	Leave
	// Hold has the first branch in the braces, which has no await.
	//
	//	if c { A }
	Hold
)

// A placer decides where blocks stand.
type placer struct {
	*Plan
	blocks []*ir.Block
	preds  []int // how many ways lead to a block
}

func newPlacer(p *Plan) *placer {
	m := p.Machine
	pl := &placer{Plan: p, blocks: m.Blocks, preds: make([]int, len(m.Blocks))}
	for _, blk := range m.Blocks {
		for _, s := range ir.Successors(blk.Term) {
			pl.preds[s.ID]++
		}
	}
	for _, to := range m.Jumps {
		pl.preds[to.ID]++
	}
	return pl
}

// place goes through the blocks in their order. One that stands in braces comes with the if, switch or select that has it.
func (p *placer) place() {
	for i, blk := range p.blocks {
		if !p.Braced[blk] {
			p.Order = append(p.Order, blk)
			p.block(blk, p.next(i))
		}
	}
	p.resumption()
}

// next is the block that is printed after block i, outside of braces.
func (p *placer) next(i int) *ir.Block {
	for _, blk := range p.blocks[i+1:] {
		if !p.Braced[blk] {
			return blk
		}
	}
	return nil
}

func (p *placer) jump(to, next *ir.Block) {
	if to != next {
		p.goes[to] = true
	}
}

// block places what blk leads to.
func (p *placer) block(blk, next *ir.Block) {
	p.Behind[blk] = next
	switch t := blk.Term.(type) {
	case *ir.Jump:
		p.jump(t.To, next)
	case *ir.If:
		p.ifTerm(t, next)
	case *ir.Switch:
		p.clauses(t, t.Clauses, t.Done, next)
	case *ir.Select:
		p.clauses(t, t.Clauses, nil, next)
	case *ir.Await:
		p.jump(t.Next, next)
	case *ir.Return:
		if t.Exit != nil {
			p.jump(t.Exit, next)
		}
	case *ir.Due:
		p.jump(t.Next, nil)
		p.jump(t.Run, next)
	case *ir.NextDue:
		p.jump(t.Done, nil)
		for _, to := range t.Run {
			p.jump(to, nil)
		}
	case *ir.Tail, *ir.Finish, *ir.Stop:
	default:
		panic("arrange: unknown terminator")
	}
}

// short reports whether a block can stand inside braces: one way leads to it, and it has no await.
func (p *placer) short(blk *ir.Block) bool {
	if p.preds[blk.ID] != 1 || p.Braced[blk] {
		return false
	}
	switch blk.Term.(type) {
	case *ir.Jump, *ir.Stop, *ir.Return:
		return true
	case *ir.If, *ir.Switch, *ir.Select, *ir.Await, *ir.Tail, *ir.Due, *ir.NextDue, *ir.Finish:
		return false
	}
	panic("arrange: unknown terminator")
}

// brief reports whether blk is so small that it may stand before its place in the source.
func (p *placer) brief(blk *ir.Block) bool {
	if !p.short(blk) {
		return false
	}
	ret, ok := blk.Term.(*ir.Return)
	return ok && ret.Exit == nil && len(blk.Stmts) == 0
}

// inline puts a block inside braces.
func (p *placer) inline(blk, next *ir.Block) {
	p.Braced[blk] = true
	p.block(blk, next)
}

func (p *placer) ifTerm(t *ir.If, next *ir.Block) {
	after := t.Then.ID // what is printed after Then, if that stands in braces, is what comes after this
	switch {
	case t.Then == next && p.brief(t.Else) && t.Else != next:
		p.Forms[t] = Leave
		p.inline(t.Else, nil)
	case t.Then == next && p.short(t.Then) && p.next(after) == t.Else:
		p.Forms[t] = Hold
		p.inline(t.Then, t.Else) // what falls out of the braces goes on at Else
		p.jump(t.Else, p.next(after))
	case t.Then == next:
		p.Forms[t] = Skip
		p.jump(t.Else, nil)
	default:
		p.Forms[t] = Both
		p.jump(t.Then, nil)
		p.jump(t.Else, next)
	}
}

// clauses places the clauses of a switch or select: those without awaits stand in it.
func (p *placer) clauses(t ir.Term, clauses []*ir.Block, done, next *ir.Block) {
	past := p.pastClauses(clauses, next)
	p.Past[t], p.Falls[t] = past, cmp.Or(done, past)
	for _, blk := range clauses {
		if p.short(blk) {
			p.inline(blk, p.Falls[t])
		} else {
			p.jump(blk, p.Falls[t])
		}
	}
	if done != nil {
		p.jump(done, past)
	}
}

// pastClauses is the block that is printed after a switch whose clauses without awaits stand in it.
func (p *placer) pastClauses(clauses []*ir.Block, next *ir.Block) *ir.Block {
	if next == nil {
		return nil
	}
	in := map[*ir.Block]bool{}
	for _, c := range clauses {
		in[c] = p.short(c)
	}
	for _, blk := range p.blocks[next.ID:] {
		if !p.Braced[blk] && !in[blk] {
			return blk
		}
	}
	return nil
}

// resumption decides where calls go on that have been resumed.
func (p *placer) resumption() {
	if !p.entersCells() {
		p.Begin = p.begins()
	}
	c := p.Machine.Cleanup
	if c != nil {
		p.jump(c.Exit, nil)
	}
	for _, t := range p.Machine.Awaits {
		if c != nil && t == c.Park {
			p.Resumed[t] = t.Next
			continue
		}
		p.Resumed[t] = p.landing(t.Next)
	}
}

// entersCells reports whether the text of the first block comes behind cells that are made at the start.
func (p *placer) entersCells() bool {
	for _, v := range p.Machine.Vars {
		if p.Cell(v) && (v.Role == ir.Param || v.Role == ir.Result) {
			return true
		}
	}
	return false
}

// begins is the first block that does something, if all before it only lead to it.
func (p *placer) begins() *ir.Block {
	for _, blk := range p.Order {
		if t, ok := blk.Term.(*ir.Jump); !ok || len(blk.Stmts) > 0 || t.To != p.Behind[blk] {
			return blk
		}
	}
	return nil
}

// landing is where blk leads to, if it only returns results that are set already to the exit; else blk.
func (p *placer) landing(blk *ir.Block) *ir.Block {
	ret, ok := blk.Term.(*ir.Return)
	if !ok || ret.Exit == nil || len(blk.Stmts) > 0 {
		return blk
	}
	if ret.Node != nil {
		for i, e := range ret.Node.Results {
			v := p.Machine.Results[i]
			if id, ok := e.(*ast.Ident); !ok || p.Machine.VarOf(id) != v || p.Cell(v) {
				return blk
			}
		}
	}
	return ret.Exit
}
