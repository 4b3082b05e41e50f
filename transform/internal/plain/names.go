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
type names struct {
	used    map[string]bool
	imports map[string]string // packages that a pass has imported for the function, by path
	last    map[string]int    // by base, the last number that fresh has given or found taken
	outside *types.Scope      // of the package, which is too large to be copied for each function
}

func newNames(p *load.Package, fn *load.Func) *names {
	n := &names{used: map[string]bool{}, imports: map[string]string{}, last: map[string]int{}, outside: p.Types.Scope()}
	ast.Inspect(fn.Decl, func(node ast.Node) bool {
		if id, ok := node.(*ast.Ident); ok {
			n.used[id.Name] = true
		}
		return true
	})
	for _, name := range importNames(p, fn.File) {
		n.used[name.Name()] = true
	}
	return n
}

// fresh is base with the first number that makes it new: v1, v2, and for x1: x2.
func (n *names) fresh(base string) string {
	base = strings.TrimRight(base, "0123456789")
	for {
		n.last[base]++
		if name := base + strconv.Itoa(n.last[base]); n.take(name) {
			return name
		}
	}
}

// take reserves name, and says whether it was free.
func (n *names) take(name string) bool {
	if n.has(name) {
		return false
	}
	n.used[name] = true
	return true
}

// has says whether name means something already.
func (n *names) has(name string) bool {
	return n.used[name] || n.outside.Lookup(name) != nil || types.Universe.Lookup(name) != nil
}

// importNames lists the packages that a file has imported under a name.
func importNames(p *load.Package, f *load.File) []*types.PkgName {
	var list []*types.PkgName
	for _, spec := range f.Syntax.Imports {
		if name := importName(p, spec); name != nil {
			list = append(list, name)
		}
	}
	return list
}

func importName(p *load.Package, spec *ast.ImportSpec) *types.PkgName {
	obj := p.Info.Implicits[spec]
	if spec.Name != nil {
		obj = p.Info.Defs[spec.Name]
	}
	name, _ := obj.(*types.PkgName)
	return name
}
