// Package plain turns the bodies of marked functions into plain Go: Go with a smaller grammar, which
// package lower can take apart statement by statement. Plain Go is Go. It type-checks, it runs, and
// what it does when it runs is exactly what the source does; the tests of this package run both.
//
// The smallest case needs nothing. An await that stands alone stays as it is:
//
//	body, err := rt.Await(f)
//
// But an await may stand wherever an expression may, and Go says what runs before it and after it.
// Four passes make it stand alone. Each is a function over a package that says which functions it edits,
// before it does, and has these type-checked at its end:
//
//	Rename  every local has a name of its own    rename.go
//	Lift    local types move to package level    lift.go
//	Sugar   no await in the header of a loop,    sugar.go, switch.go, rangeloop.go, rangeheld.go,
//	        in a case, after an else if          rangefunc.go
//	Hoist   no await inside an expression        hoist.go, spill.go, order.go, copied.go
//
// What does not suspend is left alone, down to the nodes of the syntax tree: a loop without an await
// is printed as the user wrote it, with its names, its comments and its layout.
//
// # Units
//
// A unit is one body that becomes one machine: a marked function, or a literal in it that package
// load calls a block. To the unit around it a block is an expression; its statements are its own.
// All other literals stay as they are. All units of a marked function share one set of names.
//
// # Names
//
// A later pass takes statements out of their blocks. So that a name means the same thing everywhere,
// locals that collide are renamed, parameters first and then in source order:
//
//	if x := x + 1; x > 2 {          if x1 := x + 1; x1 > 2 {
//		a(x, rt.Must(rt.Await(f)))      a(x1, rt.Must(rt.Await(f)))
//	}                               }
//
// A local also makes way for what generated code has to say: a package or a universe name that the
// function uses or that its types need, the generated names, rt. Identity is by object; no name is
// compared with another to find out what it means. In a statement that is left to Go (see
// unit.opaque) scopes remain, and so do names, unless they hide a result, a parameter or nil.
//
// # Expressions
//
// An await inside an expression becomes a statement, and what is left of the expression uses names
// for its results. Calls to its left must still run before it:
//
//	x := f(a(), must(rt.Await(c)))
//
// becomes
//
//	t1 := a()
//	v1, err1 := rt.Await(c)
//	x := f(t1, must(v1, err1))
//
// But a variable to its left must not be saved: gc reads it late, after all calls of the statement.
// x + rt.Must(rt.Await(c)) becomes
//
//	v1, err1 := rt.Await(c)
//	… x + rt.Must(v1, err1)
//
// Where Go leaves the order open we do what gc does, since the blocking form is compiled by it. What
// gc evaluates early (calls, receives, len, slice expressions, assertions, map literals, …) and what
// it copies because the runtime wants its address is in order.go and copied.go, which follow gc's own
// source. Panics come with it: a bad index panics after an await to its right, a bad slice expression
// before it.
//
// But the right side of && and || may not run at all. It becomes a statement under an if; see
// shortCircuit, and ifStmt for the common case that needs no variable. A map literal stores its
// entries in turn; see mapLit. In an assignment the operands on the left come first and the stores
// last; see target.
//
// # Statements
//
// An init statement of an if or switch that suspends becomes a statement before it. An else if whose
// condition awaits becomes else { …; if }. A loop condition becomes an if with a break; see forCond.
//
// But a post statement has a moment of its own: after the copy of the loop variables for the next
// iteration, and reached by continue. It goes to the end of the body where that cannot be seen, and
// to the start of the next iteration otherwise; see forPost. The loop stays a for statement with its
// variables in its init statement, and package lower makes the copies.
//
// A switch with awaits in its cases is a switch over the number of the clause, which an if chain has
// found; see switchStmt. So break, fallthrough and default keep their meaning.
//
// A range statement whose body awaits is a for statement; see rangeloop.go for what can be indexed and
// rangeheld.go for what has to be held. An iterator function is pulled; see rangefunc.go.
//
// A goto may not jump ahead over variables. So in a body with such a goto the statements that stand
// for one become a block; see group. A label goes where a goto needs it and where break and continue need it,
// which may be two places; see label.
//
// # The grammar of plain Go
//
// Verify checks this after the last pass, for every unit:
//
//   - An await is one of
//
//     await
//     v, w := await
//     v, w = await
//     return await
//
//     where v and w are variables, or blank, of the very types of the results, and a return statement
//     returns the very types of the unit. The operands of an await contain no await, except that
//     rt.Await may be called with a future made on the spot.
//
//   - go and defer statements may call what would await; their operands contain no await.
//
//   - if, switch and type switch statements that suspend have no init statement, and no await in a
//     condition, tag, operand or case. Else is followed by a block, or by an if whose condition needs
//     nothing before it. A type switch that suspends binds no variable: its clauses declare one.
//
//   - for statements that suspend have an init statement, a condition and a post statement without
//     await, or none; range statements do not suspend.
//
//   - select statements have no await in their communications.
//
//   - No other statement suspends.
//
// And this, which the type-check and the tests see to:
//
//   - Locals of statements that are not opaque have names of their own in the whole marked function, and
//     hide nothing that generated code needs. Labels have names of their own in their body.
//   - Such statements declare no types; they are in Func.Lifted.
//   - Temporaries are declared by := or by var with a type, and used.
//
// # Positions
//
// New nodes have no position, or that of the piece of source for which they stand; an await keeps its
// own. Nothing may be concluded from the order of positions.
package plain
