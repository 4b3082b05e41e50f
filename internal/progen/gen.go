// Package progen writes random programs with awaits in all places. The same seed gives the same
// program. Programs are well-typed, use all that they declare, and terminate; they may panic. Their
// traces do not depend on what Go leaves to chance: the order of a map, the choice of a select, tasks
// that run at once.
//
// Its tests run them in both forms with package difftest, make a program that fails smaller, and demand
// that many programs have all constructs among them, and that a long run runs all of them.
package progen

import (
	"fmt"
	"go/format"
	"math/rand/v2"
	"strings"
)

// Source is a Go file of package pkg with a function of the given name to run, and what it calls.
func Source(pkg, name string, seed uint64) []byte {
	g := &gen{r: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), seed: seed, prefix: name}
	g.verbs = g.chance(40)
	g.tasks = g.verbs && g.chance(40)
	body := g.program()
	src := fmt.Sprintf(`// Package %[1]s is made by progen.
package %[1]s

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"time"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

var (
	_ = context.Background
	_ = errors.New
	_ = fmt.Sprint
	_ = io.EOF
	_ iter.Seq[int]
	_ = runtime.Goexit
	_ time.Duration
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
	seed   uint64
	prefix string // of all package-level names
	out    strings.Builder
	n      int                                         // names given
	turns  map[string]int                              // taken at each place
	verbs  bool                                        // futures run together: in the blocking form a Goexit is no cancel then
	tasks  bool                                        // tasks are started
	has    struct{ meth, callback, task, stream bool } // what is written already: nothing calls itself

	fn    *function
	funcs []*function // that may be called: those before the one in hand
}

// A function is a marked function that is being written, or that can be called.
type function struct {
	name    string
	results results
	method  bool   // of type prefixO
	generic bool   // func[T any](e, v T, n int)
	clean   bool   // it is called by defer, and its awaits are not stopped
	named   bool   // its results are called r and err
	yield   string // the parameter of a stream
	budget  int    // statements left
	loops   int    // loops around the place in hand
	lits    int    // ordinary literals around it: no awaits
	blocks  int    // async blocks around it
	iters   int    // loops over iterators around it, in this function
	labels  []*label
	scopes  []*scope
}

// results are those of a function.
type results string

const (
	noResult  results = ""
	anInt     results = "int"
	anError   results = "error"
	intAndErr results = "(int, error)"
	intAndStr results = "(int, string)"
	strAndErr results = "(string, error)"
	valAndErr results = "(v T, err error)" // of a generic function
)

// fails reports whether the last result is an error.
func (r results) fails() bool { return r == anError || r.valued() }

// valued reports whether there are a value and an error.
func (r results) valued() bool { return r == intAndErr || r == strAndErr || r == valAndErr }

// A label is one of the loops around the place in hand, or of the switches, blocks and selects.
type label struct {
	name string
	loop bool // it can be continued
	used bool
	left bool // a goto jumps to the place after it
}

// A scope is a block with its variables.
type scope struct{ vars []*variable }

// A variable that expressions may use.
type variable struct {
	name string
	typ  string // see value
	rise bool   // it may only grow: a loop counter
}

func (g *gen) intn(n int) int { return g.r.IntN(n) }

// turn is a number below n, by chance, or the next one in a round that begins elsewhere in each program: so
// that a few programs have all of the choices at a place. Programs that must have the same kind of statement
// begin one after the other; see [gen.musts].
func (g *gen) turn(place string, n int) int {
	if g.turns == nil {
		g.turns = map[string]int{}
	}
	at, begun := g.turns[place]
	if !begun {
		at = int(g.seed)%len(statements) + int(g.seed)/len(statements)
	}
	g.turns[place] = at + 1
	if g.chance(40) {
		return g.intn(n)
	}
	return at % n
}

// chance is true in p of 100 cases.
func (g *gen) chance(p int) bool { return g.intn(100) < p }

func (g *gen) pick(choices ...string) string { return choices[g.intn(len(choices))] }

func (g *gen) name(base string) string {
	g.n++
	return fmt.Sprintf("%s%d", base, g.n)
}

func (g *gen) p(f string, args ...any) { fmt.Fprintf(&g.out, f+"\n", args...) }

// program writes some types and helpers and the function to run.
func (g *gen) program() string {
	g.p("%s", strings.ReplaceAll(prelude, "PRE", g.prefix))
	g.function(&function{name: "Meth", results: anInt, method: true, budget: 3})
	g.function(&function{name: g.prefix + "Clean", results: anInt, clean: true, budget: 3})
	g.callback()
	for range 1 + g.intn(3) {
		g.someFunction()
	}
	if g.tasks {
		g.taskFunction()
	}
	if g.chance(60) {
		g.stream()
	}
	g.function(&function{name: g.prefix, results: intAndErr, named: g.chance(70), budget: 8 + g.intn(10)})
	return g.out.String()
}

// someFunction writes a function of a random kind.
func (g *gen) someFunction() {
	f := &function{
		name:    g.name(g.prefix + "F"),
		results: []results{noResult, anInt, anInt, anInt, anError, intAndErr, intAndErr, intAndStr}[g.intn(8)],
		budget:  4 + g.intn(5),
	}
	f.named = f.results == intAndErr && g.chance(60)
	f.method = g.chance(25)
	f.generic = !f.method && g.chance(25)
	g.function(f)
}

// function writes one marked function, which can be called from then on. The one that is called like
// the program is the one to run.
func (g *gen) function(f *function) {
	run := f.name == g.prefix
	body := g.captured(func() { g.body(f) })
	g.p("//async:func")
	if run {
		g.p("//forms:run %d%s", g.intn(4), g.words())
	}
	results := string(f.results)
	if f.named {
		results = "(r int, err error)"
	}
	switch {
	case f.method:
		g.p("func (o %s%sO) %s(e *env.Env, n int) %s {", g.pick("*", "*", ""), g.prefix, f.name, results)
	case f.generic:
		g.p("func %s[T any](e *env.Env, v T, n int) %s {", f.name, results)
		g.p("v = env.Val(e, v)")
		g.p("e.Log(\"%%v\", v)")
	default:
		g.p("func %s(e *env.Env, n int) %s {", f.name, results)
	}
	g.p("%s}\n", body)
	if f.name == "Meth" {
		g.p("%s", strings.ReplaceAll(afterMeth, "PRE", g.prefix))
		g.has.meth = true
	}
	g.funcs = append(g.funcs, f)
}

// words say how the program can be run.
func (g *gen) words() string {
	switch {
	case g.tasks:
		return " tasks"
	case g.verbs:
		return " nocancel"
	}
	return ""
}

// body writes the body of a function.
func (g *gen) body(f *function) {
	g.fn = f
	f.scopes = []*scope{{}}
	g.declare("n", "int", false)
	if f.named {
		g.declare("r", "int", false)
		g.declare("err", "error", false)
	}
	if f.method {
		g.declare("o", "pair", false)
	}
	if f.results == anInt && !f.method && !f.generic && g.chance(20) {
		g.p("if n > 0 && n < 4 { return %s(e, n-2) + %s }", f.name, g.intExpr(1))
	}
	if f.name == g.prefix {
		g.musts()
	}
	g.stmts(2 + g.intn(3))
	g.ret()
	g.fn = nil
}

// inner writes code of another function that shares the variables: a literal.
func (g *gen) inner(r results, write func()) string {
	return g.captured(func() {
		f, outer := g.fn, *g.fn
		f.results, f.named, f.labels, f.yield, f.iters = r, false, nil, "", 0
		g.open()
		write()
		g.shut()
		f.results, f.named, f.labels, f.yield, f.iters = outer.results, outer.named, outer.labels, outer.yield, outer.iters
	})
}

// blockLit writes the body of an async block.
func (g *gen) blockLit(r results, write func()) string {
	g.fn.blocks++
	defer func() { g.fn.blocks-- }()
	return g.inner(r, write)
}

// plainLit writes the body of an ordinary literal, in which nothing awaits.
func (g *gen) plainLit(r results, write func()) string {
	g.fn.lits++
	defer func() { g.fn.lits-- }()
	return g.inner(r, write)
}

// ret writes the return statement at the end of a function.
func (g *gen) ret() {
	f := g.fn
	switch {
	case f.named && g.chance(30):
		g.p("return")
	case f.results == intAndErr && g.awaits() && g.chance(20):
		g.p("return %s", g.stepCall())
	case f.results == noResult && g.chance(50):
	default:
		g.p("return %s", g.returned(2))
	}
}

// returned are the operands of a return statement.
func (g *gen) returned(depth int) string {
	failure := func() string {
		if g.chance(80) {
			return "nil"
		}
		return g.pick(`fmt.Errorf("made")`, g.prefix+"Err{"+g.intExpr(0)+"}")
	}
	switch g.fn.results {
	case anInt:
		return g.intExpr(depth)
	case anError:
		return failure()
	case intAndErr, strAndErr, valAndErr:
		return g.result(depth) + ", " + failure()
	case intAndStr:
		return g.result(depth) + ", " + g.strExpr(depth)
	}
	return ""
}

// result is the first of several results.
func (g *gen) result(depth int) string {
	switch g.fn.results {
	case strAndErr:
		return g.strExpr(depth)
	case valAndErr:
		return "v"
	}
	return g.intExpr(depth)
}

// returnErr is a return statement for an error that came up.
func (g *gen) returnErr(err string) string {
	switch r := g.fn.results; {
	case r == anError:
		return "return " + err
	case r.valued():
		return fmt.Sprintf("return %s, %s", g.result(1), err)
	}
	return fmt.Sprintf("panic(%s)", err)
}
