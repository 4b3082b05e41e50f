package vet

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A marker knows the functions of packages that are not marked and have no async form, who calls them, and
// which of them wait. A package may have been checked twice, for its tests and for those that import it, from
// the same syntax: so functions are known by their positions.
type marker struct {
	refused Refused
	nodes   map[token.Pos]*markNode // by the name in the declaration
	order   []*markNode
	through []ifaceCall
	scopes  []*types.Package // those whose interfaces are looked at
}

// A markNode is a function that is not marked.
type markNode struct {
	c       *checker
	fn      *types.Func
	decl    *ast.FuncDecl
	awaits  *reason // an await of its own, nil for none
	callers []markCall
	callees []markCall
	static  bool      // some function or literal calls it by its name
	uses    []markUse // other than calls by its name
	scopes  []*types.Package

	waits bool    // it awaits, or calls what waits and can be marked
	why   *reason // it waits
	stop  *reason // why it cannot, or need not, be marked
}

// A reason has the place that it is about: "it calls fetch", at x.go:12.
type reason struct {
	text string
	c    *checker
	pos  token.Pos // 0 for none
}

// A markCall is a call by name, of one function by another.
type markCall struct {
	other *markNode
	pos   token.Pos
}

// A markUse is a way in which a function is started other than by a call of its name in a function.
type markUse struct {
	c    *checker
	pos  token.Pos
	kind useKind
}

// A useKind is one of these ways.
type useKind int

const (
	usedAsValue     useKind = iota
	usedByGo                // go f()
	usedInLit               // a call in a literal that is called by others
	usedInGoroutine         // a call in the literal of a go statement
	usedAtInit              // a call in the declaration of a package variable
)

// An ifaceCall is a call through an interface.
type ifaceCall struct {
	c      *checker
	pos    token.Pos
	iface  *types.Interface
	name   string // of the interface
	method *types.Func
}

// newMarker looks at packages, and before at those that they import, whose facts they need.
func newMarker(pkgs []*load.Package) *marker {
	m := &marker{nodes: map[token.Pos]*markNode{}}
	facts := map[factKey]analysis.Fact{}
	made := map[*load.Package]*checker{}
	var visit func(p *load.Package)
	visit = func(p *load.Package) {
		if made[p] != nil || !p.Valid() || !reachesRuntime(p.Types) {
			return
		}
		for _, dep := range p.Deps() {
			visit(dep)
		}
		made[p] = newChecker(passOf(p, facts))
		made[p].findReady()
	}
	var checkers []*checker
	for _, p := range pkgs {
		if visit(p); made[p] != nil && p.Path != load.RuntimePath {
			checkers = append(checkers, made[p])
		}
	}
	for _, c := range checkers {
		m.addNodes(c)
	}
	for _, c := range checkers {
		m.addCalls(c)
		m.addValues(c)
	}
	return m
}

// A factKey is a fact of a function. Its position stands for it: see [marker].
type factKey struct {
	pos  token.Pos
	kind reflect.Type
}

// passOf is a pass over one package, which keeps facts with those of other packages.
func passOf(p *load.Package, facts map[factKey]analysis.Fact) *analysis.Pass {
	pass := &analysis.Pass{
		Fset: p.Fset, Pkg: p.Types, TypesInfo: p.Info,
		ExportObjectFact: func(obj types.Object, f analysis.Fact) { facts[factKey{obj.Pos(), reflect.TypeOf(f)}] = f },
		ImportObjectFact: func(obj types.Object, f analysis.Fact) bool {
			have := facts[factKey{obj.Pos(), reflect.TypeOf(f)}]
			if have != nil {
				reflect.ValueOf(f).Elem().Set(reflect.ValueOf(have).Elem())
			}
			return have != nil
		},
	}
	for _, f := range p.Files {
		pass.Files = append(pass.Files, f.Syntax)
	}
	return pass
}

