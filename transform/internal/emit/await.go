package emit

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// An await says how the results of a callee come to the variables that the source names.
type await struct {
	direct []string    // what the call, or Returned, assigns to: variables, temporaries, blanks
	cells  []string    // cells that are made after the label
	later  [][2]string // copies after the label: variable, value
	take   string      // how the results are taken at resume
}

// awaitTerm prints an await:
//
//	if v, err, w = stepRun(cx, nil, e, i); w != nil { // +3
//		m = machine.Suspend(cx, m, 1, w).(*sumFrame)
//		m.e, m.n, m.s, m.i = e, n, s, i
//		return 0, nil, m
//	}
//	gotV:
//
// A variable that is alive meanwhile must not see what a waiting call returns, so it gets the result
// from a temporary after the label.
func (b *body) awaitTerm(t *ir.Await, next *ir.Block) {
	b.usesW = true
	aw := b.deliver(t)
	b.awaits[t] = aw
	lhs := strings.Join(append(slices.Clone(aw.direct), b.n.w), ", ")
	b.assign(b.dead(t, false))
	if t.Defer != nil {
		b.ifWaits(lhs+" = "+b.deferredText(t), b.at(t.At, t.Call.Call), false)
	} else {
		b.comments.before(b, t.Call.Call)
		apart := load.BareLit(t.Call.Call) || len(b.iterationVars(t.Call.Call)) > 0
		var call string
		b.rebound(t.Call.Call, func() {
			call = lhs + " = " + b.callText(t.Call, t.Child)
			if apart {
				b.out = append(b.out, lines(call+b.at(t.At, t.Call.Call))...)
			}
		})
		if apart {
			b.p("if %s != nil {", b.n.w)
		} else {
			b.ifWaits(call, b.at(t.At, t.Call.Call), strings.Contains(call, "\n"))
		}
	}
	b.wait(t)
	b.p("}")
	if b.lands(aw) {
		b.p("%s:", awaitMark(t))
		b.copies(aw)
	}
	b.jump(t.Next, next)
}

// ifWaits begins what is done where a call waits.
func (b *body) ifWaits(call, comment string, apart bool) {
	if apart {
		b.out = append(b.out, lines(call+comment)...)
		b.p("if %s != nil {", b.n.w)
		return
	}
	b.p("if %s; %s != nil {%s", call, b.n.w, comment)
}

// lands says whether there is something to do for a call that has been resumed before it goes on at the next block.
func (b *body) lands(aw *await) bool { return len(aw.cells)+len(aw.later) > 0 }

// wait makes the call wait. Where it can come again, what it has had from the start is stored when it gets its frame:
//
//	if m == nil {
//		m = machine.MakeFrame(cx, m).(*sumFrame)
//		m.e, m.n = e, n
//	}
//	m.s, m.i = s, i
//	return 0, nil, machine.Suspend(cx, m, 1, w)
func (b *body) wait(t *ir.Await) {
	first, always := b.stores(t.State)
	b.assign(b.dead(t, true))
	suspend := fmt.Sprintf("%s(%s, %s, %d, %s)", machineName("Suspend"), b.n.cx, b.n.m, t.State, b.n.w)
	switch {
	case b.l.Wide != nil:
		b.p("%s = %s.(*%s)", b.n.m, suspend, b.frameName())
		b.assign(always)
		b.p("goto %s", waitMark)
		return
	case len(first) > 0:
		b.p("if %s == nil {", b.n.m)
		b.p("%s = %s(%s, %s).(*%s)", b.n.m, machineName("MakeFrame"), b.n.cx, b.n.m, b.frameName())
		b.assign(first)
		b.p("}")
		b.assign(always)
	case len(always) > 0:
		b.p("%s = %s.(*%s)", b.n.m, suspend, b.frameName())
		b.assign(always)
		suspend = b.n.m
	}
	b.out = append(b.out, b.ret(append(b.resultZeros(), suspend)...))
}

// assign prints pairs of what is assigned to and what is assigned, as one statement.
func (b *body) assign(pairs [][2]string) {
	var lhs, rhs []string
	for _, p := range pairs {
		lhs, rhs = append(lhs, p[0]), append(rhs, p[1])
	}
	if len(lhs) > 0 {
		b.p("%s = %s", strings.Join(lhs, ", "), strings.Join(rhs, ", "))
	}
}

