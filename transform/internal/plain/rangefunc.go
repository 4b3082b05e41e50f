package plain

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/astutil"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
)

// iterator rewrites a range over an iterator function. The iterator waits beside the loop, as
// iter.Pull makes it wait:
//
//	for k, v := range seq { … return f(v) … }
//
// becomes
//
//	it1 := machine.Pull2(seq)
//	defer machine.Unwind(it1)
//	for {
//		k, v, ok1 := it1.Next()
//		if !ok1 {
//			break
//		}
//		…
//		r1 := f(v)
//		it1.Stop()
//		return r1
//		…
//	}
//	it1.Stop()
//
// Whatever leaves the loop lets the iterator finish first, as its yield returning false would. The
// deferred call is for panics, Goexit and cancel, which go through the iterator; when the iterator has
// finished it does nothing. What the body defers belongs to the function, as it did, and runs after the
// iterator has finished: each defer statement of the body is followed by one more defer machine.Unwind(it1).
//
// In a loop that defers nothing else, one deferred call is enough for all iterators that the statement
// comes to, one after the other:
//
//	held1 := &machine.HeldIter{}
//	defer held1.Unwind()
//	for … {
//		it1 := machine.Pull2(seq)
//		held1.It = it1
//		for { … }
//		it1.Stop()
//	}
func (r *ranger) iterator(seq *types.Signature) []ast.Stmt {
	values := coreSignature(seq.Params().At(0).Type()).Params().Len()
	name := []string{"Pull0", "Pull", "Pull2"}[values]
	it := r.names.fresh("it")
	method := func(name string) *ast.CallExpr { return call(&ast.SelectorExpr{X: ident(it), Sel: ident(name)}) }
	targets := []ast.Expr{r.key, r.value}[:values]
	unwind := func() *ast.CallExpr { return call(r.machine("Unwind"), ident(it)) }
	h := holder{typeName: "HeldIter", stop: "Unwind"}
	return r.stepping(it, call(r.machine(name), r.st.X), method, unwind, h, targets...)
}

// stream rewrites a range over a stream. Its values are awaited, and so is its cleanup:
//
//	for v, err := range rt.Each(s) { … return f(v) … }
//
// becomes
//
//	it1 := machine.EachOf(s)
//	defer it1.Stop()
//	for {
//		v, err, ok1 := it1.Next()
//		if !ok1 {
//			break
//		}
//		…
//		r1 := f(v)
//		it1.Stop()
//		return r1
//		…
//	}
//	it1.Stop()
//
// In a loop that defers nothing else it has machine.HeldEach, as an iterator has machine.HeldIter.
func (r *ranger) stream(s ast.Expr) []ast.Stmt {
	it := r.names.fresh("it")
	method := func(name string) *ast.CallExpr { // an await, which has the position of the loop
		return call(&ast.SelectorExpr{X: identAt(r.st.For, it), Sel: ident(name)})
	}
	unwind := func() *ast.CallExpr { return method("Stop") }
	h := holder{typeName: "HeldEach", stop: "Stop", at: r.st.For}
	return r.stepping(it, call(r.machine("EachOf"), s), method, unwind, h, r.key, r.value)
}

// stepping makes a loop over the values of it, which begin makes, with these methods. If a panic, Goexit or
// cancel leaves the loop, unwind stops it, or h where that can be.
func (r *ranger) stepping(it string, begin ast.Expr, method func(string) *ast.CallExpr, unwind func() *ast.CallExpr, h holder, targets ...ast.Expr) []ast.Stmt {
	x := &exits{
		ranger: r,
		stop:   func() *ast.CallExpr { return method("Stop") },
		unwind: func() *ast.DeferStmt { return r.stops.add(unwind()) },
	}
	guard := r.held(it, h)
	if guard == nil {
		guard = x.unwind()
	}
	r.withoutRecover(targets)
	r.before = []ast.Stmt{define(it, begin), guard}
	r.after = []ast.Stmt{&ast.ExprStmt{X: x.stop()}}
	var list []ast.Stmt
	if len(targets) == 0 {
		list = r.forLoop(nil, method("Next"), nil, nil)
	} else {
		list = r.receiving(method("Next"), targets...)
	}
	x.rewrite()
	return list
}

