package plain

import (
	"go/ast"
	"go/token"
	"strconv"
)

// importAs is the name under which the file of the unit imports a package, "." for a dot import. A file
// that does not yet import it does from now on: it needs a helper of rt, or the type of a value that
// the source only passes on.
func (u *unit) importAs(path, name string) string {
	for _, imp := range importNames(u.pkg, u.fn.File) {
		if imp.Imported().Path() == path && imp.Name() != "_" {
			return imp.Name()
		}
	}
	if name, ok := u.names.imports[path]; ok {
		return name
	}
	file := u.fn.File.Syntax
	quoted := strconv.Quote(path)
	for _, spec := range file.Imports {
		added := spec.Name != nil && u.pkg.Info.Defs[spec.Name] == nil // since the last check
		if added && spec.Path.Value == quoted && u.names.take(spec.Name.Name) {
			u.names.imports[path] = spec.Name.Name
			return spec.Name.Name
		}
	}
	if !u.names.take(name) {
		name = u.names.fresh(name)
	}
	u.names.imports[path] = name
	spec := &ast.ImportSpec{Name: ident(name), Path: &ast.BasicLit{Kind: token.STRING, Value: quoted}}
	file.Imports = append(file.Imports, spec)
	file.Decls = append([]ast.Decl{&ast.GenDecl{Tok: token.IMPORT, Specs: []ast.Spec{spec}}}, file.Decls...)
	return name
}
