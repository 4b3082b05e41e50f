package progen

import "fmt"

// future is an expression for a future of an int, which is made where it stands and runs where it is
// awaited.
func (g *gen) future(depth int) string {
	x := func() string { return g.intExpr(depth - 1) }
	if g.fn.clean {
		return fmt.Sprintf("e.CleanIntAsync(%s)", x())
	}
	switch g.turn("future", 13) {
	case 0, 1:
		return fmt.Sprintf("e.IntAsync(%s)", x())
	case 2:
		return fmt.Sprintf("rt.Ready(%s)", x())
	case 3:
		return fmt.Sprintf("rt.Fail[int](%sErr{%s})", g.prefix, x())
	case 4:
		return fmt.Sprintf("rt.TimeoutAsync(time.Hour, %s)", g.future(depth))
	case 5:
		return fmt.Sprintf("rt.WithContextAsync(context.Background(), %s)", g.future(depth))
	case 6, 7:
		fit := append(g.callable(anInt), g.callable(intAndErr)...)
		if len(fit) > 0 {
			name, args := g.callee(fit[g.intn(len(fit))], "Async", depth-1)
			return name + args
		}
	case 8, 9, 10:
		if g.fn.budget > 2 && g.fn.loops < 2 {
			return g.asyncBlock()
		}
	case 11:
		if i := g.oneOf("interface"); i != "" && g.fn.loops < 2 && g.has.meth {
			return fmt.Sprintf("%s.MethAsync(e, %s)", i, x())
		}
	}
	return fmt.Sprintf("e.StepAsync(%s)", x())
}

// asyncBlock is a block with a value, which shares variables with what is around it.
func (g *gen) asyncBlock() string {
	return fmt.Sprintf("rt.AsyncValue(func() (int, error) {\n%s})", g.blockLit(intAndErr, func() {
		g.stmts(1 + g.intn(2))
		if v := g.mutable("int"); v != "" {
			g.p("%s += %s", v, g.intExpr(1))
		}
		g.ret()
	}))
}

// blockStmt writes blocks that are awaited one by one: at once, after what they share was changed, or
// made in a loop.
func (g *gen) blockStmt() {
	f := g.fn
	if f.loops >= 2 || f.clean {
		g.step()
		return
	}
	v, fut, err := g.name("v"), g.name("f"), g.name("err")
	switch g.turn("blockStmt", 5) {
	case 0:
		g.p("_, %s := rt.Await(rt.AsyncFunc(func() error {\n%s}))", err, g.blockLit(anError, func() {
			g.stmts(1 + g.intn(2))
			g.ret()
		}))
		g.p("e.Log(\"%%v\", %s)", err)
		return
	case 1:
		g.blocksInLoop()
		return
	case 2:
		g.p("if false { rt.Await(%s) }", g.asyncBlock()) // never made
		return
	}
	g.p("%s := %s", fut, g.future(2))
	g.assignment()
	g.stmts(1)
	if g.chance(10) {
		g.p("if %s {\nrt.Cancel(%s)\n%s}", g.boolExpr(1), fut, g.block(1)+"return "+g.returned(1)+"\n")
	}
	g.p("%s, %s := rt.Await(%s)", v, err, fut)
	if f.results.fails() && g.chance(40) {
		g.p("if %s != nil { %s }", err, g.returnErr(err))
	} else {
		g.p("e.Log(\"%%v %%v\", %s, %s)", v, err)
	}
	g.declare(v, "int", false)
	g.p("_ = %s", v)
}

// blocksInLoop makes a block in each iteration, over the variables of that iteration, and awaits them
// afterwards.
func (g *gen) blocksInLoop() {
	fs, i, f, v, err := g.name("fs"), g.name("i"), g.name("f"), g.name("v"), g.name("err")
	g.p("var %s []rt.Future[int]", fs)
	head := fmt.Sprintf("for %s := 0; %s < 2; %s++", i, i, i)
	if g.chance(40) {
		head = fmt.Sprintf("for %s := range 2", i)
	}
	g.fn.loops++
	g.open()
	g.declare(i, "int", true)
	w := g.name("v")
	value := g.intExpr(2)
	g.declare(w, "int", false)
	lit := g.blockLit(intAndErr, func() {
		g.p("%s += %s", w, i)
		g.stmts(1)
		g.p("return %s, nil", g.intExpr(1))
	})
	after := g.block(1)
	g.p("%s {\n%s := %s\n%s = append(%s, rt.AsyncValue(func() (int, error) {\n%s}))\n%s++\n%s}", head, w, value, fs, fs, lit, w, after)
	g.shut()
	g.p("for _, %s := range %s {\n%s, %s := rt.Await(%s)\ne.Log(\"%%v %%v\", %s, %s)\n}", f, fs, v, err, f, v, err)
	g.fn.loops--
}

// together writes futures that run together.
func (g *gen) together() {
	f := g.fn
	if !g.verbs || f.loops >= 2 || f.clean {
		g.blockStmt()
		return
	}
	a, b, c := g.name("a"), g.name("b"), g.name("c")
	fut := func() string { return g.future(2) }
	switch g.turn("together", 11) {
	case 0, 1:
		g.p("%s, %s, %s := rt.Join2(%s, %s)", a, b, c, fut(), fut())
		g.p("e.Log(\"%%v %%v %%v\", %s, %s, %s)", a, b, c)
		g.declare(a, "int", false)
	case 2:
		d := g.name("d")
		g.p("%s, %s, %s, %s := rt.Join3(%s, %s, %s)", a, b, c, d, fut(), fut(), fut())
		g.p("e.Log(\"%%v %%v %%v %%v\", %s, %s, %s, %s)", a, b, c, d)
	case 3:
		g.p("%s, %s := rt.JoinAll(%s, %s, %s)", a, b, fut(), fut(), fut())
		g.p("e.Log(\"%%v %%v\", %s, %s)", a, b)
	case 4:
		g.p("for %s, %s := range rt.JoinSettled(%s, %s) {\ne.Log(\"%%v %%v\", %s, %s)\n}", a, b, fut(), fut(), a, b)
	case 5, 6:
		g.p("%s := rt.Select2Biased(%s, %s)", a, fut(), fut())
		g.p("switch %s.Index {\ncase 0:\ne.Log(\"%%v\", %s.A)\n%sdefault:\ne.Log(\"%%v\", %s.B)\n%s}", a, a, g.block(1), a, g.block(1))
	case 7:
		g.p("%s, %s := rt.SelectAllBiased(%s, %s, %s)", a, b, fut(), fut(), fut())
		g.p("e.Log(\"%%v %%v\", %s, %s)", a, b)
	case 8:
		g.p("%s, %s := rt.Timeout(time.Hour, rt.JoinAllAsync(%s, %s))", a, b, fut(), fut())
		g.p("e.Log(\"%%v %%v\", %s, %s)", a, b)
	case 9:
		g.p("%s, %s := rt.%s)", a, b, g.pick("Race("+fut()+", rt.Never[int]()", "Any("+fut()+", rt.Fail[int](io.EOF)"))
		g.p("e.Log(\"%%v %%v\", %s, %s)", a, b)
	default:
		v := g.name("v")
		g.p("%s, %s := rt.Map(%d, %s, func(%s int) (int, error) {\n%s})", a, b, g.intn(3), g.fresh(1), v, g.blockLit(intAndErr, func() {
			g.declare(v, "int", false)
			g.stmts(1)
			g.ret()
		}))
		g.p("e.Log(\"%%v %%v\", %s, %s)", a, b)
	}
}
