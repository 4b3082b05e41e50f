package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

func (l *lowerer) list(stmts []ast.Stmt) {
	for _, s := range stmts {
		l.stmt(s, nil)
	}
}

// stmt lowers one statement; label is that of the statement, if it has one.
func (l *lowerer) stmt(s ast.Stmt, label types.Object) {
	switch s := s.(type) {
	case *ast.LabeledStmt:
		l.labeled(s)
		return
	case *ast.EmptyStmt:
		return
	case *ast.DeclStmt:
		l.decl(s)
		return
	case *ast.AssignStmt:
		if !l.await(s) {
			l.assign(s)
		}
		return
	case *ast.ExprStmt:
		if l.await(s) {
			return
		}
	case *ast.ReturnStmt:
		l.ret(s)
		return
	case *ast.BranchStmt:
		l.branch(s)
		return
	case *ast.DeferStmt:
		l.deferStmt(s)
		return
	case *ast.GoStmt:
		if call := l.facts.seen.Await(s.Call); call != nil {
			l.spawn(s, call)
			return
		}
	case *ast.BlockStmt:
		l.list(s.List) // names are unique, so its scope is not needed
		return
	}
	if !l.mustOpen(s) {
		l.leaf(s)
		return
	}
	switch s := s.(type) {
	case *ast.IfStmt:
		l.ifStmt(s)
	case *ast.ForStmt:
		l.forStmt(s, label)
	case *ast.SwitchStmt:
		l.switchStmt(s, s.Init, s.Body)
	case *ast.TypeSwitchStmt:
		l.switchStmt(s, s.Init, s.Body)
	case *ast.SelectStmt:
		l.selectStmt(s)
	case *ast.RangeStmt:
		l.rangeStmt(s)
	case *ast.ExprStmt, *ast.SendStmt, *ast.IncDecStmt, *ast.GoStmt, *ast.CaseClause, *ast.CommClause, *ast.BadStmt:
		panic(fmt.Sprintf("lower: %s: %T suspends: package plain left it", l.pkg.Position(s.Pos()), s))
	default:
		panic(fmt.Sprintf("lower: unknown statement %T", s))
	}
}

// mustOpen reports whether a statement has to be taken apart.
func (l *lowerer) mustOpen(s ast.Stmt) bool {
	return l.facts.seen.Waits(s) || l.outlived(s)
}

// outlived reports whether s declares a variable that a block, a deferred literal of ours, or a deferred call
// which the guard states again names inside s:
//
//	if f, err := open(); err == nil {
//		defer func() { f.Close() }()
//		defer f.Sync()
//	}
//
// What is declared in a loop is not stated again, but saved (see stable): so of loops package plain knows as
// much as we do.
func (l *lowerer) outlived(s ast.Stmt) bool {
	if !l.facts.seen.Open(s) {
		return false
	}
	if l.pkg.Outlived(s) {
		return true
	}
	found := false
	if len(l.facts.seen.Defers) > 0 {
		facts.Inspect(s, func(n ast.Node) {
			if d, ok := n.(*ast.DeferStmt); ok {
				found = found || l.namesLocal(l.m.Due[d], s)
			}
		})
	}
	return found
}

// namesLocal reports whether the guard names a variable that s declares when it states a deferred call. Constants
// stand above the guard.
func (l *lowerer) namesLocal(d *ir.Defer, s ast.Stmt) bool {
	found := false
	look := func(e ast.Expr) {
		facts.Inspect(e, func(n ast.Node) {
			if id, ok := n.(*ast.Ident); ok && l.facts.locals[id] != nil {
				found = found || l.facts.within(l.facts.defs[l.facts.locals[id]], s)
			}
		})
	}
	if d.Fun == nil {
		look(d.Node.Call.Fun)
	}
	for i, v := range d.Args {
		if v == nil && i < len(d.Node.Call.Args) {
			look(d.Node.Call.Args[i])
		}
	}
	return found
}

// leaf adds a statement as it stands.
func (l *lowerer) leaf(s ast.Stmt) {
	l.inner(s)
	l.leafJumps(s)
	l.add(&ir.Leaf{Node: s})
	if facts.Ends(l.pkg.Info, s) {
		l.end(&ir.Stop{})
	}
}

// inner makes the machines of the blocks in n.
func (l *lowerer) inner(n ast.Node) {
	if len(l.facts.seen.Lits) == 0 {
		return
	}
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			_, lit := n.(*ast.FuncLit)
			return !lit
		}
		for _, b := range l.pkg.Blocks(call) {
			l.child(b)
		}
		return true
	})
}

// child makes the machine of one block, once.
func (l *lowerer) child(b *load.Block) *ir.Machine {
	if c := l.m.Inner[b.Lit]; c != nil {
		return c
	}
	c := block(l, b.Lit, b.Kind, false)
	l.m.Inner[b.Lit] = c
	l.m.Children = append(l.m.Children, c)
	return c
}

