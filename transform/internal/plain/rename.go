package plain

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/edit"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// Rename gives the locals of a marked function names of their own, so that a later pass may take a
// statement out of its block. Only names that collide change, and what is left to Go keeps its
// scopes and names:
//
//	x := a()
//	if y := rt.Must(rt.Await(f)); y > 0 {
//		x := y
//		b(x)
//	}
//
// becomes
//
//	x := a()
//	if y := rt.Must(rt.Await(f)); y > 0 {
//		x1 := y
//		b(x1)
//	}
//
// The same is done for what hides a name that generated code needs, type parameters included:
//
//	func size[K comparable](m map[K]int) int {
//		k := key() // a K of the package, which the frame has a field of
//
// becomes
//
//	func size[K1 comparable](m map[K1]int) int {
//		k := key()
func Rename(e *edit.Editor) error {
	p := e.Package
	err := p.Each(func(_ int, fn *load.Func, _ *diag.List) {
		writeRepeated(e, fn)
		writeLengths(e, fn)
	})
	if err != nil {
		return err
	}
	if err := e.Recheck(); err != nil {
		return err
	}
	imports := map[*load.File]*imported{}
	for _, f := range p.Files {
		imports[f] = importedBy(p, f)
	}
	chosen := make([]map[types.Object]string, len(p.Funcs))
	err = p.Each(func(i int, fn *load.Func, errs *diag.List) {
		r := &renamer{
			ed: e, pkg: p, fn: fn, seen: p.Survey(fn), imports: imports[fn.File],
			names: newNames(p, fn), taken: map[string]bool{}, to: map[types.Object]string{},
		}
		r.function()
		chosen[i] = r.changes()
	})
	if err != nil {
		return err
	}
	for i, fn := range p.Funcs {
		e.Rename(fn, chosen[i])
	}
	return e.Recheck()
}

// writeRepeated writes out the expressions that constants repeat where one of them declares a name that
// they mention: it means another object in each.
//
//	const (
//		x = x + 1 // of the x outside
//		y         // of this x
//	)
//
// becomes
//
//	const (
//		x = x + 1
//		y = x + 1
//	)
func writeRepeated(e *edit.Editor, fn *load.Func) {
	for _, d := range e.Survey(fn).Decls {
		if d.Tok != token.CONST || !mentionsOwn(d) {
			continue
		}
		e.Edit(fn)
		var last *ast.ValueSpec
		for _, spec := range d.Specs {
			spec := spec.(*ast.ValueSpec)
			if spec.Type != nil || spec.Values != nil {
				last = spec
				continue
			}
			spec.Type = clone(last.Type)
			for _, e := range last.Values {
				spec.Values = append(spec.Values, clone(e))
			}
		}
	}
}

// mentionsOwn reports whether an expression of a group of constants mentions a name of the group.
func mentionsOwn(d *ast.GenDecl) bool {
	own, found := map[string]bool{}, false
	for _, spec := range d.Specs {
		for _, name := range spec.(*ast.ValueSpec).Names {
			own[name.Name] = true
		}
	}
	for _, spec := range d.Specs {
		for _, e := range spec.(*ast.ValueSpec).Values {
			ast.Inspect(e, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				found = found || ok && own[id.Name]
				return true
			})
		}
	}
	return found
}

// A renamer works on one marked function and its blocks.
type renamer struct {
	ed      *edit.Editor
	pkg     *load.Package
	fn      *load.Func
	seen    *load.Survey
	imports *imported
	names   *names
	taken   map[string]bool // names of locals so far
	to      map[types.Object]string
	types   map[string]bool // see typeWords; nil: not known yet
	hidden  map[string]bool // parameters and results of the unit in hand
}

// isTaken reports whether a local may not have a name: a local before it has it, or something from outside
// that the function uses, or that generated code may use in it:
//
//	len := len(s)           // len is used before, in the scope that the local will share
//	url := url.Parse(s)     // a package that is used
//	var nil *T              // generated code says nil
//
// Most locals have names that mean nothing outside, so we ask for each name and list none.
func (r *renamer) isTaken(name string) bool {
	return r.taken[name] || needed[name] || r.imports.runtime[name] || r.pkg.Generates(name) ||
		r.imports.dot && r.pkg.Hides(r.fn.File, name) || r.isUsed(name) || r.isTypeWord(name)
}

// needed are the names that generated code may say in any function.
var needed = func() map[string]bool {
	set := map[string]bool{"rt": true}
	for _, name := range types.Universe.Names() {
		if !optional[name] {
			set[name] = true
		}
	}
	return set
}()

