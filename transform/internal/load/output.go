package load

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// CheckWritten type-checks generated files as they are to be written. It is for every run, so it is cheap:
// the files of the source are those that the passes have edited, without the bodies of their functions,
// which have been checked before. [Package.CheckOutput] takes the source as it is on disk.
//
// The problems have the position of the marked function from which the wrong line comes, and the line in
// their message.
func (p *Package) CheckWritten(outputs map[string][]byte) diag.List {
	var generated, all []*ast.File
	for _, name := range sortedKeys(outputs) {
		f, err := parser.ParseFile(p.Fset, name, outputs[name], parser.SkipObjectResolution)
		if err != nil {
			var list diag.List
			list.Add(p.fromFunc(nil, name), "", "", "%v", err)
			return list
		}
		generated = append(generated, f)
	}
	ours := map[string]*ast.File{}
	for _, f := range generated {
		ours[p.Position(f.Package).Filename] = f
		all = append(all, f)
	}
	for _, f := range p.Files {
		all = append(all, p.declarations(f))
	}
	var errs diag.List
	conf := p.config(p.indirect(), func(e types.Error) {
		at := p.Position(e.Pos)
		f := ours[at.Filename]
		if f == nil && e.Soft {
			return // an import that a body uses
		}
		msg := at.String() + ": " + strings.Join(strings.Fields(e.Msg), " ")
		if f == nil {
			errs.Add(at, "", "", "%s", msg)
			return
		}
		errs.Add(p.fromFunc(declAt(f, e.Pos), at.Filename), "", "", "%s", msg)
	})
	conf.Context = nil                          // it is another package
	_, _ = conf.Check(p.Path, p.Fset, all, nil) // the error is the first of those collected
	errs.Sort()
	return errs
}

// declarations is what a source file declares, without the bodies of functions. What the passes have added to
// it is left out: the imports and the lifted types of the generated file.
func (p *Package) declarations(f *File) *ast.File {
	only := *f.Syntax
	only.Decls, only.Imports = nil, nil
	lifted := map[*ast.GenDecl]bool{}
	for _, fn := range p.Funcs {
		for _, d := range fn.Lifted {
			lifted[d] = true
		}
	}
	for _, d := range f.Syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			fn := *d
			if d.Body != nil { // a loop without end needs no return statement
				fn.Body = &ast.BlockStmt{List: []ast.Stmt{&ast.ForStmt{Body: &ast.BlockStmt{}}}}
			}
			only.Decls = append(only.Decls, &fn)
		case *ast.GenDecl:
			if !lifted[d] && !(d.Tok == token.IMPORT && !d.Pos().IsValid()) {
				only.Decls = append(only.Decls, d)
			}
		default:
			only.Decls = append(only.Decls, d)
		}
	}
	return &only
}

// declAt is the name of what is declared at pos, or of its receiver.
func declAt(f *ast.File, pos token.Pos) (names []string) {
	for _, d := range f.Decls {
		if pos < d.Pos() || d.End() < pos {
			continue
		}
		if d, ok := d.(*ast.FuncDecl); ok && d.Recv != nil {
			names = append(names, ReceiverName(d))
		}
		eachName(d, func(id *ast.Ident) { names = append(names, id.Name) })
	}
	return names
}

// eachName calls fn for the names that a declaration declares, those of methods included.
func eachName(d ast.Decl, fn func(*ast.Ident)) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		fn(d.Name)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, id := range spec.Names {
					fn(id)
				}
			case *ast.TypeSpec:
				fn(spec.Name)
			case *ast.ImportSpec:
			}
		}
	case *ast.BadDecl:
	}
}

// fromFunc is the position of the marked function whose code declares one of some names in a generated file:
// its own, or one that begins like the name of its frame, as those of its blocks do. Otherwise it is that of
// the first marked function of the file.
func (p *Package) fromFunc(names []string, output string) (pos token.Position) {
	best := -1
	for _, fn := range p.Funcs {
		if fn.File.Out != output {
			continue
		}
		score := 0
		for _, own := range []string{fn.Names.Async, fn.Names.Body(), fn.Names.Future, fn.Names.Frame, fn.Names.Func} {
			if slices.Contains(names, own) {
				score = len(own) + 1
			}
		}
		base := strings.TrimSuffix(fn.Names.Frame, "Frame")
		if slices.ContainsFunc(names, func(s string) bool { return strings.HasPrefix(s, base) }) {
			score = max(score, len(base))
		}
		if score > best {
			best, pos = score, p.Position(fn.Decl.Name.Pos())
		}
	}
	return pos
}