// addNodes adds the functions of a package that are not marked.
func (m *marker) addNodes(c *checker) {
	m.scopes = append(m.scopes, c.pass.Pkg)
	for _, u := range c.units {
		fn := c.declared(u)
		if fn == nil || u.lit != nil || u.marked || c.pkg.HasForm(fn) || m.nodes[fn.Pos()] != nil {
			continue
		}
		n := &markNode{c: c, fn: fn, decl: u.decl}
		m.nodes[fn.Pos()] = n
		m.order = append(m.order, n)
	}
}

// node is the node of a function, nil for one that is marked, or of another module.
func (m *marker) node(fn *types.Func) *markNode {
	if fn == nil {
		return nil
	}
	return m.nodes[fn.Origin().Pos()]
}

// addCalls notes awaits and calls of a package.
func (m *marker) addCalls(c *checker) {
	for _, u := range c.units {
		from := m.node(c.declared(u))
		u.inspect(func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				m.addCall(c, u, from, call)
			}
			return true
		})
	}
	for _, f := range c.pkg.Files { // package variables
		for _, d := range f.Syntax.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				inspectOwn(g, func(n ast.Node) bool {
					if call, ok := n.(*ast.CallExpr); ok {
						m.callOutside(c, call, m.node(c.pkg.Callee(call)), usedAtInit)
					}
					return true
				})
			}
		}
	}
}

// addCall notes one call. From is the function around it, nil if that is marked.
func (m *marker) addCall(c *checker, u *unit, from *markNode, call *ast.CallExpr) {
	fn := c.pkg.Callee(call)
	callee := m.node(fn)
	if callee == nil && fn != nil {
		m.addInterface(c, call, fn)
	}
	switch {
	case u.spawned[call] && callee != nil && !u.async:
		callee.uses = append(callee.uses, markUse{c, call.Pos(), usedByGo})
	case u.async:
		if callee != nil {
			callee.static = true
		}
	case from != nil && u.direct:
		if from.awaits == nil && (c.mayWait(call) && !c.awaitsCalled(call) || c.takesBlock(call)) {
			from.awaits = &reason{"it awaits " + calledName(c, call), c, call.Pos()}
		}
		if callee != nil {
			callee.static = true
			callee.callers = append(callee.callers, markCall{from, call.Pos()})
			from.callees = append(from.callees, markCall{callee, call.Pos()})
		}
	default:
		kind := usedInLit
		if u.role == load.LitStarted {
			kind = usedInGoroutine
		}
		m.callOutside(c, call, callee, kind)
	}
}

// awaitsCalled reports whether a call is that of a literal on the spot, whose awaits are looked at themselves.
func (c *checker) awaitsCalled(call *ast.CallExpr) bool {
	a := c.pkg.Await(call)
	return a != nil && a.Kind == load.AwaitLit
}

// calledName is what a call awaits, in the words of the source.
func calledName(c *checker, call *ast.CallExpr) string {
	if fn := c.pkg.Callee(call); fn != nil {
		return shortName(fn)
	}
	return types.ExprString(call.Fun)
}

// callOutside notes a call by something that is no function of its own: it ends there.
func (m *marker) callOutside(c *checker, call *ast.CallExpr, callee *markNode, kind useKind) {
	if callee != nil {
		callee.static = true
		callee.uses = append(callee.uses, markUse{c, call.Pos(), kind})
	}
}

// addInterface notes a call through an interface that has no async form.
func (m *marker) addInterface(c *checker, call *ast.CallExpr, method *types.Func) {
	recv := method.Signature().Recv()
	if recv == nil || !types.IsInterface(recv.Type()) || c.awaits(call) {
		return
	}
	if iface := c.calledThrough(call, method); iface != nil {
		m.through = append(m.through, ifaceCall{c, call.Pos(), iface, shortName(method), method})
	}
}

