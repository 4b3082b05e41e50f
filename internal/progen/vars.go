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

// some is the name of some variable of a type, which it declares before the statement in hand where there
// is none.
func (g *gen) some(typ string) string {
	if v := g.oneOf(typ); v != "" {
		return v
	}
	v := g.name("v")
	if typ == "closed" {
		g.closed(v)
	} else {
		g.p("%s := %s", v, g.value(typ, 1))
	}
	g.p("_ = %s", v)
	g.declare(v, typ, false)
	return v
}

// object is the name of a variable of type prefixO, or of one that embeds it.
func (g *gen) object() string {
	if v := g.oneOf("embedding"); v != "" && g.chance(40) {
		return v
	}
	if v := g.oneOf("object"); v != "" && g.chance(40) {
		return v
	}
	return g.oneOf("pair")
}

// awaits reports whether an await may stand here.
func (g *gen) awaits() bool { return g.fn.lits == 0 }

// varTypes are those of variables that are declared, the usual ones several times.
var varTypes = []string{
	"int", "int", "int", "int", "bool", "string", "string", "[]int", "[]int", "map[string]int", "pair", "pair", "*int",
	"func(int) int", "[3]int", "float64", "uint8", "embedding", "interface", "box", "closed", "kind", "error", "complex128", "seq",
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
		return g.sliceExpr(depth)
	case "map[string]int":
		return fmt.Sprintf("map[string]int{%s: %s, \"k\" + %s: %s}", `"z"`, g.intExpr(depth), g.strExpr(depth-1)+`+"!"`, g.intExpr(depth-1))
	case "pair":
		if v := g.copied("pair"); v != "" && g.chance(40) {
			return v
		}
		return fmt.Sprintf("%sO{x: %s, list: [3]int{1: %s}}", g.prefix, g.intExpr(depth), g.intExpr(depth-1))
	case "*int":
		if v := g.mutable("int"); v != "" {
			return "&" + v
		}
		return "new(int)"
	case "any":
		return "any(" + g.anyExpr(depth) + ")"
	case "[3]int":
		if v := g.oneOf("[3]int"); v != "" && g.chance(40) {
			return v
		}
		return fmt.Sprintf("[...]int{%s, 2: %s}", g.intExpr(depth), g.intExpr(depth-1))
	case "interface":
		if v := g.copied("pair"); v != "" && g.chance(50) {
			return fmt.Sprintf("%sI(&%s)", g.prefix, v)
		}
		return fmt.Sprintf("%sI(%sQ{&%sO{x: %s}, %s})", g.prefix, g.prefix, g.prefix, g.intExpr(depth), g.strExpr(0))
	}
	return g.rareValue(typ, depth)
}

// rareValue is [gen.value] for the types that are not used much.
func (g *gen) rareValue(typ string, depth int) string {
	switch typ {
	case "float64":
		return g.floatExpr(depth)
	case "complex128":
		return fmt.Sprintf("complex(%s, %s)", g.floatExpr(depth), g.floatExpr(0))
	case "uint8":
		return fmt.Sprintf("uint8(%s) %s", g.notConstant(depth), g.pick("", "+ 250", "<< 3", ">> 1"))
	case "kind":
		return g.pick(g.prefix+"A", g.prefix+"B", fmt.Sprintf("%sKind(%s)", g.prefix, g.intExpr(depth)))
	case "error":
		if v := g.oneOf("error"); v != "" && g.chance(40) {
			return g.pick(v, fmt.Sprintf("fmt.Errorf(\"wrapped %%w\", %s)", v))
		}
		return fmt.Sprintf("error(%sErr{%s})", g.prefix, g.intExpr(depth))
	case "embedding":
		if g.chance(50) {
			return fmt.Sprintf("&%sE{%sO{y: %s}, %s}", g.prefix, g.prefix, g.intExpr(depth), g.strExpr(0))
		}
		return fmt.Sprintf("&%sQ{&%sO{y: %s}, %s}", g.prefix, g.prefix, g.intExpr(depth), g.strExpr(0))
	case "seq":
		if o := g.oneOf("pair"); o != "" && g.chance(50) {
			return fmt.Sprintf("%sMapped(%s.each, func(k, v int) int { %s.y++; return k * v })", g.prefix, o, o)
		}
		return fmt.Sprintf("%sSeq(e, %s)", g.prefix, g.pick("1", "2", "3"))
	case "box":
		return fmt.Sprintf("%sBox[int]{%s, &%sBox[int]{v: %s}}", g.prefix, g.intExpr(depth), g.prefix, g.intExpr(0))
	}
	panic("progen: no value of type " + typ)
}

// copied is a variable of a type that can be copied and whose address can be taken: not a receiver,
// which may be a pointer.
func (g *gen) copied(typ string) string {
	list := g.vars(typ, func(v *variable) bool { return v.name != "o" })
	if len(list) == 0 {
		return ""
	}
	return list[g.intn(len(list))].name
}

// sliceExpr is an expression of type []int.
func (g *gen) sliceExpr(depth int) string {
	if s := g.oneOf("[]int"); s != "" && g.chance(50) {
		switch g.turn("sliceExpr", 4) {
		case 0:
			return fmt.Sprintf("append(%s[:%sIdx(%s, len(%s)+1)], %s)", s, g.prefix, g.intExpr(depth-1), s, g.intExpr(depth-1))
		case 1:
			return fmt.Sprintf("%s[%sIdx(%s, len(%s)):]", s, g.prefix, g.intExpr(depth-1), s) // not empty
		case 2:
			return fmt.Sprintf("append(%s[:1:1], %s...)", g.fresh(depth-1), s)
		}
		return fmt.Sprintf("append(%s, %s)", s, g.intExpr(depth))
	}
	return g.fresh(depth)
}

// fresh is a slice of three elements.
func (g *gen) fresh(depth int) string {
	return fmt.Sprintf("[]int{%s, %s, %s}", g.intExpr(depth), g.intExpr(depth-1), g.intExpr(0))
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
	case "embedding":
		return v + ".tag"
	case "interface", "seq":
		return v + " != nil"
	case "box":
		return v + ".v"
	case "closed":
		return "cap(" + v + ")"
	}
	return v
}
