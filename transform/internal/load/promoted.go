package load

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// This file looks for generated methods that change what a selector means, or what a type has in its method set.
// With
//
//	type U struct {
//		T // has a marked method get, and so getRun
//		B // has a field getRun
//	}
//
// u.getRun is B's until T has one, and then it is ambiguous. The same happens to
//
//	type T struct{ B }     // T.getRun hides B.getRun
//
// A form that hides another one is as it should be, where its function hides the function of that:
//
//	type cached struct{ *Client }
//	func (c cached) Get(url string) ([]byte, error)   // marked: cached.GetAsync hides Client.GetAsync

// A form is a generated method: whose, and of what type.
type form struct {
	owner *types.TypeName
	name  string
}

// promotions reports what generated methods change, and drops the errors of the type checker that follow from it.
func (p *Package) promotions() {
	forms := map[form]*Func{}
	names := map[string]bool{}
	for _, fn := range p.Funcs {
		if fn.Obj == nil || fn.Recv() == nil {
			continue
		}
		owner, ok := owner(fn.Obj).(*types.Named)
		if !ok {
			continue
		}
		for _, name := range []string{fn.Names.Async, fn.Names.Run} {
			forms[form{owner.Obj(), name}] = fn
			names[name] = true
		}
	}
	if len(forms) == 0 {
		return
	}
	var found diag.List
	for _, t := range p.embedding() {
		for _, name := range sortedKeys(names) {
			p.promotion(t, name, forms, &found)
		}
	}
	found.Sort()
	if len(found) == 0 {
		return
	}
	p.Errors = slices.DeleteFunc(p.Errors, func(d diag.Diagnostic) bool {
		return d.ID == "" && slices.ContainsFunc(sortedKeys(names), func(name string) bool { return strings.Contains(d.Message, name) })
	})
	p.Errors = append(p.Errors, found...)
}

// An embedder is a type that embeds others, and how people call it.
type embedder struct {
	typ  types.Type
	name string
}

// embedding are the struct types of the package that embed something, in the order of the source.
func (p *Package) embedding() (list []embedder) {
	add := func(t types.Type, name string) {
		if t == nil {
			return
		}
		if s, ok := t.Underlying().(*types.Struct); ok {
			for f := range s.Fields() {
				if f.Embedded() {
					list = append(list, embedder{t, name})
					return
				}
			}
		}
	}
	for _, f := range p.Files {
		named := map[ast.Expr]bool{}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				named[n.Type] = !n.Assign.IsValid()
				if obj := p.Info.Defs[n.Name]; obj != nil && !n.Assign.IsValid() {
					add(obj.Type(), n.Name.Name)
				}
			case *ast.StructType:
				if !named[n] {
					add(p.Info.TypeOf(n), "a struct at "+p.short(n.Pos()))
				}
			}
			return true
		})
	}
	return list
}

// short is a position for a message that has another one before it.
func (p *Package) short(pos token.Pos) string {
	at := p.Position(pos)
	at.Filename = filepath.Base(at.Filename)
	return at.String()
}

// promotion compares what a selector means with the generated methods and without them.
func (p *Package) promotion(in embedder, name string, forms map[form]*Func, errs *diag.List) {
	was, by := p.without(in.typ, name, forms)
	if was == nil || len(by) == 0 {
		return
	}
	is, _, _ := types.LookupFieldOrMethod(in.typ, true, p.Types, name)
	if is != nil && origin(is) == origin(was) {
		return
	}
	for _, fn := range by {
		if declaredBeside(was, fn.Obj.Name()) {
			continue
		}
		what := "hides in %s what %s declares"
		if is == nil {
			what = "is ambiguous in %s with what %s declares"
		}
		hint := "rename one of them"
		if name == fn.Names.Async {
			hint = "rename it, or choose another name with //async:func name=…"
		}
		errs.AddTo(fn.Decl, p.Position(fn.Decl.Name.Pos()), diag.Collision, hint, "%s, which asyncgen makes for %s, "+what,
			name, fn.Decl.Name.Name, in.name, p.short(was.Pos()))
	}
}

// origin is the object as it is declared, where obj is one of an instance.
func origin(obj types.Object) types.Object {
	switch obj := obj.(type) {
	case *types.Func:
		return obj.Origin()
	case *types.Var:
		return obj.Origin()
	}
	return obj
}

// declaredBeside reports whether the type that has a method has another one of a name: so an async form belongs to a
// function.
func declaredBeside(obj types.Object, name string) bool {
	f, ok := obj.(*types.Func)
	if !ok {
		return false
	}
	switch t := owner(f).(type) {
	case *types.Named:
		if i, ok := t.Underlying().(*types.Interface); ok {
			return hasMethod(i, name)
		}
		return slices.ContainsFunc(slices.Collect(t.Methods()), func(m *types.Func) bool { return m.Name() == name })
	case *types.Interface:
		return hasMethod(t, name)
	}
	return false
}

func hasMethod(i *types.Interface, name string) bool {
	return slices.ContainsFunc(slices.Collect(i.Methods()), func(m *types.Func) bool { return m.Name() == name })
}

// without is what a selector would mean if there were no generated methods; nil: nothing, or it is ambiguous.
// The marked functions are those whose generated methods are found on the way.
func (p *Package) without(t types.Type, name string, forms map[form]*Func) (was types.Object, by []*Func) {
	level, seen := []types.Type{t}, map[*types.TypeName]bool{}
	for len(level) > 0 {
		var found []types.Object
		var next []types.Type
		for _, t := range level {
			if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
				t = ptr.Elem()
			}
			if n, ok := types.Unalias(t).(*types.Named); ok {
				if fn := forms[form{n.Origin().Obj(), name}]; fn != nil {
					by = append(by, fn)
				} else {
					found = append(found, p.methods(n, name)...)
				}
				if seen[n.Obj()] {
					continue
				}
				seen[n.Obj()] = true
			}
			switch u := t.Underlying().(type) {
			case *types.Struct:
				for f := range u.Fields() {
					if f.Name() == name && p.sees(f) {
						found = append(found, f)
					}
					if f.Embedded() {
						next = append(next, f.Type())
					}
				}
			case *types.Interface:
				for m := range u.Methods() {
					if m.Name() == name && p.sees(m) {
						found = append(found, m)
					}
				}
			}
		}
		switch {
		case len(found) == 1:
			return found[0], by
		case len(found) > 1:
			return nil, nil
		}
		level = next
	}
	return nil, nil
}

// methods are the methods of a type that have a name: one at most.
func (p *Package) methods(t *types.Named, name string) (list []types.Object) {
	for m := range t.Methods() {
		if m.Name() == name && p.sees(m) {
			list = append(list, m)
		}
	}
	return list
}

// sees reports whether the package may select a field or method.
func (p *Package) sees(obj types.Object) bool { return obj.Exported() || obj.Pkg() == p.Types }
