package load

import (
	"go/ast"
	"go/token"
)

// A Survey is what one walk over a marked function tells: what it has of each kind, in source order, and
// what is to be found under a node. It is of the function as it was before a pass began to edit it.
type Survey struct {
	Idents []*ast.Ident
	Sels   []*ast.Ident   // those of selectors, which are not among Idents
	Decls  []*ast.GenDecl // in bodies
	Awaits []*Await       // those in ordinary literals, too
	Lits   []*ast.FuncLit
	// Blocks are the literals that become machines, but not those inside of ordinary ones.
	Blocks []*ast.FuncLit
	Labels []*ast.LabeledStmt
	Gotos  []*ast.BranchStmt
	Jumps  []*ast.BranchStmt // all, gotos too
	Defers []*ast.DeferStmt

	TypeSwitch bool // there is one

	marks  map[ast.Node]mark
	awaits map[*ast.CallExpr]*Await
	lits   litUses
}

// A mark is what is under a node, function literals apart. Every statement has one, and so has every node
// above something that makes a mark.
type mark uint8

const (
	waits mark = 1 << iota // an await, or what leaves a loop over a stream: that awaits the end of the stream
	open                   // that, a block, or a deferred call
)

// Survey is the survey of fn. It is made when it is first asked for after an edit has been checked.
func (p *Package) Survey(fn *Func) *Survey {
	if fn.survey == nil {
		fn.survey = p.newSurvey(fn)
	}
	return fn.survey
}

// Resurvey says that the function has been edited: its survey is made anew.
func (f *Func) Resurvey() { f.survey = nil }

// Await is [Package.Await] for the calls of the function.
func (s *Survey) Await(call *ast.CallExpr) *Await { return s.awaits[call] }

// IsBlock reports whether a literal becomes a machine.
func (s *Survey) IsBlock(lit *ast.FuncLit) bool { return s.lits[lit].Block != nil }

// LitUse is what a literal is there for.
func (s *Survey) LitUse(lit *ast.FuncLit) LitUse { return s.lits[lit] }

// Waits is [Package.Suspends] for what is part of the function, or has been made of its parts since.
func (s *Survey) Waits(n ast.Node) bool { return n != nil && s.under(n)&waits != 0 }

// Open reports whether n has an await, a block, or a deferred call.
func (s *Survey) Open(n ast.Node) bool { return n != nil && s.under(n)&open != 0 }

// under is the mark of n. What a pass has made of parts of the function has the marks of these.
func (s *Survey) under(n ast.Node) (m mark) {
	if known, ok := s.marks[n]; ok {
		return known
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if known, ok := s.marks[n]; ok {
			m |= known
			return false
		}
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			m |= open
		}
		return true
	})
	return m
}

func (p *Package) newSurvey(fn *Func) *Survey {
	size := int(fn.Decl.End() - fn.Decl.Pos())
	w := &surveyor{pkg: p, path: make([]ast.Node, 0, 32), Survey: &Survey{
		Idents: make([]*ast.Ident, 0, size/10), // about as many as there are
		marks:  make(map[ast.Node]mark, size/40),
		awaits: map[*ast.CallExpr]*Await{},
		lits:   litUses{},
	}}
	ast.Inspect(fn.Decl, w.visit)
	return w.Survey
}

// A surveyor makes a Survey.
type surveyor struct {
	*Survey
	pkg      *Package
	path     []ast.Node                         // to the node in hand
	ordinary int                                // literals around us that are no blocks
	each     map[*ast.RangeStmt]map[string]bool // loops over streams, with the labels of each and in it
}

func (w *surveyor) visit(n ast.Node) bool {
	w.lits.see(w.pkg, n)
	switch n := n.(type) {
	case nil:
		w.leave()
		return true
	case *ast.CommentGroup:
		return false
	case *ast.FuncLit:
		w.literal(n)
	}
	w.path = append(w.path, n)
	switch n := n.(type) {
	case *ast.Ident:
		w.ident(n)
	case *ast.CallExpr:
		w.call(n)
	case ast.Stmt:
		w.marks[n] |= 0
		w.stmt(n)
	case *ast.GenDecl:
		w.Decls = append(w.Decls, n)
	}
	return true
}

