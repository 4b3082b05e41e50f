package load

import "go/ast"

// A LitKind is what a function literal is there for. That follows from the statement or call around it.
type LitKind int

const (
	LitOrdinary LitKind = iota // called by code that we do not see
	LitPlain                   // marked //async:plain: ordinary code on purpose
	LitCalled                  // called where it stands
	LitDeferred                // the function of a defer statement
	LitStarted                 // the function of a go statement
	LitBlock                   // given to what awaits it: rt.AsyncFunc, a group, a function with await=
)

// A LitUse is the kind of a literal, and the block that it is if it becomes a machine of its own. In a function that
// is not marked there are no machines; the block is then what rt makes a task of.
type LitUse struct {
	Kind  LitKind
	Block *Block
}

// Literals is what each literal in n is there for, those in literals too. One that n itself is, or whose call is
// outside of n, is taken for an ordinary one.
func (p *Package) Literals(n ast.Node) map[*ast.FuncLit]LitUse {
	uses := litUses{}
	ast.Inspect(n, func(n ast.Node) bool {
		uses.see(p, n)
		return true
	})
	return uses
}

// litUses are filled in by a walk that sees what is around a literal before the literal.
type litUses map[*ast.FuncLit]LitUse

func (u litUses) see(p *Package, n ast.Node) {
	switch n := n.(type) {
	case *ast.GoStmt:
		u.called(n.Call, LitStarted)
	case *ast.DeferStmt:
		u.called(n.Call, LitDeferred)
	case *ast.CallExpr:
		if !hasLiteral(n) {
			return
		}
		u.called(n, LitCalled)
		for _, b := range p.Blocks(n) {
			use := u[b.Lit]
			use.Block = b
			if b.Kind != BlockCalled {
				use.Kind = LitBlock
			}
			u[b.Lit] = use
		}
	case *ast.FuncLit:
		use := u[n]
		if p.Plain(n) {
			use.Kind = LitPlain
		}
		u[n] = use
	}
}

// called notes how a call runs its function, unless the statement around it has told.
func (u litUses) called(call *ast.CallExpr, kind LitKind) {
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok && u[lit].Kind == LitOrdinary {
		u[lit] = LitUse{Kind: kind}
	}
}

// hasLiteral reports whether a literal is called, or an argument.
func hasLiteral(call *ast.CallExpr) bool {
	if _, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		return true
	}
	for _, e := range call.Args {
		if _, ok := ast.Unparen(e).(*ast.FuncLit); ok {
			return true
		}
	}
	return false
}
