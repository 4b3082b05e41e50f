package difftest

import (
	"errors"
	"flag"
	"fmt"
	"go/format"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

// A spelled name is one that generated code says in a body, whether the source says it there or not. FN stands
// for the name of the function. The names of a group are hidden together.
var spelled = slices.Concat(
	// What a body says, or it says something of it.
	groups(1, "error", "nil", "append", "rt", "lib", "step"),
	// The language.
	groups(6, "int", "string", "bool", "uint8", "any", "true", "false", "len", "new", "panic", "recover"),
	// What the package declares; packages of the generated file alone, under their names and numbered.
	groups(9, "env", "kind", "pair", "total", "stepRun", "stepAsync", "other", "rand", "rand1", "rand2"),
	// What is generated.
	groups(9, "FNAsync", "FNRun", "FNFuture", "FNFrame", "FNFunc", "FNPoint", "FNDefer", "FNType1", "FNBlock1Async", "FNBlock1Run", "FNBlock1Future",
		"FNBlock1Frame", "FNBlock1Func", "FNBlock2Of", "FNLit1Run", "FNLit1Frame", "Asyncgen", "asyncgenBodies"),
	// Locals of the generated code.
	groups(11, "cx", "m", "w", "b", "p", "d", "due", "resume", "v1", "v2", "f", "a1", "err", "x", "zero", "H1", "M1", "P1", "blank", "defer1Arg1", "k1"),
)

// dotted are such names where the file has dot imports of rt and of lib.
var dotted = slices.Concat(groups(1, "Builder", "Wait", "Count", "Await", "lib2"),
	groups(10, "Suspend", "Returned", "Context", "Machine", "State", "AwaitFuture", "Future", "WaitRun", "ResultNone", "Schema1", "rt"))

func groups(n int, names ...string) [][]string { return slices.Collect(slices.Chunk(names, n)) }

// A hider is a kind of declaration that hides names.
type hider struct {
	name, decl, call string
	most             int // how many can be hidden together, 0 for any number
}

// Each of them declares NAMES in a function or around it: there is a function FN, with BODY, and a way to call it. VALUES
// and TYPES are as many values and types, and LETTERS as many other names. What is between EACH and END is there
// for each NAME.
var hiders = []hider{
	{"parameters", "//async:func\nfunc FN(e *world, NAMES number) {\nBODY\n}", "FN(e, VALUES)", 0},
	{"results", "//async:func\nfunc FN(e *world) (NAMES number, _ number) {\nBODY\nEACH NAME += 2\n END return\n}", "FN(e)", 2},
	{"kept results", "//async:func\nfunc FN(e *world) (_ number, NAMES number) {\nEACH defer raise(&NAME)\n END BODY\nreturn 1, VALUES\n}", "FN(e)", 2},
	{"locals", "//async:func\nfunc FN(e *world) {\nNAMES := VALUES\nBODY\nshow(e, NAMES)\n}", "FN(e)", 0},
	{"constants", "//async:func\nfunc FN(e *world) {\nconst NAMES = VALUES\nBODY\nshow(e, NAMES)\n}", "FN(e)", 0},
	{"cells", "//async:func\nfunc FN(e *world) {\nNAMES := VALUES\nEACH raise(&NAME)\n END BODY\nshow(e, NAMES)\n}", "FN(e)", 0},
	{"loop variables", "//async:func\nfunc FN(e *world) {\nfor i0, NAMES := 0, VALUES; i0 < 2; i0++ {\nBODY\nshow(e, NAMES)\n}\n}", "FN(e)", 0},
	{"an inner block", "//async:func\nfunc FN(e *world) {\nif NAMES := VALUES; number1 > 0 {\nshow(e, NAMES)\n}\nBODY\n}", "FN(e)", 0},
	{"local types", "//async:func\nfunc FN(e *world) {\nEACH type NAME struct{ q number }\nshow(e, NAME{1})\n END BODY\n}", "FN(e)", 0},
	{"captured", "//async:func\nfunc FN(e *world) {\nNAMES := VALUES\nfunc() {\nBODY\nEACH NAME++\n END }()\nshow(e, NAMES)\n}", "FN(e)", 0},
	{"type parameters", "//async:func\nfunc FN[NAMES any](e *world, local func(NAMES)) {\nBODY\nshow(e, typeOf(local))\n}", "FN(e, func(TYPES) {})", 0},
	{"receivers", "type tFN number\n//async:func\nfunc (NAMES *tFN) FN(e *world) {\nBODY\n}", "new(tFN).FN(e)", 1},
	{"type parameters of a receiver", "type tFN[LETTERS any] struct{ l func(LETTERS) }\n//async:func\nfunc (g *tFN[NAMES]) FN(e *world) {\nlocal := g.l\nBODY\nshow(e, typeOf(local))\n}", "new(tFN[TYPES]).FN(e)", 0},
	{"blank type parameters", "type tFN[Z, LETTERS any] struct{ z Z; l func(LETTERS) }\n//async:func\nfunc (g tFN[_, NAMES]) FN(e *world) {\nlocal, z := g.l, g.z\nBODY\nshow(e, typeOf(local))\nshow(e, z)\n}", "tFN[number, TYPES]{}.FN(e)", 0},
}

// lines are what a body has, each by itself. One that says the hidden name is left out.
var lines = []string{
	"k := key(); e.Wait(`k`); show(e, k)",
	"pr := both(); e.Wait(`pr`); show(e, pr)",
	"step(e); total++",
	"o := lib.First(); e.Wait(`o`); show(e, o)",
	"r1, r2 := lib.Rands(); e.Wait(`r`); show(e, r1 == nil, r2 == nil)",
	"hid := lib.Open(); e.Wait(`hid`); show(e, hid.N())",
	"type point struct{ q number }; pt := point{number1}; e.Wait(`pt`); show(e, pt)",
	"for i, c := range `ab` { step(e); show(e, i); show(e, c) }",
	"for key, val := range table { step(e); show(e, key); show(e, val) }",
	"n, fault := e.Step(3); show(e, n); show(e, fault)",
	"show(e, func() number { step(e); return number1 }())",
	"two, _ := rt.Await(rt.AsyncFunc(func() error { step(e); show(e, `block`); return nil })); show(e, two)",
	"call(e, func(q number) number { step(e); return q + 1 })",
	"call(e, plain[0])",
	"for q := range 2 { defer show(e, q); step(e) }",
	"defer func() { step(e); show(e, `end`) }()",
	"if e.Is(`yes`, yes) && e.Is(`no`, !yes) { step(e) }",
	"switch e.Int(2) { case 1: step(e); case 2: fs := []func(){}; for q := range 2 { fs = append(fs, func() { q++; show(e, q) }) }; step(e); fs[1]() }",
}

const around = `
type world = env.Env
type number = int
type kind int
type pair[A, B any] struct { a A; b B }

const number1 = 1
const yes = true

var total number
var table = map[kind]lib.Table{3: {}}
var plain = []func(number) number{func(q number) number { return q + 10 }}

func key() kind { return 7 }
func both() pair[kind, *pair[string, error]] { return pair[kind, *pair[string, error]]{} }
func show(e *world, v ...any) { e.Log("%v", v) }
func raise(n *number) { *n += 5 }
func typeOf(v any) string { return fmt.Sprintf("%T", v) }

//async:func
func step(e *world) { e.Wait("step") }

//async:func await=f
func call[A any](e *world, f func(A) A) {
	var a A
	show(e, f(a))
}
`

const spellLib = `package lib

import (
	"math/rand"
	v2 "math/rand/v2"
	"strings"

	"github.com/asyncgen/asyncgen/forms/spelled/lib/other"
	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

type Table map[string]*other.Row

type Builder struct{ N int }

type hidden struct{ n int }

func (h *hidden) N() int { return h.n }

func Open() *hidden { return &hidden{4} }

func First() *other.Row { return nil }

func Rands() (a func() *rand.Rand, b *v2.Rand) { return nil, nil }

func Text() *strings.Builder { return nil }

func Build() *Builder { return &Builder{2} }

const Count = 2

//async:func
func Wait(e *env.Env) int { return e.Int(Count) }
`

var spelledShare = flag.Uint64("spelled.share", 29, "TestSpelled: of the functions one in so many; 1 for all")

// TestSpelled hides each name that generated code spells by each kind of declaration. What is generated compiles,
// go vet has nothing to say, and both forms do the same.
//
// Of 419 functions one in 29 is run, or in -spelled.share, as in CI. Which ones -seed says. The packages in
// which something outside of functions hides the names are always there.
func TestSpelled(t *testing.T) {
	pkgs := spelledPackages(t)
	p := Build(t, pkgs, Options{Vet: true, Once: true})
	n := 0
	for _, pkg := range pkgs {
		t.Run(pkg.Dir, func(t *testing.T) { run(t, p, pkg) })
		n += len(pkg.Cases)
	}
	t.Logf("%d functions", n)
}

// A share picks one in so many of what it is asked about.
type share struct{ in, next uint64 }

func (s *share) takes() bool {
	s.next++
	return s.next%s.in == 0
}

func spelledPackages(t *testing.T) []*Package {
	pkgs := []*Package{
		{Dir: "spelled/lib/other", Files: map[string][]byte{"other.go": []byte("package other\n\ntype Row struct{ A int }\n")}},
		{Dir: "spelled/lib", Files: map[string][]byte{"lib.go": []byte(spellLib)}},
	}
	some := &share{in: max(*spelledShare, 1), next: *seed}
	for i, h := range hiders {
		pkgs = append(pkgs, spelledPackage(t, some, fmt.Sprint("local", i), h))
		pkgs = append(pkgs, dottedPackage(t, some, fmt.Sprint("dot", i), h))
	}
	for kind, format := range map[string]string{
		"functions": "func %s() {}", "variables": "var %s int", "types": "type %s struct{ _ int }", "constants": "const %s = 1",
		"imports": `import %s "strings"`,
	} {
		pkgs = append(pkgs, aroundPackage(t, kind, format))
	}
	return pkgs
}

// bodyWithout is the body of a function that does not say some names.
func bodyWithout(t *testing.T, lines, names []string) string {
	var kept []string
	for _, line := range lines {
		if !slices.ContainsFunc(names, func(name string) bool { return says(t, line, name) }) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// says whether an identifier is in a text.
func says(t *testing.T, src, name string) bool {
	t.Helper()
	fset := token.NewFileSet()
	var s scanner.Scanner
	s.Init(fset.AddFile("", -1, len(src)), []byte(src), func(pos token.Position, msg string) { t.Fatalf("%s: %s", src, msg) }, 0)
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF || tok == token.IDENT && lit == name {
			return tok != token.EOF
		}
	}
}

// functions declares a function for each group of names, and one that calls it.
func functions(t *testing.T, some *share, words [][]string, lines []string, h hider) string {
	var out strings.Builder
	decl, call := h.decl, h.call
	for _, group := range words {
		most := h.most
		if most == 0 {
			most = len(group)
		}
		for group := range slices.Chunk(group, most) {
			if !some.takes() {
				continue
			}
			fn := fmt.Sprint("w", some.next)
			var names []string
			for _, word := range group {
				base := fn
				if strings.Contains(decl, ") FN(") && word != "FNAsync" && word != "FNRun" { // what is generated for a method
					base = "tw" + strings.ToUpper(fn[:1]) + fn[1:]
				}
				if name := strings.Replace(word, "FN", base, 1); !says(t, decl, name) { // else it needs the name itself
					names = append(names, name)
				}
			}
			if len(names) > 0 {
				text := expand(decl, fn, names)
				out.WriteString("\n" + strings.Replace(text, "BODY", bodyWithout(t, lines, names), 1) + "\n")
				fmt.Fprintf(&out, "\n//async:func\n//forms:run few tasks\nfunc Call%s(e *world) {\n%s\n}\n", fn, expand(call, fn, names))
			}
		}
	}
	return out.String()
}

// expand fills in what a hider has.
func expand(text, fn string, names []string) string {
	for {
		before, rest, ok := strings.Cut(text, "EACH ")
		if !ok {
			break
		}
		each, after, _ := strings.Cut(rest, " END ")
		for _, name := range names {
			before += strings.ReplaceAll(each, "NAME", name)
		}
		text = before + after
	}
	list := func(f func(i int) string) string {
		var all []string
		for i := range names {
			all = append(all, f(i))
		}
		return strings.Join(all, ", ")
	}
	return strings.NewReplacer("FN", fn, "NAMES", strings.Join(names, ", "), "VALUES", list(func(int) string { return "number1" }),
		"TYPES", list(func(int) string { return "number" }), "LETTERS", list(func(i int) string { return fmt.Sprint("A", i) })).Replace(text)
}

func spelledPackage(t *testing.T, some *share, name string, h hider) *Package {
	src := "// Package p: " + h.name + "\npackage p\n\nimport (\n\"fmt\"\n\"github.com/asyncgen/asyncgen/forms/spelled/lib\"\n\"github.com/asyncgen/asyncgen/internal/difftest/env\"\n\"github.com/asyncgen/asyncgen/rt\"\n)\n" +
		"var _ = rt.Yield\n" + around + functions(t, some, spelled, lines, h)
	return spellPackage(t, name, map[string]string{"p.go": src})
}

// dottedLines are for a file that says rt and lib without a package.
var dottedLines = []string{
	"bu := lib2.Build(); step(e); show(e, bu.N)",
	"show(e, Wait(e))",
	"show(e, Count)",
	"bu2 := new(Builder); step(e); show(e, bu2.N)",
	"n, fault := Await(e.Fut(`f`, 2)); show(e, n); show(e, fault)",
	"defer func() { step(e); show(e, `end`) }()",
	"show(e, func() number { step(e); return number1 }())",
	"two, _ := Await(AsyncValue(func() (number, error) { step(e); return 2, nil })); show(e, two)",
}

func dottedPackage(t *testing.T, some *share, name string, h hider) *Package {
	const own = "\ntype world = env.Env\ntype number = int\nconst number1 = 1\nfunc show(e *world, v ...any) { e.Log(\"%v\", v) }\nfunc raise(n *number) { *n += 5 }\nfunc typeOf(v any) string { return fmt.Sprintf(\"%T\", v) }\n" +
		"\n//async:func\nfunc step(e *world) { e.Wait(\"step\") }\n"
	src := "// Package p: " + h.name + ", with dot imports.\npackage p\n\nimport (\n\"fmt\"\nlib2 \"github.com/asyncgen/asyncgen/forms/spelled/lib\"\n. \"github.com/asyncgen/asyncgen/forms/spelled/lib\"\n" +
		"\"github.com/asyncgen/asyncgen/internal/difftest/env\"\n. \"github.com/asyncgen/asyncgen/rt\"\n)\n" +
		"var (\n_ = lib2.Build\n_ = Count\n_ Unit\n)\n" + own + functions(t, some, dotted, dottedLines, h)
	return spellPackage(t, name, map[string]string{"p.go": src})
}

// aroundPackage declares the names in another file of the package, or imports them in this one, and has one
// function that says none of them. The names of the language are for TestPredeclared.
func aroundPackage(t *testing.T, kind, format string) *Package {
	var decls strings.Builder
	for _, name := range slices.Concat(spelled...) {
		if strings.HasPrefix(name, "FN") || strings.Contains(around, " "+name+"(") || strings.Contains(around, "type "+name) || strings.Contains(around, "var "+name) ||
			slices.Contains([]string{"stepRun", "stepAsync", "env", "lib"}, name) || types.Universe.Lookup(name) != nil {
			continue
		}
		fmt.Fprintf(&decls, format+"\n", name)
	}
	imports := "import (\n\"fmt\"\n\"github.com/asyncgen/asyncgen/forms/spelled/lib\"\n\"github.com/asyncgen/asyncgen/internal/difftest/env\"\nasync \"github.com/asyncgen/asyncgen/rt\"\n)\n"
	body := strings.ReplaceAll(strings.Join(lines, "\n"), "rt.", "async.")
	marked := "\n//async:func\nfunc work(e *world) {\n" + body + "\n}\n\n//async:func\n//forms:run few tasks\nfunc Call(e *world) {\nwork(e)\n}\n"
	files := map[string]string{"names.go": "package p\n\n" + decls.String()}
	if kind == "imports" {
		var use strings.Builder
		for line := range strings.Lines(decls.String()) {
			fmt.Fprintf(&use, "var _ = %s.ToUpper\n", strings.Fields(line)[1])
		}
		imports, marked = imports+decls.String(), marked+use.String()
		files = map[string]string{}
	}
	files["p.go"] = "// Package p: " + kind + " of the package.\npackage p\n\n" + imports + around + marked
	// The runtime is imported by the generated file alone, and so are the packages of types.
	files["q.go"] = "package p\n\nimport \"github.com/asyncgen/asyncgen/forms/spelled/lib\"\n\n" +
		"//async:func\nfunc alone(e *world) number {\no := lib.First(); te := lib.Text(); r1, r2 := lib.Rands()\nstep(e)\nshow(e, te == nil)\nshow(e, o)\nshow(e, r1 == nil)\nshow(e, r2)\nreturn 1\n}\n" +
		"//async:func\n//forms:run few tasks\nfunc Alone(e *world) { show(e, alone(e)) }\n"
	return spellPackage(t, kind, files)
}

func spellPackage(t *testing.T, name string, files map[string]string) *Package {
	t.Helper()
	pkg := &Package{Dir: "spelled/" + name, Files: map[string][]byte{}}
	for file, src := range files {
		out, err := format.Source([]byte(src))
		var list scanner.ErrorList
		if errors.As(err, &list) {
			t.Fatalf("%s: %v\n%s", name, err, strings.Split(src, "\n")[list[0].Pos.Line-1])
		}
		pkg.Files[file] = out
	}
	return pkg
}
