package progen

import "strings"

// rare writes one of the things that valid programs have seldom, each with an await in or behind it.
func (g *gen) rare() {
	if !g.awaits() || g.fn.clean || g.fn.loops >= 2 {
		g.simple()
		return
	}
	x := g.name("x")
	text := rarities[g.turn("rare", len(rarities))]
	for _, r := range []struct{ old, new string }{
		{"PRE", g.prefix}, {"XX", x}, {"INT", g.intExpr(1)}, {"NUM", g.intExpr(1)}, {"BOOL", g.boolExpr(1)},
	} {
		text = strings.ReplaceAll(text, r.old, r.new)
	}
	g.p("%s", text)
}

// rarities are blocks. XX is a name that no other has, INT and NUM are integers, BOOL is a condition.
var rarities = []string{
	// A call that gives all arguments of an await.
	`{
	XX, err := rt.Await(PREAddAsync(PRETwo(e, INT, NUM)))
	e.Log("spread %d %v %d", XX, err, PREAdd(PRETwo(e, XX, 1)))
}`,
	// Cases of a switch without a tag that are interfaces.
	`switch {
case env.Val(e, any(BOOL)):
	e.Log("it is true %d", INT)
case env.Val(e, any(NUM)):
	e.Log("never")
default:
	e.Log("it is false")
}`,
	// A loop that cannot be reached.
	`{
	goto endXX
	for {
		e.Log("never %d", e.Int(INT))
		if BOOL {
			break
		}
	}
endXX:
	e.Log("behind %d", NUM)
}`,
	// A constant of a loop in a deferred call.
	`for range 2 {
	const XX = 2
	defer e.Log("constant %d %d", XX, INT)
}`,
	// A type whose length is that of a variable.
	`{
	var XX [3]int
	const nXX = len(XX)
	type tXX [len(XX)]string
	var b tXX
	XX[1] = INT
	e.Log("lengths %d %d %d %d", len(b), nXX, XX[1], e.Int(NUM))
}`,
	// Local types in local types.
	`{
	type baseXX struct{ ID, n int }
	type nameXX string
	type bothXX struct {
		nameXX
		*baseXX
	}
	v := bothXX{"n", &baseXX{INT, 1}}
	v.n += e.Int(NUM)
	e.Log("embedded %s %d %d", v.nameXX, v.ID, v.n)
}`,
	// Operands that are read early, for the way they are represented.
	`{
	b, XX := []byte("k"), map[string]int{"k": INT}
	e.Log("bytes %d", XX[string(b)]+env.Val(e, PREPut(XX, "k", NUM)))
}`,
	`{
	type keyXX struct{ a, b int32 }
	k, XX := keyXX{1, 2}, map[keyXX]int{{1, 2}: INT}
	e.Log("key %d %d", XX[k]+e.Int(NUM), func() int { k.a++; return XX[k] }())
}`,
	// An iterator into what depends on its own values.
	`{
	var XX [3]string
	k := 0
	for k, XX[k] = range PREThree {
		e.Log("assigned %d %q %d", k, XX, e.Int(INT))
	}
	e.Log("assigned in the end %q", XX)
}`,
	// recover in the body of a loop over an iterator, in a deferred call.
	`defer func() {
	for range PREWhile(e, 1) {
		e.Log("in the loop %v", recover())
	}
}()`,
	// Parentheses that are needed.
	`{
	var v any = INT
	XX := &v
	switch (*XX).(type) {
	case int:
		e.Log("an int %d", e.Int(NUM))
	case string:
		e.Log("a string")
	}
}`,
	// Comments in all places.
	`if /* before */ n := e.Int( /* of */ INT /* it */); n > 0 /* then */ { // and
	e.Log("commented %d" /* with */, n, // the rest
	)
} else /* or */ {
	e.Log( /* only */ "not")
}`,
	// Names that generated code uses itself.
	`{
	XX := INT
	type error string
	int, string, nil := XX, "s", 1
	e.Log("names %v %v %v %v", int, string, nil, error("e"))
	e.Log("names %v %v", e.Int(int), nil)
}`,
}