// An outerLoop is a loop in no other one, with what stands before it for the loops in it.
type outerLoop struct {
	loop   ast.Stmt
	defers bool // something in it is deferred
	before []ast.Stmt
}

// enter is called before a loop is rewritten.
func (s *sugarer) enter(loop ast.Stmt) {
	if s.outer != nil {
		return
	}
	s.outer = &outerLoop{loop: loop}
	facts.Inspect(loop, func(n ast.Node) {
		if _, ok := n.(*ast.DeferStmt); ok {
			s.outer.defers = true
		}
	})
}

// leave is called when it has been rewritten: it is the statements to stand before it.
func (s *sugarer) leave(loop ast.Stmt) (before []ast.Stmt) {
	if s.outer.loop == loop {
		before, s.outer = s.outer.before, nil
	}
	return before
}

// A holder is a variable of a type of rt that has an iterator, and stops it by a method, called at this position.
type holder struct {
	typeName, stop string
	at             token.Pos
}

// held declares such a variable before the outer loop, with a deferred call of its method, and gives the
// statement that has it hold the iterator it:
//
//	held1 := &machine.HeldIter{}
//	defer held1.Unwind()
//	…
//		held1.It = it1
//
// It is nil where the statement is in no other loop, or where that loop defers: then the order of the
// calls that are due is that of the iterations.
func (r *ranger) held(it string, h holder) ast.Stmt {
	if r.outer.loop == ast.Stmt(r.st) || r.outer.defers {
		return nil
	}
	held := r.names.fresh("held")
	stop := call(&ast.SelectorExpr{X: identAt(h.at, held), Sel: ident(h.stop)})
	r.outer.before = append(r.outer.before, define(held, &ast.UnaryExpr{Op: token.AND, X: &ast.CompositeLit{Type: r.machine(h.typeName)}}), r.stops.add(stop))
	return assign(token.ASSIGN, &ast.SelectorExpr{X: ident(held), Sel: ident("It")}, ident(it))
}

// labelOf is the name of the label of a statement, "" if it has none.
func (u *unit) labelOf(st ast.Stmt) string {
	for _, l := range u.seen.Labels {
		if l.Stmt == st {
			return l.Label.Name
		}
	}
	return ""
}

// A stopSet is the defer statements that stop iterators, as opposed to those of the source.
type stopSet map[*ast.DeferStmt]bool

func (s stopSet) add(call *ast.CallExpr) *ast.DeferStmt {
	d := &ast.DeferStmt{Defer: call.Pos(), Call: call}
	s[d] = true
	return d
}

// exits finds the statements that leave the body of a loop for anything but what follows the loop.
type exits struct {
	*ranger
	stop   func() *ast.CallExpr
	unwind func() *ast.DeferStmt // is one of stops
}

// rewrite stops the iterator before each of them, and has it stopped before what the body defers.
// Loops inside have been rewritten before, so that the inner iterator finishes first.
func (x *exits) rewrite() {
	leaves := map[*ast.BranchStmt]bool{}
	for _, j := range facts.Jumps(x.st, x.labelOf(x.st)) {
		leaves[j.Branch] = j.To == nil
	}
	astutil.Apply(x.st.Body, func(c *astutil.Cursor) bool {
		switch s := c.Node().(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			x.insert(c, append(x.results(s), &ast.ExprStmt{X: x.stop()}))
		case *ast.DeferStmt:
			switch {
			case x.stops[s]:
			case c.Index() >= 0:
				c.InsertAfter(x.unwind())
			default:
				c.Replace(block(s, x.unwind()))
			}
		case *ast.BranchStmt:
			if leaves[s] {
				x.insert(c, []ast.Stmt{&ast.ExprStmt{X: x.stop()}})
			}
		}
		return true
	}, nil)
}

