package plain

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/astutil"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/edit"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// Lift moves local types to package level, where the frame of the function can name them, and the
// local constants that they mention:
//
//	func sizes[T any](n int) int {
//		type point struct{ x, y T }
//		p := point{…}
//
// becomes
//
//	type sizesPoint[T any] struct{ x, y T }
//
//	func sizes[T any](n int) int {
//		p := sizesPoint[T]{…}
//
// A type in a statement that is left to Go stays.
// The move shows in what %T and reflection print. But an embedded field is named after its type, so a type that is
// embedded keeps its name, and there must be nothing else of that name:
//
//	func decode(b []byte) error {
//		type Alias Event
//		var v struct{ *Alias; At string }
//
// becomes
//
//	type Alias Event
//
//	func decode(b []byte) error {
//		var v struct{ *Alias; At string }
func Lift(e *edit.Editor) error {
	p := e.Package
	lifters := make([]*lifter, len(p.Funcs))
	err := p.Each(func(i int, fn *load.Func, errs *diag.List) {
		if !slices.ContainsFunc(p.Survey(fn).Decls, func(d *ast.GenDecl) bool { return d.Tok == token.TYPE }) {
			return
		}
		all := units(e, fn, errs)
		l := &lifter{unit: all[0], to: map[types.Object]string{}, generic: map[types.Object]bool{}, renamed: map[ast.Spec]map[string]string{}}
		for _, u := range all {
			l.collect(u)
		}
		if len(l.decls) > 0 {
			l.edit()
			l.constants()
			lifters[i] = l
		}
	})
	if err != nil {
		return err
	}
	lifted := map[string]bool{}
	var taken diag.List
	for _, l := range lifters {
		if l != nil {
			l.keep(lifted, &taken)
			taken.In(l.fn.Decl)
		}
	}
	if taken.Failed() {
		return taken
	}
	for _, l := range lifters {
		if l != nil {
			l.choose(lifted)
		}
	}
	err = p.Each(func(i int, _ *load.Func, _ *diag.List) {
		if lifters[i] != nil {
			lifters[i].move()
		}
	})
	if err != nil {
		return err
	}
	return e.Recheck()
}

// A lifter works on one marked function with its blocks.
type lifter struct {
	*unit
	decls  []*ast.GenDecl // that hold something to move
	specs  map[ast.Spec]bool
	params *ast.FieldList // type parameters of the function, nil for none
	to     map[types.Object]string

	generic map[types.Object]bool          // types that have type parameters of their own beside params
	renamed map[ast.Spec]map[string]string // params in a type whose own type parameters hide them
	inside  ast.Spec                       // the type whose declaration is rewritten
}

// collect finds the types that u declares outside of statements that are left to Go.
func (l *lifter) collect(u *unit) {
	if l.specs == nil {
		l.specs = map[ast.Spec]bool{}
	}
	ast.Inspect(u.body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeclStmt:
			d := n.Decl.(*ast.GenDecl)
			if d.Tok == token.TYPE {
				l.add(d)
			}
			return false
		case ast.Stmt:
			return n == ast.Stmt(u.body) || !u.opaque(n)
		}
		return true
	})
}

func (l *lifter) add(d *ast.GenDecl) {
	l.decls = append(l.decls, d)
	for _, spec := range d.Specs {
		l.specs[spec] = true
	}
}

// constants adds the groups of local constants that the types mention, with what those mention.
func (l *lifter) constants() {
	groups := map[types.Object]*ast.GenDecl{}
	ast.Inspect(l.fn.Decl, func(n ast.Node) bool {
		d, ok := n.(*ast.GenDecl)
		if !ok || d.Tok != token.CONST {
			return true
		}
		for _, spec := range d.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				groups[l.object(name)] = d
			}
		}
		return true
	})
	added := map[*ast.GenDecl]bool{}
	for i := 0; i < len(l.decls); i++ {
		ast.Inspect(l.decls[i], func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if d := groups[l.pkg.Info.Uses[id]]; d != nil && !added[d] {
					added[d] = true
					l.add(d)
				}
			}
			return true
		})
	}
}

