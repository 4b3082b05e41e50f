package vet

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// blocking reports what keeps a worker waiting, with all tasks that it could run meanwhile. In code
// that runs on a worker that is
//
//	time.Sleep(d)      AG0404: a call that is known to block
//	<-ch               AG0403: an operation on a native channel
//	helper(x)          AG0405: a function without an async form that awaits (waits.go)
//	op(), c.Get(k)     AG0402: a func value or an interface behind which something awaits (values.go)
//
// The literal of a go statement, an argument of rt.Blocking and any other ordinary literal run elsewhere.
func (c *checker) blocking() {
	values := c.findValues()
	for _, u := range c.units {
		if !u.async {
			continue
		}
		u.calls(func(call *ast.CallExpr) {
			if b := c.blockingCall(call); b != nil {
				d := c.report(call, b.id, b.hint, "%s", b.message)
				if b.fix != nil {
					b.fix(d)
				}
				return
			}
			c.valueCall(call, values)
		})
		c.channels(u)
		c.keptLocks(u)
	}
}

// A blocker is why a call blocks.
type blocker struct {
	id, hint, message string
	fix               func(*analysis.Diagnostic)
}

// blockingCall says why a static call blocks; nil: it does not, as far as we know.
func (c *checker) blockingCall(call *ast.CallExpr) *blocker {
	fn := c.pkg.Callee(call)
	if fn == nil || c.awaits(call) {
		return nil
	}
	if hint := wellKnown[funcName(fn)]; hint != "" {
		b := &blocker{id: diag.BlockingCall, hint: hint, message: shortName(fn) + " blocks the worker that this task is on"}
		switch {
		case funcName(fn) == "time.Sleep":
			b.fix = func(d *analysis.Diagnostic) { c.fixName(d, call, "Sleep") }
		case funcName(fn) == runtimePrefix+"BlockOn" && len(call.Args) == 1:
			b.fix = func(d *analysis.Diagnostic) { c.fixName(d, call, "Await") }
		case hint == outside:
			b.fix = func(d *analysis.Diagnostic) { c.fixOutside(d, call) }
		}
		return b
	}
	return c.waitingCall(fn)
}

// outside is what to do with most of the calls in wellKnown.
const outside = "call it in rt.Blocking"

// wellKnown are functions that block until something happens outside, by their full names, with what to
// do instead. It is kept short: what takes long only at times, and writing to a file or a standard
// stream, is not in it.
var wellKnown = func() map[string]string {
	const tasks = "use rt.Group or rt.Scope"
	list := map[string]string{
		"time.Sleep":                       "use rt.Sleep",
		"sync.WaitGroup.Wait":              tasks,
		"sync.Cond.Wait":                   outside,
		runtimePrefix + "BlockOn":          "use rt.Await",
		runtimePrefix + "Runtime.Shutdown": outside,

		"golang.org/x/sync/errgroup.Group.Wait":        tasks,
		"golang.org/x/sync/semaphore.Weighted.Acquire": "limit it with rt.Map, or call it in rt.Blocking",
	}
	add := func(hint, prefix, names string) {
		for name := range strings.FieldsSeq(names) {
			list[prefix+name] = hint
		}
	}
	add(outside, "os.", "ReadFile WriteFile ReadDir Process.Wait")
	add(outside, "os/exec.Cmd.", "Run Wait Output CombinedOutput")
	add(outside, "fmt.", "Scan Scanf Scanln")
	add(outside, "net.", `Dial DialTimeout DialTCP DialUDP DialUnix Dialer.Dial Dialer.DialContext
		Conn.Read Conn.Write conn.Read conn.Write Listener.Accept TCPListener.Accept TCPListener.AcceptTCP
		UnixListener.Accept UnixListener.AcceptUnix PacketConn.ReadFrom UDPConn.ReadFrom UDPConn.ReadFromUDP`)
	add(outside, "net.", `LookupAddr LookupCNAME LookupHost LookupIP LookupMX LookupNS LookupSRV LookupTXT
		Resolver.LookupAddr Resolver.LookupCNAME Resolver.LookupHost Resolver.LookupIP Resolver.LookupIPAddr
		Resolver.LookupMX Resolver.LookupNS Resolver.LookupSRV Resolver.LookupTXT`)
	add(outside, "net/http.", `Get Head Post PostForm Client.Do Client.Get Client.Head Client.Post
		Client.PostForm RoundTripper.RoundTrip Transport.RoundTrip`)
	add("call it on a goroutine of its own", "net/http.", `ListenAndServe ListenAndServeTLS Serve ServeTLS
		Server.ListenAndServe Server.ListenAndServeTLS Server.Serve Server.ServeTLS Server.Shutdown`)
	add(outside, "database/sql.", `DB.Ping DB.PingContext DB.Query DB.QueryContext DB.QueryRow DB.QueryRowContext
		DB.Exec DB.ExecContext DB.Begin DB.BeginTx Tx.Query Tx.QueryContext Tx.QueryRow Tx.QueryRowContext
		Tx.Exec Tx.ExecContext Tx.Commit Tx.Rollback Stmt.Query Stmt.QueryContext Stmt.QueryRow
		Stmt.QueryRowContext Stmt.Exec Stmt.ExecContext`)
	return list
}()

const runtimePrefix = load.RuntimePath + "."

