package arrange

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// values goes through a body in the order of its text, and finds which variables are read, where control goes
// from inside of a leaf, and which temporaries the statements need.
type values struct {
	*Plan
	record []*ir.Var // variables that stand for the fields of a record in what is looked at
	own    []*ir.Var // variables that the statement has of its own: see [Plan.IterationVars]
}

func (v *values) body() {
	v.each(func(blk *ir.Block) {
		for _, s := range blk.Stmts {
			v.stmt(s)
		}
		v.term(blk.Term)
	})
	v.stored()
	v.guard()
}

// read notes that v is read. It is not where a field of a record stands for it.
func (v *values) read(vars ...*ir.Var) {
	for _, x := range vars {
		if x != nil && !slices.Contains(v.record, x) {
			v.Read[x] = true
		}
	}
}

// temp is a variable for a value on its way. Who needs several at once says which are in use.
func (v *values) temp(typ types.Type, inUse map[*Temp]bool) *Temp {
	for _, t := range v.Temps {
		if !inUse[t] && !v.made(t) && types.Identical(t.Type, typ) {
			inUse[t] = true
			return t
		}
	}
	t := v.newTemp(typ)
	inUse[t] = true
	return t
}

func (v *values) newTemp(typ types.Type) *Temp {
	t := &Temp{Name: v.Fresh("v" + strconv.Itoa(len(v.Temps)+1)), Type: typ}
	v.Temps = append(v.Temps, t)
	return t
}

// made reports whether t has a literal that is made before its statement, and may outlive it.
func (v *values) made(t *Temp) bool {
	for _, m := range v.Made {
		if m == t {
			return true
		}
	}
	return false
}

func (v *values) stmt(s ir.Stmt) {
	switch s := s.(type) {
	case *ir.Leaf:
		if !IsConst(s.Node) {
			v.owning(s.Node, func() { v.node(s.Node) })
		}
	case *ir.Declare:
		v.declare(s)
	case *ir.Renew:
		for _, x := range s.Vars {
			if v.Cell(x) {
				v.read(x)
			}
		}
	case *ir.SetDue:
		v.due(s.Defer)
	case *ir.RunDue:
		v.inRecord(s.Defer, func() { v.restated(s.Defer) })
		v.read(v.Machine.Cleanup.Panic)
	case *ir.Spawn:
		v.call(s.Call, s.Child)
	default:
		panic("arrange: unknown statement")
	}
}

// owning looks at a statement that has variables of its own for those that its literals capture.
func (v *values) owning(n ast.Node, look func()) {
	outer := v.own
	v.own = append(slices.Clip(v.own), v.IterationVars(n)...)
	look()
	v.own = outer
}

// declare looks at a declaration, which becomes an assignment.
func (v *values) declare(s *ir.Declare) {
	var lhs, rhs []ast.Expr
	if s.Spec != nil {
		for _, id := range s.Spec.Names {
			lhs = append(lhs, id)
		}
		rhs = s.Spec.Values
	} else {
		lhs, rhs = s.Node.(*ast.AssignStmt).Lhs, s.Node.(*ast.AssignStmt).Rhs
	}
	if len(rhs) == 0 {
		return
	}
	v.owning(&ast.AssignStmt{Lhs: lhs, Rhs: rhs}, func() { v.assign(lhs, rhs) })
}

// assign looks at an assignment.
func (v *values) assign(lhs, rhs []ast.Expr) { v.assignment(lhs, rhs, false) }

// assignment looks at an assignment. To name a variable on the left side is not to read it.
func (v *values) assignment(lhs, rhs []ast.Expr, inLit bool) {
	for _, e := range lhs {
		if id, ok := e.(*ast.Ident); ok {
			if x := v.Machine.VarOf(id); x != nil && !v.Cell(x) && !slices.Contains(v.record, x) {
				continue
			}
		}
		v.inspect(e, inLit)
	}
	for _, e := range rhs {
		v.inspect(e, inLit)
	}
}

// node looks at a statement or an expression that is printed where it stands.
func (v *values) node(n ast.Node) { v.inspect(n, false) }

// inspect is node, also for what is in an ordinary literal, whose returns and deferred calls are its own.
func (v *values) inspect(n ast.Node, inLit bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			v.read(v.Machine.VarOf(n))
		case *ast.AssignStmt:
			if n.Tok == token.ASSIGN {
				v.assignment(n.Lhs, n.Rhs, inLit)
				return false
			}
		case *ast.FuncLit:
			if child := v.Machine.Inner[n]; child != nil {
				v.captured(child)
				return false
			}
			v.inspect(n.Type, true)
			v.inspect(n.Body, true)
			v.literal(n)
			return false
		case *ast.ReturnStmt:
			if !inLit {
				v.returns(n)
			}
		case *ast.BranchStmt:
			if to := v.Machine.Jumps[n]; to != nil {
				v.goes[to] = true
			}
			return false
		case *ast.DeferStmt:
			if d := v.Machine.Due[n]; d != nil && !inLit {
				v.due(d)
				return false
			}
		}
		return true
	})
}

