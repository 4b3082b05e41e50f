// Package machine is what the code that asyncgen generates is written against. It is for generated code
// only: nobody else has a reason to import it, and it changes with the generator. [Schema1] keeps code of
// another generation from compiling against it.
//
// A marked function becomes an ordinary Go function, its body, which runs on the stack of whoever calls
// it. Where it has to wait it makes a frame, stores what is alive there, and returns it:
//
//	func totalRun(cx *rt.Context, m *totalFrame, pages ...string) (_ int, _ error, w machine.Machine) {
//		…
//		size, err, w = fetchRun(cx, nil, page)
//		if w != nil {
//			m = machine.Suspend(cx, m, 1, w)
//			m.pages, m.sum, m.i = pages, sum, i
//			return 0, nil, m
//		}
//
// docs/architecture.md says how the two halves meet.
package machine
