package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
)

// wrap replaces the bodies of the marked functions in the files on disk, when their async forms have been
// generated: whoever calls a function, the tests among them, then runs its async form.
func (s *source) wrap() error {
	for name, f := range s.files {
		full := filepath.Join(s.dir, name)
		text, err := os.ReadFile(full)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		syntax, err := parser.ParseFile(fset, full, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		w := &wrapper{fset: fset}
		for _, decl := range syntax.Decls {
			decl, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if fn := s.funcs[declName(decl)]; fn != nil && fn.file == name && !fn.refused {
				w.function(decl, fn.sig)
			}
		}
		text = apply(text, w.edits)
		if text, err = blankImports(text, f.syntax, s.info); err != nil {
			return err
		}
		if err := os.WriteFile(full, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// A wrapper edits one file.
type wrapper struct {
	fset  *token.FileSet
	edits []edit
}

func (w *wrapper) replace(from, to token.Pos, text string) {
	w.edits = append(w.edits, edit{w.fset.Position(from).Offset, w.fset.Position(to).Offset, text})
}

// function replaces the body of a function, and names parameters that have no name:
//
//	func (r *R) f(k int, _ string) (v int, err error) { … }
//
// becomes
//
//	func (r *R) f(k int, real1 string) (v int, err error) { return realhook.ValErr(r.fAsync(k, real1)) }
func (w *wrapper) function(decl *ast.FuncDecl, sig *types.Signature) {
	async := decl.Name.Name + "Async"
	if decl.Recv != nil {
		async = w.names(decl.Recv, "realRecv")[0] + "." + async
	}
	if list := decl.Type.TypeParams; list != nil {
		async += "[" + strings.Join(w.names(list, "Real"), ", ") + "]"
	}
	args := strings.Join(w.names(decl.Type.Params, "real"), ", ")
	if sig.Variadic() {
		args += "..."
	}
	helper := helper(sig.Results())
	result := "return "
	if helper == "None" {
		result = ""
	}
	w.replace(decl.Body.Lbrace, decl.Body.Rbrace+1, fmt.Sprintf("{ %srealhook.%s(%s(%s)) }", result, helper, async, args))
}

// names gives the names of parameters, and makes them where there are none.
func (w *wrapper) names(list *ast.FieldList, prefix string) (names []string) {
	for _, field := range list.List {
		if len(field.Names) == 0 {
			name := fmt.Sprint(prefix, len(names))
			names = append(names, name)
			w.replace(field.Pos(), field.Pos(), name+" ")
		}
		for _, id := range field.Names {
			name := id.Name
			if name == "_" {
				name = fmt.Sprint(prefix, len(names))
				w.replace(id.Pos(), id.End(), name)
			}
			names = append(names, name)
		}
	}
	return names
}

// helper is the function of package hook that runs a future of such results.
func helper(results *types.Tuple) string {
	n := results.Len()
	isErr := n > 0 && types.Identical(results.At(n-1).Type(), types.Universe.Lookup("error").Type())
	if isErr {
		n--
	}
	name := [...]string{"", "Val", "Val2", "Val3"}[n]
	switch {
	case isErr:
		return name + "Err"
	case n == 0:
		return "None"
	}
	return name
}

// blankImports blanks the names of imports that are used no more.
func blankImports(text []byte, typed *ast.File, info *types.Info) ([]byte, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				used[id.Name] = true
			}
		}
		return true
	})
	unused := map[string]bool{} // paths
	for _, spec := range typed.Imports {
		if name := info.PkgNameOf(spec).Name(); name != "." && name != "_" && !used[name] {
			unused[spec.Path.Value] = true
		}
	}
	w := &wrapper{fset: fset}
	for _, spec := range f.Imports {
		if unused[spec.Path.Value] {
			w.replace(spec.Pos(), spec.Path.Pos(), "_ ")
		}
	}
	return apply(text, w.edits), nil
}
