package progen

import "fmt"

// vars are the variables of a type that can be named here, inner ones first.
func (g *gen) vars(typ string, ok func(*variable) bool) (list []*variable) {
	seen := map[string]bool{}
	for i := len(g.fn.scopes) - 1; i >= 0; i-- {
		for j := len(g.fn.scopes[i].vars) - 1; j >= 0; j-- {
			v := g.fn.scopes[i].vars[j]
			if seen[v.name] {
				continue // hidden by an inner one
			}
			seen[v.name] = true
			if v.typ == typ && (ok == nil || ok(v)) {
				list = append(list, v)
			}
		}
	}
	return list
}

// oneOf is the name of some variable of a type, "" if there is none.
func (g *gen) oneOf(typ string) string {
	list := g.vars(typ, nil)
	if len(list) == 0 {
		return ""
	}
	return list[g.intn(len(list))].name
}

// mutable is the name of some variable of a type that may be given any value.
func (g *gen) mutable(typ string) string {
	list := g.vars(typ, func(v *variable) bool { return !v.rise })
	if len(list) == 0 {
		return ""
	}
	return list[g.intn(len(list))].name
}

// awaits says whether an await may stand here.
func (g *gen) awaits() bool { return g.fn.lits == 0 }

// intExpr is an expression of type int; depth bounds its size.
func (g *gen) intExpr(depth int) string {
	if depth <= 0 || g.chance(15) {
		if v := g.oneOf("int"); v != "" && g.chance(70) {
			return v
		}
		return fmt.Sprint(g.intn(10))
	}
	if g.awaits() && g.chance(35) {
		return g.intAwait(depth - 1)
	}
	x := func() string { return g.intExpr(depth - 1) }
	switch g.intn(14) {
	case 0, 1:
		return fmt.Sprintf("%s %s %s", x(), g.pick("+", "-", "*", "&", "|", "^"), g.operand(depth-1))
	case 2:
		return fmt.Sprintf("(%s %s %s)", x(), g.pick("+", "-"), x())
	case 3:
		return fmt.Sprintf("e.N(%s)", x())
	case 4:
		if s := g.oneOf("[]int"); s != "" {
			if g.chance(10) {
				return fmt.Sprintf("%s[e.N(%s)]", s, x()) // out of range, perhaps
			}
			return fmt.Sprintf("%s[%sIdx(%s, len(%s))]", s, g.prefix, x(), s)
		}
	case 5:
		if s := g.oneOf("[]int"); s != "" {
			return fmt.Sprintf("len(%s)", s)
		}
	case 6:
		if m := g.oneOf("map[string]int"); m != "" {
			return fmt.Sprintf("%s[%s]", m, g.strExpr(depth-1))
		}
	case 7:
		if o := g.oneOf("pair"); o != "" {
			return o + g.pick(".x", ".y", ".list[1]", ".bump()", ".sum()", fmt.Sprintf(".list[%sIdx(%s, 3)]", g.prefix, x()))
		}
	case 8:
		if p := g.oneOf("*int"); p != "" {
			return "*" + p
		}
	case 9:
		if f := g.oneOf("func(int) int"); f != "" {
			return fmt.Sprintf("%s(%s)", f, x())
		}
	case 10:
		return fmt.Sprintf("%s(%s, %s)", g.pick("min", "max"), x(), x())
	case 11:
		return fmt.Sprintf("int(uint8(e.N(%s)))", x())
	case 12:
		return fmt.Sprintf("%s / e.N(%s)", g.operand(depth-1), x()) // by zero, perhaps
	}
	return g.operand(depth)
}

// operand is an int expression that binds tightly.
func (g *gen) operand(depth int) string {
	if v := g.oneOf("int"); v != "" && g.chance(60) {
		return v
	}
	if depth > 0 && g.awaits() {
		return g.intAwait(depth - 1)
	}
	return fmt.Sprint(1 + g.intn(9))
}

// intAwait is an int expression that awaits.
func (g *gen) intAwait(depth int) string {
	x := func() string { return g.intExpr(depth) }
	switch g.intn(9) {
	case 0, 1, 2:
		return fmt.Sprintf("e.Int(%s)", x())
	case 3:
		if v := g.mutable("int"); v != "" {
			return fmt.Sprintf("env.Do(e, %s, func() { %s %s %d })", x(), v, g.pick("=", "+=", "^="), g.intn(50))
		}
	case 4:
		return fmt.Sprintf("rt.Must(rt.Await(e.IntAsync(%s)))", x())
	case 5, 6:
		if call := g.call(depth, false); call != "" {
			return call
		}
	case 7:
		if g.fn.budget > 3 && g.fn.loops < 2 {
			return g.calledLiteral(depth)
		}
	case 8:
		return fmt.Sprintf("len(env.Val(e, %s))", g.strExpr(depth))
	}
	return fmt.Sprintf("e.Int(%s)", x())
}