// at is the comment that says where an await is in the source, and the comment of its line.
func (b *body) at(pos token.Pos, call *ast.CallExpr) string {
	if !pos.IsValid() {
		return ""
	}
	text := " // " + b.below(pos)
	if own, ok := strings.CutPrefix(b.comments.after(call), " //"); ok {
		text += ":" + own
	}
	return text
}

// copies prints what comes after the label: cells that the statement declares, then the copies.
func (b *body) copies(aw *await) {
	for _, s := range aw.cells {
		b.p("%s", s)
	}
	b.assign(aw.later)
}

// stores is what is alive and has to be stored, and what is dead and has to be cleared, in the order of the frame's
// fields. What lasts is stored first, when the frame is made.
func (b *body) stores(state int) (first, always [][2]string) {
	slots := map[*layout.Slot]string{}
	for _, v := range b.l.Keeps[state] {
		if !b.l.Wide[v] {
			slots[b.l.SlotOf[v]] = b.keptName(v)
		}
	}
	for _, s := range b.l.Clears[state] {
		if !b.l.Wide[s.Var] {
			slots[s] = b.cleared(s)
		}
	}
	for _, s := range b.l.Slots {
		v, ok := slots[s]
		pair := [2]string{b.n.m + "." + b.n.fields[s], v}
		switch {
		case !ok:
		case slices.Contains(b.l.Lasting[state], s.Var):
			first = append(first, pair)
		default:
			always = append(always, pair)
		}
	}
	if b.l.Due[state] {
		always = append(always, [2]string{b.n.m + "." + b.n.dueField, b.n.due})
	}
	return first, always
}

// cleared is the zero value of a slot.
func (b *body) cleared(s *layout.Slot) string {
	if s.Cell || s.Hidden() {
		return "nil"
	}
	return b.zero(s.Var.Type)
}

// dead clears the variables that are stored in one place for all states, and that this one does not keep: before
// the call, and where that needs them where it waits.
func (b *body) dead(t *ir.Await, needed bool) (pairs [][2]string) {
	for _, s := range b.l.Clears[t.State] {
		if b.l.Wide[s.Var] && b.l.Needs(t, s.Var) == needed {
			zero := b.cleared(s)
			if s.Hidden() {
				zero = b.like(b.goType(s.Var))
			}
			pairs = append(pairs, [2]string{b.n.vars[s.Var], zero})
		}
	}
	return pairs
}

// waitSection stores what is stored in one place for all states; see layout.
func (b *body) waitSection() {
	if b.l.Wide == nil {
		return
	}
	var pairs [][2]string
	for _, s := range b.l.Slots {
		if b.l.Wide[s.Var] {
			pairs = append(pairs, [2]string{b.n.m + "." + b.n.fields[s], b.keptName(s.Var)})
		}
	}
	b.p("")
	b.p("%s:", waitMark)
	b.assign(pairs)
	b.out = append(b.out, b.ret(append(b.resultZeros(), b.n.m)...))
}

func (b *body) keptName(v *ir.Var) string {
	if v.Role == ir.Capture && v.Hidden {
		return b.paramName(v) // it is in an any already
	}
	b.read[b.n.vars[v]] = true
	return b.n.vars[v]
}

// results are what a callee gives: the values and whether there is an error. An await of a future
// that is a value gives one value, which may be a Pair or Triple.
type results struct {
	values []types.Type
	hasErr bool
	boxed  bool // comes from AwaitFuture
}

// resultsOf is what the call that callText prints gives.
func (b *body) resultsOf(a *load.Await) results {
	values, hasErr := a.Results()
	r := results{hasErr: hasErr}
	for _, v := range values {
		r.values = append(r.values, v.Type())
	}
	switch a.Kind {
	case load.AwaitValue, load.AwaitBlock:
		if a.Kind == load.AwaitBlock {
			return b.blockResults(a)
		}
		r.boxed = true
	case load.AwaitAsync, load.AwaitCallback:
		r = results{values: []types.Type{b.futureElem(a)}, hasErr: true, boxed: true}
	case load.AwaitRun:
		if a.Call != a.Args { // rt.Await(fAsync(x)) runs f
			values, hasErr := a.CalleeResults()
			return results{values: parts(r.values[0], len(values)), hasErr: hasErr}
		}
	case load.AwaitLit, load.AwaitYield:
	}
	return r
}

