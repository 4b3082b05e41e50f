package progen

import "fmt"

// loopHead writes what stands before a loop, and gives its head.
func (g *gen) loopHead() head {
	switch n := g.intn(20); {
	case n < 5:
		return g.forHead()
	case n < 11:
		return g.rangeHead()
	case n < 14:
		return g.mapHead()
	case n < 15:
		return g.channelHead()
	default:
		return g.iteratorHead()
	}
}

// forHead is the head of a for loop without a range.
func (g *gen) forHead() head {
	i, limit := g.name("i"), 1+g.intn(3)
	switch g.turn("forHead", 4) {
	case 0, 1:
		g.declare(i, "int", true)
		post := g.pick(i+"++", i+" += "+g.ready("1"), fmt.Sprintf("%s, n = %s+1, n+%s", i, i, g.operand(1)))
		return head{text: fmt.Sprintf("for %s := %s; %s < %d; %s", i, g.pick("0", "0", g.ready("0")), i, limit, post)}
	case 2:
		g.p("%s := %d", i, limit)
		return head{text: fmt.Sprintf("for %s > 0 && %s", i, g.boolExpr(2)), first: i + "--\n"}
	}
	g.p("%s := 0", i)
	return head{text: "for", first: fmt.Sprintf("if %s++; %s > %d { break }\n", i, i, limit)}
}

// rangeHead is the head of a loop over a slice, array, string or integer.
func (g *gen) rangeHead() head {
	i, v, limit := g.name("i"), g.name("v"), 1+g.intn(3)
	switch g.turn("rangeHead", 9) {
	case 0:
		g.declare(i, "int", false)
		return head{text: fmt.Sprintf("for %s := range %d", i, limit), first: "_ = " + i + "\n"}
	case 1, 2:
		operand := g.sliceExpr(1)
		g.declare(i, "int", false)
		g.declare(v, "int", false)
		return head{text: fmt.Sprintf("for %s, %s := range %s", i, v, operand), first: fmt.Sprintf("if %s > 4 { break }\n_ = %s\n", i, v)}
	case 3:
		a, b := g.intExpr(1), g.intExpr(1)
		g.declare(v, "int", false)
		return head{text: fmt.Sprintf("for _, %s := range [2]int{%s, %s}", v, a, b), first: "_ = " + v + "\n"}
	case 4:
		a := g.some("[3]int")
		g.declare(v, "int", false)
		return head{text: fmt.Sprintf("for _, %s := range %s%s", v, g.pick("", "&", "&"), a), first: fmt.Sprintf("%s[2] += %s\n", a, v)}
	case 5:
		text := g.pick(`"a\u00e9z"`, `"\xff\u65e5"`, g.strExpr(1)+` + "s"`)
		g.declare(i, "int", false)
		return head{text: fmt.Sprintf("for %s, %s := range %s", i, v, text),
			first: fmt.Sprintf("if %s > 4 { break }\ne.Log(\"%%d %%c\", %s, %s)\n", i, i, v)}
	case 6:
		if to := g.target(0); to != "_" {
			return head{text: fmt.Sprintf("for %s = range %s", to, g.ready(fmt.Sprint(limit)))}
		}
	case 7:
		if to, s := g.target(0), g.some("[]int"); to != "_" {
			return head{text: fmt.Sprintf("for %s, %s = range %s", g.target(0), to, s),
				first: fmt.Sprintf("if len(%s) > 5 { break }\n%s = append(%s, %s)\n", s, s, s, g.intExpr(1))}
		}
	}
	return head{text: fmt.Sprintf("for range %s", g.ready(fmt.Sprint(limit)))}
}