func (w *surveyor) ident(id *ast.Ident) {
	if sel, ok := w.path[len(w.path)-2].(*ast.SelectorExpr); ok && sel.Sel == id {
		w.Sels = append(w.Sels, id)
		return
	}
	w.Idents = append(w.Idents, id)
}

func (w *surveyor) leave() {
	last := len(w.path) - 1
	if lit, ok := w.path[last].(*ast.FuncLit); ok && !w.IsBlock(lit) {
		w.ordinary--
	}
	w.path = w.path[:last]
}

func (w *surveyor) literal(lit *ast.FuncLit) {
	w.Lits = append(w.Lits, lit)
	if !w.IsBlock(lit) {
		w.ordinary++
		return
	}
	w.mark(w.path, open)
	if w.ordinary == 0 {
		w.Blocks = append(w.Blocks, lit)
	}
}

func (w *surveyor) call(call *ast.CallExpr) {
	if a := w.pkg.Await(call); a != nil {
		w.Awaits = append(w.Awaits, a)
		w.awaits[call] = a
		if !w.unevaluated() {
			w.mark(w.path, waits|open)
		}
	}
}

// unevaluated reports whether the node in hand is an operand that is never evaluated.
func (w *surveyor) unevaluated() bool {
	for i := len(w.path) - 1; i >= 0; i-- {
		switch n := w.path[i].(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if w.pkg.Unevaluated(n) {
				return true
			}
		}
	}
	return false
}

func (w *surveyor) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.DeferStmt:
		w.Defers = append(w.Defers, s)
		w.mark(w.path, open)
		w.leavesEach("")
	case *ast.ReturnStmt:
		w.leavesEach("")
	case *ast.RangeStmt:
		if w.pkg.EachOf(s.X) != nil {
			w.mark(w.path, waits|open)
			w.eachLoop(s)
		}
	case *ast.TypeSwitchStmt:
		w.TypeSwitch = true
	case *ast.LabeledStmt:
		w.Labels = append(w.Labels, s)
	case *ast.BranchStmt:
		w.Jumps = append(w.Jumps, s)
		if s.Label != nil {
			w.leavesEach(s.Label.Name)
		}
		if s.Tok == token.GOTO {
			w.Gotos = append(w.Gotos, s)
		}
	}
}

// eachLoop remembers a loop over a stream, the node in hand.
func (w *surveyor) eachLoop(loop *ast.RangeStmt) {
	labels := map[string]bool{}
	if l, ok := w.path[len(w.path)-2].(*ast.LabeledStmt); ok {
		labels[l.Label.Name] = true
	}
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		if l, ok := n.(*ast.LabeledStmt); ok {
			labels[l.Label.Name] = true
		}
		_, lit := n.(*ast.FuncLit)
		return !lit
	})
	if w.each == nil {
		w.each = map[*ast.RangeStmt]map[string]bool{}
	}
	w.each[loop] = labels
}

// leavesEach marks the statement in hand if it leaves the loop over a stream around it, or, by what it
// defers, ends the stream: a return, a defer statement, a jump to a label elsewhere. Package plain puts an
// await of the end of the stream beside it.
func (w *surveyor) leavesEach(label string) {
	if len(w.each) == 0 {
		return
	}
	for i := len(w.path) - 1; i >= 0; i-- {
		switch n := w.path[i].(type) {
		case *ast.FuncLit:
			return
		case *ast.RangeStmt:
			if labels, ok := w.each[n]; ok {
				if !labels[label] {
					w.mark(w.path, waits|open)
				}
				return
			}
		}
	}
}

// mark marks the nodes of a path up to the literal around its end.
func (w *surveyor) mark(path []ast.Node, m mark) {
	for i := len(path) - 1; i >= 0; i-- {
		if _, ok := path[i].(*ast.FuncLit); ok {
			return
		}
		w.marks[path[i]] |= m
	}
}
