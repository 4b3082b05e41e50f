package progen

import (
	"fmt"
	"strings"
)

func (g *gen) switchStmt() {
	tag := ""
	cond := func() string { return g.boolExpr(1) }
	if g.chance(60) {
		tag = g.intExpr(2)
		cond = func() string { return g.intExpr(1) + g.pick("", ", "+g.operand(1)) }
	}
	l := &label{name: g.name("choose")}
	text := g.labelled(l, func() string { return g.captured(func() { g.clauses(cond, tag != "") }) })
	if l.used {
		g.p("%s:", l.name)
	}
	g.p("switch %s {\n%s}", tag, text)
}

// clauses writes those of a switch; default may stand anywhere.
func (g *gen) clauses(cond func() string, tagged bool) {
	n := 1 + g.intn(3)
	def := g.intn(n + 3)
	for k := range n {
		if k == def {
			g.p("default:\n%s", g.block(1))
		}
		// Constants of one switch must differ: each has a variable or a call in it.
		g.p("case %s:\n%s", g.varied(cond(), tagged, k), g.block(1+g.intn(2)))
		if g.chance(20) && k < n-1 {
			g.p("fallthrough")
		} else if g.chance(15) {
			g.p("if %s { break }", g.boolExpr(1))
			g.p("e.Log(\"after\")")
		}
	}
	if def == n {
		g.p("default:\n%s", g.block(1))
	}
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
		parts[i] = fmt.Sprintf("%s(%s)", g.pick(strings.TrimSuffix(g.ready(""), "()"), "e.N"), p)
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

// typeSwitch writes a type switch: with a variable or none, over several types and nil.
func (g *gen) typeSwitch() {
	x := g.name("x")
	operand := "any(" + []string{
		g.anyExpr(1), g.strExpr(2), "nil", g.value("error", 1), g.fresh(1), "&" + g.prefix + "O{}", g.floatExpr(1),
	}[g.turn("typeSwitch", 7)] + ")"
	if g.awaits() && !g.fn.clean && g.chance(50) {
		operand = fmt.Sprintf("env.Val(e, %s)", operand)
	}
	if err := g.oneOf("error"); err != "" && g.chance(30) {
		operand = "any(" + err + ")"
	}
	bound := g.chance(75)
	clause := func(typ string) string {
		return g.captured(func() {
			g.open()
			if bound {
				g.p("_ = %s", x)
				g.declare(x, typ, false)
			}
			g.stmts(1 + g.intn(2))
			if g.chance(15) {
				g.p("if %s { break }\n%s", g.boolExpr(1), g.block(1))
			}
			g.shut()
		})
	}
	if bound {
		g.p("switch %s := %s.(type) {", x, operand)
	} else {
		g.p("switch %s.(type) {", operand)
	}
	g.p("case int:\n%s", clause("int"))
	if g.chance(50) {
		g.p("case string, nil:\n%s", clause("any"))
	} else {
		g.p("case string:\n%s", clause("string"))
	}
	g.p("case %sErr, *%sO, []int, map[string]int, error:\n%s", g.prefix, g.prefix, clause("any"))
	if g.chance(50) {
		g.p("default:\ne.Log(\"other\")\n%s", g.block(1))
	}
	g.p("}")
}
