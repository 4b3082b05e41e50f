// Package load is the model of a package with marked functions: its files, directives, functions, the names of what is
// generated, and what its types tell: [Package.Await], [Package.Block] and [Package.Suspends] are the one place that
// knows what an await is. Package loader makes it from the parts that the go command names, [Checked] from what a
// driver of go/analysis has.
//
// The passes change it through package edit.
package load

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// A Package is one loaded and type-checked package. Package edit changes the bodies of its
// marked functions, nothing else does.
type Package struct {
	Path  string // import path, without the test variant
	Name  string
	Dir   string
	Fset  *token.FileSet
	Files []*File
	Types *types.Package
	Info  *types.Info
	Funcs []*Func // marked functions, by file and position
	Sizes types.Sizes

	// Errors are the problems of the package's own source that loading found: syntax, types, and
	// names that generated code cannot have. A package with errors is not transformed; its Types
	// and Info are as complete as the type checker could make them.
	Errors diag.List

	// BodiesIn is the file that declares [Bodies]; nil if nothing does.
	BodiesIn *File

	// LeftOut are the files with marked functions that this build leaves out, by absolute name.
	LeftOut []string

	elsewhere map[string]bool           // declared in files that this build leaves out
	absent    []*Func                   // marked functions of files that this build leaves out, for their names
	goVersion string                    // of the module, "go1.26"; "" for the newest
	stubs     []*ast.File               // declarations of what will be generated
	imports   map[string]*types.Package // by import path as written, for Recheck
	export    func(string) (*types.Package, error)
	reach     map[string]*types.Package // imports, and what they import
	known     map[string]bool           // see Known
	deps      []*Package                // those of imports that are checked from source
	context   *types.Context            // all checks make one instance of a type
	siblings  *siblings                 // answers of Package.sibling
	callbacks map[types.Object]bool     // parameters that await
	yields    map[types.Object]bool     // parameters that take the values of a stream
	plain     map[*ast.FuncLit]bool     // marked //async:plain
	renamed   map[string][]string       // functions whose async form has a name of its own, by that
	generated map[string]bool           // see Generates
	bases     map[string]bool           // what the names of blocks and the like begin with
	records   map[string]Records        // what generated files say of themselves, by their names
	atInit    map[*Func]bool            // see AtInit
	badSyntax bool                      // a file does not parse
}

// Position is where pos stands in the file that holds it. Line directives do not count: what is
// generated belongs to the file that has the marked function.
func (p *Package) Position(pos token.Pos) token.Position { return p.Fset.PositionFor(pos, false) }

// Deps are the packages that p imports and that were checked from source, as it was itself.
func (p *Package) Deps() []*Package { return p.deps }

// Valid reports whether the package type-checks, and all that it imports from source do. Refusals do not
// count.
func (p *Package) Valid() bool {
	wrong := func(d diag.Diagnostic) bool { return d.ID == "" && !d.Warning }
	seen := map[*Package]bool{}
	var valid func(p *Package) bool
	valid = func(p *Package) bool {
		if seen[p] {
			return true
		}
		seen[p] = true
		return p.Types != nil && !slices.ContainsFunc(p.Errors, wrong) &&
			!slices.ContainsFunc(p.deps, func(dep *Package) bool { return !valid(dep) })
	}
	return p.Info != nil && valid(p)
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
	Broken    bool   // does not parse: what the parser has of it is not all

	// Directives are all //async: comments of the file, in order.
	Directives []*Directive
}

// A Func is a marked function.
type Func struct {
	File      *File
	Decl      *ast.FuncDecl
	Obj       *types.Func // made anew by Recheck, if the function was edited
	Directive token.Pos
	Options   Options
	Names     Names
	Sum       Sum            // of the function as it was written; empty where the package does not type-check
	Recovers  bool           // it calls recover, which tells something where the function is deferred
	Lifted    []*ast.GenDecl // local types and constants that package plain has moved to package level

	survey *Survey // nil: not made since the last edit
}

// Options are the words after the directive.
type Options struct {
	Name  string   // name=, "" where the async form is named after the function
	Await []string // await=, parameters that are called as awaits

	Stream bool // marked //async:stream: the last parameter takes the values
}

// Names are the identifiers of what is generated for one function.
type Names struct {
	Async  string // sizesAsync: the constructor, or method; pagesStream of a stream
	Run    string // sizesRun: the body, for generated code, as the package calls it; see face
	Method bool   // the body is a method of [BodiesType]
	Future string // sizesFuture: the box, clientGetFuture for a method
	Frame  string // sizesFrame, clientGetFrame: always unexported
	Func   string // sizesFunc, clientGetFunc: always unexported
}

// MarkedAt is the marked function that has a position in it, its directive too; nil if none has.
func (p *Package) MarkedAt(pos token.Pos) *ast.FuncDecl {
	for _, fn := range p.Funcs {
		if fn.Directive <= pos && pos < fn.Decl.End() {
			return fn.Decl
		}
	}
	return nil
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

// Results splits the results of an await as the statement takes them. Whether the last one is the error
// is for the declaration of the callee to say, not for its type arguments: where
//
//	func same[T any](v T) T
//
// is called as same(err), the error is a value.
func (a *Await) Results() (values []*types.Var, hasErr bool) {
	if a.Callee == nil || a.Call != a.Args {
		return Results(a.Sig)
	}
	_, hasErr = a.CalleeResults()
	values = slices.Collect(a.Sig.Results().Variables())
	if hasErr {
		values = values[:len(values)-1]
	}
	return values, hasErr
}

// CalleeResults splits the results of X as it is declared.
func (a *Await) CalleeResults() (values []*types.Var, hasErr bool) {
	return Results(a.Callee.Origin().Signature())
}
