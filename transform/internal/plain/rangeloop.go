package plain

import (
	"go/ast"
	"go/token"
	"go/types"
	"go/version"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// rangeStmt makes a range statement whose body awaits a for statement.
func (s *sugarer) rangeStmt(st *ast.RangeStmt) []ast.Stmt {
	s.enter(st)
	switch {
	case s.suspends(st.Body) || s.suspendsAny(st.Key, st.Value):
	case s.pkg.EachOf(st.X) != nil || s.pkg.Outlived(st):
	case !s.suspends(st.X):
		s.block(st.Body) // package lower opens it for another reason
		return s.group(s.leave(st), st)
	default:
		// Only the operand awaits: it is evaluated once.
		s.edit()
		name := s.names.fresh(baseName(st.X, "range"))
		before := define(name, st.X)
		st.X = ident(name)
		s.block(st.Body)
		return s.group(append([]ast.Stmt{before}, s.leave(st)...), st)
	}
	s.edit()
	r := &ranger{sugarer: s, st: st, key: st.Key, value: st.Value}
	if r.key != nil && isBlank(r.key) {
		r.key = nil
	}
	if r.value != nil && isBlank(r.value) {
		r.value = nil
	}
	switch u := load.Core(s.typeOf(st.X)).(type) {
	case *types.Slice:
		return r.indexed()
	case *types.Array, *types.Pointer:
		return r.indexed()
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return r.text()
		}
		return r.integer()
	case *types.Map:
		return r.mapping()
	case *types.Chan:
		return r.channel()
	case *types.Signature:
		if stream := s.pkg.EachOf(st.X); stream != nil {
			return r.stream(stream)
		}
		return r.iterator(u)
	}
	s.unsupported(st, "range over %s", s.typeOf(st.X))
	return []ast.Stmt{st}
}

func (s *sugarer) suspendsAny(list ...ast.Expr) bool {
	for _, e := range list {
		if e != nil && s.suspends(e) {
			return true
		}
	}
	return false
}

// A ranger rewrites one range statement.
type ranger struct {
	*sugarer
	st         *ast.RangeStmt
	key, value ast.Expr // nil where it is blank or not there
	before     []ast.Stmt
	after      []ast.Stmt
}

// indexed rewrites a range over a slice, an array or a pointer to one:
//
//	for i, url := range urls { … }
//
// becomes, where urls keeps its value and nothing changes or holds i,
//
//	for i := 0; i < len(urls); i++ {
//		url := urls[i]
//		…
//	}
//
// and otherwise
//
//	urls1 := urls
//	for i1 := 0; i1 < len(urls1); i1++ {
//		i, url := i1, urls1[i1]
//		…
//	}
//
// The length is fixed on entry, so urls1 is needed also where the loop appends to urls. An array is
// copied if its elements are read; one behind a pointer is not. Where only the index is used, the
// array or pointer is not looked at: its length is a constant.
func (r *ranger) indexed() []ast.Stmt {
	i := r.index("i")
	init := define(i, intLit(0))
	var limit, from ast.Expr
	switch x := r.st.X; {
	case r.value != nil:
		from = r.once(x, "list")
		limit = call(ident("len"), from)
	case r.constantLen(x):
		limit = call(ident("len"), x)
	case r.fixed(x) != nil:
		limit = call(ident("len"), r.fixed(x))
	case !r.suspends(x):
		n := r.names.fresh("n")
		init = &ast.AssignStmt{Lhs: idents(i, n), Tok: token.DEFINE, Rhs: []ast.Expr{intLit(0), call(ident("len"), x)}}
		limit = ident(n)
	default:
		limit = call(ident("len"), r.once(x, "list"))
	}
	var elem ast.Expr
	if r.value != nil {
		elem = &ast.IndexExpr{X: clone(from), Index: ident(i)}
	}
	return r.loop(init, ident(i), limit, r.bind(i, elem))
}

