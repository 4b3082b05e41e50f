package load

import (
	"go/ast"
	"hash/maphash"
	"reflect"
)

// This file keeps [Package.Recheck] from work that has no use: type-checking what has not changed since
// the last time.

// Edit says that a pass is about to edit f: to replace, add or move a node, or to rename an identifier.
// Recheck looks at no other function.
func (f *Func) Edit() {
	if !f.edited {
		f.edited, f.before = true, f.fingerprint()
	}
}

// changed says whether f is another than it was before it was edited.
func (f *Func) changed() bool { return f.edited && f.before != f.fingerprint() }

var fingerprintSeed = maphash.MakeSeed()

// fingerprint is a number that changes when a pass edits f: replaces or adds a node, renames an
// identifier, or makes an assignment of a declaration. Two different edits have the same one with a
// probability that does not count.
func (f *Func) fingerprint() uint64 {
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