// choose chooses the names. In a generic function a type has the type parameters of the function,
// used or not: it is another type in each instance. The names that other functions have chosen are in lifted:
// type bC of a and type C of aB would both be aBC.
func (l *lifter) choose(lifted map[string]bool) {
	if params := l.typeParams(); len(params.List) > 0 {
		l.params = params
	}
	base := strings.TrimSuffix(l.fn.Names.Frame, "Frame")
	for _, d := range l.decls {
		ast.Inspect(d, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			if obj := l.pkg.Info.Defs[id]; obj != nil && obj.Parent() != nil && id.Name != "_" && l.to[obj] == "" && !isField(obj) && !isTypeParam(obj.Type()) {
				l.to[obj] = l.name(base, id.Name, lifted)
			}
			return true
		})
	}
}

// keep lets the types that are embedded keep their names, and reports those that cannot.
func (l *lifter) keep(lifted map[string]bool, taken *diag.List) {
	declared := map[types.Object]bool{}
	for _, d := range l.decls {
		for _, spec := range d.Specs {
			if spec, ok := spec.(*ast.TypeSpec); ok {
				declared[l.object(spec.Name)] = true
			}
		}
	}
	ast.Inspect(l.fn.Decl, func(n ast.Node) bool {
		s, ok := n.(*ast.StructType)
		if !ok {
			return true
		}
		for _, f := range s.Fields.List {
			id := load.EmbeddedName(f)
			if id == nil || !declared[l.pkg.Info.Uses[id]] {
				continue
			}
			if obj := l.pkg.Info.Uses[id]; l.to[obj] == "" {
				if lifted[obj.Name()] || l.means(obj) {
					taken.Add(l.pkg.Position(id.Pos()), diag.Collision, "declare the type at package level under a name of its own, or name the field",
						"%s is embedded, so it has to keep its name at package level, where generated code declares it; but there is another %s", obj.Name(), obj.Name())
				}
				lifted[obj.Name()] = true
				l.to[obj] = obj.Name()
			}
		}
		return true
	})
}

// means reports whether the name of a local type means something else at package level, in a file of the package, or
// in the function.
func (l *lifter) means(obj types.Object) bool {
	name, pkg := obj.Name(), l.pkg.Types.Scope()
	taken := types.Universe.Lookup(name) != nil || pkg.Lookup(name) != nil || l.pkg.Generates(name)
	for i := range pkg.NumChildren() {
		taken = taken || pkg.Child(i).Lookup(name) != nil // what a file imports
	}
	for _, id := range l.seen.Idents {
		def := l.pkg.Info.Defs[id]
		taken = taken || id.Name == name && def != nil && def != obj && !isField(def)
	}
	return taken
}

func isField(obj types.Object) bool {
	v, ok := obj.(*types.Var)
	return ok && v.IsField()
}

func (l *lifter) name(base, name string, lifted map[string]bool) string {
	wanted := base + strings.ToUpper(name[:1]) + name[1:]
	for name, free := wanted, l.names.take(wanted); ; name, free = l.names.fresh(wanted), true {
		if free && !lifted[name] {
			lifted[name] = true
			return name
		}
	}
}

// typeParams are the type parameters of the function or of its receiver, with their constraints.
func (l *lifter) typeParams() *ast.FieldList {
	if list := l.fn.Decl.Type.TypeParams; list != nil {
		return list
	}
	list := &ast.FieldList{}
	for t := range l.fn.Obj.Signature().RecvTypeParams().TypeParams() {
		list.List = append(list.List, &ast.Field{
			Names: []*ast.Ident{ident(t.Obj().Name())},
			Type:  l.typeExpr(l.fn.Decl, t.Constraint()),
		})
	}
	return list
}

// move takes the declarations out of the function and writes the new names.
func (l *lifter) move() {
	gone := map[*ast.GenDecl]bool{}
	for _, d := range l.decls {
		gone[d] = true
		for _, spec := range d.Specs {
			if spec, ok := spec.(*ast.TypeSpec); ok && l.params != nil {
				l.addParams(spec)
			}
		}
		l.fn.Lifted = append(l.fn.Lifted, d)
	}
	for _, d := range l.decls {
		for _, spec := range d.Specs {
			l.inside = spec
			l.rewrite(spec, nil)
		}
		l.fn.File.Syntax.Decls = append(l.fn.File.Syntax.Decls, d)
	}
	l.inside = nil
	l.rewrite(l.fn.Decl, gone)
}

