package load

import (
	"go/ast"
	"hash/maphash"
	"reflect"
)

// This file keeps [Package.Recheck] from work that has no use: type-checking what has not changed since
// the last time, and bodies that no pass looks at.

var fingerprintSeed = maphash.MakeSeed()

// fingerprint is a number that changes when a pass edits a marked function: replaces or adds a node,
// renames an identifier, or makes an assignment of a declaration. Two different edits have the same one
// with a probability that does not count.
func (p *Package) fingerprint() uint64 {
	var h maphash.Hash
	h.SetSeed(fingerprintSeed)
	visit := func(n ast.Node) bool {
		if n != nil {
			maphash.WriteComparable(&h, reflect.ValueOf(n).Pointer())
			maphash.WriteComparable(&h, spelling(n))
		}
		return true
	}
	for _, f := range p.Files {
		for _, d := range f.Syntax.Decls {
			maphash.WriteComparable(&h, reflect.ValueOf(d).Pointer())
		}
	}
	for _, fn := range p.Funcs {
		ast.Inspect(fn.Decl, visit)
		for _, d := range fn.Lifted {
			ast.Inspect(d, visit)
		}
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

// noBody stands in for a body that is not to be type-checked: it fits every signature.
//
//	for {
//	}
var noBody = &ast.BlockStmt{List: []ast.Stmt{&ast.ForStmt{Body: &ast.BlockStmt{}}}}

// hideBodies takes the bodies away from all functions that are not marked, and returns what puts them
// back. They were type-checked by Load, and no pass edits them.
func (p *Package) hideBodies() (restore func()) {
	marked := map[*ast.FuncDecl]bool{}
	for _, fn := range p.Funcs {
		marked[fn.Decl] = true
	}
	hidden := map[*ast.FuncDecl]*ast.BlockStmt{}
	for _, f := range p.Files {
		for _, d := range f.Syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && !marked[fn] {
				hidden[fn] = fn.Body
				fn.Body = noBody
			}
		}
	}
	return func() {
		for fn, body := range hidden {
			fn.Body = body
		}
	}
}

// UsedOutside says whether the source uses a marked function by its own name outside of its declaration.
// It can be asked at any time: the answer is that of the source as it was loaded.
func (p *Package) UsedOutside(fn *Func) bool {
	p.noteUses()
	return p.outside[fn]
}

// noteUses finds the answers of UsedOutside while there are types for all bodies.
func (p *Package) noteUses() {
	if p.outside != nil {
		return
	}
	p.outside = map[*Func]bool{}
	funcs := map[any]*Func{}
	for _, fn := range p.Funcs {
		funcs[fn.Obj] = fn
	}
	for id, obj := range p.Info.Uses {
		if fn := funcs[obj]; fn != nil && (id.Pos() < fn.Decl.Pos() || fn.Decl.End() <= id.Pos()) {
			p.outside[fn] = true
		}
	}
}
