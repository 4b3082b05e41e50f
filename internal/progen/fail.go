package progen

import "fmt"

// failing writes something that panics, or leaves by Goexit: under a condition, or in a literal that
// recovers.
func (g *gen) failing() {
	if g.chance(15) {
		g.p("if %s {\nruntime.Goexit()\n}", g.rarely())
		return
	}
	if g.chance(30) {
		g.p("if %s {\n%s}", g.rarely(), g.failure())
		return
	}
	g.p("func() {\ndefer func() { e.Log(\"caught %%v\", recover()) }()\n%s}()", g.inner(noResult, func() { g.p("%s", g.failure()) }))
}

// rarely is a condition that is true now and then.
func (g *gen) rarely() string {
	return fmt.Sprintf("%s & 3 == 3", g.operand(1)) // not of 0, which is frequent
}

// failure is code that panics: with a value, or because the runtime finds an error.
func (g *gen) failure() string {
	x := g.intExpr(1)
	await := g.ready(fmt.Sprint(g.intn(4)))
	zero := g.ready("0")
	v := g.name("v")
	list := []string{
		fmt.Sprintf("var %s map[string]int\n%s[%s] %s %s\n", v, v, g.strExpr(1), g.pick("=", "+="), g.intExpr(2)),
		fmt.Sprintf("%s := []int{%s}\n%s[len(%s)+%s] %s %s\n", v, x, v, v, await, g.op(), g.intExpr(2)),
		fmt.Sprintf("%s := []int{%s}\ne.Log(\"%%v\", %s[%s:%s])\n", v, x, v, g.ready("2"), await),
		fmt.Sprintf("var %s *%sO\n%s.x %s %s\n", v, g.prefix, v, g.op(), await),
		fmt.Sprintf("var %s *%sO\ne.Log(\"%%d %%d\", %s.y, %s)\n", v, g.prefix, v, await),
		fmt.Sprintf("e.Log(\"%%d\", %s %s %s)\n", g.operand(1), g.pick("/", "%"), zero),
		fmt.Sprintf("e.Log(\"%%s\", any(%s).(string) + %sCat(%s))\n", await, g.prefix, await),
		fmt.Sprintf("var %s chan int\nclose(%s)\n", v, v),
		fmt.Sprintf("%s := make(chan int, 1)\nclose(%s)\n%s <- %s\n", v, v, v, await),
		fmt.Sprintf("var %s func(...int) int\ne.Log(\"%%d\", %s(%s))\n", v, v, await),
		fmt.Sprintf("e.Log(\"%%d\", len(make([]int, %s-9)))\n", await),
		fmt.Sprintf("e.Log(\"%%d\", map[any]int{}[any([]int{%s})])\n", await),
		fmt.Sprintf("e.Log(\"%%v\", any([]int{%s}) == any([]int{%s}))\n", x, await),
		fmt.Sprintf("var %s int = 1 << (%s - 9)\ne.Log(\"%%d\", %s)\n", v, await, v),
		fmt.Sprintf("e.Log(\"%%v\", [3]int([]int{%s, %s}))\n", await, x),
		fmt.Sprintf("panic(%sErr{%s})\n", g.prefix, g.intExpr(2)),
		fmt.Sprintf("panic(%s)\n", g.anyExpr(2)),
		fmt.Sprintf("defer func() { panic(fmt.Sprint(\"then \", recover())) }()\npanic(%s)\n", await),
	}
	if !g.fn.clean && g.has.meth {
		list = append(list, fmt.Sprintf("var %s %sI\ne.Log(\"%%d\", %s.Meth(e, %s))\n", v, g.prefix, v, await))
	}
	return list[g.turn("failure", len(list))]
}