// returns decides on the way of the results of return f(), where f gives all of them.
func (v *values) returns(s *ast.ReturnStmt) {
	if v.Machine.Sig.Results().Len() < 2 || len(s.Results) != 1 {
		return
	}
	inUse := map[*Temp]bool{}
	for r := range v.Machine.Sig.Results().Variables() {
		v.Tuples[s] = append(v.Tuples[s], v.temp(r.Type(), inUse))
	}
}

// literal decides whether a literal is made before the statement in hand: it has variables of its own, and
// the type of one cannot be written.
func (v *values) literal(lit *ast.FuncLit) {
	for _, x := range v.IterationVars(lit) {
		if x.Hidden && !slices.Contains(v.own, x) && !slices.Contains(v.record, x) {
			v.Made[lit] = v.newTemp(v.Machine.Pkg.Info.TypeOf(lit))
			return
		}
	}
}

// captured are the arguments for the variables that a block captures.
func (v *values) captured(child *ir.Machine) {
	for _, x := range child.Captures {
		switch {
		case x != child.Panic:
			v.read(v.Machine.ByObj[x.Obj])
		case !child.Boxed:
			v.read(v.Machine.Cleanup.Panic)
		}
	}
}

// call looks at a call that is awaited, or started.
func (v *values) call(a *load.Await, child *ir.Machine) {
	if child != nil {
		v.captured(child)
	}
	v.node(a.Call)
}

// due looks at a defer statement.
func (v *values) due(d *ir.Defer) {
	info, call := v.Machine.Pkg.Info, d.Node.Call
	inUse := map[*Temp]bool{}
	var saved Saved
	if d.Fun != nil {
		v.node(call.Fun)
		calls := func(e ast.Expr) bool { return facts.Calls(info, e) }
		if facts.FuncFirst(info, call.Fun) && slices.ContainsFunc(call.Args, calls) {
			saved.Fun = v.temp(d.Fun.Type, inUse)
		}
	}
	if d.Multi {
		v.node(call.Args[0])
		for _, x := range d.Args {
			saved.Args = append(saved.Args, v.temp(x.Type, inUse))
		}
	} else {
		for i, x := range d.Args {
			if x != nil {
				v.node(call.Args[i])
			}
		}
	}
	v.Saved[d] = saved
	if v.Machine.DueList {
		v.read(Recorded(d)...)
	} else {
		v.read(v.Cancels(d)...)
	}
}

// Recorded are the variables of one iteration that a deferred literal names: the record of its call has them.
func Recorded(d *ir.Defer) (vars []*ir.Var) {
	for _, v := range d.Uses {
		if v.InLoop && v.Hoisted && !slices.Contains(vars, v) {
			vars = append(vars, v)
		}
	}
	return vars
}

// Cancels are the functions of package context that a deferred call names. go vet looks for them after the
// statement that makes them, and not only in the guard before.
func (p *Plan) Cancels(d *ir.Defer) (vars []*ir.Var) {
	for _, v := range d.Uses {
		n, ok := types.Unalias(v.Type).(*types.Named)
		if !ok || p.Cell(v) || n.Obj().Pkg() == nil || n.Obj().Pkg().Path() != "context" {
			continue
		}
		if name := n.Obj().Name(); name == "CancelFunc" || name == "CancelCauseFunc" {
			vars = append(vars, v)
		}
	}
	return vars
}

// restated looks at a deferred call where it is stated with what its statement has saved.
func (v *values) restated(d *ir.Defer) {
	if d.Fun == nil && d.Child == nil {
		v.node(d.Node.Call.Fun)
	}
	if d.Child != nil {
		v.captured(d.Child)
	}
	if !v.Machine.DueList {
		v.read(d.Fun)
		v.read(d.Args...)
	}
	for i, x := range d.Args {
		if x == nil {
			v.node(d.Node.Call.Args[i])
		}
	}
}

// inRecord looks at a deferred call that has what it names in its record, where there is a list of these.
func (v *values) inRecord(d *ir.Defer, look func()) {
	if v.Machine.DueList {
		v.record = Recorded(d)
	}
	look()
	v.record = nil
}

func (v *values) term(t ir.Term) {
	switch t := t.(type) {
	case *ir.If:
		v.node(t.Cond)
	case *ir.Switch:
		v.switchTerm(t)
	case *ir.Select:
		for i, c := range t.Node.Body.List {
			v.comm(c.(*ast.CommClause), t.New[i])
		}
	case *ir.Await:
		v.await(t)
	case *ir.Return:
		if t.Node != nil {
			v.node(t.Node)
		}
	case *ir.Tail:
		v.call(t.Call, t.Child)
	case *ir.Finish:
		v.read(v.Machine.Cleanup.Panic)
		v.read(v.Machine.Results...)
	case *ir.Jump, *ir.Due, *ir.NextDue, *ir.Stop:
	default:
		panic("arrange: unknown terminator")
	}
}

