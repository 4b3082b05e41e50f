package progen

import (
	"fmt"
)

func (g *gen) stmts(n int) {
	for range n {
		g.stmt()
	}
}

// block writes statements in braces and a scope of their own.
func (g *gen) block(n int) string {
	return g.captured(func() {
		g.open()
		g.stmts(n)
		g.shut()
	})
}

// statements are the kinds of statements, and how often they come.
var statements []kind

type kind struct {
	often int
	write func(*gen)
}

func init() {
	statements = []kind{
		{7, (*gen).declaration},
		{4, (*gen).simple},
		{10, (*gen).assignment},
		{4, (*gen).ifStmt},
		{8, (*gen).loop},
		{3, (*gen).switchStmt},
		{2, (*gen).typeSwitch},
		{5, (*gen).deferStmt},
		{3, (*gen).step},
		{3, (*gen).callStmt},
		{2, (*gen).closures},
		{5, (*gen).jump},
		{1, (*gen).forwards},
		{2, (*gen).shadow},
		{2, (*gen).localType},
		{3, (*gen).failing},
		{2, (*gen).channel},
		{2, (*gen).nativeSelect},
		{2, (*gen).callbackCall},
		{4, (*gen).blockStmt},
		{3, (*gen).together},
		{3, (*gen).task},
		{3, (*gen).streaming},
		{4, (*gen).rare},
	}
}

// musts writes some kinds of statements, another few from program to program, so that the rare ones are
// not too rare. They come first, where they run in each run.
func (g *gen) musts() {
	must := func(write func(*gen)) {
		g.fn.budget = max(g.fn.budget, 6)
		write(g)
	}
	for i := range 5 {
		must(statements[(int(g.seed)*5+i)%len(statements)].write)
	}
	must((*gen).assignment)
	must((*gen).failing)
	if g.has.stream && g.chance(70) {
		must((*gen).streaming)
	}
	if g.verbs {
		must((*gen).together)
	}
	if g.tasks {
		must((*gen).task)
		must((*gen).task)
	}
}

// stmt writes one statement, or a few that belong together.
func (g *gen) stmt() {
	f := g.fn
	if f.budget--; f.budget < 0 {
		g.p("e.Log(\"%%v\", %s)", g.anyExpr(1))
		return
	}
	if f.lits > 0 {
		g.simple()
		return
	}
	if f.yield != "" && g.chance(30) {
		g.yield()
		return
	}
	sum := 0
	for _, k := range statements {
		sum += k.often
	}
	n := g.intn(sum)
	for _, k := range statements {
		if n -= k.often; n < 0 {
			k.write(g)
			return
		}
	}
}

// declaration writes x := e, var x T, or several at once, and a use.
func (g *gen) declaration() {
	typ := varTypes[g.intn(len(varTypes))]
	v := g.name("v")
	switch {
	case typ == "func(int) int":
		g.closure(v)
	case typ == "closed":
		g.closed(v)
	case typ == "error" && g.chance(50):
		g.p("_, %s := %s", v, g.stepCall())
	case typ == "int" && g.chance(20):
		w := g.name("v")
		g.p("%s, %s := %s, %s", v, w, g.intExpr(2), g.intExpr(1))
		g.p("_ = %s", w)
		g.declare(w, typ, false)
	case typ == "int" && g.chance(25):
		g.p("var %s int", v)
		g.p("%s += %s", v, g.intExpr(2))
	case typ == "string" && !g.fn.clean && g.chance(20):
		w := g.name("v")
		g.p("%s, %s := env.Two(e, %s, %s)", v, w, g.strExpr(1), g.intExpr(1))
		g.p("_ = %s", w)
		g.declare(w, "int", false)
	default:
		g.p("%s := %s", v, g.value(typ, 2))
	}
	g.declare(v, typ, false)
	if g.chance(70) {
		g.p("_ = %s", v)
	} else {
		g.p("e.Log(\"%%v\", %s)", g.shown(v, typ))
	}
}

// closure writes an ordinary literal that captures variables and changes them.
func (g *gen) closure(v string) {
	a := g.name("a")
	g.p("%s := func(%s int) int {\n%s}", v, a, g.plainLit(anInt, func() {
		g.declare(a, "int", false)
		g.stmts(1 + g.intn(2))
		g.p("return %s", g.intExpr(1))
	}))
}

