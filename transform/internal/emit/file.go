// Package emit prints machines as a Go file. The generated code is the product: it has the names, the
// order and the words of the source, and reads as a careful engineer would have written it.
//
// The imports are jennifer's. What the user wrote is go/printer's. A
// declaration that needs no more than to be indented and aligned is not parsed again: see [layouter].
package emit

import (
	"fmt"
	"go/token"
	"go/types"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// file is what all machines of one generated file share.
type file struct {
	pkg   *load.Package
	src   *load.File
	fset  *token.FileSet         // with this file only, in which a position is found at once
	dots  bool                   // there is a dot import
	given map[string]load.Import // see load.Package.SourceImports
	names map[string]string      // what the file calls a package, by import path; see nameImports
	text  map[types.Type]string  // see typeText
	decls []decl                 // in order
	of    *load.Func             // the decl that is added is its; nil: the file's
	typed []*typed               // see body.like
	all   Plans                  // of the package
	plans map[*ir.Machine]*arrange.Plan
	armed map[*ir.Machine]bool // blocks that are only an arm of a verb: see body.arm
}

// A decl is a declaration of the file.
type decl struct {
	text string
	of   *load.Func // whose code it is
}

// File prints the async forms of the marked functions of one source file. All are the plans of the package.
func File(p *load.Package, src *load.File, plans []*arrange.Plan, all Plans) ([]byte, error) {
	f := &file{
		pkg: p, src: src, fset: token.NewFileSet(),
		names: map[string]string{}, text: map[types.Type]string{},
		all: all, plans: map[*ir.Machine]*arrange.Plan{}, armed: map[*ir.Machine]bool{},
	}
	for _, u := range plans {
		f.plans[u.Machine] = u
	}
	f.fset.AddExistingFiles(p.Fset.File(src.Syntax.Package))
	f.given = p.SourceImports(src)
	for _, imp := range f.given {
		f.dots = f.dots || imp.Name == "."
	}
	f.decl("const _ = " + machineName("Schema1"))
	for _, u := range plans {
		f.unit(u)
	}
	if p.BodiesIn == src {
		f.bodies()
	}
	f.nameImports()
	head, err := f.head()
	if err != nil {
		return nil, fmt.Errorf("generated code for %s: %w", filepath.Base(src.Name), err)
	}
	out := layouter{out: make([]byte, 0, 4*sourceSize(plans))} // about as much as it becomes
	out.out = append(out.out, head...)
	var s strings.Builder
	for _, d := range f.decls {
		s.Reset()
		f.resolve(&s, d.text)
		if err := out.format(s.String()); err != nil {
			return nil, &load.FuncError{Func: d.of, Err: fmt.Errorf("generated code for %s: %w", filepath.Base(src.Name), err)}
		}
	}
	return out.out, nil
}

// bodies declares what has the bodies of exported functions:
//
//	var Asyncgen asyncgenBodies
func (f *file) bodies() {
	f.decl("var "+load.Bodies+" "+load.BodiesType, load.Bodies+" has the bodies of the marked functions, for the generated code of other packages.")
	f.decl("type " + load.BodiesType + " struct{}")
}

// unit prints one machine. What goes wrong is the function's, also where it shows in a block of it.
func (f *file) unit(u *arrange.Plan) {
	defer load.Blame(u.Machine.Func)
	f.of = u.Machine.Func
	f.machine(u)
	f.of = nil
}

// sourceSize is how long the marked functions are.
func sourceSize(plans []*arrange.Plan) (size int) {
	for _, u := range plans {
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
	s.WriteString(text)
	f.decls = append(f.decls, decl{s.String(), f.of})
}

// position is file:line of the source.
func (f *file) position(pos token.Pos) string {
	return filepath.Base(f.src.Name) + ":" + strconv.Itoa(f.lineOf(pos))
}

// lineOf is the line of the source.
func (f *file) lineOf(pos token.Pos) int { return f.fset.PositionFor(pos, false).Line }
