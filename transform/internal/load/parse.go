package load

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path/filepath"
)

// A Parsed is one file on disk or in memory. A package and its test variant share it.
type Parsed struct {
	Name string // absolute
	File *File  // nil for a generated file
	Errs scanner.ErrorList
	Err  error // it cannot be read

	Generated bool
	records   Records // in it
}

// Parse parses one file. Of a generated file only the header and the records are looked at.
func Parse(fset *token.FileSet, name string, src []byte) (into Parsed) {
	into.Name = name
	if HeaderSource(src) != "" || IsEmpty(filepath.Base(name), src) {
		into.Generated, into.records = true, records(string(src))
		return into
	}
	syntax, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if list, ok := err.(scanner.ErrorList); ok {
		into.Errs = unadjusted(fset, syntax, list)
	} else if err != nil {
		into.Err = err
	}
	if syntax != nil {
		if syntax.Name == nil { // not even a package clause
			syntax.Name = ast.NewIdent("_")
		}
		into.File = scan(fset, name, src, syntax)
		into.File.Broken = err != nil
	}
	return into
}

// unadjusted puts errors where they stand in the file: line directives do not count.
func unadjusted(fset *token.FileSet, syntax *ast.File, list scanner.ErrorList) scanner.ErrorList {
	if syntax == nil {
		return list
	}
	file := fset.File(syntax.FileStart)
	for _, e := range list {
		if file != nil && e.Pos.Offset <= file.Size() {
			e.Pos = file.PositionFor(file.Pos(e.Pos.Offset), false)
		}
	}
	list.RemoveMultiples() // of several on a line the first: the others follow from it
	return list
}