// leafJumps finds the branches in a leaf that leave it.
func (l *lowerer) leafJumps(s ast.Stmt) {
	if len(l.jumps) == 0 {
		return
	}
	for _, j := range facts.Jumps(s, "") {
		if j.To == nil {
			l.m.Jumps[j.Branch] = l.dest(j.Branch)
		}
	}
}

// target notes where branches lead that are about s.
func (l *lowerer) target(s ast.Stmt, t target) {
	if l.targets != nil {
		l.targets[s] = t
	}
}

// dest is the block that a branch leads to.
func (l *lowerer) dest(b *ast.BranchStmt) *ir.Block {
	if b.Tok == token.GOTO {
		return l.labelBlock(l.pkg.Info.Uses[b.Label])
	}
	t, ok := l.targets[l.jumps[b]]
	switch {
	case !ok:
		panic(fmt.Sprintf("lower: %s: %s leads nowhere", l.pkg.Position(b.Pos()), b.Tok))
	case b.Tok == token.BREAK:
		return t.brk
	default:
		return t.cont
	}
}

func (l *lowerer) labelBlock(label types.Object) *ir.Block {
	b := l.labels[label]
	if b == nil {
		b = l.block(label.Name())
		b.Named = true
		l.labels[label] = b
	}
	return b
}

func (l *lowerer) branch(s *ast.BranchStmt) {
	if s.Tok == token.FALLTHROUGH {
		return // switchStmt looks for it
	}
	l.live()
	l.end(&ir.Jump{To: l.dest(s)})
}

func (l *lowerer) labeled(s *ast.LabeledStmt) {
	obj := l.pkg.Info.Defs[s.Label]
	if l.facts.jumped[obj] {
		l.place(l.labelBlock(obj))
	}
	if inner := s.Stmt; !l.facts.jumped[obj] && !l.mustOpen(inner) && !l.isSimple(inner) {
		l.leaf(s) // with its label: branches inside name it
		return
	}
	l.stmt(s.Stmt, obj)
}

// isSimple says that stmt handles s without looking at mustOpen.
func (l *lowerer) isSimple(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.LabeledStmt, *ast.EmptyStmt, *ast.DeclStmt, *ast.AssignStmt, *ast.ReturnStmt, *ast.BranchStmt, *ast.DeferStmt, *ast.BlockStmt:
		return true
	}
	return false
}

// decl hoists variables; constants and types stay where they are, since a goto may pass them.
func (l *lowerer) decl(s *ast.DeclStmt) {
	d := s.Decl.(*ast.GenDecl)
	if d.Tok != token.VAR {
		l.add(&ir.Leaf{Node: s})
		return
	}
	for _, spec := range d.Specs {
		spec := spec.(*ast.ValueSpec)
		l.inner(spec)
		l.add(&ir.Declare{Spec: spec, New: l.declared(spec.Names)})
	}
}

// assign is an assignment or declaration without an await.
func (l *lowerer) assign(s *ast.AssignStmt) {
	l.inner(s)
	if s.Tok != token.DEFINE {
		l.add(&ir.Leaf{Node: s})
		return
	}
	var ids []*ast.Ident
	for _, e := range s.Lhs {
		ids = append(ids, e.(*ast.Ident))
	}
	l.add(&ir.Declare{Node: s, New: l.declared(ids)})
}

// declared makes the variables that ids declare.
func (l *lowerer) declared(ids []*ast.Ident) (vars []*ir.Var) {
	for _, id := range ids {
		obj, ok := l.pkg.Info.Defs[id].(*types.Var)
		if !ok || id.Name == "_" {
			continue
		}
		vars = append(vars, l.local(obj, obj.Name()))
	}
	return vars
}

func (l *lowerer) local(obj *types.Var, name string) *ir.Var {
	v := &ir.Var{Obj: obj, Name: name, Type: obj.Type(), Pos: obj.Pos(), Hoisted: true, InLoop: l.loops > 0 || l.repeats(obj)}
	l.m.Vars = append(l.m.Vars, v)
	l.m.ByObj[obj] = v
	return v
}

// temp makes a variable that the source does not have.
func (l *lowerer) temp(name string, t types.Type) (*ir.Var, *ast.Ident) {
	v := &ir.Var{Name: name, Type: t, Hoisted: true}
	id := ast.NewIdent(name)
	l.m.Vars = append(l.m.Vars, v)
	l.m.Synth[id] = v
	return v, id
}

// repeats reports whether a goto leads back over the declaration of obj.
func (l *lowerer) repeats(obj types.Object) bool {
	at := l.facts.order(l.facts.defs[obj])
	for _, g := range l.facts.gotos {
		if l.facts.order(g.label) < at && at < l.facts.order(g.from) {
			return true
		}
	}
	return false
}
