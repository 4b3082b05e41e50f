package progen

import "fmt"

// stream writes a stream, and one that passes its values on.
func (g *gen) stream() {
	f := &function{name: g.prefix + "Items", results: anError, yield: "yield", budget: 5}
	body := g.captured(func() { g.body(f) })
	g.p("//async:stream\nfunc %s(e *env.Env, n int, yield func(int) bool) error {", f.name)
	if g.chance(50) {
		g.p("defer e.Log(\"stream out %%d\", n)")
	}
	g.p("if !yield(%s) { return nil }", "e.Int(n)")
	g.p("%s}\n", body)
	g.p("//async:stream\nfunc %sNested(e *env.Env, n int, yield func(int) bool) error {", g.prefix)
	g.p("for i := range 2 {")
	g.p("if err := %sItems(e, n+i, yield); err != nil || n > 5 { return err }", g.prefix)
	g.p("if !yield(100) { return nil }\n}\nreturn nil\n}\n")
	g.has.stream = true
}

// yield gives a value of a stream.
func (g *gen) yield() {
	g.p("if !yield(%s) { %s }", g.intExpr(2), g.pick("return nil", g.returnErr(g.prefix+"Err{7}")))
}

// streaming writes a loop over the values of a stream.
func (g *gen) streaming() {
	f := g.fn
	if !g.has.stream || f.loops >= 1 || f.clean || f.yield != "" {
		g.loop()
		return
	}
	s, v, err := g.name("s"), g.name("v"), g.name("err")
	made := fmt.Sprintf("%s%s(e, %s)", g.prefix, g.pick("ItemsStream", "NestedStream"), g.intExpr(2))
	g.open()
	defer g.shut()
	f.loops++
	defer func() { f.loops-- }()
	l := &label{name: g.name("stream"), loop: true}
	g.declare(v, "int", false)
	text := g.labelled(l, func() string { return g.block(1 + g.intn(2)) })
	head := fmt.Sprintf("for %s, %s := range rt.Each(%s)", v, err, made)
	first := fmt.Sprintf("e.Log(\"got %%v %%v\", %s, %s)\n", v, err)
	if g.verbs && g.chance(60) { // where nothing is cancelled: a cancel of Next does not reach the stream
		g.p("%s := %s", s, made)
		g.p("defer rt.Cancel(%s)", s)
		head = "for"
		first = fmt.Sprintf("%s, %s := %s.Next()\n%sif %s != nil { break }\n", v, err, s, first, err)
	}
	if l.used {
		g.p("%s:", l.name)
	}
	g.p("%s {\n%s%s}", head, first, text)
	if l.left {
		g.p("after%s:\ne.Log(\"after %s\")", l.name, l.name)
	}
}
