// Package progen writes random programs with awaits in all places. The same seed gives the same
// program. Programs are well-typed, use all that they declare, and terminate; they may panic.
//
// Its test runs them in both forms with package difftest, and makes a program that fails smaller.
package progen

import (
	"fmt"
	"go/format"
	"math/rand/v2"
	"strings"
)

// Source is a Go file of package pkg with a function of the given name to run, and what it calls.
func Source(pkg, name string, seed uint64) []byte {
	g := &gen{r: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), prefix: name}
	body := g.program()
	src := fmt.Sprintf(`// Package %[1]s is made by progen.
package %[1]s

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

var (
	_ = fmt.Sprint
	_ rt.Unit
)

%[2]s`, pkg, body)
	out, err := format.Source([]byte(src))
	if err != nil {
		panic(fmt.Sprintf("progen: seed %d: %v\n%s", seed, err, src))
	}
	return out
}

// A gen writes one program.
type gen struct {
	r      *rand.Rand
	prefix string // of all package-level names
	out    strings.Builder
	n      int // names given

	fn    *function
	funcs []*function // that may be called: those before the one in hand
}

// A function is a marked function that is being written, or that can be called.
type function struct {
	name    string
	method  bool // of type prefixO
	generic bool // func[T any](e, v T, n int) (T, int)
	hasErr  bool // (int, error), else int
	named   bool // results r and err
	budget  int  // statements left
	loops   int  // loops around the place in hand
	lits    int  // ordinary literals around it: no awaits
	labels  []*label
	scopes  []*scope
}

// A label is one of the loops around the place in hand.
type label struct {
	name string
	used bool
}

// A scope is a block with its variables.
type scope struct{ vars []*variable }

// A variable that expressions may use.
type variable struct {
	name string
	typ  string // int, bool, string, []int, map[string]int, pair, *int, func(int) int, []func() int, any
	rise bool   // it may only grow: a loop counter
}

func (g *gen) intn(n int) int { return g.r.IntN(n) }

// chance is true in p of 100 cases.
func (g *gen) chance(p int) bool { return g.intn(100) < p }

func (g *gen) pick(choices ...string) string { return choices[g.intn(len(choices))] }

func (g *gen) name(base string) string {
	g.n++
	return fmt.Sprintf("%s%d", base, g.n)
}

func (g *gen) p(f string, args ...any) { fmt.Fprintf(&g.out, f+"\n", args...) }

// program writes some helpers and the function to run.
func (g *gen) program() string {
	g.p("type %sO struct { x, y int; list [3]int }\n", g.prefix)
	g.p("func (o *%sO) bump() int { o.x++; return o.x }\n", g.prefix)
	g.p("func (o %sO) sum() int { return o.x + 10*o.y + o.list[1] }\n", g.prefix)
	g.p("func %sIdx(n, size int) int { return (n%%size + size) %% size }\n", g.prefix)
	g.p("func %sCat(list ...any) string { return fmt.Sprint(list...) }\n", g.prefix)
	for range 1 + g.intn(3) {
		f := &function{name: g.name(g.prefix + "F"), hasErr: g.chance(50), budget: 4 + g.intn(5)}
		f.named = f.hasErr && g.chance(60)
		f.method = g.chance(25)
		f.generic = !f.method && g.chance(25)
		g.function(f, false)
		g.funcs = append(g.funcs, f)
	}
	g.function(&function{name: g.prefix, hasErr: true, named: g.chance(70), budget: 8 + g.intn(10)}, true)
	return g.out.String()
}

// function writes one marked function.
func (g *gen) function(f *function, run bool) {
	g.fn = f
	g.p("//async:func")
	if run {
		g.p("//forms:run %d", g.intn(4))
	}
	f.scopes = []*scope{{}}
	g.declare("n", "int", false)
	results := "int"
	switch {
	case f.named:
		results = "(r int, err error)"
		g.declare("r", "int", false)
	case f.hasErr:
		results = "(int, error)"
	}
	switch {
	case f.method:
		g.declare("o", "pair", false)
		g.p("func (o %s%sO) %s(e *env.Env, n int) %s {", g.pick("*", ""), g.prefix, f.name, results)
	case f.generic:
		g.p("func %s[T any](e *env.Env, v T, n int) %s {", f.name, results)
		g.p("v = env.Val(e, v)")
		g.p("e.Log(\"%%v\", v)")
	default:
		g.p("func %s(e *env.Env, n int) %s {", f.name, results)
	}
	g.stmts(2 + g.intn(3))
	g.ret()
	g.p("}\n")
	g.fn = nil
}

// ret writes the return statement at the end of a function.
func (g *gen) ret() {
	f := g.fn
	switch {
	case f.lits > 0:
		g.p("return %s", g.intExpr(1))
	case f.named && g.chance(30):
		g.p("return")
	case f.hasErr && g.chance(20):
		g.p("return e.Step(%s)", g.intExpr(1))
	case f.hasErr:
		g.p("return %s, %s", g.intExpr(2), g.pick("nil", "nil", `fmt.Errorf("made")`))
	default:
		g.p("return %s", g.intExpr(2))
	}
}