// isUsed reports whether the function uses something from outside by that name.
func (r *renamer) isUsed(name string) bool {
	if types.Universe.Lookup(name) == nil && r.pkg.Types.Scope().Lookup(name) == nil && !r.imports.mean(name) {
		return false
	}
	uses := func(id *ast.Ident) bool {
		if id.Name != name && !r.imports.words[name] || id == r.fn.Decl.Name {
			return false
		}
		switch obj := r.pkg.Info.ObjectOf(id).(type) {
		case nil:
			return false
		case *types.PkgName: // imported twice, it has one name in the generated file
			return id.Name == name || r.imports.names[obj.Imported().Path()].Name == name
		default:
			return id.Name == name && (obj.Parent() == types.Universe || obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope()) ||
				obj.Pkg() != nil && obj.Pkg() != r.pkg.Types && r.imports.names[obj.Pkg().Path()].Name == name
		}
	}
	return slices.ContainsFunc(r.seen.Idents, uses) || slices.ContainsFunc(r.seen.Sels, uses)
}

// isTypeWord reports whether the type of an operand is written with that name: that of a type of the package,
// or of the package of somebody else.
//
//	file := open()          // a *file, which the generated code declares
func (r *renamer) isTypeWord(name string) bool {
	if _, ok := r.pkg.Types.Scope().Lookup(name).(*types.TypeName); !ok && !r.imports.mean(name) && !r.pkg.Known(name) {
		return false
	}
	if r.types == nil {
		r.typeWords()
	}
	return r.types[name]
}

// typeWords finds the names with which the types of operands are written.
func (r *renamer) typeWords() {
	r.types = map[string]bool{}
	needed := &typeNames{seen: map[types.Type]bool{}, add: func(obj *types.TypeName) {
		switch pkg := obj.Pkg(); {
		case pkg == nil: // of the universe
		case obj.Parent() == r.pkg.Types.Scope():
			r.types[obj.Name()] = true
		case pkg != r.pkg.Types: // the generated file may import what this one does not
			r.types[cmp.Or(r.imports.names[pkg.Path()].Name, pkg.Name())] = true
		}
	}}
	named := map[ast.Expr]bool{} // what is only called, and never stored
	ast.Inspect(r.fn.Decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			named[ast.Unparen(n.Fun)] = true
		case *ast.SelectorExpr:
			named[n.Sel] = true
		}
		if e, ok := n.(ast.Expr); ok && !named[e] {
			needed.in(r.pkg.Info.TypeOf(e))
		}
		return true
	})
}

// optional are the built-in functions that generated code does not call by itself.
var optional = map[string]bool{
	"cap": true, "clear": true, "close": true, "complex": true, "copy": true, "delete": true, "imag": true,
	"iota": true, "max": true, "min": true, "print": true, "println": true, "real": true,
}

// function chooses names for a whole function, parameters first.
func (r *renamer) function() {
	for _, u := range units(r.ed, r.fn, nil) {
		r.hidden = hidden(u)
		if u.lit == nil {
			r.typeParams()
			r.fields(u.fn.Decl.Recv, u.fn.Decl.Type.Params, u.fn.Decl.Type.Results)
		} else {
			r.fields(u.lit.Type.Params, u.lit.Type.Results)
		}
		r.stmts(u, u.body.List)
	}
}

// typeParams chooses names for the type parameters of the function or of its receiver. A blank one gets a name,
// for the frame has it as an argument. One with the name of the function hides that, which generated code mentions.
func (r *renamer) typeParams() {
	ids := receiverParams(r.fn.Decl)
	if list := r.fn.Decl.Type.TypeParams; list != nil {
		for _, f := range list.List {
			ids = append(ids, f.Names...)
		}
	}
	for _, id := range ids {
		obj := r.pkg.Info.Defs[id]
		switch {
		case obj == nil:
		case id.Name == "_":
			r.to[obj] = r.names.fresh("P")
		case id.Name == r.fn.Decl.Name.Name && r.fn.Decl.Recv == nil:
			r.to[obj] = r.names.fresh(id.Name)
		default:
			r.choose(id)
		}
	}
}

// receiverParams are the type parameters that a method has in its receiver.
func receiverParams(decl *ast.FuncDecl) (ids []*ast.Ident) {
	if decl.Recv == nil {
		return nil
	}
	ast.Inspect(decl.Recv.List[0].Type, func(n ast.Node) bool {
		var args []ast.Expr
		switch n := n.(type) {
		case *ast.IndexExpr:
			args = []ast.Expr{n.Index}
		case *ast.IndexListExpr:
			args = n.Indices
		}
		for _, a := range args {
			ids = append(ids, a.(*ast.Ident))
		}
		return args == nil
	})
	return ids
}

func (r *renamer) fields(lists ...*ast.FieldList) {
	for _, list := range lists {
		if list == nil {
			continue
		}
		for _, f := range list.List {
			for _, name := range f.Names {
				r.choose(name)
			}
		}
	}
}

func (r *renamer) stmts(u *unit, list []ast.Stmt) {
	for _, s := range list {
		r.stmt(u, s)
	}
}

