package load

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
)

// Checked is the Package of files that somebody else has parsed and type-checked: a driver of
// go/analysis. Generated files are among those, so what the package declares is what is on disk:
// there are no stubs, and a marked function whose generated file is missing or out of date has no
// async form (see [Package.Declared]).
//
// A Package that was made in this way cannot be checked again.
func Checked(fset *token.FileSet, files []*ast.File, pkg *types.Package, info *types.Info) *Package {
	p := &Package{
		Path:     pkg.Path(),
		Name:     pkg.Name(),
		Fset:     fset,
		Types:    pkg,
		Info:     info,
		siblings: newSiblings(),
	}
	var parsed []*Parsed
	for _, syntax := range files {
		if p.Dir == "" {
			p.Dir = filepath.Dir(p.Position(syntax.Package).Filename)
		}
		name := p.Position(syntax.Package).Filename
		if IsGenerated(syntax) {
			p.addRecords(name, records(string(comments(syntax))))
			continue
		}
		f := scan(fset, name, comments(syntax), syntax)
		f.Src = nil
		parsed = append(parsed, &Parsed{File: f})
	}
	p.collect(parsed)
	p.refresh()
	p.noteSums()
	return p
}

// comments is what scan looks for directives in, where there is no source.
func comments(syntax *ast.File) []byte {
	var text strings.Builder
	for _, group := range syntax.Comments {
		for _, c := range group.List {
			text.WriteString(c.Text)
			text.WriteByte('\n')
		}
	}
	return []byte(text.String())
}

// Declared reports whether the package declares the async form of fn.
func (p *Package) Declared(fn *Func) bool {
	if fn.Obj == nil {
		return false
	}
	if recv := fn.Obj.Signature().Recv(); recv != nil {
		obj, _, _ := types.LookupFieldOrMethod(recv.Type(), true, p.Types, fn.Names.Async)
		return obj != nil
	}
	return p.Types.Scope().Lookup(fn.Names.Async) != nil
}

// Callee is the function or method that a call names, and nil for calls of values, conversions,
// built-ins, and methods called through a method expression.
func (p *Package) Callee(call *ast.CallExpr) *types.Func {
	fn, sel := p.callee(call)
	if receivers(sel) > 0 {
		return nil
	}
	return fn
}

// HasForm reports whether a function of a package, or a method on its own type, may be awaited.
func (p *Package) HasForm(fn *types.Func) bool {
	if fn.Signature().Recv() != nil {
		return p.HasAsync(fn)
	}
	return p.sibling(fn, nil).has()
}

// Blocking finds X for a call of its async form, XAsync(…). It is nil for other calls.
func (p *Package) Blocking(call *ast.CallExpr) *types.Func {
	fn, sel := p.callee(call)
	if fn == nil {
		return nil
	}
	x, _ := p.blockingOf(fn, sel)
	return x
}
