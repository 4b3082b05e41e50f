package progen

import (
	"fmt"
	"strings"
)

// captured is what f writes.
func (g *gen) captured(f func()) string {
	old := g.out
	g.out = strings.Builder{}
	f()
	text := g.out.String()
	g.out = strings.Builder{}
	g.out.WriteString(old.String())
	return text
}

// open begins a scope, shut ends it.
func (g *gen) open() { g.fn.scopes = append(g.fn.scopes, &scope{}) }

func (g *gen) shut() { g.fn.scopes = g.fn.scopes[:len(g.fn.scopes)-1] }

// declare notes a variable.
func (g *gen) declare(name, typ string, rise bool) {
	s := g.fn.scopes[len(g.fn.scopes)-1]
	s.vars = append(s.vars, &variable{name, typ, rise})
}

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
	switch k := g.intn(30); {
	case k < 6:
		g.declaration()
	case k < 12:
		g.simple()
	case k < 15:
		g.ifStmt()
	case k < 19:
		g.loop()
	case k < 21:
		g.switchStmt()
	case k < 22:
		g.typeSwitch()
	case k < 25:
		g.deferStmt()
	case k < 27:
		g.step()
	case k < 28:
		g.closures()
	case k < 29:
		g.jump()
	default:
		g.shadow()
	}
}

var types = []string{"int", "int", "int", "bool", "string", "[]int", "map[string]int", "pair", "*int", "func(int) int"}