// constantLen reports whether the length of x is a constant, so that Go does not evaluate x.
func (r *ranger) constantLen(x ast.Expr) bool {
	t := load.Core(r.typeOf(x))
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if !isArray(t) {
		return false
	}
	constant := true
	facts.Inspect(x, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.CallExpr:
			constant = constant && r.pkg.Info.Types[n.Fun].IsType()
		case *ast.UnaryExpr:
			constant = constant && n.Op != token.ARROW
		}
	})
	return constant
}

// fixed is x if it is a variable that keeps its value while the loop runs, or a constant; nil
// otherwise.
func (r *ranger) fixed(x ast.Expr) ast.Expr {
	if v := r.variable(x); v != nil && r.vars.know().ConstantIn(v, r.st) {
		return ident(spelled(x))
	}
	return nil
}

// once is a name for the value of x on entry to the loop.
func (r *ranger) once(x ast.Expr, other string) ast.Expr {
	if v := r.fixed(x); v != nil {
		return v
	}
	name := r.names.fresh(baseName(x, other))
	r.before = append(r.before, define(name, x))
	return ident(name)
}

// index is the name of the variable that counts: the user's, if it belongs to the loop and nothing
// changes or holds it, and otherwise a new one.
func (r *ranger) index(base string) string {
	if id, ok := r.key.(*ast.Ident); ok && r.st.Tok == token.DEFINE {
		v := r.object(id).(*types.Var)
		if !r.vars.held(v) && !r.vars.know().WrittenIn(v, r.st.Body) {
			r.key = nil
			return id.Name
		}
		return r.names.fresh(id.Name)
	}
	return r.names.fresh(base)
}

// bind is the statement that gives the iteration its variables: those of the user that index did not
// use for itself.
func (r *ranger) bind(i string, elem ast.Expr) []ast.Stmt {
	a := &ast.AssignStmt{Tok: r.st.Tok, TokPos: token.NoPos}
	if r.key != nil {
		a.Lhs, a.Rhs = append(a.Lhs, r.key), append(a.Rhs, ident(i))
	}
	if r.value != nil {
		a.Lhs, a.Rhs = append(a.Lhs, r.value), append(a.Rhs, elem)
	}
	if len(a.Lhs) == 0 {
		return nil
	}
	r.share(a)
	return []ast.Stmt{a}
}

// share declares the variables before the loop where the language version of the file has one
// variable for all iterations and something holds it:
//
//	for i, url := range urls { … func() { use(url) } … }
//
// becomes
//
//	var url string
//	for i := 0; i < len(urls); i++ {
//		url = urls[i]
//		…
//	}
func (r *ranger) share(a *ast.AssignStmt) {
	if a.Tok != token.DEFINE || !r.sharedLoopVars() {
		return
	}
	held := false
	for _, e := range a.Lhs {
		held = held || r.vars.held(r.object(e.(*ast.Ident)))
	}
	if !held {
		return
	}
	a.Tok = token.ASSIGN
	for _, e := range a.Lhs {
		id := e.(*ast.Ident)
		r.before = append(r.before, varDecl(id.Name, r.typeExpr(r.st, r.object(id).Type()), nil))
	}
}

// sharedLoopVars reports whether the file is older than go1.22.
func (u *unit) sharedLoopVars() bool {
	v := u.fn.File.GoVersion
	return v != "" && version.Compare(v, "go1.22") < 0
}

// loop makes the for statement: init; i < limit; i++, with bind before the body.
func (r *ranger) loop(init ast.Stmt, i, limit ast.Expr, bind []ast.Stmt) []ast.Stmt {
	return r.forLoop(init, &ast.BinaryExpr{X: i, Op: token.LSS, Y: limit}, &ast.IncDecStmt{X: clone(i), Tok: token.INC}, bind)
}

func (r *ranger) forLoop(init ast.Stmt, cond ast.Expr, post ast.Stmt, bind []ast.Stmt) []ast.Stmt {
	r.block(r.st.Body)
	prepend(r.st.Body, bind...)
	return r.group(append(r.before, r.leave(r.st)...), &ast.ForStmt{For: r.st.For, Init: init, Cond: cond, Post: post, Body: r.st.Body}, r.after...)
}

