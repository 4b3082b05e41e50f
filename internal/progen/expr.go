package progen

import "fmt"

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
	switch g.intn(20) {
	case 0, 1:
		return fmt.Sprintf("%s %s %s", x(), g.pick("+", "-", "*", "&", "|", "^", "&^"), g.operand(depth-1))
	case 2:
		return fmt.Sprintf("(%s %s %s)", x(), g.pick("+", "-"), x())
	case 3:
		return fmt.Sprintf("e.N(%s)", x())
	case 4:
		if s := g.oneOf("[]int"); s != "" {
			if g.chance(3) {
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
		if o := g.object(); o != "" {
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
		return fmt.Sprintf("%s %s e.N(%s)", g.operand(depth-1), g.pick("/", "%"), g.divisor(x()))
	case 13, 14:
		return g.shift(depth - 1)
	case 15, 16:
		return g.rareInt(depth - 1)
	}
	return g.operand(depth)
}

// divisor is x, which may be 0, or more often what is not 0.
func (g *gen) divisor(x string) string {
	if g.chance(10) {
		return x
	}
	return x + " | 1"
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

// notConstant is an int expression that the compiler does not evaluate.
func (g *gen) notConstant(depth int) string {
	switch v := g.oneOf("int"); {
	case v != "" && g.chance(50):
		return v
	case depth > 0 && g.awaits() && g.chance(60):
		return g.intAwait(depth - 1)
	}
	return fmt.Sprintf("e.N(%s)", g.intExpr(depth-1))
}

// intAwait is an int expression that awaits.
func (g *gen) intAwait(depth int) string {
	x := func() string { return g.intExpr(depth) }
	if g.fn.clean {
		return g.cleanAwait(depth)
	}
	switch g.intn(14) {
	case 3:
		if v := g.mutable("int"); v != "" {
			return fmt.Sprintf("env.Do(e, %s, func() { %s %s %d })", x(), v, g.pick("=", "+=", "^="), g.intn(50))
		}
	case 4:
		return fmt.Sprintf("rt.Must(rt.Await(e.IntAsync(%s)))", x())
	case 5, 6:
		if call := g.call(depth, anInt); call != "" {
			return call
		}
	case 7:
		if g.fn.budget > 3 && g.fn.loops < 2 {
			return g.calledLiteral(depth)
		}
	case 8:
		return fmt.Sprintf("len(env.Val(e, %s))", g.strExpr(depth))
	case 9:
		if o := g.object(); o != "" && g.fn.loops < 2 && g.has.meth {
			return fmt.Sprintf("%s.Meth(e, %s)", o, x())
		}
	case 10:
		if g.has.callback {
			return g.libraryCall(depth)
		}
	case 11:
		if g.fn.loops < 2 && g.fn.budget > 2 {
			return "rt.Must(rt.Await(" + g.future(depth) + "))"
		}
	}
	return fmt.Sprintf("e.Int(%s)", x())
}

// cleanAwait is an int expression that awaits in code that no script stops.
func (g *gen) cleanAwait(depth int) string {
	switch g.intn(8) {
	case 0:
		if call := g.call(depth, anInt); call != "" {
			return call
		}
	case 1:
		if g.fn.budget > 3 && g.fn.loops < 2 {
			return g.calledLiteral(depth)
		}
	case 2:
		return fmt.Sprintf("rt.Must(rt.Await(e.CleanIntAsync(%s)))", g.intExpr(depth))
	}
	return g.ready(g.intExpr(depth))
}

// ready is an int expression that awaits n.
func (g *gen) ready(n string) string {
	if g.fn.clean {
		return "e.CleanInt(" + n + ")"
	}
	return "e.Int(" + n + ")"
}

// stepCall is a call that awaits and gives an int and an error.
func (g *gen) stepCall() string {
	if c := g.call(1, intAndErr); c != "" && g.chance(50) {
		return c
	}
	if g.fn.clean {
		return fmt.Sprintf("e.Clean(%s)", g.intExpr(1))
	}
	return fmt.Sprintf("e.Step(%s)", g.intExpr(1))
}

// libraryCall is a call of one of the functions of the prelude.
func (g *gen) libraryCall(depth int) string {
	x := func() string { return g.intExpr(depth) }
	switch g.turn("libraryCall", 8) {
	case 0:
		if i := g.oneOf("interface"); i != "" {
			return fmt.Sprintf("%sHow(e, %s, %s)", g.prefix, i, x())
		}
		return fmt.Sprintf("%sHow[*%sE](e, &%sE{tag: %s}, %s)", g.prefix, g.prefix, g.prefix, g.strExpr(0), x())
	case 1:
		return fmt.Sprintf("rt.Must(%sLast(e, []int{%s, %s}, %s))", g.prefix, x(), g.intExpr(0), x())
	case 2:
		return fmt.Sprintf("int(rt.Must(%sLast[[]int8](e, []int8{2}, int8(%s))))", g.prefix, g.notConstant(depth))
	case 3:
		if b := g.oneOf("box"); b != "" {
			return b + ".Len(e)"
		}
		return fmt.Sprintf("(%sBox[string]{%s, nil}).Len(e)", g.prefix, g.strExpr(depth))
	case 4:
		if s := g.oneOf("[]int"); s != "" {
			return fmt.Sprintf("%sSpread(e, %s, %s...)", g.prefix, g.strExpr(0), s)
		}
		return fmt.Sprintf("%sSpread(e, %s, %s...)", g.prefix, g.strExpr(0), g.fresh(depth))
	case 5:
		return fmt.Sprintf("%sSpread(e, %s, %s, %s)", g.prefix, g.strExpr(0), x(), x())
	case 6:
		return fmt.Sprintf("%sSpread(e, %s)", g.prefix, g.strExpr(depth))
	}
	if i := g.oneOf("interface"); i != "" {
		return fmt.Sprintf("%s.Meth(e, %s)", i, x())
	}
	return fmt.Sprintf("%sApply(e, func() int {\n%s})", g.prefix, g.inner(anInt, func() {
		g.stmts(1)
		g.p("return %s", g.intExpr(1))
	}))
}

// callable are the marked functions that may be called here.
func (g *gen) callable(r results) (fit []*function) {
	if g.fn.loops > 1 {
		return nil
	}
	for _, f := range g.funcs {
		if f.results == r && (f.clean || !g.fn.clean) {
			fit = append(fit, f)
		}
	}
	return fit
}

// call is a call of a marked function with the results that are asked for, "" if there is none.
func (g *gen) call(depth int, r results) string {
	fit := g.callable(r)
	if len(fit) == 0 {
		return ""
	}
	f := fit[g.intn(len(fit))]
	name, args := g.callee(f, "", depth)
	return name + args
}

// callee is a marked function, or its async form, and the arguments for it.
func (g *gen) callee(f *function, async string, depth int) (name, args string) {
	switch arg := g.intExpr(depth); {
	case f.generic:
		name, list := f.name+async, g.pick("\"v\"", "2.5", "true", g.intExpr(depth))
		if g.chance(20) {
			name, list = name+"[any]", g.anyExpr(depth)
		}
		return name, fmt.Sprintf("(e, %s, %s)", list, arg)
	case f.method:
		if o := g.object(); o != "" {
			return o + "." + f.name + async, fmt.Sprintf("(e, %s)", arg)
		}
		return fmt.Sprintf("(&%sO{x: %s}).%s%s", g.prefix, g.intExpr(depth), f.name, async), fmt.Sprintf("(e, %s)", arg)
	default:
		return f.name + async, fmt.Sprintf("(e, %s)", arg)
	}
}

// calledLiteral is a literal that is called where it stands: it awaits, and is code of the function.
func (g *gen) calledLiteral(depth int) string {
	a := g.name("a")
	arg := g.intExpr(depth)
	return fmt.Sprintf("func(%s int) int {\n%s}(%s)", a, g.inner(anInt, func() {
		g.declare(a, "int", false)
		g.stmts(1 + g.intn(2))
		g.p("return %s", g.intExpr(1))
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
		if g.awaits() && !g.fn.clean {
			return fmt.Sprintf("e.Is(%q, %s)", g.name("b"), g.boolExpr(depth-1))
		}
	case 5:
		return fmt.Sprintf("%s == %s", g.strExpr(depth-1), g.strExpr(depth-1))
	case 6:
		return g.compared(depth - 1)
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
		if g.awaits() && !g.fn.clean {
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

// shift is an int expression with a shift; an untyped constant takes its type from where it stands.
func (g *gen) shift(depth int) string {
	count := fmt.Sprintf("(%s & 7)", g.notConstant(depth))
	switch g.turn("shift", 4) {
	case 0:
		return fmt.Sprintf("(1 << %s)", count)
	case 1:
		return fmt.Sprintf("(%s >> %s)", g.operand(depth), count)
	case 2:
		return fmt.Sprintf("int(uint8(200<<%s) + uint8(%s))", count, g.notConstant(depth))
	}
	return fmt.Sprintf("(%s << uint(%s))", g.operand(depth), count)
}

// rareInt is an int expression that reads a variable of one of the less usual types.
func (g *gen) rareInt(depth int) string {
	switch g.turn("rareInt", 7) {
	case 0:
		if c := g.oneOf("closed"); c != "" {
			return g.pick("<-"+c, "len("+c+")")
		}
	case 1:
		if a := g.oneOf("[3]int"); a != "" {
			return fmt.Sprintf("%s[%sIdx(%s, len(%s))]", a, g.prefix, g.intExpr(depth), a)
		}
	case 2:
		if v := g.oneOf("uint8"); v != "" {
			return fmt.Sprintf("int(%s)", v)
		}
	case 3:
		if v := g.oneOf("float64"); v != "" {
			return fmt.Sprintf("int(%s * 4)", v)
		}
	case 4:
		if v := g.oneOf("kind"); v != "" {
			return fmt.Sprintf("int(%s + %sB)", v, g.prefix)
		}
	case 5:
		if b := g.oneOf("box"); b != "" {
			return g.pick(b+".v", b+".next.v")
		}
	}
	if i := g.oneOf("interface"); i != "" && g.chance(50) {
		return fmt.Sprintf("%s.(interface{ bump() int }).bump()", i)
	}
	return fmt.Sprintf("len(%sCat(%s, %s))", g.prefix, g.anyExpr(depth), g.anyExpr(0))
}

// compared is a comparison of values that are no numbers.
func (g *gen) compared(depth int) string {
	switch g.turn("compared", 5) {
	case 0:
		return fmt.Sprintf("(%s == [3]int{%s})", g.value("[3]int", depth+1), g.intExpr(depth+1))
	case 1:
		return fmt.Sprintf("(%s != %sO{x: %s})", g.value("pair", depth+1), g.prefix, g.intExpr(depth+1))
	case 2:
		if err := g.oneOf("error"); err != "" {
			return fmt.Sprintf("errors.Is(%s, %sErr{%s})", err, g.prefix, g.intExpr(depth))
		}
	case 3:
		if k := g.oneOf("kind"); k != "" {
			return fmt.Sprintf("%s <= %sA", k, g.prefix)
		}
	}
	return fmt.Sprintf("any(%s) == any(%s)", g.anyExpr(depth), g.anyExpr(depth))
}

// floatExpr is an expression of type float64, with untyped constants.
func (g *gen) floatExpr(depth int) string {
	v := g.oneOf("float64")
	if depth <= 0 {
		if v != "" {
			return v
		}
		return "0.5"
	}
	switch g.intn(4) {
	case 0:
		if v != "" {
			return fmt.Sprintf("%s %s 1.5", v, g.pick("+", "*", "-"))
		}
	case 1:
		return fmt.Sprintf("2 * float64(%s)", g.notConstant(depth))
	case 2:
		if g.awaits() && !g.fn.clean {
			return fmt.Sprintf("1 / 4.0 + env.Val(e, %s)", g.floatExpr(depth-1))
		}
	}
	return fmt.Sprintf("float64(%s) / 4", g.operand(depth))
}
