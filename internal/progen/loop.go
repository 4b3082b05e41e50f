package progen

import "fmt"

// A head is that of a loop, and what the loop needs beside its body.
type head struct {
	text  string
	first string // what the body begins with
	after string // the loop
	seq   bool   // it is over an iterator
}

// loop writes a loop of one of the forms, which ends after a few iterations.
func (g *gen) loop() {
	f := g.fn
	if f.loops >= 2 {
		g.simple()
		return
	}
	l := &label{name: g.name("loop"), loop: true}
	g.open()
	h := g.loopHead()
	f.loops++
	if h.seq {
		f.iters++
	}
	text := g.labelled(l, func() string { return h.first + g.block(1+g.intn(3)) })
	if h.seq {
		f.iters--
	}
	f.loops--
	g.shut()
	if l.used {
		g.p("%s:", l.name)
	}
	g.p("%s {\n%s}", h.text, text)
	if l.left {
		g.p("after%s:\ne.Log(\"after %s\")", l.name, l.name)
	}
	g.p("%s", h.after)
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

// jump writes a branch out of a loop, switch, block or select on a condition.
func (g *gen) jump() {
	f := g.fn
	if len(f.labels) == 0 {
		g.backwards()
		return
	}
	l := f.labels[g.intn(len(f.labels))]
	if l.loop && g.chance(25) {
		l.left = true
		g.p("if %s { goto after%s }", g.now(), l.name)
		return
	}
	l.used = true
	how := "break"
	if l.loop && g.chance(50) {
		how = "continue"
	}
	g.p("if %s { %s %s }", g.now(), how, l.name)
}

// now is a condition for a jump, which is often true in one of a few iterations.
func (g *gen) now() string {
	if g.chance(40) {
		return g.boolExpr(2)
	}
	return fmt.Sprintf("%s & 1 == %d", g.notConstant(1), g.intn(2))
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

// forwards writes a goto over awaits, or a switch that is no more than something to break out of.
func (g *gen) forwards() {
	if g.chance(50) {
		l := &label{name: g.name("block")}
		text := g.labelled(l, func() string { return g.block(2) })
		if !l.used {
			text = fmt.Sprintf("if %s { break %s }\n%s", g.boolExpr(1), l.name, text)
		}
		g.p("%s:\nswitch {\ndefault:\n%s}", l.name, text)
		return
	}
	l := g.name("over")
	g.p("{\nif %s { goto %s }\n%s}", g.boolExpr(2), l, g.block(2))
	g.p("%s:\ne.Log(\"%s\")", l, l)
}

// labelled writes what is inside a statement with a label.
func (g *gen) labelled(l *label, write func() string) string {
	f := g.fn
	f.labels = append(f.labels, l)
	text := write()
	f.labels = f.labels[:len(f.labels)-1]
	return text
}
