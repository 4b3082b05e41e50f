package load

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// The names under which a stub imports the runtime and what generated code needs beside.
const (
	stubRuntime = "asyncgen_rt"
	stubMachine = "asyncgen_machine"
)

// stub is the text of a file that declares what will be generated for the marked functions of one
// source file. The source refers to async forms that do not exist before the first run and may be
// out of date after it; with the stub in place of the file on disk the package type-checks all the
// same, and an error that is left is the user's own. For
//
//	func (c *Client) Get(url string) ([]byte, error)
//
// it has
//
//	type clientGetFuture struct{}
//	type clientGetFrame struct{}
//	var clientGetFunc struct{}
//	func (_ *Client) GetAsync(_ string) asyncgen_rt.Future[[]byte] { _ = (*Client).Get; for {} }
//	func (_ *Client) GetRun(_ *asyncgen_rt.Context, _ *clientGetFrame, _ string) (_ []byte, _ error, _ asyncgen_machine.Machine) { for {} }
//
// Types are written as in the source, so the stub has the imports of the source; that it does not
// use them all is not reported. The async form names the function, as the generated one does where it
// matters, so that the type checker finds variables whose initial values need themselves. errIsLocal says that the package declares its own error.
func stub(p *Package, f *File, funcs []*Func, errIsLocal bool) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "package %s\n\nimport %s %q\nimport %s %q\n", f.Syntax.Name.Name, stubRuntime, RuntimePath, stubMachine, MachinePath)
	for _, imp := range f.Syntax.Imports {
		if imp.Name != nil && imp.Name.Name == "_" {
			continue
		}
		fmt.Fprintf(&b, "import %s\n", render(p.Fset, &ast.ImportSpec{Name: imp.Name, Path: imp.Path}))
	}
	if p.BodiesIn == f {
		fmt.Fprintf(&b, "var %s %s\ntype %s struct{}\n", Bodies, BodiesType, BodiesType)
	}
	for _, fn := range funcs {
		stubFunc(&b, p.Fset, fn, errIsLocal)
	}
	return b.Bytes()
}

// stubFunc writes the declarations for one function.
func stubFunc(b *bytes.Buffer, fset *token.FileSet, fn *Func, errIsLocal bool) {
	n, typ := fn.Names, fn.Decl.Type
	recv, tparams := "", ""
	if fn.Decl.Recv != nil {
		recv = "(_ " + render(fset, fn.Decl.Recv.List[0].Type) + ") "
	}
	if typ.TypeParams != nil {
		tparams = "[" + strings.Join(named(fset, typ.TypeParams), ", ") + "]"
	}
	params := formParams(fset, fn, errIsLocal)
	results := flat(fset, typ.Results)
	fmt.Fprintf(b, "type %s struct{}\ntype %s struct{}\nvar %s struct{}\n", n.Future, n.Frame, n.Func)
	made := params
	form := fmt.Sprintf("Future[%s]", mapped(results, !errIsLocal && lastIsError(typ)))
	if fn.Options.Stream {
		elem := render(fset, yieldParam(fn.Decl).Params.List[0].Type)
		made = params[:len(params)-1]
		params = append(slices.Clip(made), fmt.Sprintf("_ *%s.Yielder[%s]", stubMachine, elem))
		form = fmt.Sprintf("Stream[%s]", elem)
	}
	fmt.Fprintf(b, "func %s%s%s(%s) %s.%s { %sfor {} }\n", recv, n.Async, tparams, strings.Join(made, ", "), stubRuntime, form, naming(fset, fn.Decl))
	run := []string{"_ *" + stubRuntime + ".Context", "_ *" + n.Frame}
	if fn.Recovers {
		run = append(run, "_ *interface{}")
	}
	run = append(run, params...)
	if n.Method {
		recv = "(" + BodiesType + ") "
	}
	fmt.Fprintf(b, "func %s%s%s(%s) (%s) { for {} }\n", recv, n.Body(), tparams, strings.Join(run, ", "),
		strings.Join(append(results, stubMachine+".Machine"), ", "))
}

// naming is a statement that names a function; nothing for one that is generic, or that nobody can name.
func naming(fset *token.FileSet, decl *ast.FuncDecl) string {
	name := decl.Name.Name
	switch {
	case name == "_" || name == "init" || decl.Type.TypeParams != nil:
		return ""
	case decl.Recv == nil:
		return "_ = " + name + "; "
	}
	typ := decl.Recv.List[0].Type
	named := ast.Unparen(typ)
	if p, ok := named.(*ast.StarExpr); ok {
		named = ast.Unparen(p.X)
	}
	if _, ok := named.(*ast.Ident); !ok {
		return ""
	}
	return "_ = (" + render(fset, typ) + ")." + name + "; "
}

