package load

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A Directive is one //async: comment, as it is written: package check judges it.
type Directive struct {
	Pos  token.Pos
	Word string // after the colon
	Args []ast.DirectiveArg
	Err  error // Args cannot be read

	// Decl is the function in whose doc comment it stands, nil elsewhere.
	Decl *ast.FuncDecl
	// Lit is the function literal that it is about: one that begins on the line of the comment, or
	// on the next. Only //async:plain has one.
	Lit *ast.FuncLit
}

// The words that a directive may have.
const (
	WordFunc   = "func"
	WordStream = "stream"
	WordPlain  = "plain"
)

// scan makes a File of parsed source. It looks at syntax alone, so that the async forms are known
// before anything is type-checked.
func scan(fset *token.FileSet, name string, src []byte, syntax *ast.File) *File {
	f := &File{
		Name:   name,
		Out:    Output(name),
		Src:    src,
		Syntax: syntax,
		Test:   strings.HasSuffix(name, "_test.go"),
		Cgo:    slices.ContainsFunc(syntax.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"C"` }),
	}
	if mayMark(src) {
		f.Directives = directives(fset, syntax)
	}
	return f
}

// mayMark is a quick test: a file without these bytes has no directive.
func mayMark(src []byte) bool { return bytes.Contains(src, []byte("//async:")) }

// directives collects the //async: comments of a file.
func directives(fset *token.FileSet, syntax *ast.File) []*Directive {
	docs := map[*ast.CommentGroup]*ast.FuncDecl{}
	for _, d := range syntax.Decls {
		if d, ok := d.(*ast.FuncDecl); ok && d.Doc != nil {
			docs[d.Doc] = d
		}
	}
	var list []*Directive
	plain := map[int]*Directive{} // by line
	for _, group := range syntax.Comments {
		for _, c := range group.List {
			d, ok := ast.ParseDirective(c.Slash, c.Text)
			if !ok || d.Tool != "async" {
				continue
			}
			args, err := d.ParseArgs()
			dir := &Directive{Pos: c.Slash, Word: d.Name, Args: args, Err: err, Decl: docs[group]}
			list = append(list, dir)
			if dir.Word == WordPlain && dir.Decl == nil {
				plain[fset.PositionFor(c.Slash, false).Line] = dir
			}
		}
	}
	if len(plain) > 0 {
		attachPlain(fset, syntax, plain)
	}
	return list
}

// attachPlain finds the literal of each //async:plain comment: the outermost one that begins on
// its line, else the outermost that begins on the next.
func attachPlain(fset *token.FileSet, syntax *ast.File, plain map[int]*Directive) {
	next := map[*Directive]*ast.FuncLit{}
	ast.Inspect(syntax, func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		if !ok {
			return true
		}
		line := fset.PositionFor(lit.Pos(), false).Line
		if d := plain[line]; d != nil && d.Lit == nil {
			d.Lit = lit
		} else if d := plain[line-1]; d != nil && next[d] == nil {
			next[d] = lit
		}
		return true
	})
	for d, lit := range next {
		if d.Lit == nil {
			d.Lit = lit
		}
	}
}

// marked are the functions of a file that have //async:func or //async:stream, in order, with the options that can
// be read. What cannot is for package check to report.
func marked(f *File) []*Func {
	var list []*Func
	for _, d := range f.Directives {
		if d.Word != WordFunc && d.Word != WordStream || d.Decl == nil {
			continue
		}
		if n := len(list); n > 0 && list[n-1].Decl == d.Decl {
			continue // a second directive, which package check reports
		}
		opts, _ := ParseOptions(d)
		opts.Stream = d.Word == WordStream
		if opts.Stream && yieldParam(d.Decl) == nil {
			continue // package check says why
		}
		list = append(list, &Func{
			File: f, Decl: d.Decl, Directive: d.Pos, Options: opts, Names: namesOf(d.Decl, opts), Recovers: recovers(d.Decl.Body),
		})
	}
	return list
}

// HasMarked reports whether the file has a marked function. It need not be part of a build.
func HasMarked(name string) bool { return len(MarkedIn(name)) > 0 }

// MarkedIn are the marked functions of a file that need not be part of a build.
func MarkedIn(name string) []*Func {
	src, err := os.ReadFile(name)
	if err != nil || !mayMark(src) || HeaderSource(src) != "" {
		return nil
	}
	if f := Parse(token.NewFileSet(), name, src); f.File != nil {
		return marked(f.File)
	}
	return nil
}

// An OptionError is an option of //async:func that cannot be used.
type OptionError struct {
	Pos     token.Pos
	Message string
}

// ParseOptions reads the words after //async:func.
func ParseOptions(d *Directive) (opts Options, errs []OptionError) {
	bad := func(pos token.Pos, format string, args ...any) {
		errs = append(errs, OptionError{pos, fmt.Sprintf(format, args...)})
	}
	if d.Err != nil {
		bad(d.Pos, "%v", d.Err)
		return opts, errs
	}
	seen := map[string]bool{}
	for _, a := range d.Args {
		key, value, ok := strings.Cut(a.Arg, "=")
		switch {
		case key != "name" && key != "await":
			bad(a.Pos, "unknown option %s", strconv.Quote(a.Arg))
			continue
		case !ok || value == "":
			bad(a.Pos, "option %s needs a value", key)
			continue
		case seen[key]:
			bad(a.Pos, "option %s is given twice", key)
			continue
		}
		seen[key] = true
		if key == "name" {
			if !token.IsIdentifier(value) || value == "_" {
				bad(a.Pos, "name=%s is not an identifier", value)
				continue
			}
			opts.Name = value
			continue
		}
		for p := range strings.SplitSeq(value, ",") {
			if !hasParam(d.Decl, p) {
				bad(a.Pos, "await=%s names no parameter", p)
				continue
			}
			opts.Await = append(opts.Await, p)
		}
	}
	return opts, errs
}

// hasParam reports whether decl has a parameter of that name.
func hasParam(decl *ast.FuncDecl, name string) bool {
	if decl == nil || name == "_" {
		return false
	}
	for _, field := range decl.Type.Params.List {
		if slices.ContainsFunc(field.Names, func(id *ast.Ident) bool { return id.Name == name }) {
			return true
		}
	}
	return false
}
