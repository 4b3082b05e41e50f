package check

import (
	"go/ast"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// stream checks that //async:stream marks a push iterator.
func (c *checker) stream(d *load.Directive) {
	switch {
	case d.Decl == nil:
		c.refuse(d.Pos, diag.Misplaced, "put it into the doc comment of a function, with no empty line between",
			"//async:stream marks no function")
	case !load.IsStream(d.Decl):
		c.refuse(d.Decl.Name.Pos(), diag.Stream, "write func "+d.Decl.Name.Name+"(…, yield func(T) bool) error",
			"%s is no stream: its last parameter does not take values, or it has other results than an error", d.Decl.Name.Name)
	}
	_, errs := load.ParseOptions(d)
	for _, e := range errs {
		c.refuse(e.Pos, diag.BadOption, "the options are name=Identifier and await=parameter,…", "%s", e.Message)
	}
}

// yields checks the uses of the parameter that takes the values of a stream. In the async form it is
// no func value, so it can only be called, by the stream itself, and passed on to another stream:
//
//	//async:stream
//	func walk(t *tree, yield func(int) bool) {
//		_ = t == nil || walk(t.left, yield) …
//	}
func (c *checker) yields(fn *load.Func) {
	if !fn.Options.Stream {
		return
	}
	allowed := map[*ast.Ident]bool{}
	own := 0 // how deep we are in literals
	var visit func(n ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			own++
			ast.Inspect(n.Body, visit)
			own--
			return false
		case *ast.GoStmt:
			own++
			ast.Inspect(n.Call, visit)
			own--
			return false
		case *ast.DeferStmt:
			own++
			ast.Inspect(n.Call, visit)
			own--
			return false
		case *ast.CallExpr:
			if a := c.pkg.Await(n); a != nil && own == 0 {
				if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && a.Kind == load.AwaitYield {
					allowed[id] = true
				}
				if len(n.Args) > 0 && a.Kind == load.AwaitRun {
					if id, ok := ast.Unparen(n.Args[len(n.Args)-1]).(*ast.Ident); ok {
						allowed[id] = true
					}
				}
			}
		case *ast.Ident:
			if c.pkg.Yield(c.pkg.Info.Uses[n]) && !allowed[n] {
				c.refuse(n.Pos(), diag.Stream, "call it in the function itself, or pass it on to a function marked //async:stream",
					"%s takes the values of a stream, so it can only be called by it or passed on to another", n.Name)
			}
		}
		return true
	}
	ast.Inspect(fn.Decl.Body, visit)
}