func (v *values) switchTerm(t *ir.Switch) {
	var body *ast.BlockStmt
	switch s := t.Node.(type) {
	case *ast.SwitchStmt:
		body = s.Body
		if s.Tag != nil {
			v.node(s.Tag)
		}
	case *ast.TypeSwitchStmt:
		body = s.Body
		v.node(ir.Operand(s))
		for _, c := range body.List {
			if x := v.ClauseVar(c.(*ast.CaseClause)); x != nil && v.Bound[t] == "" {
				v.Bound[t] = v.Fresh("x")
			}
		}
	}
	for _, c := range body.List {
		for _, e := range c.(*ast.CaseClause).List {
			v.node(e)
		}
	}
}

// ClauseVar is the variable that a clause of a type switch has, nil if it does not name it.
func (p *Plan) ClauseVar(c *ast.CaseClause) *ir.Var {
	v := p.Machine.Clause[c]
	if v == nil {
		return nil
	}
	named := false
	ast.Inspect(c, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		named = named || ok && p.Machine.VarOf(id) == v
		return !named
	})
	if !named {
		return nil
	}
	return v
}

// comm looks at a communication. What it declares is assigned, a cell through a variable of the clause.
func (v *values) comm(c *ast.CommClause, vars []*ir.Var) {
	as, ok := c.Comm.(*ast.AssignStmt)
	switch {
	case c.Comm == nil:
	case !ok:
		v.node(c.Comm)
	case as.Tok != token.DEFINE:
		v.assign(as.Lhs, as.Rhs)
	case !slices.ContainsFunc(vars, v.Cell):
		v.assign(as.Lhs, as.Rhs)
	default:
		v.node(as.Rhs[0])
		for _, e := range as.Lhs {
			name := "_"
			if x := v.Machine.VarOf(e.(*ast.Ident)); x != nil {
				name = v.Fresh(v.Vars[x])
			}
			v.Received[c] = append(v.Received[c], name)
		}
	}
}

func (v *values) await(t *ir.Await) {
	v.deliver(t)
	if t.Defer != nil {
		v.inRecord(t.Defer, func() { v.restated(t.Defer) })
		v.read(v.Machine.Cleanup.Panic)
		return
	}
	v.owning(t.Call.Call, func() { v.call(t.Call, t.Child) })
}

// stored are the variables that a frame gets, or that need a value of their type to be read back.
func (v *values) stored() {
	for state, vars := range v.Layout.Keeps {
		for _, x := range vars {
			if state > 0 && (x.Role != ir.Capture || !x.Hidden) && !v.Layout.Wide[x] || x.Hidden && x.Role != ir.Param {
				v.read(x)
			}
		}
	}
	for _, s := range v.Layout.Slots {
		if v.Layout.Wide[s.Var] {
			v.read(s.Var)
		}
	}
	for _, x := range v.Machine.Captures {
		if x.Hidden {
			v.read(x)
		}
	}
}

// guard looks at the deferred calls that the guard of a body states.
func (v *values) guard() {
	if v.Machine.Cleanup != nil {
		v.read(v.Machine.Cleanup.Panic)
		return
	}
	for _, d := range v.Machine.Defers {
		v.inRecord(d, func() { v.restated(d) })
	}
	if v.CellResults() {
		v.read(v.Machine.Results...)
	}
}

// names gives names to what stands at the edges of a body.
func (v *values) names() {
	m := v.Machine
	for _, x := range slices.Concat([]*ir.Var{m.Recv}, m.Params) {
		v.enter(x)
	}
	if m.Cleanup != nil {
		v.Caught = v.Fresh("v")
	}
	for _, x := range slices.Concat(m.Results, m.Captures) {
		v.enter(x)
	}
}

// enter names the value that a parameter or result has outside, where the variable is a cell or the type is hidden.
func (v *values) enter(x *ir.Var) {
	if x != nil && (x.Hidden || v.Cell(x) && x.Role != ir.Capture) {
		v.Entry[x] = v.Fresh(v.Vars[x])
	}
}

// IterationVars are the variables that can be declared more than once in a call and that an ordinary
// literal in n captures, in their order. A deferred literal has them in the record of its call.
func (p *Plan) IterationVars(n ast.Node) (vars []*ir.Var) {
	if len(p.Machine.Pkg.Survey(p.Machine.Func).Lits) == 0 {
		return nil
	}
	depth := 0
	var visit func(n ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.DeferStmt:
			return depth > 0
		case *ast.FuncLit:
			if p.Machine.Inner[n] != nil {
				return false
			}
			depth++
			ast.Inspect(n.Body, visit)
			depth--
			return false
		case *ast.Ident:
			v := p.Machine.VarOf(n)
			if depth > 0 && v != nil && v.InLoop && v.Hoisted && !slices.Contains(vars, v) {
				vars = append(vars, v)
			}
		}
		return true
	}
	ast.Inspect(n, visit)
	slices.SortFunc(vars, func(a, b *ir.Var) int { return cmp.Compare(a.Pos, b.Pos) })
	return vars
}
