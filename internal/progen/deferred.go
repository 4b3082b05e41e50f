package progen

import "fmt"

// deferStmt writes a defer statement of one of the forms.
func (g *gen) deferStmt() {
	f := g.fn
	switch g.turn("deferStmt", 13) {
	case 0, 1:
		g.p("defer e.Log(\"deferred %%v\", %s)", g.intExpr(2))
	case 2:
		g.p("defer %s.bump()", g.some("pair"))
	case 3, 4, 5:
		g.deferredLit()
	case 6:
		if f.named {
			g.p("defer e.Rescue(%q, &err)", g.name("d"))
			return
		}
		g.p("defer e.Log(\"%%v\", %s)", g.intExpr(2))
	case 7:
		a := g.name("a")
		g.p("defer func(%s int) {\n%s}(%s)", a, g.plainLit(noResult, func() {
			g.declare(a, "int", false)
			g.p("e.Log(\"with %%d\", %s)", a)
			g.stmts(1)
		}), g.intExpr(2))
	case 8:
		g.deferBuiltin()
	case 9:
		if len(g.vars("func(int) int", nil)) > 0 {
			g.p("defer %s(%s)", g.oneOf("func(int) int"), g.intExpr(2))
			return
		}
		g.p("defer %sCat(%s, %s)", g.prefix, g.anyExpr(2), g.anyExpr(1))
	case 10:
		if fit := g.cleaners(); len(fit) > 0 {
			name, args := g.callee(fit[g.intn(len(fit))], "", 2)
			g.p("defer %s%s", name, args)
			return
		}
		g.p("defer e.CleanInt(%s)", g.intExpr(2))
	default:
		g.cleanup()
	}
}

// deferredLit writes a deferred literal that does not wait. It recovers, panics again or changes the
// results, perhaps.
func (g *gen) deferredLit() {
	named := g.fn.named
	g.p("defer func() {\n%s}()", g.plainLit(noResult, func() {
		p := g.name("p")
		switch g.turn("deferredLit", 6) {
		case 0, 1, 2:
			g.p("%s := recover()", p)
			g.p("e.Log(\"recovered %%v\", %s)", p)
		case 3:
			g.p("if %s := recover(); %s != nil {", p, p)
			g.p("e.Log(\"again %%v\", %s)", p)
			g.p("panic(%s)\n}", g.pick(p, p, fmt.Sprintf("fmt.Sprint(%s, \"!\")", p)))
		}
		g.stmts(1 + g.intn(2))
		if named && g.chance(50) {
			g.p("r += %s", g.intExpr(1))
		}
		if named && g.chance(25) {
			g.p("if err == nil { err = %sErr{r} } else { err = nil }", g.prefix)
		}
		if g.chance(5) {
			g.p("panic(%s)", g.pick("e.N(1)", g.prefix+"Err{2}", "nil"))
		}
	}))
}

// deferBuiltin writes a deferred call of a built-in function.
func (g *gen) deferBuiltin() {
	switch g.turn("deferBuiltin", 5) {
	case 0:
		m := g.some("map[string]int")
		g.p("defer delete(%s, %s)", m, g.strExpr(2))
		return
	case 1:
		c := g.name("ch")
		g.p("%s := make(chan int, 1)", c)
		g.p("defer close(%s)", c)
		return
	case 2:
		g.p("defer panic(%s)", g.anyExpr(2))
		return
	case 3:
		s := g.some("[]int")
		g.p("defer copy(%s, %s)", s, g.sliceExpr(1))
		return
	}
	g.p("defer recover()")
}

// cleaners are the functions that may be called by defer.
func (g *gen) cleaners() (fit []*function) {
	for _, f := range g.funcs {
		if f.clean {
			fit = append(fit, f)
		}
	}
	return fit
}

// cleanup writes a deferred literal that waits.
func (g *gen) cleanup() {
	f, a, v, err := g.fn, g.name("a"), g.name("v"), g.name("err")
	named, clean := f.named, f.clean
	arg := g.intExpr(1)
	f.clean = true
	g.p("defer func(%s int) {\n%s}(%s)", a, g.inner(noResult, func() {
		g.declare(a, "int", false)
		if g.chance(40) {
			p := g.name("p")
			g.p("%s := recover()", p)
			g.p("e.Log(\"recovered %%v\", %s)", p)
		}
		if g.chance(50) {
			g.p("%s, %s := e.Clean(%s)", v, err, g.intExpr(0))
			g.p("e.Log(\"cleaned %%d %%v %%v\", %s, %s, %s)", v, err, g.anyExpr(1))
		}
		g.stmts(1 + g.intn(2))
		if named && g.chance(50) {
			g.p("r += %s", g.intExpr(1))
		}
		if g.chance(15) {
			g.p("if %s { return }\ne.Log(\"end of cleanup\")", g.boolExpr(1))
		}
	}), arg)
	f.clean = clean
}
