package progen

import "fmt"

// task writes a task or a goroutine, and waits for it at once: tasks run in parallel, and the trace must
// not show it. So there are none in blocks and functions that may run together with others.
func (g *gen) task() {
	f := g.fn
	if !g.tasks || f.name != g.prefix || f.blocks > 0 || f.loops >= 2 || f.clean {
		g.together()
		return
	}
	v, h, err, sig := g.name("v"), g.name("h"), g.name("err"), g.name("sig")
	switch g.turn("task", 6) {
	case 0:
		fut := g.future(2)
		if g.chance(40) {
			fut = g.asyncBlock()
		}
		g.p("%s := rt.Spawn(%s)", h, fut)
		g.p("%s, %s := rt.Await(%s)", v, err, h)
		g.p("e.Log(\"%%v %%v\", %s, %s)", v, err)
		g.p("%s, %s = rt.Await(%s)", v, err, h)
		g.p("e.Log(\"again %%v %%v\", %s, %s)", v, err)
	case 1:
		grp := g.name("g")
		g.p("var %s rt.Group", grp)
		g.p("%s.Go(func() error {\n%s})", grp, g.inner(anError, func() {
			g.stmts(1 + g.intn(2))
			g.ret()
		}))
		g.p("e.Log(\"%%v\", %s.Wait())", grp)
	case 2:
		grp := g.name("g")
		g.p("%s := rt.Scope(func(%s *rt.Group) error {\n%s})", err, grp, g.inner(anError, func() {
			g.stmts(1)
			// It is awaited: a deferred call of the body must not run beside it.
			g.p("_, _ = rt.Await(rt.SpawnIn(%s, %s))\nreturn nil", grp, g.future(2))
		}))
		g.p("e.Log(\"%%v\", %s)", err)
	case 3:
		a := g.name("a")
		g.p("%s := new(env.Signal)", sig)
		g.p("go func(%s int) {\ndefer %s.Fire()\ndefer func() { e.Log(\"goroutine %%v\", recover()) }()\n%s}(%s)", a, sig,
			g.inner(noResult, func() {
				g.declare(a, "int", false)
				g.stmts(1 + g.intn(2))
			}), g.intExpr(2))
		g.p("%s.Wait()", sig)
	case 4:
		g.p("%s := new(env.Signal)", sig)
		if !g.has.task {
			g.p("go func() { defer %s.Fire(); e.Log(\"%%v\", %s) }()", sig, g.intExpr(2))
			g.p("%s.Wait()", sig)
			return
		}
		g.p("go %sTask(e, %s, %s)", g.prefix, g.intExpr(2), sig)
		g.p("%s.Wait()", sig)
	default:
		g.p("%s := new(env.Signal)", sig)
		g.p("go %sFire(e, %s, %s)", g.prefix, g.intExpr(2), sig)
		g.p("%s.Wait()", sig)
	}
}

// taskFunction writes a function that is called by go statements.
func (g *gen) taskFunction() {
	f := &function{name: g.prefix + "Task", budget: 4}
	body := g.captured(func() { g.body(f) })
	g.p("//async:func\nfunc %s(e *env.Env, n int, sig *env.Signal) {", f.name)
	g.p("defer sig.Fire()")
	g.p("defer func() { e.Log(\"task %%v\", recover()) }()")
	g.p("%s}\n", body)
	g.has.task = true
	g.p("func %sFire(e *env.Env, n int, sig *env.Signal) {\ne.Log(\"fire %%d\", n)\nsig.Fire()\n}\n", g.prefix)
}

// callback writes functions with a parameter that awaits.
func (g *gen) callback() {
	f := &function{results: valAndErr, budget: 2, loops: 1, scopes: []*scope{{}}}
	g.fn = f
	g.declare("n", "int", false)
	i := g.name("i")
	body := g.captured(func() {
		g.p("for %s := range 2 {", i)
		g.p("v, err = op(%s + %s)", i, g.intExpr(2))
		g.stmts(1)
		g.p("if err == nil && %s { break }\n}", g.boolExpr(1))
	})
	g.fn = nil
	g.p("//async:func await=op\nfunc %sTry[T any](e *env.Env, n int, op func(int) (T, error)) (v T, err error) {", g.prefix)
	g.p("defer e.Log(\"tried %%d\", n)\n%sreturn v, err\n}\n", body)
	g.p("//async:func await=op")
	g.p("func %[1]sPass(e *env.Env, n int, op func(int) (int, error)) (int, error) { return %[1]sTry(e, n, op) }\n", g.prefix)
	g.p("//async:func await=op\nfunc %sApply(e *env.Env, op func() int) int {\nif op == nil { return e.Int(1) }\nreturn op() + e.Int(1)\n}\n", g.prefix)
	g.has.callback = true
}

// callbackCall writes a call with a literal, a function value, or nothing as the parameter that awaits.
func (g *gen) callbackCall() {
	if g.fn.loops >= 2 || g.fn.clean || !g.has.callback {
		g.step()
		return
	}
	v, a, err := g.name("v"), g.name("a"), g.name("err")
	lit := func(r results) string {
		return fmt.Sprintf("func(%s int) %s {\n%s}", a, r, g.inner(r, func() {
			g.declare(a, "int", false)
			g.stmts(1)
			g.p("if %s { return %s, %sErr{%s} }", g.boolExpr(1), g.result(1), g.prefix, a)
			g.p("return %s, nil", g.result(1))
		}))
	}
	switch g.turn("callbackCall", 7) {
	case 0:
		g.p("%s, %s := %sTry(e, %s, %s)", v, err, g.prefix, g.intExpr(1), lit(strAndErr))
	case 1:
		g.p("%s, %s := %sTry(e, %s, e.Step)", v, err, g.prefix, g.intExpr(1))
	case 2:
		g.p("%s, %s := %sPass(e, %s, %s)", v, err, g.prefix, g.intExpr(1), lit(intAndErr))
	case 3:
		g.p("%s, %s := %sPass(e, %s, %sPlain)", v, err, g.prefix, g.intExpr(1), g.prefix)
	case 4:
		g.p("%s, %s := %sTry[int](e, %s, e.Clean)", v, err, g.prefix, g.intExpr(1))
	case 5:
		g.p("%s, %s := %sApply(e, nil), error(nil)", v, err, g.prefix)
	default:
		g.p("%s, %s := %sTry(e, %s, %s)", v, err, g.prefix, g.intExpr(1), lit(intAndErr))
	}
	g.p("e.Log(\"%%v %%v\", %s, %s)", v, err)
}