// integer rewrites a range over an integer, which has the type of the variable:
//
//	for i := range n { … }
//
// becomes, n being an int that keeps its value,
//
//	for i := 0; i < n; i++ { … }
//
// and where the package cannot write the type of n, which lib.Count has,
//
//	n := lib.Count
//	for i := machine.Kept(nil, n); i < n; i++ { … }
func (r *ranger) integer() []ast.Stmt {
	t := r.typeOf(r.st.X)
	if r.st.Key != nil && !isBlank(r.st.Key) {
		t = r.typeOf(r.st.Key) // an untyped operand takes it
	}
	i := r.index("i")
	hidden := r.pkg.Unnameable(t) != nil
	zero := intLit(0)
	if !hidden {
		if name := r.typeName(r.st, types.Default(t)); name != nil {
			zero = call(name, zero)
		}
	}
	init := define(i, zero)
	var limit ast.Expr
	switch x := r.st.X; {
	case hidden:
		limit = r.once(x, "n")
		init = define(i, call(r.machine("Kept"), ident("nil"), clone(limit)))
	case r.isConst(x):
		limit = x
	case r.fixed(x) != nil:
		limit = r.fixed(x)
	case !r.suspends(x):
		n := r.names.fresh("n")
		init = &ast.AssignStmt{Lhs: idents(i, n), Tok: token.DEFINE, Rhs: []ast.Expr{zero, x}}
		limit = ident(n)
	default:
		limit = r.once(x, "n")
	}
	return r.loop(init, ident(i), limit, r.bind(i, nil))
}

// text rewrites a range over a string. machine.DecodeRune knows what Go does with invalid UTF-8.
//
//	for i, c := range s { … }
//
// becomes
//
//	for i, next1 := 0, 0; i < len(s); i = next1 {
//		var c rune
//		c, next1 = machine.DecodeRune(s, i)
//		…
//	}
func (r *ranger) text() []ast.Stmt {
	var from ast.Expr
	if r.isConst(r.st.X) {
		name := r.names.fresh("s")
		r.before = append(r.before, define(name, r.st.X))
		from = ident(name)
	} else {
		from = r.once(r.st.X, "s")
	}
	i := r.index("i")
	next := r.names.fresh("next")
	value := r.value
	decode := call(r.machine("DecodeRune"), clone(from), ident(i))
	init := &ast.AssignStmt{Lhs: idents(i, next), Tok: token.DEFINE, Rhs: []ast.Expr{intLit(0), intLit(0)}}
	cond := &ast.BinaryExpr{X: ident(i), Op: token.LSS, Y: call(ident("len"), from)}
	post := assign(token.ASSIGN, ident(i), ident(next))
	var bind []ast.Stmt
	switch id, isName := value.(*ast.Ident); {
	case value == nil:
		bind = []ast.Stmt{&ast.AssignStmt{Lhs: idents("_", next), Tok: token.ASSIGN, Rhs: []ast.Expr{decode}}}
		bind = append(bind, r.bind(i, nil)...)
	case r.st.Tok == token.DEFINE && isName && !(r.sharedLoopVars() && r.vars.held(r.object(id))):
		bind = []ast.Stmt{
			varDecl(id.Name, ident("rune"), nil),
			&ast.AssignStmt{Lhs: idents(id.Name, next), Tok: token.ASSIGN, Rhs: []ast.Expr{decode}},
		}
		r.value = nil
		bind = append(bind, r.bind(i, nil)...)
	default:
		c := r.names.fresh("c")
		bind = []ast.Stmt{
			varDecl(c, ident("rune"), nil),
			&ast.AssignStmt{Lhs: idents(c, next), Tok: token.ASSIGN, Rhs: []ast.Expr{decode}},
		}
		bind = append(bind, r.bind(i, ident(c))...)
	}
	return r.forLoop(init, cond, post, bind)
}