// blockResults is what the body of an awaited block gives.
func (b *body) blockResults(a *load.Await) results {
	values, hasErr := load.Results(b.pkg.Info.TypeOf(a.Lit).(*types.Signature))
	r := results{hasErr: hasErr}
	for _, v := range values {
		r.values = append(r.values, v.Type())
	}
	return r
}

// futureElem is the T of the future that XAsync gives.
func (b *body) futureElem(a *load.Await) types.Type {
	values, _ := a.Results()
	switch len(values) {
	case 0:
		return types.NewStruct(nil, nil)
	case 1:
		return values[0].Type()
	}
	return nil // a Pair or Triple: resultText knows it by its parts
}

// parts are the n types that a Future's element stands for.
func parts(t types.Type, n int) []types.Type {
	switch n {
	case 0:
		return nil
	case 1:
		return []types.Type{t}
	}
	var out []types.Type
	for a := range types.Unalias(t).(*types.Named).TypeArgs().Types() {
		out = append(out, a)
	}
	return out
}

// deliver decides what each result of an await is assigned to. What the call gives and what the
// statement takes differ where one of them is a Pair, and where rt.Await adds an error:
//
//	a, b := join()            p, _, w = machine.AwaitFuture(cx, joinAsync())  …  a, b = p.A, p.B
//	p, err := rt.Await(f2())  a, b, w = f2Run(cx, nil)                   …  p = rt.Pair[A, B]{A: a, B: b}
func (b *body) deliver(t *ir.Await) *await {
	aw := &await{}
	inUse := map[string]bool{}
	if t.Defer != nil && t.Defer.Async {
		return &await{direct: []string{"_", "_"}, take: b.n.cx + ".Drop()"}
	}
	from := b.resultsOf(t.Call)
	values, hasErr := t.Call.Results()
	target := func(i int, typ types.Type) string {
		if i >= len(t.Lhs) {
			return "_"
		}
		return b.result(t, t.Lhs[i].(*ast.Ident), typ, aw, inUse)
	}
	switch {
	case len(from.values) == len(values) && (len(values) != 1 || from.values[0] != nil):
		for i, typ := range from.values {
			aw.direct = append(aw.direct, target(i, typ))
		}
	case from.boxed:
		b.unpack(t, values, aw, inUse)
	default:
		b.pack(t, from, aw, inUse)
	}
	errType := types.Universe.Lookup("error").Type()
	switch {
	case from.hasErr && hasErr:
		aw.direct = append(aw.direct, target(len(values), errType))
	case from.hasErr:
		aw.direct = append(aw.direct, "_")
	case hasErr && len(t.Lhs) > len(values) && t.Lhs[len(values)].(*ast.Ident).Name != "_":
		id := t.Lhs[len(values)].(*ast.Ident)
		b.assignLater(t, id, b.m.VarOf(id), "nil", aw)
	}
	aw.take = b.take(from, values, aw)
	return aw
}

// pack makes the Pair, Triple or Unit that rt.Await gives of the values of a body.
func (b *body) pack(t *ir.Await, from results, aw *await, inUse map[string]bool) {
	if len(t.Lhs) == 0 || t.Lhs[0].(*ast.Ident).Name == "_" {
		for range from.values {
			aw.direct = append(aw.direct, "_")
		}
		return
	}
	for _, typ := range from.values {
		aw.direct = append(aw.direct, b.temp(b.declType(typ), inUse))
	}
	id := t.Lhs[0].(*ast.Ident)
	var fields []string
	for i, v := range aw.direct {
		fields = append(fields, string(rune('A'+i))+": "+v)
	}
	typ := t.Call.Sig.Results().At(0).Type()
	made := ""
	if b.pkg.Unnameable(typ) == nil {
		made = b.typeText(typ) + "{" + strings.Join(fields, ", ") + "}"
	} else {
		made = rtName([]string{"PairOf", "TripleOf"}[len(fields)-2]) + "(" + strings.Join(aw.direct, ", ") + ")"
	}
	b.assignLater(t, id, b.m.VarOf(id), made, aw)
}