// declaration writes x := e, var x T, or several at once, and a use.
func (g *gen) declaration() {
	typ := types[g.intn(len(types))]
	v := g.name("v")
	switch {
	case typ == "func(int) int":
		g.closure(v)
	case typ == "int" && g.chance(20):
		w := g.name("v")
		g.p("%s, %s := %s, %s", v, w, g.intExpr(2), g.intExpr(1))
		g.p("_ = %s", w)
		g.declare(w, typ, false)
	case typ == "int" && g.chance(25):
		g.p("var %s int", v)
		g.p("%s += %s", v, g.intExpr(2))
	case typ == "string" && g.chance(20):
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

// shown is what a log can print of a variable: not an address.
func (g *gen) shown(v, typ string) string {
	switch typ {
	case "*int":
		return "*" + v
	case "func(int) int":
		return v + "(1)"
	case "pair":
		return v + ".sum()"
	}
	return v
}

// closure writes an ordinary literal that captures variables and changes them.
func (g *gen) closure(v string) {
	a := g.name("a")
	g.p("%s := func(%s int) int {", v, a)
	g.fn.lits++
	g.open()
	g.declare(a, "int", false)
	g.stmts(1 + g.intn(2))
	g.p("return %s", g.intExpr(1))
	g.shut()
	g.fn.lits--
	g.p("}")
}

// simple writes an assignment or a call.
func (g *gen) simple() {
	d := 2
	switch g.intn(11) {
	case 0, 1:
		if v := g.mutable("int"); v != "" {
			g.p("%s %s %s", v, g.pick("=", "+=", "-=", "^="), g.intExpr(d))
			return
		}
	case 2:
		if a, b := g.mutable("int"), g.mutable("int"); a != "" && a != b {
			g.p("%s, %s = %s, %s", a, b, g.intExpr(d), g.intExpr(1))
			return
		}
	case 3:
		if s := g.oneOf("[]int"); s != "" {
			g.p("%s[%sIdx(%s, len(%s))] %s %s", s, g.prefix, g.intExpr(1), s, g.pick("=", "+=", "*="), g.intExpr(d))
			return
		}
	case 4:
		if m := g.oneOf("map[string]int"); m != "" {
			g.p("%s[%s] %s %s", m, g.strExpr(1), g.pick("=", "+="), g.intExpr(d))
			return
		}
	case 5:
		if o := g.oneOf("pair"); o != "" {
			g.p("%s%s %s %s", o, g.pick(".x", ".y", ".list[2]"), g.pick("=", "+="), g.intExpr(d))
			return
		}
	case 6:
		if p := g.oneOf("*int"); p != "" {
			g.p("*%s %s %s", p, g.pick("=", "+="), g.intExpr(d))
			return
		}
	case 7:
		for _, typ := range []string{"string", "bool", "[]int", "pair"} {
			if v := g.mutable(typ); v != "" && v != "o" && g.chance(50) {
				g.p("%s = %s", v, g.value(typ, d))
				return
			}
		}
	case 8:
		if v := g.mutable("int"); v != "" {
			g.p("%s%s", v, g.pick("++", "--"))
			return
		}
	case 9:
		if i, s := g.mutable("int"), g.oneOf("[]int"); i != "" && s != "" {
			g.p("%s, %s[%sIdx(%s, len(%s))] = %s, %s", i, s, g.prefix, i, s, g.intExpr(d), g.intExpr(d))
			return
		}
	}
	g.p("e.Log(\"%%v %%v\", %s, %s)", g.anyExpr(d), g.anyExpr(1))
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

// loop writes a loop of one of the forms, which ends after a few iterations.
func (g *gen) loop() {
	f := g.fn
	if f.loops >= 2 {
		g.simple()
		return
	}
	l := &label{name: g.name("loop")}
	f.labels = append(f.labels, l)
	g.open()
	head, first := g.loopHead()
	f.loops++
	text := first + g.block(1+g.intn(3))
	f.loops--
	g.shut()
	f.labels = f.labels[:len(f.labels)-1]
	if l.used {
		g.p("%s:", l.name)
	}
	g.p("%s {\n%s}", head, text)
}

// loopHead is the head of a loop, and what its body begins with.
func (g *gen) loopHead() (head, first string) {
	i, v := g.name("i"), g.name("v")
	limit := 1 + g.intn(3)
	switch g.intn(9) {
	case 0, 1:
		g.declare(i, "int", true)
		return fmt.Sprintf("for %s := 0; %s < %d; %s", i, i, limit, g.pick(i+"++", i+" += e.Int(1)")), ""
	case 2:
		g.p("%s := %d", i, limit)
		return fmt.Sprintf("for %s > 0 && %s", i, g.boolExpr(2)), i + "--\n"
	case 3:
		g.declare(i, "int", false)
		return fmt.Sprintf("for %s := range %d", i, limit), "_ = " + i + "\n"
	case 4:
		operand := g.value("[]int", 1)
		g.declare(i, "int", false)
		g.declare(v, "int", false)
		return fmt.Sprintf("for %s, %s := range %s", i, v, operand), fmt.Sprintf("if %s > 4 { break }\n_ = %s\n", i, v)
	case 5:
		a, b := g.intExpr(1), g.intExpr(1)
		g.declare(v, "int", false)
		return fmt.Sprintf("for _, %s := range [2]int{%s, %s}", v, a, b), "_ = " + v + "\n"
	case 6:
		g.declare(i, "int", false)
		return fmt.Sprintf("for %s, %s := range \"a\\u00e9z\"", i, v), fmt.Sprintf("e.Log(\"%%d %%c\", %s, %s)\n", i, v)
	case 7:
		if a := g.mutable("int"); a != "" {
			return fmt.Sprintf("for %s = range e.Int(%d)", a, limit), ""
		}
		return fmt.Sprintf("for range e.Int(%d)", limit), ""
	}
	g.p("%s := 0", i)
	return "for", fmt.Sprintf("if %s++; %s > %d { break }\n", i, i, limit)
}

func (g *gen) switchStmt() {
	tag := ""
	cond := func() string { return g.boolExpr(1) }
	if g.chance(60) {
		tag = g.intExpr(2)
		cond = func() string { return g.intExpr(1) + g.pick("", ", "+g.operand(1)) }
	}
	l := &label{name: g.name("choose")}
	text := g.captured(func() {
		n := 1 + g.intn(3)
		for k := range n {
			// Constants of one switch must differ: each has a variable or a call in it.
			g.p("case %s:\n%s", g.varied(cond(), tag != "", k), g.block(1+g.intn(2)))
			if g.chance(20) && k < n-1 {
				g.p("fallthrough")
			} else if g.chance(15) {
				g.p("if %s { break }", g.boolExpr(1))
				g.p("e.Log(\"after\")")
			}
		}
		if g.chance(60) {
			g.p("default:\n%s", g.block(1))
		}
	})
	if l.used {
		g.p("%s:", l.name)
	}
	g.p("switch %s {\n%s}", tag, text)
}

// varied makes the expressions of a case list calls, so that no two of them are equal constants.
func (g *gen) varied(list string, tagged bool, k int) string {
	if !tagged {
		return fmt.Sprintf("e.Bool(%q, %s)", g.name("c"), list)
	}
	return fmt.Sprintf("e.N(%d), %s", k, g.awaitOrCall(list))
}

func (g *gen) awaitOrCall(list string) string {
	parts := splitTop(list)
	for i, p := range parts {
		parts[i] = fmt.Sprintf("%s(%s)", g.pick("e.Int", "e.N"), p)
	}
	return strings.Join(parts, ", ")
}

// splitTop splits at commas outside of brackets.
func splitTop(list string) (parts []string) {
	depth, start := 0, 0
	quoted := false
	for i, c := range list {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.ContainsRune("([{", c):
			depth++
		case strings.ContainsRune(")]}", c):
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, strings.TrimSpace(list[start:i]))
			start = i + 1
		}
	}
	return append(parts, strings.TrimSpace(list[start:]))
}

func (g *gen) typeSwitch() {
	x := g.name("x")
	operand := g.value("any", 1)
	if g.chance(50) {
		operand = fmt.Sprintf("env.Val(e, %s)", operand)
	}
	clause := func(typ string) string {
		return g.captured(func() {
			g.open()
			g.declare(x, typ, false)
			g.p("_ = %s", x)
			g.stmts(1 + g.intn(2))
			g.shut()
		})
	}
	g.p("switch %s := %s.(type) {", x, operand)
	g.p("case int:\n%s", clause("int"))
	g.p("case string:\n%s", clause("string"))
	if g.chance(50) {
		g.p("default:\ne.Log(\"%%T\", %s)\n%s", x, g.block(1))
	}
	g.p("}")
}

func (g *gen) deferStmt() {
	f := g.fn
	switch g.intn(8) {
	case 7:
		v, err := g.name("v"), g.name("err")
		g.p("defer func() {")
		g.p("%s, %s := e.Clean(%s)", v, err, g.intExpr(0))
		f.lits++
		g.p("e.Log(\"cleaned %%d %%v %%v\", %s, %s, %s)", v, err, g.anyExpr(1))
		g.stmts(1)
		f.lits--
		g.p("}()")
	case 0, 1:
		g.p("defer e.Log(\"deferred %%v\", %s)", g.deferArg())
	case 2:
		if o := g.oneOf("pair"); o != "" {
			g.p("defer %s.bump()", o)
			return
		}
		g.p("defer e.N(%s)", g.deferArg())
	case 3, 4:
		g.p("defer func() {")
		f.lits++
		if g.chance(50) {
			g.p("p := recover()")
			g.p("e.Log(\"recovered %%v\", p)")
		}
		g.stmts(1 + g.intn(2))
		if f.named && g.chance(50) {
			g.p("r += %s", g.intExpr(1))
		}
		if g.chance(10) {
			g.p("panic(e.N(%d))", g.intn(9))
		}
		f.lits--
		g.p("}()")
	case 5:
		if f.named {
			g.p("defer e.Rescue(%q, &err)", g.name("d"))
			return
		}
		g.p("defer e.Log(\"%%v\", %s)", g.deferArg())
	case 6:
		a := g.name("a")
		g.p("defer func(%s int) { e.Log(\"with %%d\", %s) }(%s)", a, a, g.deferArg())
	}
}

// deferArg is an argument of a deferred call.
func (g *gen) deferArg() string { return g.intExpr(2) }

// step writes an await with an error, and what is done about it.
func (g *gen) step() {
	f := g.fn
	call := fmt.Sprintf("e.Step(%s)", g.intExpr(1))
	if c := g.call(1, true); c != "" && g.chance(50) {
		call = c
	}
	v, err := g.name("v"), g.name("err")
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
	case f.hasErr && g.chance(60):
		g.p("if %s != nil { return %s, %s }", err, g.intExpr(1), err)
	case g.chance(30):
		g.p("if %s != nil { panic(%s) }", err, err)
	default:
		g.p("e.Log(\"%%v\", %s)", err)
	}
	g.p("_ = %s", v)
	g.declare(v, "int", false)
}

