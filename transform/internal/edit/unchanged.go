package edit

import (
	"go/ast"
	"hash/maphash"
	"reflect"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// This file keeps [Editor.Recheck] from work that has no use: type-checking what has not changed since
// the last time.

// Edit says that a pass is about to edit fn: to replace, add or move a node, or to rename an identifier.
// Recheck looks at no other function.
func (e *Editor) Edit(fn *load.Func) {
	if s := e.funcs[fn]; !s.edited {
		s.edited, s.before = true, fingerprint(fn)
	}
}

var fingerprintSeed = maphash.MakeSeed()

// fingerprint is a number that changes when a pass edits f: replaces or adds a node, renames an
// identifier, or makes an assignment of a declaration. Two different edits have the same one with a
// probability that does not count.
func fingerprint(f *load.Func) uint64 {
	var h maphash.Hash
	h.SetSeed(fingerprintSeed)
	visit := func(n ast.Node) bool {
		if n != nil {
			maphash.WriteComparable(&h, reflect.ValueOf(n).Pointer())
			maphash.WriteComparable(&h, spelling(n))
		}
		return true
	}
	ast.Inspect(f.Decl, visit)
	for _, d := range f.Lifted {
		ast.Inspect(d, visit)
	}
	return h.Sum64()
}

// A word is what a node says by itself, beside the nodes in it.
type word struct {
	text string
	op   int
	flag bool
}

// spelling is what a pass can change in a node without replacing a node.
func spelling(n ast.Node) word {
	switch n := n.(type) {
	case *ast.Ident:
		return word{text: n.Name}
	case *ast.BasicLit:
		return word{text: n.Value}
	case *ast.AssignStmt:
		return word{op: int(n.Tok), flag: len(n.Lhs) == len(n.Rhs)}
	case *ast.RangeStmt:
		return word{op: int(n.Tok), flag: n.Key == nil}
	case *ast.BranchStmt:
		return word{op: int(n.Tok)}
	case *ast.IncDecStmt:
		return word{op: int(n.Tok)}
	case *ast.GenDecl:
		return word{op: int(n.Tok)}
	case *ast.UnaryExpr:
		return word{op: int(n.Op)}
	case *ast.BinaryExpr:
		return word{op: int(n.Op)}
	case *ast.ChanType:
		return word{op: int(n.Dir)}
	case *ast.CallExpr:
		return word{op: len(n.Args), flag: n.Ellipsis.IsValid()}
	case *ast.TypeSpec:
		return word{flag: n.Assign.IsValid()}
	case *ast.SliceExpr:
		return word{flag: n.Slice3}
	}
	return word{}
}