// result is what one result is assigned to: the variable itself where nobody can see it meanwhile,
// else a temporary, from which it is copied after the label.
func (b *body) result(t *ir.Await, id *ast.Ident, typ types.Type, aw *await, inUse map[string]bool) string {
	if id.Name == "_" {
		return "_"
	}
	v := b.m.VarOf(id)
	if v != nil && !b.l.Cells[v] && !b.l.Keeping(v, t.State) && v.Role != ir.Result && types.Identical(v.Type, typ) {
		return b.n.vars[v]
	}
	tmp := b.temp(b.declType(typ), inUse)
	b.assignLater(t, id, v, tmp, aw)
	return tmp
}

// assignLater copies a result to the user's variable after the label.
func (b *body) assignLater(t *ir.Await, id *ast.Ident, v *ir.Var, value string, aw *await) {
	if v == nil { // a variable of the package
		aw.later = append(aw.later, [2]string{b.exprText(id), value})
		return
	}
	name := b.n.vars[v]
	if !b.l.Cells[v] {
		aw.later = append(aw.later, [2]string{name, value})
		return
	}
	if slices.Contains(t.New, v) {
		aw.cells = append(aw.cells, b.newCell(v))
	}
	b.read[name] = true
	aw.later = append(aw.later, [2]string{"*" + name, value})
}

// unpack takes a Pair or Triple apart after the label.
func (b *body) unpack(t *ir.Await, values []*types.Var, aw *await, inUse map[string]bool) {
	named := false
	for i := range values {
		named = named || i < len(t.Lhs) && t.Lhs[i].(*ast.Ident).Name != "_"
	}
	if !named {
		aw.direct = append(aw.direct, "_")
		return
	}
	tmp := b.temp(b.boxedType(values), inUse)
	aw.direct = append(aw.direct, tmp)
	for i := range values {
		if id := t.Lhs[i].(*ast.Ident); id.Name != "_" {
			b.assignLater(t, id, b.m.VarOf(id), tmp+"."+string(rune('A'+i)), aw)
		}
	}
}

// take is how results are collected when the callee has finished: through the frame's type.
func (b *body) take(from results, values []*types.Var, aw *await) string {
	all := true
	for _, d := range aw.direct {
		all = all && d == "_"
	}
	if all {
		return b.n.cx + ".Drop()"
	}
	lhs := strings.Join(aw.direct, ", ") + " = "
	if b.hides(from, values) {
		return lhs + b.takeLike(from, values, aw)
	}
	if from.boxed {
		return lhs + machineName("Returned") + "[" + b.resultType(values) + "](" + b.n.cx + ")"
	}
	if len(from.values) == 0 {
		return "_, " + lhs + machineName("Returned") + "[" + rtName("Unit") + "](" + b.n.cx + ")"
	}
	fn := "Returned"
	if !from.hasErr {
		fn = "Value"
	}
	if len(from.values) > 1 {
		fn += fmt.Sprint(len(from.values))
	}
	var args []string
	for _, t := range from.values {
		args = append(args, b.typeText(t))
	}
	return lhs + machineName(fn) + "[" + strings.Join(args, ", ") + "](" + b.n.cx + ")"
}

// tail prints return stepRun(cx, nil, e, 0): the callee's frame stands for this one.
func (b *body) tail(t *ir.Tail) {
	b.comments.before(b, t.Call.Call)
	b.p("return %s%s", b.callText(t.Call, t.Child), b.at(t.At, t.Call.Call))
}

