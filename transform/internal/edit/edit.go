// Package edit changes the bodies of marked functions, and keeps what is known of them true: after an edit the function
// is type-checked again, in the package as it is.
package edit

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// An Editor is the editing of one package.
type Editor struct {
	*load.Package

	funcs  map[*load.Func]*state
	strict bool
}

// A state is what we know of the editing of one function.
type state struct {
	edited   bool   // since the last check
	before   uint64 // fingerprint before the edit; see Strict
	declared int    // how many of its Lifted are declared
}

// New begins to edit a package. There is one Editor for each.
func New(p *load.Package) *Editor {
	e := &Editor{Package: p, funcs: map[*load.Func]*state{}}
	for _, fn := range p.Funcs {
		e.funcs[fn] = &state{}
	}
	return e
}

// Recheck type-checks what has been edited since the last time (see [Editor.Edit]), and declares
// what they have lifted out of it. What a function declares is new after that, its Obj too: no object
// of before is to be used again. What is declared at package level stays. An error means that a pass
// made code that is not Go.
func (e *Editor) Recheck() error {
	e.NotePackages()
	parts := map[*load.File][]*load.Func{}
	for _, fn := range e.Funcs {
		s := e.funcs[fn]
		if e.strict && !s.edited && s.before != fingerprint(fn) {
			return fmt.Errorf("%s is edited, and nobody has said so", fn.Decl.Name.Name)
		}
		if s.edited && s.before != fingerprint(fn) {
			parts[fn.File] = append(parts[fn.File], fn)
		}
		if s.edited {
			s.edited = false
			fn.Resurvey()
		}
	}
	err := e.checkParts(parts)
	if e.strict {
		e.Strict()
	}
	return err
}

// Strict makes Recheck fail from now on where a pass has edited a function without having said so.
func (e *Editor) Strict() {
	e.strict = true
	for _, fn := range e.Funcs {
		e.funcs[fn].before = fingerprint(fn)
	}
}

// checkParts type-checks functions again, in the package as it is.
func (e *Editor) checkParts(parts map[*load.File][]*load.Func) error {
	if len(parts) == 0 {
		return nil
	}
	var syntax []*ast.File
	blanks := map[*load.Func]*ast.Ident{}
	for _, f := range e.Files {
		for _, fn := range parts[f] {
			forget(e.Info, fn)
		}
		if len(parts[f]) > 0 {
			syntax = append(syntax, e.partOf(f, parts[f], blanks))
		}
	}
	var errs diag.List
	conf := e.CheckConfig(func(err types.Error) {
		errs.AddTo(e.MarkedAt(err.Pos), e.Position(err.Pos), "", "", "%s", strings.Join(strings.Fields(err.Msg), " "))
	})
	conf.DisableUnusedImportCheck = true                              // functions that are left out use them
	_ = types.NewChecker(conf, e.Fset, e.Types, e.Info).Files(syntax) // the error is the first of those reported
	objects := map[*load.Func]*types.Func{}
	for fn, blank := range blanks {
		obj := e.Info.Defs[blank].(*types.Func)
		delete(e.Info.Defs, blank)
		objects[fn] = types.NewFunc(obj.Pos(), e.Types, fn.Decl.Name.Name, obj.Signature())
	}
	e.Rechecked(objects)
	errs.Sort()
	if errs.Failed() {
		return errs
	}
	return nil
}

// forget removes what Info has of a function and might keep: an identifier that was declared may now be
// assigned, and the clauses of a type switch may bind no variable any more.
func forget(info *types.Info, fn *load.Func) {
	ast.Inspect(fn.Decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			delete(info.Defs, n)
			delete(info.Uses, n)
			delete(info.Types, n)
			delete(info.Instances, n)
		case *ast.CaseClause:
			delete(info.Implicits, n)
		}
		return true
	})
}

// partOf is a file with some functions of f and with what has been lifted out of them. Since the package
// has all functions already, these have no name, which goes into blanks:
//
//	func (_ T) _(x int) int { … }
func (e *Editor) partOf(f *load.File, funcs []*load.Func, blanks map[*load.Func]*ast.Ident) *ast.File {
	part := *f.Syntax
	part.Decls = nil
	for _, d := range f.Syntax.Decls {
		if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.IMPORT {
			part.Decls = append(part.Decls, d)
		}
	}
	for _, fn := range funcs {
		for _, d := range fn.Lifted[e.funcs[fn].declared:] {
			part.Decls = append(part.Decls, opaque(d))
		}
		e.funcs[fn].declared = len(fn.Lifted)
		decl := *fn.Decl
		decl.Name = &ast.Ident{NamePos: fn.Decl.Name.NamePos, Name: "_"}
		blanks[fn] = decl.Name
		part.Decls = append(part.Decls, &decl)
	}
	return &part
}

// opaque is a declaration in which no type is declared by a name alone. To find cycles of such types the
// type checker looks for the declaration of the name, which is not there where it has checked it before.
//
//	type fID id   =>   type fID (id)
func opaque(d *ast.GenDecl) *ast.GenDecl {
	c := *d
	c.Specs = slices.Clone(d.Specs)
	for i, spec := range c.Specs {
		if t, ok := spec.(*ast.TypeSpec); ok {
			t := *t
			t.Type = &ast.ParenExpr{X: t.Type}
			c.Specs[i] = &t
		}
	}
	return &c
}
