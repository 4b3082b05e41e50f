package progen

import "fmt"

// closed writes a channel that holds some values and is closed, so that nothing waits for it.
func (g *gen) closed(c string) {
	n := g.intn(4)
	g.p("%s := make(chan int, %d)", c, n)
	for range n {
		g.p("%s <- %s", c, g.intExpr(2))
	}
	g.p("close(%s)", c)
}

// channel writes sends and receives on a channel with room.
func (g *gen) channel() {
	c, v, ok := g.name("ch"), g.name("v"), g.name("ok")
	g.p("%s := make(chan int, 4)", c)
	g.p("%s <- %s", c, g.intExpr(2))
	if to := g.target(1); to != "_" {
		g.p("%s <- %s", c, g.intExpr(1))
		g.p("%s %s <-%s", to, g.pick("=", "+="), c)
	}
	if g.chance(50) {
		g.p("%s <- <-%s + %s", c, c, g.intExpr(2))
	}
	g.stmts(1)
	g.p("e.Log(\"%%d %%d\", len(%s), <-%s + %s)", c, c, g.intExpr(2))
	g.p("close(%s)", c)
	g.p("%s, %s := <-%s", v, ok, c)
	g.p("e.Log(\"%%v %%v\", %s, %s)", v, ok)
}

// nativeSelect writes a select over channels, of which just one is ready, or none and there is a
// default.
func (g *gen) nativeSelect() {
	c, none, out, v, ok := g.name("ch"), g.name("none"), g.name("out"), g.name("v"), g.name("ok")
	g.closed(c)
	g.p("var %s chan int", none)
	g.p("%s := make(chan int, 2)", out)
	clause := func(head, first string) string {
		return fmt.Sprintf("case %s:\n%s%s", head, first, g.block(1))
	}
	l := &label{name: g.name("wait")}
	recv := func(place, from string) string {
		switch g.turn(place, 4) {
		case 0:
			if to := g.target(1); to != "_" {
				return fmt.Sprintf("%s = <-%s", to, from)
			}
		case 1:
			return fmt.Sprintf("%s, %s := <-%s", v, ok, from)
		case 2:
			return "<-" + from
		}
		return fmt.Sprintf("%s, %s = <-%s", g.target(1), g.boolTarget(), from)
	}
	use := func(head string) string {
		if len(head) > len(v) && head[:len(v)] == v && head[len(v)] == ',' {
			return fmt.Sprintf("e.Log(\"%%v %%v\", %s, %s)\n", v, ok)
		}
		return ""
	}
	text := g.labelled(l, func() string {
		first, other := recv("select none", g.shared(none)), recv("select none", none)
		switch g.turn("nativeSelect2", 3) {
		case 0: // the receive
			h := recv("select ready", g.shared(c))
			return clause(h, use(h)) + clause(fmt.Sprintf("%s <- %s", none, g.intExpr(2)), "") + clause(first, use(first))
		case 1: // the send
			return clause(first, use(first)) + clause(fmt.Sprintf("%s <- %s", g.shared(out), g.intExpr(2)), "") + clause(other, use(other))
		}
		return clause(first, use(first)) + "default:\n" + g.block(1) + clause(fmt.Sprintf("%s <- %s", none, g.intExpr(1)), "")
	})
	if l.used {
		g.p("%s:", l.name)
	}
	g.p("select {\n%s}", text)
	g.p("e.Log(\"%%d %%d\", len(%s), len(%s))", c, out)
}

// shared is a channel, or an await of it.
func (g *gen) shared(c string) string {
	if g.fn.clean || g.chance(60) {
		return c
	}
	return fmt.Sprintf("env.Val(e, %s)", c)
}