// funcName is the full name of a function or method as wellKnown has it: with the path of the package,
// and without the pointer of a receiver.
func funcName(fn *types.Func) string {
	if fn.Pkg() == nil {
		return fn.Name()
	}
	if recv := recvName(fn); recv != "" {
		return fn.Pkg().Path() + "." + recv + "." + fn.Name()
	}
	return fn.Pkg().Path() + "." + fn.Name()
}

// shortName is how people call a function: net.Dialer.Dial.
func shortName(fn *types.Func) string {
	name := fn.Name()
	if recv := recvName(fn); recv != "" {
		name = recv + "." + name
	}
	if fn.Pkg() == nil {
		return name
	}
	return fn.Pkg().Name() + "." + name
}

// recvName is the name of the type that declares a method, "" for a function.
func recvName(fn *types.Func) string {
	recv := fn.Signature().Recv()
	if recv == nil {
		return ""
	}
	t := types.Unalias(recv.Type())
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}

// channels reports the operations of a unit on native channels that may wait. Those in a select belong
// to it, and one with a default never waits.
func (c *checker) channels(u *unit) {
	inSelect := map[ast.Node]bool{}
	alone := map[ast.Node]bool{} // receives whose value nobody wants
	u.inspect(func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectStmt:
			hasDefault := false
			for _, s := range n.Body.List {
				comm := s.(*ast.CommClause).Comm
				hasDefault = hasDefault || comm == nil
				ofSelect(comm, inSelect)
			}
			if !hasDefault {
				c.reportPos(n.Select, diag.BlockingChan, "wait in rt.Blocking, or for futures with rt.Select2",
					"this select blocks the worker that this task is on until a case is ready")
			}
		case *ast.SendStmt:
			if !inSelect[n] {
				c.report(n, diag.BlockingChan, "send in rt.Blocking, or let a stream or a handle carry the value", "this send may block the worker that this task is on")
			}
		case *ast.ExprStmt:
			if recv, ok := ast.Unparen(n.X).(*ast.UnaryExpr); ok && recv.Op == token.ARROW {
				alone[recv] = true
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && !inSelect[n] {
				d := c.report(n, diag.BlockingChan, c.receiveHint(n.X), "this receive may block the worker that this task is on")
				if alone[n] {
					c.fixReceive(d, n)
				}
			}
		case *ast.RangeStmt:
			if isChan(c.pass.TypesInfo.TypeOf(n.X)) {
				c.reportPos(n.For, diag.BlockingChan, "range in rt.Blocking, or over a stream with rt.Each", "this range over a channel may block the worker that this task is on")
			}
		}
		return true
	})
}

// ofSelect notes the channel operation of a case.
func ofSelect(comm ast.Stmt, in map[ast.Node]bool) {
	switch s := comm.(type) {
	case *ast.SendStmt:
		in[s] = true
	case *ast.ExprStmt:
		in[ast.Unparen(s.X)] = true
	case *ast.AssignStmt:
		in[ast.Unparen(s.Rhs[0])] = true
	}
}

// receiveHint says what to do instead of a receive.
func (c *checker) receiveHint(ch ast.Expr) string {
	if call := c.unparenCall(ch); call != nil {
		if fn := c.pkg.Callee(call); fn != nil {
			switch funcName(fn) {
			case "time.After":
				return "use rt.Sleep"
			case "context.Context.Done":
				return "use rt.WithContext"
			case runtimePrefix + "JoinHandle.Done":
				return "await the handle"
			}
		}
	}
	return "receive in rt.Blocking, or let a stream or a handle carry the value"
}

// isChan reports whether t is a channel, or a type parameter of which all types are channels.
func isChan(t types.Type) bool {
	if t == nil {
		return false
	}
	if p, ok := types.Unalias(t).(*types.TypeParam); ok {
		iface, _ := p.Constraint().Underlying().(*types.Interface)
		return iface != nil && iface.NumEmbeddeds() == 1 && isChan(iface.EmbeddedType(0))
	}
	if union, ok := t.(*types.Union); ok {
		return union.Len() > 0 && isChan(union.Term(0).Type())
	}
	_, ok := t.Underlying().(*types.Chan)
	return ok
}

// keptLocks reports sync locks that a unit takes and does not unlock. A lock that is held for a few
// statements is fine on a worker, and for one that is held across an await there is a rule of its own;
// what is left waits for whoever may unlock it.
func (c *checker) keptLocks(u *unit) {
	locked := map[lock]*ast.CallExpr{}
	var order []lock
	unlocked := map[lock]bool{}
	for _, h := range c.heldLocks(u) {
		unlocked[h.lock] = true
	}
	note := func(call *ast.CallExpr, own bool) {
		l, locks := c.lockOf(call)
		switch {
		case l == nil:
		case !locks:
			unlocked[*l] = true
		case own && locked[*l] == nil:
			locked[*l] = call
			order = append(order, *l)
		}
	}
	u.calls(func(call *ast.CallExpr) { note(call, true) })
	ast.Inspect(u.body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			note(call, false)
		}
		return true
	})
	for _, l := range order {
		if !unlocked[l] {
			c.report(locked[l], diag.BlockingCall, "unlock it here, or lock it in rt.Blocking", "%s is locked here and not unlocked in this function, so whoever wants it blocks a worker", l.text)
		}
	}
}
