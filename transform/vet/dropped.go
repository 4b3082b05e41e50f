package vet

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// dropped reports futures, streams and handles that are made and not used:
//
//	fAsync(x)         // does nothing: f(x) waits for it
//	_ = rt.Spawn(f)   // its error is lost: rt.Go(f) says so
//	defer fAsync(x)   // does nothing
func (c *checker) dropped() {
	for _, f := range c.pkg.Files {
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ExprStmt:
				c.drop(n.X, n, "")
			case *ast.GoStmt:
				c.drop(n.Call, n, "go")
			case *ast.DeferStmt:
				c.drop(n.Call, n, "defer")
			case *ast.AssignStmt:
				if len(n.Lhs) == len(n.Rhs) {
					for i, lhs := range n.Lhs {
						c.dropBlank(lhs, n.Rhs[i], n, len(n.Lhs) == 1)
					}
				} else {
					c.dropTuple(n)
				}
			case *ast.ValueSpec:
				if len(n.Names) == len(n.Values) {
					for i, id := range n.Names {
						c.dropBlank(id, n.Values[i], n, false)
					}
				}
			}
			return true
		})
	}
}

// drop looks at a call whose result nobody takes. The statement is what a fix replaces, up to the call.
func (c *checker) drop(e ast.Expr, stmt ast.Node, keyword string) {
	call := c.unparenCall(e)
	if call == nil {
		return
	}
	what := kindOf(c.pass.TypesInfo.TypeOf(call))
	if what == "" || c.chained(call) || runtimeFunc(c.pkg.Callee(call)) == "SpawnIn" {
		return // the group has the error of its member
	}
	if what == "handle" {
		d := c.report(call, diag.Dropped, "await it, or start the task with rt.Go", "the handle of the task is dropped, and its error with it")
		c.fixSpawn(d, call, stmt, keyword)
		return
	}
	hint := "await it"
	if what == "stream" {
		hint = "range over it with rt.Each"
	}
	d := c.report(call, diag.Dropped, hint, "a %s is made here and dropped, so it does nothing", what)
	c.fixDropped(d, call, stmt, keyword)
}

// dropBlank looks at _ = x, where x makes a future. The fix may replace the whole statement.
func (c *checker) dropBlank(lhs, rhs ast.Expr, stmt ast.Node, alone bool) {
	if id, ok := ast.Unparen(lhs).(*ast.Ident); !ok || id.Name != "_" {
		return
	}
	if !alone {
		stmt = nil
	}
	c.drop(rhs, stmt, "")
}

// dropTuple looks at f, _ := g(), where the blank result is a future.
func (c *checker) dropTuple(s *ast.AssignStmt) {
	tuple, ok := c.pass.TypesInfo.TypeOf(s.Rhs[0]).(*types.Tuple)
	if !ok || tuple.Len() != len(s.Lhs) {
		return
	}
	for i, lhs := range s.Lhs {
		if id, ok := lhs.(*ast.Ident); ok && id.Name == "_" {
			if what := kindOf(tuple.At(i).Type()); what != "" {
				c.report(lhs, diag.Dropped, "await it", "a %s is dropped here", what)
			}
		}
	}
}

// kindOf says what a type is: a handle, a future, a stream, or "" for all else.
func kindOf(t types.Type) string {
	switch {
	case t == nil:
		return ""
	case isRuntimeNamed(t, "JoinHandle"):
		return "handle"
	case isRuntimeNamed(t, "Stream"):
		return "stream"
	}
	if _, ok := t.(*types.Tuple); !ok && load.FutureElem(t) != nil {
		return "future"
	}
	return ""
}

// chained reports whether a method may give back its own receiver, as setters do, because that is a future
// itself.
//
//	f.WithName("x")
func (c *checker) chained(call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || c.pass.TypesInfo.Selections[sel] == nil {
		return false
	}
	recv, result := c.pass.TypesInfo.TypeOf(sel.X), c.pass.TypesInfo.TypeOf(call)
	return types.AssignableTo(recv, result) || types.AssignableTo(types.NewPointer(recv), result)
}

// fixDropped calls X in place of XAsync, or awaits what is made:
//
//	fAsync(x)           =>  f(x)
//	_ = mine.next()     =>  rt.Await(mine.next())
func (c *checker) fixDropped(d *analysis.Diagnostic, call *ast.CallExpr, stmt ast.Node, keyword string) {
	if stmt == nil || keyword == "go" {
		return
	}
	if x := c.pkg.Blocking(call); x != nil {
		if id := calleeName(call); id != nil {
			fix := replace("call "+x.Name()+", which waits", id.Pos(), id.End(), x.Name())
			if _, assign := stmt.(*ast.AssignStmt); assign {
				fix.TextEdits = append(fix.TextEdits, analysis.TextEdit{Pos: stmt.Pos(), End: call.Pos()})
			}
			d.SuggestedFixes = append(d.SuggestedFixes, fix)
			return
		}
	}
	if name := c.runtimeName(call.Pos()); name != "" && kindOf(c.pass.TypesInfo.TypeOf(call)) == "future" {
		from := call.Pos()
		if _, assign := stmt.(*ast.AssignStmt); assign {
			from = stmt.Pos()
		}
		fix := replace("await it", from, call.Pos(), name+".Await(")
		fix.TextEdits = append(fix.TextEdits, analysis.TextEdit{Pos: call.End(), End: call.End(), NewText: []byte(")")})
		d.SuggestedFixes = append(d.SuggestedFixes, c.importRuntime(call.Pos(), fix))
	}
}

// fixSpawn says that nobody waits for the task:
//
//	_ = rt.Spawn(f)     =>  rt.Go(f)
func (c *checker) fixSpawn(d *analysis.Diagnostic, call *ast.CallExpr, stmt ast.Node, keyword string) {
	if stmt == nil || keyword != "" || runtimeFunc(c.pkg.Callee(call)) != "Spawn" {
		return
	}
	id := calleeName(call)
	if id == nil {
		return
	}
	fix := replace("start a detached task", id.Pos(), id.End(), "Go")
	if _, assign := stmt.(*ast.AssignStmt); assign {
		fix.TextEdits = append(fix.TextEdits, analysis.TextEdit{Pos: stmt.Pos(), End: call.Pos()})
	}
	d.SuggestedFixes = append(d.SuggestedFixes, fix)
}

// calleeName is the identifier that names the function of a call.
func calleeName(call *ast.CallExpr) *ast.Ident {
	fun := ast.Unparen(call.Fun)
	switch f := fun.(type) {
	case *ast.IndexExpr:
		fun = ast.Unparen(f.X)
	case *ast.IndexListExpr:
		fun = ast.Unparen(f.X)
	}
	switch f := fun.(type) {
	case *ast.Ident:
		return f
	case *ast.SelectorExpr:
		return f.Sel
	}
	return nil
}
