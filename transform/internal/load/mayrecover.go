package load

import (
	"go/ast"
	"go/types"
	"slices"
)

// MayRecover reports whether a deferred call in file may stop a panic: the function that is deferred has to call recover
// itself. What is behind a func value or an interface may, and so may a function that we do not see, since its declaration
// is in another file. Another file may be for one system only, and what we generate is for all.
//
//	defer func() { recover() }()                // may
//	defer f()                                   // may, if f is a variable, or is declared elsewhere
//	defer func() { f() }()                      // may not: f is not deferred
//	defer func() { func() { recover() }() }()   // may not
//	defer mu.Unlock()                           // may not
func (p *Package) MayRecover(file *File, call *ast.CallExpr) bool {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.FuncLit:
		return p.namesRecover(fun.Body)
	case *ast.Ident:
		if b, ok := p.Info.Uses[fun].(*types.Builtin); ok {
			return b == types.Universe.Lookup("recover")
		}
	}
	fn, _ := p.callee(call)
	if fn == nil {
		return true
	}
	fn = fn.Origin()
	if recv := fn.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
		return true
	}
	if fn.Pkg() != nil && slices.Contains(neverRecover, fn.Pkg().Path()) {
		return false
	}
	for _, d := range file.Syntax.Decls {
		if d, ok := d.(*ast.FuncDecl); ok && p.Info.Defs[d.Name] == fn {
			return d.Body == nil || p.namesRecover(d.Body)
		}
	}
	return true
}

// neverRecover are packages none of whose exported functions and methods calls recover itself.
var neverRecover = []string{
	"bufio", "bytes", "compress/gzip", "context", "crypto/tls", "database/sql", "errors", "fmt", "io", "log", "log/slog",
	"net", "net/http", "os", "os/exec", "os/signal", "runtime", "runtime/pprof", "strings", "sync", "sync/atomic", "time",
	RuntimePath, RuntimePath + "/rtnet", RuntimePath + "/rtsync",
}

// namesRecover reports whether a function has recover in its own code: not in that of its literals.
func (p *Package) namesRecover(body *ast.BlockStmt) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.Ident:
			found = found || p.Info.Uses[n] == types.Universe.Lookup("recover")
		}
		return !found
	})
	return found
}
