package emit

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// constants prints the local constants of the marked function that the body of m needs, above the guard,
// which may name them in a deferred call, and in the body of a block, which is a function of its own:
//
//	const limit = 10
//	defer log(limit)
//
// becomes
//
//	const limit = 10
//	defer func() {
//		…
//		defer log(limit)
//	}()
func (b *body) constants() {
	decls := constDecls(b.pkg.Info, b.m, b.seen)
	for _, d := range decls {
		b.out = append(b.out, lines(b.print(b.cloner().copy(&ast.DeclStmt{Decl: d})))...)
	}
}

// constDecls are the declarations of the local constants that m names, in source order.
func constDecls(info *types.Info, m *ir.Machine, seen *load.Survey) (needed []*ast.GenDecl) {
	owner := map[types.Object]*ast.GenDecl{}
	var all []*ast.GenDecl
	for _, d := range seen.Decls {
		if d.Tok != token.CONST {
			continue
		}
		all = append(all, d)
		for _, s := range d.Specs {
			for _, id := range s.(*ast.ValueSpec).Names {
				owner[info.Defs[id]] = d
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	want := map[*ast.GenDecl]bool{}
	var uses func(n ast.Node)
	uses = func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if d := owner[info.Uses[id]]; d != nil && !want[d] {
					want[d] = true
					uses(d)
				}
			}
			return true
		})
	}
	uses(m.Body)
	inLeaf := leafDecls(m)
	for _, d := range all {
		if want[d] && !inLeaf[d] {
			needed = append(needed, d)
		}
	}
	return needed
}

// leafDecls are the declarations inside leaves of m, which are printed there, unless a deferred call
// names one.
func leafDecls(m *ir.Machine) map[*ast.GenDecl]bool {
	set := map[*ast.GenDecl]bool{}
	for _, blk := range m.Blocks {
		for _, s := range blk.Stmts {
			leaf, ok := s.(*ir.Leaf)
			if !ok || arrange.IsConst(leaf.Node) {
				continue
			}
			ast.Inspect(leaf.Node, func(n ast.Node) bool {
				if d, ok := n.(*ast.GenDecl); ok {
					set[d] = true
				}
				return true
			})
		}
	}
	for _, d := range m.Defers {
		ast.Inspect(d.Node.Call, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			for decl := range set {
				if c, ok := m.Pkg.Info.Uses[id].(*types.Const); ok && decl.Pos() <= c.Pos() && c.Pos() < decl.End() {
					delete(set, decl)
				}
			}
			return true
		})
	}
	return set
}
