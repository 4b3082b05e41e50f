package emit

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

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
	lhs := strings.Join(append(b.targets(b.plan.Results[t]), b.n.W), ", ")
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
			b.p("if %s != nil {", b.n.W)
		} else {
			b.ifWaits(call, b.at(t.At, t.Call.Call), strings.Contains(call, "\n"))
		}
	}
	b.wait(t)
	b.p("}")
	if label := b.plan.Landed[t]; label != "" {
		b.p("%s:", label)
		b.copies(t)
	}
	b.jump(t.Next, next)
}

// ifWaits begins what is done where a call waits.
func (b *body) ifWaits(call, comment string, apart bool) {
	if apart {
		b.out = append(b.out, lines(call+comment)...)
		b.p("if %s != nil {", b.n.W)
		return
	}
	b.p("if %s; %s != nil {%s", call, b.n.W, comment)
}

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
	suspend := fmt.Sprintf("%s(%s, %s, %d, %s)", machineName("Suspend"), b.n.CX, b.n.M, t.State, b.n.W)
	switch {
	case b.l.Wide != nil:
		b.p("%s = %s.(*%s)", b.n.M, suspend, b.frameName())
		b.assign(always)
		b.p("goto %s", b.plan.Wait)
		return
	case len(first) > 0:
		b.p("if %s == nil {", b.n.M)
		b.p("%s = %s(%s, %s).(*%s)", b.n.M, machineName("MakeFrame"), b.n.CX, b.n.M, b.frameName())
		b.assign(first)
		b.p("}")
		b.assign(always)
	case len(always) > 0:
		b.p("%s = %s.(*%s)", b.n.M, suspend, b.frameName())
		b.assign(always)
		suspend = b.n.M
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

// targets are what the results of a callee are assigned to.
func (b *body) targets(d *arrange.Delivery) (list []string) {
	for _, to := range d.To {
		switch {
		case to.Var != nil:
			list = append(list, b.n.Vars[to.Var])
		case to.Temp != nil:
			list = append(list, to.Temp.Name)
		default:
			list = append(list, "_")
		}
	}
	return list
}

// copies prints what comes after the label: cells that the statement declares, then the copies.
func (b *body) copies(t *ir.Await) {
	d := b.plan.Results[t]
	for _, v := range d.Cells {
		b.p("%s", b.newCell(v))
	}
	var pairs [][2]string
	for _, c := range d.Later {
		name := ""
		switch {
		case c.Var == nil:
			name = b.exprText(c.Ident)
		case b.isCell(c.Var):
			name = "*" + b.n.Vars[c.Var]
		default:
			name = b.n.Vars[c.Var]
		}
		pairs = append(pairs, [2]string{name, b.copied(t, c)})
	}
	b.assign(pairs)
}

// copied is the value of a copy: a temporary, a part of one, or what is made of several.
func (b *body) copied(t *ir.Await, c arrange.Copy) string {
	switch {
	case c.Made:
		return b.made(t, c)
	case len(c.From) == 0:
		return "nil"
	case c.Part > 0:
		return c.From[0].Name + "." + string(rune('A'+c.Part-1))
	}
	return c.From[0].Name
}

// made is the Unit, Pair or Triple that is made of temporaries.
func (b *body) made(t *ir.Await, c arrange.Copy) string {
	var names, fields []string
	for i, tmp := range c.From {
		names = append(names, tmp.Name)
		fields = append(fields, string(rune('A'+i))+": "+tmp.Name)
	}
	if typ := t.Call.Sig.Results().At(0).Type(); b.pkg.Unnameable(typ) == nil {
		return b.typeText(typ) + "{" + strings.Join(fields, ", ") + "}"
	}
	return rtName([]string{"PairOf", "TripleOf"}[len(fields)-2]) + "(" + strings.Join(names, ", ") + ")"
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
		pair := [2]string{b.n.M + "." + b.n.Fields[s], v}
		switch {
		case !ok:
		case slices.Contains(b.l.Lasting[state], s.Var):
			first = append(first, pair)
		default:
			always = append(always, pair)
		}
	}
	if b.l.Due[state] {
		always = append(always, [2]string{b.n.M + "." + b.n.DueField, b.n.Due})
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
			pairs = append(pairs, [2]string{b.n.Vars[s.Var], zero})
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
			pairs = append(pairs, [2]string{b.n.M + "." + b.n.Fields[s], b.keptName(s.Var)})
		}
	}
	b.p("")
	b.p("%s:", b.plan.Wait)
	b.assign(pairs)
	b.out = append(b.out, b.ret(append(b.resultZeros(), b.n.M)...))
}

