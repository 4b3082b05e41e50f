package load

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// declares reports whether the package declares name at package level.
func declares(p *Package, name string) bool {
	found := false
	for _, f := range p.Files {
		EachDecl(f.Syntax, func(owner string, id *ast.Ident) { found = found || owner == "" && id.Name == name })
	}
	return found
}

// EachDecl calls fn for every identifier that a file declares at package level, with owner "", and
// for every method and struct field, with the name of its type.
func EachDecl(syntax *ast.File, fn func(owner string, id *ast.Ident)) {
	for _, d := range syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				fn("", d.Name)
			} else if recv := ReceiverName(d); recv != "" {
				fn(recv, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				eachSpec(spec, fn)
			}
		}
	}
}

// eachSpec is EachDecl for one spec of a declaration.
func eachSpec(spec ast.Spec, fn func(owner string, id *ast.Ident)) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, id := range spec.Names {
			fn("", id)
		}
	case *ast.TypeSpec:
		fn("", spec.Name)
		s, ok := spec.Type.(*ast.StructType)
		if !ok {
			return
		}
		for _, field := range s.Fields.List {
			for _, id := range field.Names {
				fn(spec.Name.Name, id)
			}
			if id := EmbeddedName(field); id != nil {
				fn(spec.Name.Name, id)
			}
		}
	case *ast.ImportSpec:
		// Imports are names of the file, and generated files have their own.
	}
}

// EmbeddedName is the field name of an embedded field, nil for a field that has a name.
func EmbeddedName(f *ast.Field) *ast.Ident {
	if len(f.Names) > 0 {
		return nil
	}
	return typeIdent(f.Type)
}

// claimNames gives every marked function names of its own. The async form and the body have the
// names that the rule of names says, so a declaration of the user's that has one is an error; the
// other names are free, and a number makes them unique.
func claimNames(p *Package) {
	p.face()
	taken := map[[2]string]token.Pos{}
	for _, f := range p.Files {
		EachDecl(f.Syntax, func(owner string, id *ast.Ident) {
			if _, dup := taken[[2]string{owner, id.Name}]; !dup {
				taken[[2]string{owner, id.Name}] = id.Pos()
			}
		})
	}
	marked := map[[2]string]bool{}
	kept := p.Funcs[:0]
	for _, fn := range p.Funcs {
		ok := fn.Decl.Name.Name != "_" && (fn.Decl.Recv == nil) == (ReceiverName(fn.Decl) == "")
		self := [2]string{ReceiverName(fn.Decl), fn.Decl.Name.Name}
		ok = ok && !marked[self] // a function of the same name, which the type checker reports
		marked[self] = true
		for _, name := range []string{fn.Names.Async, fn.Names.Run} {
			key := [2]string{ReceiverName(fn.Decl), name}
			if pos, dup := taken[key]; dup && ok {
				reportCollision(p, fn, name, pos)
				ok = false
			}
		}
		if !ok {
			continue
		}
		for _, name := range []string{fn.Names.Async, fn.Names.Run} {
			taken[[2]string{ReceiverName(fn.Decl), name}] = fn.Decl.Name.Pos()
		}
		kept = append(kept, fn)
	}
	p.Funcs = kept
	p.renamed = map[string][]string{}
	for _, fn := range p.Funcs {
		if name := fn.Options.Name; name != "" {
			p.renamed[name] = append(p.renamed[name], fn.Decl.Name.Name)
		}
	}
	for name := range p.elsewhere { // which may well have the async form of what it has not
		if key := [2]string{"", name}; !taken[key].IsValid() {
			taken[key] = token.NoPos
		}
	}
	nameTypes(p, taken)
	p.noteGenerated()
}

// nameTypes chooses the names that are free. Functions that only differ in the case of a letter would have
// the same:
//
//	func w   wFuture  wFrame   wFunc
//	func W   wFuture2 wFrame2  wFunc2
//
// They are the same in every build: functions of files that this build leaves out have their turn, too,
// and one that another build has in another file is not another function.
func nameTypes(p *Package, taken map[[2]string]token.Pos) {
	all := slices.Concat(p.Funcs, p.absent)
	slices.SortStableFunc(all, func(a, b *Func) int { return TestLast(a.File.Name, b.File.Name) })
	given := map[[2]string]Names{}
	for _, fn := range all {
		key := [2]string{ReceiverName(fn.Decl), fn.Decl.Name.Name}
		if n, ok := given[key]; ok {
			fn.Names.Future, fn.Names.Frame, fn.Names.Func = n.Future, n.Frame, n.Func
			continue
		}
		for _, name := range []*string{&fn.Names.Future, &fn.Names.Frame, &fn.Names.Func} {
			*name = fresh(taken, *name)
			taken[[2]string{"", *name}] = fn.Decl.Name.Pos()
		}
		given[key] = fn.Names
	}
}

// reportCollision says that name, which fn needs, is declared at pos.
func reportCollision(p *Package, fn *Func, name string, pos token.Pos) {
	at := p.Position(pos)
	hint := "rename one of them"
	if name == fn.Names.Async {
		hint = "rename it, or choose another name with //async:func name=…"
	}
	p.Errors.AddTo(fn.Decl, p.Position(fn.Decl.Name.Pos()), diag.Collision, hint,
		"%s, which asyncgen makes for %s, is declared at %s:%d:%d", name, fn.Decl.Name.Name, filepath.Base(at.Filename), at.Line, at.Column)
}

// fresh is name, with a number if it is taken.
func fresh(taken map[[2]string]token.Pos, name string) string {
	for i := 1; ; i++ {
		try := name
		if i > 1 {
			try += strconv.Itoa(i)
		}
		if _, dup := taken[[2]string{"", try}]; !dup {
			return try
		}
	}
}
