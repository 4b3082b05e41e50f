package progen

import "fmt"

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

// op is an operator of an assignment that cannot fail.
func (g *gen) op() string {
	return []string{"+=", "-=", "*=", "^=", "|=", "&=", "&^=", "="}[g.turn("op", 8)]
}

// target is an operand of type int that can be assigned to: calls and awaits may be in it.
func (g *gen) target(depth int) string {
	switch g.turn("target", 8) {
	case 0:
		s := g.some("[]int")
		return fmt.Sprintf("%s[%sIdx(%s, len(%s))]", s, g.prefix, g.intExpr(depth), s)
	case 1:
		return fmt.Sprintf("%s[%s]", g.some("map[string]int"), g.strExpr(depth+1))
	case 2:
		o := g.object()
		if o == "" {
			o = g.some("pair")
		}
		return o + g.pick(".x", ".y", fmt.Sprintf(".list[%sIdx(%s, 3)]", g.prefix, g.intExpr(depth)))
	case 3:
		if v := g.mutable("int"); v != "" {
			return fmt.Sprintf("*%sPtr(e, &%s)", g.prefix, v)
		}
	case 4:
		return fmt.Sprintf("%s[%sIdx(%s, 3)]", g.some("[3]int"), g.prefix, g.intExpr(depth))
	case 5:
		return "*" + g.some("*int")
	case 6:
		b := g.some("box")
		return g.pick(b+".v", b+".next.v")
	}
	if v := g.mutable("int"); v != "" {
		return v
	}
	return "_"
}

// assignment writes an assignment of one of the rarer forms.
func (g *gen) assignment() {
	to := g.target(1)
	switch g.turn("assignment", 13) {
	case 0, 1:
		if to != "_" {
			g.p("%s %s %s", to, g.op(), g.intExpr(2))
			return
		}
	case 2:
		if to != "_" {
			g.p("%s %s (%s & 3)", to, g.pick("<<=", ">>="), g.notConstant(1))
			return
		}
	case 3:
		if to != "_" {
			g.p("%s %s e.N(%s)", to, g.pick("/=", "%="), g.divisor(g.intExpr(2)))
			return
		}
	case 4:
		if g.canAppend() {
			g.p("%s += %s", g.some("string"), g.value("string", 3))
			return
		}
	case 5:
		if to != "_" {
			g.p("%s%s", to, g.pick("++", "--"))
			return
		}
	case 6:
		g.p("%s, %s, %s = %s, %s, %s", to, g.target(1), g.target(0), g.intExpr(2), g.intExpr(1), g.intExpr(1))
		return
	case 7:
		s := g.some("[]int") // what is swapped overlaps, perhaps
		i, j := g.intExpr(2), g.intExpr(2)
		at := func(k string) string { return fmt.Sprintf("%s[%sIdx(%s, len(%s))]", s, g.prefix, k, s) }
		g.p("%s, %s = %s, %s", at(i), at(j), at(j), at(i))
		return
	case 8:
		ok := g.boolTarget()
		g.p("%s, %s = %s", to, ok, g.commaOk(1))
		return
	case 9:
		v, ok := g.name("v"), g.name("ok")
		g.p("%s, %s := %s", v, ok, g.commaOk(2))
		g.p("_, _ = %s, %s", v, ok)
		g.declare(v, "int", false)
		g.declare(ok, "bool", false)
		return
	case 10:
		if !g.fn.clean {
			g.p("%s, %s = env.Two(e, %s, %s)", to, g.target(1), g.intExpr(1), g.intExpr(1))
			return
		}
	case 11:
		if i := g.mutable("int"); i != "" {
			s := g.some("[]int")
			g.p("%s, %s[%sIdx(%s, len(%s))] = %s, %s", i, s, g.prefix, i, s, g.intExpr(2), g.intExpr(2))
			return
		}
	}
	g.copies()
}

// canAppend keeps strings short: no appending in loops in loops.
func (g *gen) canAppend() bool { return g.fn.loops < 2 }

// boolTarget is an operand of type bool that can be assigned to.
func (g *gen) boolTarget() string {
	if v := g.mutable("bool"); v != "" {
		return v
	}
	return "_"
}

// commaOk is an expression of type int of which one can ask whether it is there.
func (g *gen) commaOk(depth int) string {
	switch g.turn("commaOk", 3) {
	case 0:
		return fmt.Sprintf("%s[%s]", g.some("map[string]int"), g.strExpr(depth+1))
	case 1:
		return "<-" + g.some("closed")
	}
	if g.awaits() && !g.fn.clean {
		return fmt.Sprintf("env.Val(e, any(%s)).(int)", g.anyExpr(depth))
	}
	return fmt.Sprintf("any(%s).(int)", g.anyExpr(depth))
}

// copies writes an assignment of a whole array, structure or slice, and a change of the copy.
func (g *gen) copies() {
	typ := g.pick("[3]int", "pair", "float64", "uint8", "error", "kind")
	v := g.mutable(typ)
	if v == "o" {
		v = ""
	}
	w := g.name("w")
	switch {
	case v == "":
		g.simple()
	case typ == "[3]int" && g.chance(60):
		g.p("%s := %s", w, v)
		g.p("%s[1] += %s", w, g.intExpr(2))
		g.p("e.Log(\"%%v %%v\", %s, %s)", v, w)
	case typ == "pair" && g.chance(60):
		g.p("%s := %s", w, v)
		g.p("%s.list[%sIdx(%s, 3)] = %s", w, g.prefix, g.intExpr(1), g.intExpr(1))
		g.p("%s = %s", v, w)
	default:
		g.p("%s = %s", v, g.value(typ, 2))
	}
}