// stmt chooses names for what s declares, unless s keeps its scopes: then only for what would hide
// a parameter or a name that generated code needs, which may stand in any return statement.
func (r *renamer) stmt(u *unit, s ast.Stmt) {
	if _, simple := s.(*ast.AssignStmt); !simple && u.opaque(s) {
		if _, decl := s.(*ast.DeclStmt); !decl {
			r.hiders(s)
			return
		}
	}
	switch s := s.(type) {
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE {
			r.chooseAll(s.Lhs)
		}
	case *ast.DeclStmt:
		r.decl(s.Decl.(*ast.GenDecl))
	case *ast.LabeledStmt: // labels have a space of names of their own, and each body has its labels
		r.stmt(u, s.Stmt)
	case *ast.BlockStmt:
		r.stmts(u, s.List)
	case *ast.IfStmt:
		r.optional(u, s.Init)
		r.stmts(u, s.Body.List)
		r.optional(u, s.Else)
	case *ast.ForStmt:
		r.optional(u, s.Init)
		r.stmts(u, s.Body.List)
	case *ast.RangeStmt:
		if s.Tok == token.DEFINE {
			r.chooseAll([]ast.Expr{s.Key, s.Value})
		}
		r.stmts(u, s.Body.List)
	case *ast.SwitchStmt:
		r.optional(u, s.Init)
		r.stmts(u, s.Body.List)
	case *ast.TypeSwitchStmt:
		r.optional(u, s.Init)
		r.typeSwitch(s)
		r.stmts(u, s.Body.List)
	case *ast.SelectStmt:
		r.stmts(u, s.Body.List)
	case *ast.CaseClause:
		r.stmts(u, s.Body)
	case *ast.CommClause:
		r.optional(u, s.Comm)
		r.stmts(u, s.Body)
	case *ast.ExprStmt, *ast.SendStmt, *ast.IncDecStmt, *ast.GoStmt, *ast.DeferStmt, *ast.ReturnStmt,
		*ast.BranchStmt, *ast.EmptyStmt, *ast.BadStmt:
	}
}

func (r *renamer) optional(u *unit, s ast.Stmt) {
	if s != nil {
		r.stmt(u, s)
	}
}

func (r *renamer) chooseAll(list []ast.Expr) {
	for _, e := range list {
		if id, ok := e.(*ast.Ident); ok {
			r.choose(id)
		}
	}
}

func (r *renamer) decl(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		if spec, ok := spec.(*ast.ValueSpec); ok { // Lift finds names for types
			for _, name := range spec.Names {
				r.choose(name)
			}
		}
	}
}

// choose keeps the name that id declares if nothing has it yet, and finds another otherwise.
func (r *renamer) choose(id *ast.Ident) {
	obj := r.pkg.Info.Defs[id]
	if _, label := obj.(*types.Label); obj != nil && !label && id.Name != "_" {
		r.to[obj] = r.pick(id.Name)
	}
}

func (r *renamer) pick(name string) string {
	if !r.isTaken(name) {
		r.taken[name] = true
		return name
	}
	return r.names.fresh(name)
}

// typeSwitch gives the variables of all clauses of a type switch one name: in the source they are
// one identifier. Sugar gives each a declaration of its own.
func (r *renamer) typeSwitch(s *ast.TypeSwitchStmt) {
	if _, ok := s.Assign.(*ast.AssignStmt); !ok {
		return
	}
	var name string
	for _, c := range s.Body.List {
		if obj := r.pkg.Info.Implicits[c]; obj != nil {
			if name == "" {
				name = r.pick(obj.Name())
			}
			r.to[obj] = name
		}
	}
}

// hidden are the names of the parameters and results of u.
func hidden(u *unit) map[string]bool {
	names, sig := map[string]bool{}, u.sig()
	for _, t := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range t.Variables() {
			names[v.Name()] = true
		}
	}
	return names
}

// hiders chooses names for what an opaque statement declares under a name that generated code in it
// may need: that of a parameter or result, of the universe or of the runtime.
func (r *renamer) hiders(s ast.Stmt) {
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.TypeSwitchStmt:
			if a, ok := n.Assign.(*ast.AssignStmt); ok && r.hides(a.Lhs[0].(*ast.Ident).Name) {
				r.typeSwitch(n)
			}
		case *ast.Ident:
			if r.hides(n.Name) {
				if v, ok := r.pkg.Info.Defs[n].(*types.Var); !ok || !v.IsField() {
					r.choose(n)
				}
			}
		}
		return true
	})
}

func (r *renamer) hides(name string) bool { return r.hidden[name] || needed[name] }

// changes are the objects that get another name. The options of the directive, which name parameters,
// get the new ones here.
func (r *renamer) changes() map[types.Object]string {
	for _, f := range r.fn.Decl.Type.Params.List {
		for _, id := range f.Names {
			to, ok := r.to[r.pkg.Info.Defs[id]]
			if i := slices.Index(r.fn.Options.Await, id.Name); ok && i >= 0 {
				r.fn.Options.Await = slices.Clone(r.fn.Options.Await)
				r.fn.Options.Await[i] = to
			}
		}
	}
	maps.DeleteFunc(r.to, func(obj types.Object, name string) bool { return obj.Name() == name })
	return r.to
}