func (g *gen) ifStmt() {
	init := ""
	g.open()
	if g.chance(30) {
		v := g.name("v")
		init = fmt.Sprintf("%s := %s; ", v, g.intExpr(2))
		g.declare(v, "int", false)
		init += v + " > 0 && "
	}
	g.p("if %s%s {\n%s", init, g.boolExpr(2), g.block(1+g.intn(2)))
	switch g.intn(3) {
	case 0:
		g.p("} else {\n%s", g.block(1+g.intn(2)))
	case 1:
		g.p("} else if %s {\n%s} else {\n%s", g.boolExpr(2), g.block(1), g.block(1))
	}
	g.p("}")
	g.shut()
}

// step writes an await with an error, and what is done about it.
func (g *gen) step() {
	f := g.fn
	call, v, err := g.stepCall(), g.name("v"), g.name("err")
	switch {
	case f.named && g.chance(40):
		g.p("r, err = %s", call)
		g.p("if err != nil { return %s, err }", g.intExpr(1))
		return
	case g.chance(20):
		g.p("if _, %s := %s; %s != nil {\n%s}", err, call, err, g.block(1))
		return
	}
	g.p("%s, %s := %s", v, err, call)
	switch {
	case f.results.fails() && g.chance(60):
		g.p("if %s != nil { %s }", err, g.returnErr(err))
	case g.chance(30):
		g.p("if %s != nil { panic(%s) }", err, err)
	default:
		g.p("e.Log(\"%%v\", %s)", err)
	}
	g.p("_ = %s", v)
	g.declare(v, "int", false)
}

// callStmt writes a call of a marked function as a statement of its own.
func (g *gen) callStmt() {
	kind := []results{noResult, anInt, anError, intAndErr, intAndStr}[g.intn(5)]
	call := g.call(1, kind)
	switch a, b := g.name("v"), g.name("v"); {
	case call == "":
		if b := g.oneOf("box"); b != "" && !g.fn.clean && g.has.meth {
			g.p("e.Log(\"%%v\", %sCat(%s.Put(e, %s)))", g.prefix, b, g.intExpr(2))
			return
		}
		g.p("%s", g.ready(g.intExpr(2)))
	case kind == noResult || g.chance(25):
		g.p("%s", call)
	case kind == anInt:
		g.p("%s := %s", a, call)
		g.p("_ = %s", a)
		g.declare(a, "int", false)
	case kind == anError:
		g.p("if %s := %s; %s != nil { %s }", a, call, a, g.returnErr(a))
	case g.chance(30):
		g.p("e.Log(%sCat(%s))", g.prefix, call)
	case kind == intAndStr:
		g.p("%s, %s := %s", a, b, call)
		g.p("_, _ = %s, %s", a, b)
		g.declare(a, "int", false)
		g.declare(b, "string", false)
	default:
		g.p("%s, _ := %s", a, call)
		g.p("_ = %s", a)
		g.declare(a, "int", false)
	}
}

// shadow hides a variable by one of another value.
func (g *gen) shadow() {
	v := g.oneOf("int")
	if v == "" {
		g.declaration()
		return
	}
	g.open()
	g.p("{")
	g.p("%s := %s + %s", v, v, g.operand(1))
	g.declare(v, "int", false)
	g.stmts(2)
	g.p("_ = %s", v)
	g.p("}")
	g.shut()
}

// localType writes types and constants of a function, and values of them. A local type has the methods
// of what it embeds.
func (g *gen) localType() {
	t, c, v := g.name("local"), g.name("c"), g.name("v")
	switch g.turn("localType", 3) {
	case 0:
		g.p("const %s = %d + iota", c, g.intn(9))
		g.p("type %s int", t)
		g.p("%s := %s(%s) + %s", v, t, g.notConstant(1), c)
		g.p("e.Log(\"%%d\", %s + %s(%s))", v, t, g.notConstant(2))
		return
	case 1:
		g.p("type %s struct { *%sO; kind %sKind; list []int }", t, g.prefix, g.prefix)
		g.p("%s := &%s{&%sO{x: %s}, %sA, %s}", v, t, g.prefix, g.intExpr(1), g.prefix, g.fresh(1))
	default:
		g.p("type %s struct { %sO; kind %sKind; list []int }", t, g.prefix, g.prefix)
		g.p("%s := %s{kind: %sB, %sO: %sO{y: %s}}", v, t, g.prefix, g.prefix, g.prefix, g.intExpr(2))
	}
	g.p("%s.list = append(%s.list, %s.bump() + %s)", v, v, v, g.intExpr(1))
	if g.fn.loops < 2 && !g.fn.clean && g.has.meth {
		g.p("e.Log(\"%%d %%v\", %s.Meth(e, %s), %s.list)", v, g.intExpr(1), v)
	}
	g.declare(v, "object", false)
	g.stmts(1)
	g.p("e.Log(\"%%v %%v %%d\", %s.kind, %s.list, %s.sum())", v, v, v)
}