// call is a call of a marked function with the kind of results that is asked for, "" if there is none.
func (g *gen) call(depth int, hasErr bool) string {
	var fit []*function
	for _, f := range g.funcs {
		if f.hasErr == hasErr {
			fit = append(fit, f)
		}
	}
	if len(fit) == 0 || g.fn.loops > 1 {
		return ""
	}
	f := fit[g.intn(len(fit))]
	switch arg := g.intExpr(depth); {
	case f.generic:
		return fmt.Sprintf("%s(e, %s, %s)", f.name, g.pick(`"v"`, "2.5", "true", g.intExpr(depth)), arg)
	case f.method:
		if o := g.oneOf("pair"); o != "" {
			return fmt.Sprintf("%s.%s(e, %s)", o, f.name, arg)
		}
		return fmt.Sprintf("(&%sO{x: %s}).%s(e, %s)", g.prefix, g.intExpr(depth), f.name, arg)
	default:
		return fmt.Sprintf("%s(e, %s)", f.name, arg)
	}
}

// calledLiteral is a literal that is called where it stands: it awaits, and is code of the function.
func (g *gen) calledLiteral(depth int) string {
	a := g.name("a")
	arg := g.intExpr(depth)
	return fmt.Sprintf("func(%s int) int {\n%s}(%s)", a, g.captured(func() {
		outer := *g.fn
		g.fn.named, g.fn.hasErr, g.fn.labels = false, false, nil
		g.open()
		g.declare(a, "int", false)
		g.stmts(1 + g.intn(2))
		g.p("return %s", g.intExpr(1))
		g.shut()
		g.fn.named, g.fn.hasErr, g.fn.labels = outer.named, outer.hasErr, outer.labels
	}), arg)
}

// boolExpr is an expression of type bool.
func (g *gen) boolExpr(depth int) string {
	if depth <= 0 {
		if v := g.oneOf("bool"); v != "" && g.chance(50) {
			return v
		}
		return fmt.Sprintf("%s %s %s", g.intExpr(0), g.pick("<", ">", "==", "!=", "<=", ">="), g.intExpr(0))
	}
	switch g.intn(8) {
	case 0:
		return fmt.Sprintf("%s && %s", g.boolExpr(depth-1), g.boolExpr(depth-1))
	case 1:
		return fmt.Sprintf("(%s || %s)", g.boolExpr(depth-1), g.boolExpr(depth-1))
	case 2:
		return fmt.Sprintf("!(%s)", g.boolExpr(depth-1))
	case 3, 4:
		if g.awaits() {
			return fmt.Sprintf("e.Is(%q, %s)", g.name("b"), g.boolExpr(depth-1))
		}
	case 5:
		return fmt.Sprintf("%s == %s", g.strExpr(depth-1), g.strExpr(depth-1))
	}
	return fmt.Sprintf("%s %s %s", g.intExpr(depth-1), g.pick("<", ">", "==", "!=", "<=", ">="), g.intExpr(depth-1))
}

// strExpr is an expression of type string.
func (g *gen) strExpr(depth int) string {
	if depth <= 0 || g.chance(30) {
		if v := g.oneOf("string"); v != "" && g.chance(60) {
			return v
		}
		return g.pick(`"a"`, `"b"`, `"cc"`, `""`)
	}
	switch g.intn(4) {
	case 0:
		return fmt.Sprintf("%s + %s", g.strExpr(depth-1), g.strExpr(depth-1))
	case 1:
		if g.awaits() {
			return fmt.Sprintf("env.Val(e, %s)", g.strExpr(depth-1))
		}
	case 2:
		return fmt.Sprintf("%sCat(%s, %s)", g.prefix, g.intExpr(depth-1), g.anyExpr(depth-1))
	}
	return g.pick(`"a"`, `"b"`)
}

// anyExpr is an expression of any basic type.
func (g *gen) anyExpr(depth int) string {
	switch g.intn(4) {
	case 0:
		return g.boolExpr(depth)
	case 1:
		return g.strExpr(depth)
	}
	return g.intExpr(depth)
}

// value is an expression of the given type, for a declaration or an assignment.
func (g *gen) value(typ string, depth int) string {
	switch typ {
	case "int":
		return g.intExpr(depth)
	case "bool":
		return g.boolExpr(depth)
	case "string":
		return g.strExpr(depth)
	case "[]int":
		if s := g.oneOf("[]int"); s != "" && g.chance(50) {
			return fmt.Sprintf("append(%s, %s)", s+g.pick("", "[:1]"), g.intExpr(depth))
		}
		return fmt.Sprintf("[]int{%s, %s, %s}", g.intExpr(depth), g.intExpr(depth-1), g.intExpr(0))
	case "map[string]int":
		return fmt.Sprintf("map[string]int{%s: %s, \"k\" + %s: %s}", `"z"`, g.intExpr(depth), g.strExpr(depth-1)+`+"!"`, g.intExpr(depth-1))
	case "pair":
		if o := g.oneOf("pair"); o != "" && g.fn.scopes[0].vars != nil && g.chance(40) && o != "o" {
			return o
		}
		return fmt.Sprintf("%sO{x: %s, list: [3]int{1: %s}}", g.prefix, g.intExpr(depth), g.intExpr(depth-1))
	case "*int":
		if v := g.mutable("int"); v != "" {
			return "&" + v
		}
		return "new(int)"
	case "any":
		return "any(" + g.anyExpr(depth) + ")"
	}
	panic("progen: no value of type " + typ)
}
