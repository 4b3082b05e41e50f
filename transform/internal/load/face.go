package load

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// Bodies is the variable that has the bodies of a package's exported functions as its methods.
const Bodies = "Asyncgen"

// BodiesType is its type, which nothing names but generated code of the package.
const BodiesType = "asyncgenBodies"

// face moves the bodies of exported functions behind one name, so that go doc of a package does not list them. For
//
//	func Fetch(url string) (int, error)
//	func Post(url string) error
//
// other packages need FetchRun and PostRun; they get
//
//	var Asyncgen asyncgenBodies
//	func (asyncgenBodies) Fetch(…) …
//	func (asyncgenBodies) Post(…) …
//
// The first file that is in all builds and has such a function declares the variable. Without one, or where the
// package has that name for something else, as it may have through a dot import, the bodies stay FetchRun and PostRun, as do those of generic functions, since
// a method has no type parameters of its own. What nobody can import, package main, has no face to keep.
func (p *Package) face() {
	if p.Name == "main" || p.hasName(Bodies) || p.hasName(BodiesType) {
		return
	}
	i := slices.IndexFunc(p.Funcs, func(fn *Func) bool { return fn.faces() && !fn.File.Test && !fn.File.constrained() })
	if i < 0 {
		return
	}
	p.BodiesIn = p.Funcs[i].File
	for _, fn := range slices.Concat(p.Funcs, p.absent) {
		if fn.faces() {
			fn.Names.Run, fn.Names.Method = Bodies+"."+fn.Decl.Name.Name, true
		}
	}
}

// hasName reports whether the package may have a name for something of its own: what it declares, or imports into one of
// its files.
func (p *Package) hasName(name string) bool {
	if declares(p, name) || p.elsewhere[name] {
		return true
	}
	files := slices.Clone(p.Files)
	for _, fn := range p.absent {
		files = append(files, fn.File)
	}
	return slices.ContainsFunc(files, func(f *File) bool {
		return slices.ContainsFunc(f.Syntax.Imports, func(imp *ast.ImportSpec) bool {
			return imp.Name != nil && (imp.Name.Name == name || imp.Name.Name == "." && !isRuntimePath(imp))
		})
	})
}

// isRuntimePath reports whether imp is of the runtime, which has no such variable.
func isRuntimePath(imp *ast.ImportSpec) bool {
	path, err := strconv.Unquote(imp.Path.Value)
	return err == nil && path == RuntimePath
}

// faces reports whether go doc would list the body of fn.
func (f *Func) faces() bool {
	return f.Decl.Recv == nil && f.Decl.Type.TypeParams == nil && ast.IsExported(f.Decl.Name.Name)
}

// Constraint is the build constraint of the file as a //go:build line, "" if it has none.
func (f *File) Constraint() string {
	for _, c := range f.above() {
		if strings.HasPrefix(c, "//go:build ") {
			return c
		}
	}
	return ""
}

// above are the comments before the package clause, line by line.
func (f *File) above() (list []string) {
	for _, g := range f.Syntax.Comments {
		if g.Pos() >= f.Syntax.Package {
			break
		}
		for _, c := range g.List {
			list = append(list, c.Text)
		}
	}
	return list
}

// constrained reports whether some builds leave the file out.
func (f *File) constrained() bool {
	return f.Cgo || Output(f.Name) != strings.TrimSuffix(f.Name, ".go")+"_async.go" || slices.ContainsFunc(f.above(), isConstraint)
}

func isConstraint(comment string) bool {
	return strings.HasPrefix(comment, "//go:build ") || strings.HasPrefix(comment, "// +build ")
}

// Body is the name of the body in its declaration.
func (n Names) Body() string { return strings.TrimPrefix(n.Run, Bodies+".") }