// addValues notes functions that are used as values. Where an argument is awaited by the function that gets
// it, it is as good as called.
func (m *marker) addValues(c *checker) {
	for _, f := range c.pkg.Files {
		called, awaited := map[*ast.Ident]bool{}, map[*ast.Ident]bool{}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if id := calleeName(n); id != nil && c.pkg.Callee(n) != nil {
					called[id] = true
				}
				if a := c.pkg.Await(n); a != nil && a.Call == a.Args {
					for _, i := range a.Callbacks {
						awaited[valueName(n.Args[i])] = true
					}
				}
			case *ast.Ident:
				fn, ok := c.pass.TypesInfo.Uses[n].(*types.Func)
				if node := m.node(fn); ok && node != nil && !called[n] {
					if awaited[n] {
						node.static = true
					} else {
						node.uses = append(node.uses, markUse{c, n.Pos(), usedAsValue})
					}
				}
			}
			return true
		})
	}
}

// valueName is the identifier that names a function which is used as a value.
func valueName(e ast.Expr) *ast.Ident { return calleeName(&ast.CallExpr{Fun: e}) }

// implements is the name of an interface without an async form that has a method, and that the type of the
// method implements: one of the packages that are looked at, or of those that the method's own imports.
func (n *markNode) implements() string {
	recv := n.fn.Signature().Recv()
	if recv == nil {
		return ""
	}
	t := recv.Type()
	if _, ok := types.Unalias(t).(*types.Pointer); !ok {
		t = types.NewPointer(t)
	}
	for _, pkg := range append(n.scopes, n.c.pass.Pkg.Imports()...) {
		for _, name := range pkg.Scope().Names() {
			tn, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || !tn.Exported() && pkg != n.c.pass.Pkg || !types.IsInterface(tn.Type()) {
				continue
			}
			iface := tn.Type().Underlying().(*types.Interface)
			if declares(iface, n.fn) && types.Implements(t, iface) {
				return typeName(tn, n.c.pass.Pkg)
			}
		}
	}
	return ""
}

// declares reports whether an interface has a method of that name.
func declares(iface *types.Interface, fn *types.Func) bool {
	for method := range iface.Methods() {
		if method.Id() == fn.Id() {
			return true
		}
	}
	return false
}

// spread finds the functions that wait, from the awaits up.
func (m *marker) spread() {
	slices.SortFunc(m.order, func(a, b *markNode) int {
		p, q := a.c.pkg.Position(a.fn.Pos()), b.c.pkg.Position(b.fn.Pos())
		return cmp.Or(cmp.Compare(p.Filename, q.Filename), cmp.Compare(p.Offset, q.Offset))
	})
	var work []*markNode
	wait := func(n *markNode, why *reason) {
		if n.why != nil {
			return
		}
		n.why, n.scopes = why, m.scopes
		if n.stop = n.obstacle(m.refused); n.stop == nil {
			n.waits = true
			work = append(work, n)
		}
	}
	for _, n := range m.order {
		if n.awaits != nil {
			wait(n, n.awaits)
		}
	}
	for len(work) > 0 {
		n := work[0]
		work = work[1:]
		for _, call := range n.callers {
			wait(call.other, &reason{"it calls " + n.name(), call.other.c, call.pos})
		}
	}
}

// name is how people call the function.
func (n *markNode) name() string {
	if recv := recvName(n.fn); recv != "" {
		return recv + "." + n.fn.Name()
	}
	return n.fn.Name()
}

// fix marks a function, by its position, and those that it calls and that wait, so that a call of it is an await.
// It is nil where that does not help.
func (m *marker) fix(callee token.Pos) *Fix {
	n := m.nodes[callee]
	if n == nil || !n.waits {
		return nil
	}
	fix := &Fix{}
	var names []string
	seen := map[*markNode]bool{}
	var visit func(n *markNode)
	visit = func(n *markNode) {
		if seen[n] || !n.waits {
			return
		}
		seen[n] = true
		names = append(names, n.name())
		fix.Edits = append(fix.Edits, n.c.markEdit(n.decl))
		for _, call := range n.callees {
			visit(call.other)
		}
	}
	visit(n)
	fix.Message = "mark " + strings.Join(names, ", ")
	return fix
}
