package plain

import (
	"go/ast"
	"go/types"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// names hands out identifiers that are new in a marked function: no identifier in it, and
// nothing that it can see from outside, is spelled the same.
//
// Most functions need none, so what is used is only found out when it is asked for, or when an edit
// begins.
type names struct {
	pkg     *load.Package
	fn      *load.Func
	used    map[string]bool   // nil: not known yet
	imports map[string]string // packages that a pass has imported for the function, by path
	last    map[string]int    // by base, the last number that fresh has given or found taken
}

func newNames(p *load.Package, fn *load.Func) *names { return &names{pkg: p, fn: fn} }

// know finds the names that are used.
func (n *names) know() {
	if n.used != nil {
		return
	}
	seen := n.pkg.Survey(n.fn)
	n.used, n.imports, n.last = make(map[string]bool, len(seen.Idents)/2), map[string]string{}, map[string]int{}
	for _, ids := range [][]*ast.Ident{seen.Idents, seen.Sels} {
		for _, id := range ids {
			n.used[id.Name] = true
		}
	}
	for _, name := range importNames(n.pkg, n.fn.File) {
		n.used[name.Name()] = true
	}
}

// fresh is base with the first number that makes it new: v1, v2, and for x1: x2.
func (n *names) fresh(base string) string {
	n.know()
	base = strings.TrimRight(base, "0123456789")
	for {
		n.last[base]++
		if name := base + strconv.Itoa(n.last[base]); n.take(name) {
			return name
		}
	}
}

// take reserves name, and reports whether it was free.
func (n *names) take(name string) bool {
	if n.has(name) {
		return false
	}
	n.used[name] = true
	return true
}

// has reports whether name means something already.
func (n *names) has(name string) bool {
	n.know()
	return n.used[name] || n.pkg.Means(name) || n.pkg.Hides(n.fn.File, name)
}

// importNames lists the packages that a file has imported under a name.
func importNames(p *load.Package, f *load.File) []*types.PkgName {
	var list []*types.PkgName
	for _, spec := range f.Syntax.Imports {
		if name := p.ImportName(spec); name != nil {
			list = append(list, name)
		}
	}
	return list
}

// imported is what the imports of a file make of its names.
type imported struct {
	names   map[string]load.Import // as the generated file calls them, by path
	words   map[string]bool        // the names of all
	runtime map[string]bool        // those of rt
	dot     bool                   // a name may be that of something in another package
}

func importedBy(p *load.Package, f *load.File) *imported {
	i := &imported{names: p.SourceImports(f), words: map[string]bool{}, runtime: map[string]bool{}}
	for _, name := range importNames(p, f) {
		if name.Imported().Path() == load.RuntimePath {
			i.runtime[name.Name()] = true
		}
		if name.Name() != "_" {
			i.words[name.Name()] = true
		}
		i.dot = i.dot || name.Name() == "."
	}
	return i
}

// mean reports whether the file may have imported something under a name.
func (i *imported) mean(name string) bool { return i.dot || i.words[name] }