// mapHead is the head of a loop over a map. All of its keys are alike to the body, or there is only one,
// so that their order does not show.
func (g *gen) mapHead() head {
	m, k, v := g.name("m"), g.name("k"), g.name("v")
	h := head{
		text:  fmt.Sprintf("for %s, %s := range %s", k, v, m),
		first: fmt.Sprintf("_, _ = %s, %s\n", k, v),
		after: fmt.Sprintf("e.Log(\"%%d %%d\", len(%s), %sTotal(%s))", m, g.prefix, m),
	}
	switch g.turn("mapHead", 8) {
	case 0:
		zero := g.name("zero")
		g.p("%s := 0.0", zero)
		g.p("%s := map[float64]int{%s/%s: 3, %s/%s: 3}", m, zero, zero, zero, zero)
		h.after = fmt.Sprintf("e.Log(\"%%d\", len(%s))", m)
		g.declare(v, "int", false)
		return h
	case 1, 2:
		g.p("%s := map[string]int{%s: %s}", m, g.strExpr(2), g.intExpr(2))
		g.declare(k, "string", false)
		g.declare(v, "int", false)
		return h
	case 3:
		g.p("var %s map[string]int", m)
		g.p("if %s { %s = map[string]int{\"a\": 1} }", g.boolExpr(1), m)
	default:
		value := g.name("value")
		g.p("%s := %s", value, g.intExpr(2))
		g.p("%s := map[string]int{\"a\": %s, \"b\": %s, \"c\": %s}", m, value, value, value)
	}
	change := []string{
		fmt.Sprintf("%s[%s] += %s\n", m, k, g.intExpr(2)),
		fmt.Sprintf("delete(%s, %s)\n", m, k),
		fmt.Sprintf("for other := range %s {\nif other != %s { delete(%s, other) }\n}\n", m, k, m),
		fmt.Sprintf("if %s {\n%s[%s+\"+\"] = %s\nbreak\n}\n", g.boolExpr(1), m, k, g.intExpr(1)),
		fmt.Sprintf("clear(%s)\n", m),
		fmt.Sprintf("%s = map[string]int{\"new\": %s}\n", m, v),
	}
	h.first += change[g.intn(len(change))]
	g.declare(v, "int", false)
	return h
}

// channelHead is the head of a loop over a channel.
func (g *gen) channelHead() head {
	c, v := g.name("ch"), g.name("v")
	g.closed(c)
	g.declare(v, "int", false)
	return head{text: fmt.Sprintf("for %s := range %s", v, c), first: fmt.Sprintf("_ = %s\n", v)}
}

// iteratorHead is the head of a loop over an iterator function.
func (g *gen) iteratorHead() head {
	i, v := g.name("i"), g.name("v")
	one := func(operand string) head {
		g.declare(i, "int", false)
		return head{text: fmt.Sprintf("for %s := range %s", i, operand), first: "_ = " + i + "\n", seq: true}
	}
	two := func(operand string) head {
		g.declare(i, "int", false)
		g.declare(v, "int", false)
		return head{text: fmt.Sprintf("for %s, %s := range %s", i, v, operand), first: fmt.Sprintf("_, _ = %s, %s\n", i, v), seq: true}
	}
	count := g.pick("2", "3", fmt.Sprintf("%sIdx(%s, 4)", g.prefix, g.intExpr(1)))
	switch g.turn("iteratorHead", 9) {
	case 0, 1, 2:
		if to := g.target(1); to != "_" && g.chance(25) {
			return head{text: fmt.Sprintf("for %s = range %sSeq(e, %s)", to, g.prefix, count), seq: true}
		}
		return one(fmt.Sprintf("%sSeq(e, %s)", g.prefix, count))
	case 3:
		return two(g.some("pair") + ".each")
	case 4:
		if o := g.object(); o != "" {
			return one(fmt.Sprintf("%sMapped(%s.each, func(k, v int) int {\nreturn k + v + %s\n})", g.prefix, o, g.constant()))
		}
	case 5:
		return one(fmt.Sprintf("func(yield func(int) bool) {\n%s}", g.plainLit(noResult, func() {
			g.p("defer e.Log(\"own out\")")
			g.stmts(1)
			g.p("_ = yield(%s) && yield(%s)", g.intExpr(1), g.intExpr(1))
		})))
	case 6:
		s := g.name("s")
		g.declare(s, "string", false)
		g.declare(i, "int", false)
		return head{text: fmt.Sprintf("for %s, %s := range %sBad", s, i, g.prefix),
			first: fmt.Sprintf("_, _ = %s, %s\nif %s { break }\n", s, i, g.boolExpr(1)), seq: true}
	case 7:
		if v := g.oneOf("seq"); v != "" {
			return one(v)
		}
	}
	return head{text: fmt.Sprintf("for range %sWhile(e, %s)", g.prefix, count), seq: true}
}

// constant is an expression that has no calls.
func (g *gen) constant() string {
	if v := g.oneOf("int"); v != "" {
		return v
	}
	return fmt.Sprint(g.intn(9))
}
