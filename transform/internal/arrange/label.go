package arrange

import (
	"cmp"
	"go/ast"
	"go/token"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// label names the blocks and awaits that a goto leads to. Labels of the source keep their names, which are unique
// in a body, and stand for ours where they are at the start of a block:
//
//	loop1:
//	loop: for … { continue loop }   =>   loop: for … { continue loop }
func (p *Plan) label(seen *load.Survey) {
	taken := map[string]bool{}
	if len(seen.Labels) > 0 {
		ast.Inspect(p.Machine.Body, func(n ast.Node) bool {
			if l, ok := n.(*ast.LabeledStmt); ok {
				taken[l.Label.Name] = true
			}
			return true
		})
	}
	tried := map[string]int{}
	give := func(wish string) string {
		name := Unique(tried, wish, func(s string) bool { return taken[s] })
		taken[name] = true
		return name
	}
	got := map[*ir.Block]string{} // labels behind awaits that lead straight to a block
	for _, a := range p.Machine.Awaits {
		got[a.Next] = cmp.Or(got[a.Next], a.Label)
		if !p.Lands(a) && p.Resumed[a] != p.Begin {
			p.goes[p.Resumed[a]] = true
		}
	}
	for _, blk := range p.Machine.Blocks {
		switch own := p.ownLabel(blk); {
		case !p.goes[blk] || p.Braced[blk]:
		case own != "":
			p.Labels[blk], p.Own[blk] = own, true
		case blk.Named:
			p.Labels[blk] = blk.Label
		default:
			p.Labels[blk] = give(cmp.Or(blk.Label, got[blk], "after"))
		}
		if a, ok := blk.Term.(*ir.Await); ok && p.Lands(a) {
			p.Landed[a] = give(a.Label)
		}
	}
	if p.Layout.Wide != nil {
		p.Wait = give("wait")
	}
}

// ownLabel is the label of the source at the start of a block, "" if there is none.
func (p *Plan) ownLabel(blk *ir.Block) string {
	for _, s := range blk.Stmts {
		leaf, ok := s.(*ir.Leaf)
		if ok && IsConst(leaf.Node) {
			continue // it stands at the top of the body
		}
		if !ok {
			return ""
		}
		l, ok := leaf.Node.(*ast.LabeledStmt)
		if !ok || len(p.IterationVars(l)) > 0 { // a block with variables of its own stands around it
			return ""
		}
		return l.Label.Name
	}
	return ""
}

// IsConst reports whether s declares constants: they stand at the top of the body.
func IsConst(s ast.Stmt) bool {
	d, ok := s.(*ast.DeclStmt)
	return ok && d.Decl.(*ast.GenDecl).Tok == token.CONST
}