// callText is the call that an await makes.
func (b *body) callText(a *load.Await, child *ir.Machine) string {
	switch a.Kind {
	case load.AwaitRun:
		return b.print(b.runCall(a))
	case load.AwaitValue:
		return b.print(b.awaitFuture(settled(b.cloner().exprOf(a.Call.Args[0]))))
	case load.AwaitCallback:
		return b.print(b.awaitFuture(settled(b.cloner().exprOf(a.Call))))
	case load.AwaitYield:
		c := b.cloner()
		run := &ast.SelectorExpr{X: c.exprOf(a.Call.Fun), Sel: ast.NewIdent("Run")}
		return b.print(&ast.CallExpr{Fun: run, Args: []ast.Expr{ast.NewIdent(b.n.cx), settled(c.exprOf(a.Call.Args[0]))}})
	case load.AwaitAsync:
		c := b.cloner()
		call := *a.Args
		call.Fun = b.callee(c, a.Args.Fun, a.Async.Name())
		call.Args = b.callArgs(a)
		return b.print(b.awaitFuture(settled(&call)))
	case load.AwaitBlock, load.AwaitLit:
		args := append([]ast.Expr{ast.NewIdent(b.n.cx), ast.NewIdent("nil")}, b.captured(child)...)
		call := &ast.CallExpr{Fun: ast.NewIdent(child.Names.Run + b.typeArgs()), Args: args}
		if a.Kind == load.AwaitLit {
			call.Args = append(call.Args, b.cloner().exprs(a.Call.Args)...)
			call.Ellipsis = a.Call.Ellipsis
		}
		return b.print(settled(call))
	}
	panic("emit: unknown kind of await")
}

// awaitFuture is the call that awaits a future.
func (b *body) awaitFuture(future ast.Expr) ast.Expr {
	return &ast.CallExpr{Fun: ast.NewIdent(machineName("AwaitFuture")), Args: []ast.Expr{ast.NewIdent(b.n.cx), future}}
}

// runCall is f(x) as fRun(cx, nil, x), and (*T).get(t, k) as (*T).getRun(t, cx, nil, k).
func (b *body) runCall(a *load.Await) ast.Expr {
	c := b.cloner()
	call := *a.Args
	call.Fun = b.bodyOf(c, a.Args.Fun, a.Run)
	call.Args = b.callArgs(a)
	made := settled(&call)
	made.Args = b.runArgs(a, "nil", made.Args)
	return made
}

// runArgs are the arguments of a body: after the receiver, where that is one, stand cx and nil, and what
// recover takes, if the function calls it: nil where it is not deferred.
func (b *body) runArgs(a *load.Await, parked string, args []ast.Expr) []ast.Expr {
	own := []ast.Expr{ast.NewIdent(b.n.cx), ast.NewIdent("nil")}
	if a.Recovers {
		own = append(own, ast.NewIdent(parked))
	}
	return slices.Insert(args, a.Receivers, own...)
}

// callee is the function of a call under another name.
func (b *body) callee(c *cloner, fun ast.Expr, name string) ast.Expr {
	return b.calleeIn(c, fun, name, func(path string) string { return path })
}

// bodyOf is callee for the body of the function, fRun.
func (b *body) bodyOf(c *cloner, fun ast.Expr, name string) ast.Expr {
	return b.calleeIn(c, fun, name, load.BodiesOf)
}

// calleeIn is callee in the package that in makes of that of the function.
func (b *body) calleeIn(c *cloner, fun ast.Expr, name string, in func(path string) string) ast.Expr {
	switch f := fun.(type) {
	case *ast.ParenExpr:
		return b.calleeIn(c, f.X, name, in)
	case *ast.Ident:
		if obj := b.pkg.Info.Uses[f]; obj != nil && isForeign(b, obj) {
			return &ast.Ident{NamePos: f.NamePos, Name: qualified(in(obj.Pkg().Path()), name)}
		}
		return &ast.Ident{NamePos: f.NamePos, Name: name}
	case *ast.SelectorExpr:
		if id, ok := f.X.(*ast.Ident); ok {
			if pn, ok := b.pkg.Info.Uses[id].(*types.PkgName); ok {
				return &ast.Ident{NamePos: id.NamePos, Name: qualified(in(pn.Imported().Path()), name)}
			}
		}
		r, _ := b.selector(c, f)
		sel := *r.(*ast.SelectorExpr)
		sel.Sel = &ast.Ident{NamePos: f.Sel.NamePos, Name: name}
		return &sel
	case *ast.IndexExpr:
		cp := *f
		cp.X, cp.Index = b.calleeIn(c, f.X, name, in), c.exprOf(f.Index)
		return &cp
	case *ast.IndexListExpr:
		cp := *f
		cp.X, cp.Indices = b.calleeIn(c, f.X, name, in), c.exprs(f.Indices)
		return &cp
	}
	panic(fmt.Sprintf("emit: callee %T", fun))
}