func (b *body) keptName(v *ir.Var) string {
	if v.Role == ir.Capture && v.Hidden {
		return b.paramName(v) // it is in an any already
	}
	return b.n.Vars[v]
}

// take is how results are collected when the callee has finished: through the frame's type.
func (b *body) take(t *ir.Await) string {
	d := b.plan.Results[t]
	if d.Drops() {
		return b.n.CX + ".Drop()"
	}
	values, _ := t.Call.Results()
	lhs := strings.Join(b.targets(d), ", ") + " = "
	if b.hides(d.From, values) {
		return lhs + b.takeLike(d, values)
	}
	if d.From.Boxed {
		return lhs + machineName("Returned") + "[" + b.resultType(values) + "](" + b.n.CX + ")"
	}
	if len(d.From.Values) == 0 {
		return "_, " + lhs + machineName("Returned") + "[" + rtName("Unit") + "](" + b.n.CX + ")"
	}
	fn := "Returned"
	if !d.From.HasErr {
		fn = "Value"
	}
	if len(d.From.Values) > 1 {
		fn += fmt.Sprint(len(d.From.Values))
	}
	var args []string
	for _, t := range d.From.Values {
		args = append(args, b.typeText(t))
	}
	return lhs + machineName(fn) + "[" + strings.Join(args, ", ") + "](" + b.n.CX + ")"
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
		return b.print(&ast.CallExpr{Fun: run, Args: []ast.Expr{ast.NewIdent(b.n.CX), settled(c.exprOf(a.Call.Args[0]))}})
	case load.AwaitAsync:
		c := b.cloner()
		call := *a.Args
		call.Fun = b.callee(c, a.Args.Fun, a.Async.Name())
		call.Args = b.callArgs(a)
		return b.print(b.awaitFuture(settled(&call)))
	case load.AwaitBlock, load.AwaitLit:
		args := append([]ast.Expr{ast.NewIdent(b.n.CX), ast.NewIdent("nil")}, b.captured(child)...)
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
	return &ast.CallExpr{Fun: ast.NewIdent(machineName("AwaitFuture")), Args: []ast.Expr{ast.NewIdent(b.n.CX), future}}
}

// runCall is f(x) as fRun(cx, nil, x), and (*T).get(t, k) as (*T).getRun(t, cx, nil, k).
func (b *body) runCall(a *load.Await) ast.Expr {
	c := b.cloner()
	call := *a.Args
	call.Fun = b.bodyOf(c, a.Args.Fun, a.Run)
	call.Args = b.callArgs(a)
	if b.pkg.UsesUp(a) {
		for i, e := range a.Args.Args {
			if arm := b.arm(e); arm != nil {
				call.Args[i] = arm
			}
		}
	}
	made := settled(&call)
	made.Args = b.runArgs(a, "nil", made.Args)
	return made
}

// runArgs are the arguments of a body: after the receiver, where that is one, stand cx and nil, and what
// recover takes, if the function calls it: nil where it is not deferred.
func (b *body) runArgs(a *load.Await, parked string, args []ast.Expr) []ast.Expr {
	own := []ast.Expr{ast.NewIdent(b.n.CX), ast.NewIdent("nil")}
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
