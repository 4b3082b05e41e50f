package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// await lowers s if it is one of the three forms of an await:
//
//	rt.Await(f)    v, err = rt.Await(f)    v, err := rt.Await(f)
func (l *lowerer) await(s ast.Stmt) bool {
	var e ast.Expr
	var lhs []ast.Expr
	define := false
	switch s := s.(type) {
	case *ast.ExprStmt:
		e = s.X
	case *ast.AssignStmt:
		if len(s.Rhs) != 1 {
			return false
		}
		e, lhs, define = s.Rhs[0], s.Lhs, s.Tok == token.DEFINE
	}
	call := l.callOf(e)
	if call == nil {
		return false
	}
	a := &ir.Await{Call: call, Lhs: lhs, Define: define, At: call.Call.Pos()}
	if define {
		for _, e := range lhs {
			a.New = append(a.New, l.declared([]*ast.Ident{e.(*ast.Ident)})...)
		}
	}
	l.suspend(a)
	return true
}

// callOf is the await that e is, nil where it is none.
func (l *lowerer) callOf(e ast.Expr) *load.Await {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return nil
	}
	return l.facts.seen.Await(call)
}

// suspend ends the current block with an await and opens the one after it.
func (l *lowerer) suspend(a *ir.Await) {
	l.live()
	l.operands(a.Call)
	a.Child = l.childOf(a.Call)
	a.Name = awaitName(a)
	a.Label = "got"
	for _, e := range a.Lhs {
		if id := e.(*ast.Ident); id.Name != "_" && id.Name != "err" {
			a.Label = "got" + upper(id.Name)
			break
		}
	}
	if a.Label == "got" {
		a.Label += upper(lastPart(a.Name))
	}
	a.Next = l.block("")
	l.end(a)
	l.place(a.Next)
}

// operands makes the machines of blocks among the operands of an await.
func (l *lowerer) operands(a *load.Await) {
	if a.Kind == load.AwaitBlock {
		return
	}
	if a.Lit == nil {
		l.inner(a.Args.Fun)
		for _, b := range l.pkg.Blocks(a.Args) {
			l.child(b)
		}
	}
	for _, e := range a.Call.Args {
		if ast.Unparen(e) == ast.Expr(a.Args) {
			for _, e := range a.Args.Args {
				l.inner(e)
			}
			continue
		}
		l.inner(e)
	}
}

// childOf is the machine of the literal that a runs.
func (l *lowerer) childOf(a *load.Await) *ir.Machine {
	switch a.Kind {
	case load.AwaitBlock:
		return l.child(l.pkg.Block(ast.Unparen(a.Call.Args[0]).(*ast.CallExpr)))
	case load.AwaitLit:
		return l.child(l.pkg.Block(a.Call))
	case load.AwaitValue, load.AwaitRun, load.AwaitAsync, load.AwaitCallback, load.AwaitYield:
		return nil
	}
	panic("lower: unknown kind of await")
}

// awaitName is what a reader would call the awaited thing.
func awaitName(a *ir.Await) string {
	switch a.Call.Kind {
	case load.AwaitRun, load.AwaitAsync:
		f := a.Call.Callee
		if r := f.Signature().Recv(); r != nil {
			return recvName(r.Type()) + "." + f.Name()
		}
		return f.Name()
	case load.AwaitBlock, load.AwaitLit:
		return a.Child.Name
	case load.AwaitCallback, load.AwaitYield:
		return ast.Unparen(a.Call.Call.Fun).(*ast.Ident).Name
	case load.AwaitValue:
		switch e := ast.Unparen(a.Call.Call.Args[0]).(type) {
		case *ast.Ident:
			return e.Name
		case *ast.SelectorExpr:
			return e.Sel.Name
		case *ast.CallExpr:
			switch f := ast.Unparen(e.Fun).(type) {
			case *ast.Ident:
				return f.Name
			case *ast.SelectorExpr:
				return f.Sel.Name
			}
		}
		return "future"
	}
	panic("lower: unknown kind of await")
}

func lastPart(s string) string {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '.' {
			return s[i+1:]
		}
	}
	return s
}

func upper(s string) string {
	if s == "" {
		return ""
	}
	if c := s[0]; 'a' <= c && c <= 'z' {
		return string(c-'a'+'A') + s[1:]
	}
	return s
}

// ret lowers a return statement.
//
//	return step(n)
//
// becomes a tail await where the results are those of the function, nothing is deferred and no result
// is a cell; otherwise
//
//	r1, err1 := step(n)
//	return r1, err1
func (l *lowerer) ret(s *ast.ReturnStmt) {
	call := (*load.Await)(nil)
	if len(s.Results) == 1 {
		call = l.callOf(s.Results[0])
	}
	if call == nil {
		l.inner(s)
		l.live()
		l.end(&ir.Return{Node: s, Exit: l.exit()})
		return
	}
	if l.tail(call) {
		l.live()
		l.operands(call)
		l.end(&ir.Tail{Call: call, Child: l.childOf(call), At: call.Call.Pos()})
		return
	}
	a := &ir.Await{Call: call, Define: true, At: call.Call.Pos()}
	r := &ast.ReturnStmt{Return: s.Return}
	values, hasErr := call.Results()
	for i, v := range values {
		name := "r"
		if len(values) > 1 {
			name += string(rune('1' + i))
		}
		l.result(a, r, name, v.Type())
	}
	if hasErr {
		l.result(a, r, "err", types.Universe.Lookup("error").Type())
	}
	l.suspend(a)
	l.end(&ir.Return{Node: r, Exit: l.exit()})
}

func (l *lowerer) result(a *ir.Await, r *ast.ReturnStmt, name string, t types.Type) {
	v, id := l.temp(name, t)
	a.New = append(a.New, v)
	a.Lhs = append(a.Lhs, id)
	use := ast.NewIdent(name)
	l.m.Synth[use] = v
	r.Results = append(r.Results, use)
}

// endsInTail makes an await that is the last thing a function without results does a tail await:
//
//	t.right.walk(yield)
//	}
//
// runs the callee in the place of the function.
func (l *lowerer) endsInTail(b *ir.Block) {
	a, ok := b.Term.(*ir.Await)
	if !ok || len(a.Lhs) > 0 || len(a.Next.Stmts) > 0 || l.m.Sig.Results().Len() > 0 {
		return
	}
	if r, ok := a.Next.Term.(*ir.Return); ok && r.Exit == nil && l.tail(a.Call) {
		b.Term = &ir.Tail{Call: a.Call, Child: a.Child, At: a.At}
	}
}

// tail reports whether the frame of the callee can take the place of this one: it has a frame of the
// same results, and nothing is left to do here.
func (l *lowerer) tail(call *load.Await) bool {
	if len(l.m.Defers) > 0 || l.m.Cleanup != nil || call.Kind == load.AwaitAsync || call.Kind == load.AwaitCallback {
		return false
	}
	if call.Kind == load.AwaitRun && call.Call != call.Args { // rt.Await(fAsync(x)) runs f
		if values, hasErr := call.CalleeResults(); len(values) != 1 || !hasErr {
			return false
		}
	}
	for _, v := range l.m.Results {
		if l.facts.vars.Held(local(v.Obj)) {
			return false
		}
	}
	// A return statement of plain Go returns the very types of the function. But results may be dropped at
	// its end, and what is an error here may be a value there: return same(err), of func same[T any](v T) T.
	_, gives := call.Results()
	_, takes := l.m.Values()
	return call.Sig.Results().Len() == l.m.Sig.Results().Len() && gives == takes
}