// addParams puts the type parameters of the function before those that the type has itself. One that has
// the name of one of these gets another:
//
//	func f[T any]() {
//		type list[T any] []T
//
// becomes
//
//	type fList[T1, T any] []T
func (l *lifter) addParams(spec *ast.TypeSpec) {
	list := clone(l.params)
	if own := spec.TypeParams; own != nil {
		l.generic[l.object(spec.Name)] = true
		names := map[string]string{}
		for _, f := range own.List {
			for _, id := range f.Names {
				names[id.Name] = id.Name
			}
		}
		ast.Inspect(list, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && names[id.Name] != "" {
				if names[id.Name] == id.Name {
					names[id.Name] = l.names.fresh(id.Name)
				}
				id.Name = names[id.Name]
			}
			return true
		})
		l.renamed[spec] = names
		list.List = append(list.List, own.List...)
	}
	spec.TypeParams = list
}

// rewrite writes the new names under n, and removes the declarations that are gone.
func (l *lifter) rewrite(n ast.Node, gone map[*ast.GenDecl]bool) {
	astutil.Apply(n, func(c *astutil.Cursor) bool {
		switch n := c.Node().(type) {
		case *ast.DeclStmt:
			if !gone[n.Decl.(*ast.GenDecl)] {
				return true
			}
			if c.Index() >= 0 {
				c.Delete()
			} else {
				c.Replace(&ast.EmptyStmt{Implicit: true})
			}
			return false
		case *ast.Ident:
			l.ident(c, n)
		}
		return true
	}, func(c *astutil.Cursor) bool {
		l.instance(c)
		return true
	})
}

// instance puts the type arguments that l.ident could not write before those of an instance.
func (l *lifter) instance(c *astutil.Cursor) {
	var x ast.Expr
	var args []ast.Expr
	switch n := c.Node().(type) {
	case *ast.IndexExpr:
		x, args = n.X, []ast.Expr{n.Index}
	case *ast.IndexListExpr:
		x, args = n.X, n.Indices
	}
	if id, ok := x.(*ast.Ident); ok && l.generic[l.pkg.Info.Uses[id]] {
		c.Replace(&ast.IndexListExpr{X: id, Indices: append(l.args(), args...)})
	}
}

// args are the type parameters of the function, as arguments.
func (l *lifter) args() (args []ast.Expr) {
	for _, f := range l.params.List {
		for _, name := range f.Names {
			arg := name.Name
			if other := l.renamed[l.inside][arg]; other != "" {
				arg = other
			}
			args = append(args, ident(arg))
		}
	}
	return args
}

// ident writes the new name of a type or constant, with type arguments where the type has got
// parameters, and that of an embedded field, which is named after its type.
func (l *lifter) ident(c *astutil.Cursor, id *ast.Ident) {
	if name, ok := l.to[l.pkg.Info.Defs[id]]; ok {
		id.Name = name
		return
	}
	obj := l.pkg.Info.Uses[id]
	if f, ok := obj.(*types.Var); ok && f.Embedded() {
		if name, ok := l.to[typeName(f.Type())]; ok {
			id.Name = name
		}
		return
	}
	name, ok := l.to[obj]
	if !ok {
		return
	}
	id.Name = name
	if _, isType := obj.(*types.TypeName); !isType || l.params == nil || l.generic[obj] {
		return
	}
	if args := l.args(); len(args) == 1 {
		c.Replace(&ast.IndexExpr{X: id, Index: args[0]})
	} else {
		c.Replace(&ast.IndexListExpr{X: id, Indices: args})
	}
}

// typeName is the name of a type, or of what it points to; nil for a type without a name.
func typeName(t types.Type) types.Object {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	switch t := t.(type) {
	case *types.Named:
		return t.Obj()
	case *types.Alias:
		return t.Obj()
	}
	return nil
}
