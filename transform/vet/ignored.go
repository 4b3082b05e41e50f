package vet

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// ignored reports a function of rt.Blocking that waits for something outside and does not look at its context. Who
// cancels it waits for it, and it may wait for ever:
//
//	rt.Blocking(ctx, func(context.Context) (int, error) { return <-ch, nil })
//
// What takes its time and ends, such as reading a file, is left alone.
func (c *checker) ignored() {
	for _, u := range c.units {
		u.inspect(func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			name := runtimeFunc(c.pkg.Callee(call))
			if name != "Blocking" && name != "BlockingAsync" {
				return true
			}
			if lit, ok := ast.Unparen(call.Args[1]).(*ast.FuncLit); ok && !c.usesContext(lit) {
				if at, what, hint := c.outsideWait(lit.Body); at != nil {
					c.report(at, diag.IgnoresContext, hint, "%s may wait for ever, and a cancel of rt.Blocking waits for it: the function ignores its ctx", what)
				}
			}
			return true
		})
	}
}

// usesContext reports whether a literal names any context.
func (c *checker) usesContext(lit *ast.FuncLit) bool {
	found := false
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := c.object(id).(*types.Var); ok && strings.HasSuffix(v.Type().String(), "context.Context") {
				found = true
			}
		}
		return !found
	})
	return found
}

// outsideWait finds the first operation of a body that only others end.
func (c *checker) outsideWait(body *ast.BlockStmt) (at ast.Node, what, hint string) {
	const ask = "select with <-ctx.Done()"
	inSelect := map[ast.Node]bool{}
	inspectOwn(body, func(n ast.Node) bool {
		if at != nil {
			return false
		}
		switch n := n.(type) {
		case *ast.SelectStmt:
			hasDefault := false
			for _, s := range n.Body.List {
				comm := s.(*ast.CommClause).Comm
				hasDefault = hasDefault || comm == nil
				ofSelect(comm, inSelect)
			}
			if !hasDefault {
				at, what, hint = n, "this select", "add a case <-ctx.Done()"
			}
		case *ast.SendStmt:
			if !inSelect[n] {
				at, what, hint = n, "this send", ask
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && !inSelect[n] {
				at, what, hint = n, "this receive", ask
			}
		case *ast.RangeStmt:
			if isChan(c.pass.TypesInfo.TypeOf(n.X)) {
				at, what, hint = n.X, "this range over a channel", "receive in a select with <-ctx.Done()"
			}
		case *ast.CallExpr:
			if fn := c.pkg.Callee(n); fn != nil && waitsOutside[funcName(fn)] != "" {
				at, what, hint = n, shortName(fn), waitsOutside[funcName(fn)]
			}
		}
		return true
	})
	return at, what, hint
}

// waitsOutside are calls that end when somebody else does something, with how to end them earlier.
var waitsOutside = func() map[string]string {
	const closing = "let a cancel end it: stop := context.AfterFunc(ctx, func() { c.Close() }); defer stop()"
	list := map[string]string{
		"os/exec.Cmd.Run": "use exec.CommandContext", "os/exec.Cmd.Wait": "use exec.CommandContext",
		"os/exec.Cmd.Output": "use exec.CommandContext", "os/exec.Cmd.CombinedOutput": "use exec.CommandContext",
		"net.Dial": "use net.Dialer.DialContext", "net/http.Get": "use http.NewRequestWithContext",
		"net/http.Head": "use http.NewRequestWithContext", "net/http.Post": "use http.NewRequestWithContext",
		"sync.Cond.Wait": "let a cancel wake it: stop := context.AfterFunc(ctx, cond.Broadcast); defer stop()",
	}
	for name := range strings.FieldsSeq(`Conn.Read conn.Read Listener.Accept TCPListener.Accept TCPListener.AcceptTCP
		UnixListener.Accept UnixListener.AcceptUnix PacketConn.ReadFrom UDPConn.ReadFrom UDPConn.ReadFromUDP TCPConn.Read UnixConn.Read`) {
		list["net."+name] = closing
	}
	return list
}()
