package check

import (
	"go/ast"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// signature checks that the results of a function fit a future.
func (c *checker) signature(fn *load.Func) {
	if fn.Obj == nil {
		return // a type error
	}
	values, hasErr := load.Results(fn.Obj.Signature())
	if len(values) > 3 {
		c.refuse(fn.Decl.Name.Pos(), diag.TooManyValues, "return a struct",
			"%s returns %d values, and a future carries at most three", fn.Decl.Name.Name, len(values))
	}
	if !hasErr {
		return
	}
	list := fn.Decl.Type.Results.List
	last := ast.Unparen(list[len(list)-1].Type)
	if id, ok := last.(*ast.Ident); !ok || c.pkg.Info.Uses[id] != types.Universe.Lookup("error") {
		c.refuse(last.Pos(), diag.ErrorAlias, "write error", "the last result of %s is an alias of error", fn.Decl.Name.Name)
	}
}

// predeclared are names that generated code may use where the source does not, beside those of types: an
// index of a loop is an int.
var predeclared = map[string]bool{"append": true, "false": true, "len": true, "new": true, "nil": true, "recover": true, "true": true}

// predeclared checks that the package does not give one of these names another meaning, nor a file with
// marked functions.
func (c *checker) predeclared() {
	if len(c.pkg.Funcs) == 0 {
		return
	}
	const text = "%s is %s here, and generated code needs the %s of the language"
	scope := c.pkg.Types.Scope()
	for _, name := range scope.Names() {
		obj := scope.Lookup(name)
		if was := neededOfLanguage(name); was != nil && !sameType(obj, was) {
			c.refuse(obj.Pos(), diag.Collision, "rename it", text, name, "declared", name)
		}
	}
	seen := map[*load.File]bool{}
	for _, fn := range c.pkg.Funcs {
		if seen[fn.File] {
			continue
		}
		seen[fn.File] = true
		for _, spec := range fn.File.Syntax.Imports {
			if name := c.pkg.ImportName(spec); name != nil && neededOfLanguage(name.Name()) != nil {
				c.refuse(spec.Pos(), diag.Collision, "import it under another name", text, name.Name(), "imported", name.Name())
			}
		}
	}
}

// neededOfLanguage is what the language declares under a name that generated code may use, nil if it uses none.
func neededOfLanguage(name string) types.Object {
	was := types.Universe.Lookup(name)
	if _, isType := was.(*types.TypeName); isType || predeclared[name] {
		return was
	}
	return nil
}

// sameType reports whether an object is another name of a type of the language.
func sameType(obj, was types.Object) bool {
	_, isType := was.(*types.TypeName)
	return isType && types.Identical(obj.Type(), was.Type())
}

// cgo checks that a function does not use C. A file that imports "C" may have marked functions, if
// they do not, and neither may they have values whose type comes from C: without cgo we do not know
// these types.
func (c *checker) cgo(fn *load.Func) {
	const hint = "move what uses C to a function of its own"
	if !c.usesCgo() {
		return
	}
	reported := false
	ast.Inspect(fn.Decl, func(n ast.Node) bool {
		if reported || n == nil {
			return false
		}
		switch n := n.(type) {
		case *ast.SelectorExpr:
			id, ok := n.X.(*ast.Ident)
			if !ok {
				break
			}
			if name, ok := c.pkg.Info.Uses[id].(*types.PkgName); ok && name.Imported().Path() == "C" {
				reported = true
				c.refuse(n.Pos(), diag.UsesCgo, hint, "%s uses C.%s", fn.Decl.Name.Name, n.Sel.Name)
				return false
			}
		}
		if e, ok := n.(ast.Expr); ok {
			if tv, ok := c.pkg.Info.Types[e]; ok && !tv.IsBuiltin() && invalid(tv.Type) {
				reported = true
				c.refuse(e.Pos(), diag.UsesCgo, hint, "%s has a value whose type comes from C", fn.Decl.Name.Name)
			}
		}
		return true
	})
}

// usesCgo reports whether a file of the package imports "C".
func (c *checker) usesCgo() bool {
	for _, f := range c.pkg.Files {
		if f.Cgo {
			return true
		}
	}
	return false
}

// invalid reports whether the type checker could not make out a type, or a part of it that its text has.
func invalid(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return t.Kind() == types.Invalid
	case *types.Named:
		b, ok := t.Underlying().(*types.Basic) // type errno C.int
		return ok && invalid(b)
	case *types.Pointer:
		return invalid(t.Elem())
	case *types.Slice:
		return invalid(t.Elem())
	case *types.Array:
		return invalid(t.Elem())
	case *types.Chan:
		return invalid(t.Elem())
	case *types.Map:
		return invalid(t.Key()) || invalid(t.Elem())
	case *types.Signature:
		return invalid(t.Params()) || invalid(t.Results())
	case *types.Tuple:
		for v := range t.Variables() {
			if invalid(v.Type()) {
				return true
			}
		}
	case *types.Struct:
		for f := range t.Fields() {
			if invalid(f.Type()) {
				return true
			}
		}
	}
	return false
}
