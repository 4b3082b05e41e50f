package load

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A Package is one loaded and type-checked package. The passes of package plain edit the bodies
// of its marked functions and call [Package.Recheck]; nothing else changes it.
type Package struct {
	Path  string // import path, without the test variant
	Name  string
	Dir   string
	Fset  *token.FileSet
	Files []*File
	Types *types.Package
	Info  *types.Info
	Funcs []*Func // marked functions, by file and position

	rt      *types.Package            // the runtime, nil where the package does not import it
	imports map[string]*types.Package // by import path as written, for Recheck
}

// A File is one source file of a package, never a generated one.
type File struct {
	Name      string // absolute
	Out       string // the generated file that belongs to it, absolute
	Src       []byte
	Syntax    *ast.File
	GoVersion string // language version in force, "go1.26"
	Test      bool   // name ends in _test.go
	Cgo       bool   // imports "C"
}

// A Func is a marked function.
type Func struct {
	File      *File
	Decl      *ast.FuncDecl
	Obj       *types.Func // made anew by Recheck
	Directive token.Pos
	Options   Options
	Names     Names
}

// Options are the words after the directive.
type Options struct {
	Name  string   // name=, "" where the async form is named after the function
	Await []string // await=, parameters that are called as awaits
}

// Names are the identifiers of what is generated for one function.
type Names struct {
	Async  string // sizesAsync: the constructor, or method
	Run    string // sizesRun: the body, for generated code
	Future string // sizesFuture: the box, ClientGetFuture for a method
	Frame  string // sizesFrame, clientGetFrame: always unexported
	Func   string // sizesFunc, clientGetFunc: always unexported
}

// Recv is the receiver's parameter, nil for a plain function.
func (f *Func) Recv() *types.Var { return f.Obj.Signature().Recv() }

// Results splits the results of a signature into values and a last error.
// Only a last result of the type error itself is the error.
func Results(sig *types.Signature) (values []*types.Var, hasErr bool) {
	for v := range sig.Results().Variables() {
		values = append(values, v)
	}
	if n := len(values); n > 0 && types.Identical(values[n-1].Type(), types.Universe.Lookup("error").Type()) {
		return values[:n-1], true
	}
	return values, false
}
