// Package emit prints machines as a Go file. The generated code is the product: it has the names, the
// order and the words of the source, and reads as a careful engineer would have written it.
//
// The imports, and what the file calls them, are jennifer's. What the user wrote is go/printer's. A
// declaration that needs no more than to be indented and aligned is not parsed again: see [layouter].
package emit

import (
	"bytes"
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A Unit is a machine with its layout.
type Unit struct {
	Machine *ir.Machine
	Layout  *layout.Layout
}

// file is what all machines of one generated file share.
type file struct {
	pkg   *load.Package
	src   *load.File
	fset  *token.FileSet        // with this file only, in which a position is found at once
	dots  bool                  // there is a dot import
	jf    *jen.File             // up to the imports
	names map[string]string     // what stands before a name of a package, by import path: "http."
	text  map[types.Type]string // see typeText
	body  layouter              // the declarations after them
	err   error                 // the first in body
	typed []*typed              // see body.like
}

// File prints the async forms of the marked functions of one source file.
func File(p *load.Package, src *load.File, units []Unit) ([]byte, error) {
	f := &file{
		pkg: p, src: src, fset: token.NewFileSet(), jf: jen.NewFilePathName(p.Types.Path(), p.Name),
		names: map[string]string{}, text: map[types.Type]string{},
	}
	f.fset.AddExistingFiles(p.Fset.File(src.Syntax.Package))
	f.jf.HeaderComment(load.Header(filepath.Base(src.Name)))
	if c := f.constraint(); c != "" {
		f.jf.HeaderComment("")
		f.jf.HeaderComment(c)
	}
	f.jf.PackageComment("//lint:file-ignore ST1008 the machine that waits is the last result")
	f.imports()
	f.body.out = make([]byte, 0, 4*sourceSize(units)) // about as much as it becomes
	f.decl("const _ = " + rtName("Schema1"))
	for _, u := range units {
		if err := f.unit(u); err != nil {
			return nil, &load.FuncError{Func: u.Machine.Func, Err: err}
		}
	}
	var head bytes.Buffer
	if err := cmp.Or(f.err, f.jf.Render(&head)); err != nil {
		return nil, fmt.Errorf("generated code for %s: %w", filepath.Base(src.Name), err)
	}
	return append(grouped(head.Bytes()), f.body.out...), nil
}

// unit prints one machine. What goes wrong is the function's, also where it shows in a block of it.
func (f *file) unit(u Unit) error {
	defer load.Blame(u.Machine.Func)
	f.machine(u.Machine, u.Layout)
	return f.err
}

// sourceSize is how long the marked functions are.
func sourceSize(units []Unit) (size int) {
	for _, u := range units {
		if u.Machine.Lit == nil {
			size += int(u.Machine.Func.Decl.End() - u.Machine.Func.Decl.Pos())
		}
	}
	return size
}

// decl adds a declaration to the file, with its doc comment.
func (f *file) decl(text string, doc ...string) {
	var s strings.Builder
	s.Grow(len(text) + len(text)/4)
	for _, line := range doc {
		if !strings.HasPrefix(line, "//") {
			s.WriteString("// ")
		}
		s.WriteString(line)
		s.WriteByte('\n')
	}
	f.resolve(&s, text)
	f.err = cmp.Or(f.err, f.body.format(s.String()))
}

// constraint is the build constraint of the source file, which the generated file has too.
func (f *file) constraint() string {
	for _, g := range f.src.Syntax.Comments {
		if g.Pos() >= f.src.Syntax.Package {
			break
		}
		for _, c := range g.List {
			if strings.HasPrefix(c.Text, "//go:build ") {
				return c.Text
			}
		}
	}
	return ""
}

// imports tells jennifer how the source file names its packages, so that both files use the same names.
func (f *file) imports() {
	f.jf.ImportName(load.RuntimePath, "rt")
	for _, s := range f.src.Syntax.Imports {
		path, err := strconv.Unquote(s.Path.Value)
		switch {
		case err != nil || path == "C":
		case s.Name != nil && s.Name.Name == "_":
		case s.Name != nil:
			f.jf.ImportAlias(path, s.Name.Name)
			f.dots = f.dots || s.Name.Name == "."
		default:
			f.jf.ImportName(path, f.packageName(path))
		}
	}
}

func (f *file) packageName(path string) string {
	for _, p := range f.pkg.Types.Imports() {
		if p.Path() == path {
			return p.Name()
		}
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

// position is file:line of the source.
func (f *file) position(pos token.Pos) string {
	p := f.fset.PositionFor(pos, false)
	return filepath.Base(p.Filename) + ":" + strconv.Itoa(p.Line)
}