// closures makes closures in a loop, which are called after it.
func (g *gen) closures() {
	if g.fn.loops >= 2 {
		g.simple()
		return
	}
	fs, i, f := g.name("fs"), g.name("i"), g.name("f")
	g.p("var %s []func() int", fs)
	head := fmt.Sprintf("for %s := 0; %s < 3; %s++", i, i, i)
	if g.chance(40) {
		head = fmt.Sprintf("for %s := range 3", i)
	}
	g.fn.loops++
	g.open()
	g.declare(i, "int", true)
	w := g.name("v")
	before, value := g.block(1), g.intExpr(2)
	g.declare(w, "int", false)
	lit := fmt.Sprintf("%s = append(%s, func() int { %s += %d; return %s + %s })", fs, fs, g.pick(i, w), g.intn(3), i, w)
	if g.chance(30) {
		lit = fmt.Sprintf("defer func() { %s++; e.Log(\"%%d %%d\", %s, %s) }()", w, i, w)
	}
	g.p("%s {\n%s%s := %s\n%s\n%s}", head, before, w, value, lit, g.block(1))
	g.shut()
	g.fn.loops--
	g.p("for _, %s := range %s { e.Log(\"%%d\", %s()) }", f, fs, f)
}

// jump writes a branch out of a loop on a condition.
func (g *gen) jump() {
	f := g.fn
	if len(f.labels) == 0 {
		g.backwards()
		return
	}
	l := f.labels[g.intn(len(f.labels))]
	l.used = true
	g.p("if %s { %s %s }", g.boolExpr(2), g.pick("break", "continue"), l.name)
}

// backwards writes a goto back over awaits and declarations.
func (g *gen) backwards() {
	if g.fn.loops > 0 {
		g.simple()
		return
	}
	i, again := g.name("i"), g.name("again")
	g.p("%s := 0", i)
	g.p("%s:", again)
	g.fn.loops++
	text := g.block(1 + g.intn(2))
	g.fn.loops--
	g.p("{\n%s}", text)
	g.p("if %s++; %s < %d { goto %s }", i, i, 2+g.intn(2), again)
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
