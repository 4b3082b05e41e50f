package load

import "go/ast"

// EachOf is s where x is rt.Each(s), else nil. A range statement over that awaits each value.
func (p *Package) EachOf(x ast.Expr) ast.Expr {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil
	}
	if fn, _ := p.callee(call); fn == nil || !isRuntime(fn, "Each") {
		return nil
	}
	return call.Args[0]
}