// insert puts list before the statement of c, in a block where there is no list to put it in.
func (x *exits) insert(c *astutil.Cursor, list []ast.Stmt) {
	s := c.Node().(ast.Stmt)
	if c.Index() < 0 || x.gotos && len(list) > 1 {
		c.Replace(block(append(list, s)...))
		return
	}
	for _, st := range list {
		c.InsertBefore(st)
	}
}

// results evaluates what a return statement returns, except for what cannot change while the
// iterator finishes. Results that have names have their values by then, as deferred calls may see
// if the iterator panics:
//
//	r, err = f(v), nil
//	it1.Stop()
//	return
func (x *exits) results(s *ast.ReturnStmt) []ast.Stmt {
	res := x.sig().Results()
	if names := resultNames(res); len(s.Results) > 0 && len(names) > 0 {
		set := &ast.AssignStmt{Lhs: idents(names...), Tok: token.ASSIGN, Rhs: s.Results}
		s.Results = nil
		if len(set.Rhs) == 1 && len(names) > 1 { // of a call
			return []ast.Stmt{set}
		}
		for i := len(names) - 1; i >= 0; i-- {
			if x.variable(set.Rhs[i]) == res.At(i) { // it is its own value
				set.Lhs, set.Rhs = slices.Delete(set.Lhs, i, i+1), slices.Delete(set.Rhs, i, i+1)
			}
		}
		if len(set.Lhs) == 0 {
			return nil
		}
		return []ast.Stmt{set}
	}
	if len(s.Results) == 1 && res.Len() > 1 {
		a := &ast.AssignStmt{Tok: token.DEFINE, Rhs: s.Results}
		s.Results = nil
		for range res.Len() {
			name := x.names.fresh("r")
			a.Lhs, s.Results = append(a.Lhs, ident(name)), append(s.Results, ident(name))
		}
		return []ast.Stmt{a}
	}
	values := &ast.AssignStmt{Tok: token.DEFINE}
	var before []ast.Stmt
	for i, e := range s.Results {
		if x.settled(e) {
			continue
		}
		name := x.names.fresh("r")
		if x.alone(e) != nil {
			before = append(before, varDecl(name, x.typeExpr(e, res.At(i).Type()), nil))
			values.Tok = token.ASSIGN
		}
		values.Lhs, values.Rhs = append(values.Lhs, ident(name)), append(values.Rhs, e)
		s.Results[i] = identAt(e.Pos(), name)
	}
	if len(values.Lhs) == 0 {
		return nil
	}
	if len(before) > 0 && len(before) < len(values.Lhs) {
		before = x.declareAll(values.Lhs, s.Results, res)
	}
	return append(before, values)
}

// resultNames are the names of results, nil if some have none.
func resultNames(res *types.Tuple) (names []string) {
	for i := range res.Len() {
		name := res.At(i).Name()
		if name == "" || name == "_" {
			return nil
		}
		names = append(names, name)
	}
	return names
}

// declareAll declares the names among the results with the types of the results.
func (x *exits) declareAll(names, results []ast.Expr, res *types.Tuple) []ast.Stmt {
	var list []ast.Stmt
	for _, name := range names {
		for i, e := range results {
			if id, ok := e.(*ast.Ident); ok && id.Name == name.(*ast.Ident).Name {
				list = append(list, varDecl(id.Name, x.typeExpr(e, res.At(i).Type()), nil))
			}
		}
	}
	return list
}

// settled reports whether e has its value already: a constant, nil, or a variable that only the body
// changes, which includes those that this pass has made.
func (x *exits) settled(e ast.Expr) bool {
	if tv, ok := x.pkg.Info.Types[e]; ok && (tv.Value != nil || tv.IsNil()) {
		return true
	}
	id, ok := e.(*ast.Ident)
	if !ok {
		return false
	}
	v, isVar := x.object(id).(*types.Var)
	return x.object(id) == nil || isVar && x.vars.know().Private(v)
}