// formParams is the parameter list of the forms of fn, an entry a name. A callback that awaits makes
// a future there:
//
//	op func(int) (T, error)   =>   _ func(int) asyncgen_rt.Future[T]
func formParams(fset *token.FileSet, fn *Func, errIsLocal bool) (params []string) {
	for _, field := range fn.Decl.Type.Params.List {
		plain := "_ " + render(fset, field.Type)
		if len(field.Names) == 0 {
			params = append(params, plain)
		}
		for _, id := range field.Names {
			typ, ok := field.Type.(*ast.FuncType)
			if !ok || !slices.Contains(fn.Options.Await, id.Name) {
				params = append(params, plain)
				continue
			}
			params = append(params, fmt.Sprintf("_ func(%s) %s.Future[%s]", strings.Join(flat(fset, typ.Params), ", "),
				stubRuntime, mapped(flat(fset, typ.Results), !errIsLocal && lastIsError(typ))))
		}
	}
	return params
}

// mapped is the element type of the future of a function with these results. A function with too
// many values has an error of its own, and any type will do here.
func mapped(results []string, hasErr bool) string {
	if hasErr {
		results = results[:len(results)-1]
	}
	switch len(results) {
	case 1:
		return results[0]
	case 2:
		return stubRuntime + ".Pair[" + strings.Join(results, ", ") + "]"
	case 3:
		return stubRuntime + ".Triple[" + strings.Join(results, ", ") + "]"
	default:
		return "struct{}"
	}
}

// lastIsError reports whether the last result is written error, and no type parameter has that name.
func lastIsError(typ *ast.FuncType) bool {
	if typ.Results == nil || len(typ.Results.List) == 0 {
		return false
	}
	t := typ.Results.List[len(typ.Results.List)-1].Type
	id, ok := ast.Unparen(t).(*ast.Ident)
	if !ok || id.Name != "error" {
		return false
	}
	if typ.TypeParams == nil {
		return true
	}
	return !slices.ContainsFunc(typ.TypeParams.List, func(f *ast.Field) bool {
		return slices.ContainsFunc(f.Names, func(id *ast.Ident) bool { return id.Name == "error" })
	})
}

// named is a field list with its names, an entry a field.
func named(fset *token.FileSet, list *ast.FieldList) (fields []string) {
	for _, f := range list.List {
		names := make([]string, len(f.Names))
		for i, id := range f.Names {
			names[i] = id.Name
		}
		fields = append(fields, strings.Join(names, ", ")+" "+render(fset, f.Type))
	}
	return fields
}

// flat is the types of a field list, an entry a name.
func flat(fset *token.FileSet, list *ast.FieldList) (types []string) {
	if list == nil {
		return nil
	}
	for _, f := range list.List {
		t := render(fset, f.Type)
		for range max(1, len(f.Names)) {
			types = append(types, t)
		}
	}
	return types
}

// render prints a node as Go.
func render(fset *token.FileSet, n ast.Node) string {
	if spec, ok := n.(*ast.ImportSpec); ok { // not a node that go/format takes
		if spec.Name != nil {
			return spec.Name.Name + " " + spec.Path.Value
		}
		return spec.Path.Value
	}
	var b strings.Builder
	if err := format.Node(&b, fset, n); err != nil {
		return "_" // a syntax error of the user's, which is reported where it stands
	}
	return b.String()
}

// makeStubs parses the stub of every file with marked functions.
func makeStubs(p *Package) {
	errIsLocal := declares(p, "error")
	byFile := map[*File][]*Func{}
	for _, fn := range p.Funcs {
		byFile[fn.File] = append(byFile[fn.File], fn)
	}
	for _, f := range p.Files {
		if len(byFile[f]) == 0 {
			continue
		}
		syntax, err := parser.ParseFile(p.Fset, f.Out, stub(p, f, byFile[f], errIsLocal), parser.SkipObjectResolution)
		if err != nil && syntax == nil {
			continue // the source does not parse either, which is reported
		}
		syntax.GoVersion = f.Syntax.GoVersion
		if p.olderThanGenerated(f) {
			syntax.GoVersion = oldest // one problem is enough
			p.refuseLanguage(byFile[f])
		}
		p.stubs = append(p.stubs, syntax)
	}
}
