package plain

import (
	"go/ast"
	"go/token"
	"strconv"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// The builders below make nodes without positions. What stands for a piece of the source takes the
// position of that: the printer breaks lines where positions are on different lines.

func ident(name string) *ast.Ident { return ast.NewIdent(name) }

// identAt is an identifier in place of what stood at pos.
func identAt(pos token.Pos, name string) *ast.Ident { return &ast.Ident{NamePos: pos, Name: name} }

func idents(names ...string) []ast.Expr {
	list := make([]ast.Expr, len(names))
	for i, name := range names {
		list[i] = ident(name)
	}
	return list
}

func intLit(n int) ast.Expr { return &ast.BasicLit{Kind: token.INT, Value: strconv.Itoa(n)} }

// define is name := e.
func define(name string, e ast.Expr) *ast.AssignStmt {
	return assign(token.DEFINE, identAt(e.Pos(), name), e)
}

// assign is lhs tok e.
func assign(tok token.Token, lhs, e ast.Expr) *ast.AssignStmt {
	return &ast.AssignStmt{Lhs: []ast.Expr{lhs}, Tok: tok, Rhs: []ast.Expr{e}}
}

// varDecl is var name typ = e; without a value if e is nil.
func varDecl(name string, typ, e ast.Expr) ast.Stmt {
	spec := &ast.ValueSpec{Names: []*ast.Ident{ident(name)}, Type: typ}
	if e != nil {
		spec.Values = []ast.Expr{e}
	}
	return &ast.DeclStmt{Decl: &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{spec}}}
}

func call(fun ast.Expr, args ...ast.Expr) *ast.CallExpr { return &ast.CallExpr{Fun: fun, Args: args} }

func not(e ast.Expr) ast.Expr {
	if _, ok := e.(*ast.BinaryExpr); ok {
		e = &ast.ParenExpr{Lparen: e.Pos(), X: e}
	}
	return &ast.UnaryExpr{OpPos: e.Pos(), Op: token.NOT, X: headed(e)}
}

// headed is e where the brace of a block follows: a composite literal, which the source has in the parentheses
// of a longer condition, gets some of its own.
func headed(e ast.Expr) ast.Expr {
	if load.BareLit(e) {
		return &ast.ParenExpr{Lparen: e.Pos(), X: e}
	}
	return e
}

func block(list ...ast.Stmt) *ast.BlockStmt { return &ast.BlockStmt{List: list} }

// ifBreak is if !cond { break }.
func ifBreak(cond ast.Expr) ast.Stmt {
	return &ast.IfStmt{If: cond.Pos(), Cond: not(cond), Body: block(&ast.BranchStmt{Tok: token.BREAK})}
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// prepend puts list before the statements of body.
func prepend(body *ast.BlockStmt, list ...ast.Stmt) {
	body.List = append(list[:len(list):len(list)], body.List...)
}
