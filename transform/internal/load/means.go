package load

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// This file says which names generated code may need, and so what may not have them. There are three who
// declare names, and all ask here:
//
//   - The user. Package plain renames what hides a name that is needed: locals, parameters, results, type
//     parameters. It asks Generates, and finds out by itself what the function mentions.
//   - The passes, for variables and types of their own, which avoid all that Means knows.
//   - The generated file, for the packages that it imports and its source does not: see package emit.
//
// What the user declares at package level or imports under a name of the language is refused, by package check.

// Means reports whether a name has a meaning outside of functions: in the language, in the package, this build of it
// or another, or in what is generated for it. Imports are the business of a file.
func (p *Package) Means(name string) bool {
	return p.Types.Scope().Lookup(name) != nil || types.Universe.Lookup(name) != nil || p.elsewhere[name] || p.Generates(name)
}

// Generates reports whether name is that of a declaration, or of a method, that is generated for a function
// of the package: fRun, fBlock2Future, fLit1Run, fBlock1Of, fDefer. There are finitely many that end in a digit, so
// whoever looks for a free one by counting finds it; fType1 and so on are chosen so that nothing else has them.
func (p *Package) Generates(name string) bool {
	if last := name[len(name)-1]; p.generated[name] || '0' <= last && last <= '9' {
		return p.generated[name]
	}
	base, ok := strings.CutSuffix(name, "Defer")
	if ok && p.bases[base] {
		return true
	}
	for _, suffix := range []string{"Async", "Run", "Future", "Frame", "Func", "Of", "Defer"} {
		base, ok := strings.CutSuffix(name, suffix)
		if !ok {
			continue
		}
		digits := strings.TrimRight(base, "0123456789")
		if digits != base && slices.ContainsFunc([]string{"Block", "Lit"}, func(w string) bool {
			of, ok := strings.CutSuffix(digits, w)
			return ok && p.bases[of]
		}) {
			return true
		}
	}
	return false
}

// noteGenerated finds the answers of Generates.
func (p *Package) noteGenerated() {
	p.generated, p.bases = map[string]bool{}, map[string]bool{}
	for _, fn := range p.Funcs {
		for _, name := range []string{fn.Names.Async, fn.Names.Run, fn.Names.Future, fn.Names.Frame, fn.Names.Func} {
			p.generated[name] = true
		}
		if fn.Names.Method {
			p.generated[Bodies], p.generated[BodiesType] = true, true
		}
		p.bases[strings.TrimSuffix(fn.Names.Frame, "Frame")] = true
	}
}

// PackageName is the name that a package has by itself.
func (p *Package) PackageName(path string) string {
	if q := p.indirect().pkgs[path]; q != nil {
		return q.Name()
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

// An Import is how a source file imports a package.
type Import struct {
	Name    string // "." for a dot import
	Written bool   // before the path
}

// SourceImports is what the user has imported in a file, by path, and not for its effect alone. What is imported
// twice has the name that is a name, or the first of two.
func (p *Package) SourceImports(f *File) map[string]Import {
	all := map[string]Import{}
	for _, spec := range f.Syntax.Imports {
		name := p.ImportName(spec)
		if name == nil || name.Name() == "_" || !spec.Pos().IsValid() {
			continue
		}
		path := name.Imported().Path()
		if known, ok := all[path]; !ok || known.Name == "." {
			all[path] = Import{Name: name.Name(), Written: spec.Name != nil}
		}
	}
	return all
}

// ImportName is the object that an import declares; nil where the type checker has not seen it.
func (p *Package) ImportName(spec *ast.ImportSpec) *types.PkgName {
	obj := p.Info.Implicits[spec]
	if spec.Name != nil {
		obj = p.Info.Defs[spec.Name]
	}
	name, _ := obj.(*types.PkgName)
	return name
}

// Hides reports whether a file imports a package without a name of its own in which name is declared, so that a
// local of that name hides something that the file can say.
func (p *Package) Hides(f *File, name string) bool {
	for _, spec := range f.Syntax.Imports {
		if spec.Name == nil || spec.Name.Name != "." {
			continue
		}
		if obj, ok := p.Info.Defs[spec.Name].(*types.PkgName); ok && obj.Imported().Scope().Lookup(name) != nil {
			return true
		}
	}
	return false
}
