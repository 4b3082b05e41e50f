// Package transform compiles marked Go functions to state machines.
//
// A marked function is ordinary Go. We turn
//
//	//async:func
//	func size(c *Client, url string) (int, error) {
//		body, err := c.Get(url) // an await, because Client has GetAsync too
//		if err != nil {
//			return 0, err
//		}
//		return len(body), nil
//	}
//
// into a file beside it with its async form, a lazy future:
//
//	func sizeAsync(c *Client, url string) rt.Future[int]
//
// and the machine behind it: sizeFuture, sizeFrame with what lives across the await, and sizeRun, the
// body, which runs on the Go stack until it really has to wait.
//
// # The passes
//
//	x.go ─load─▶ Go + types ─check─▶ (problems)
//	                 │ plain            rename · lift · sugar · hoist      (Go ─▶ plain Go, re-type-checked)
//	                 ▼
//	             plain Go ─lower─▶ ir.Machine ─layout─▶ + Layout ─arrange─▶ Plan ─emit─▶ x_async.go ─Write─▶ disk
//
// There are three languages and no more. Go is the syntax as go/types sees it. Plain Go is the same
// with a smaller grammar: every await is a statement of its own, every local has a name of its own.
// A Machine is flat blocks that end in one terminator each. Left of lower everything is Go that can be
// compiled and run; right of it everything is data.
//
// The table in pass.go is the order, written once. The runner around it does for every pass alike:
// run, verify, dump, and turn a panic into a problem that names the pass and the function. A pass
// logs nothing and imports no other pass; arch_test.go checks the import graph.
//
// # Use
//
// [Compile] makes files in memory, [Result.Changes] compares them with those on disk, and [Write]
// makes the changes: all or none.
//
//	res, err := transform.Compile(transform.Config{Patterns: []string{"./..."}})
//	if err != nil {
//		return err // Problems, one line each
//	}
//	changes, err := res.Changes()
//	if err != nil {
//		return err
//	}
//	return transform.Write(changes)
package transform
