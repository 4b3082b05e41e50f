package difftest

import (
	"flag"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"
)

var (
	orderAll   = flag.Bool("order.all", false, "TestOrder: every operand in every operation with every type")
	orderShare = flag.Uint("order.share", 601, "TestOrder: of these one in so many")
)

// TestOrder enumerates what stands to the left of an await that changes it: each type of value, each kind
// of operand that has it, each operation around it. What the operation sees, the old value or the new,
// or a panic before the await or after it, is for gc to say, in the blocking form.
//
// There are some 50,000 of them, of which one in 601 is run, or in -order.share, as in CI. Which ones -seed says. With
// -order.all all are.
func TestOrder(t *testing.T) {
	pkgs := []*Package{{Dir: "ol", Files: map[string][]byte{"ol.go": read(t, "testdata/order/ol.go")}}}
	var b *strings.Builder
	n := 0
	flush := func() {
		if b != nil {
			name := fmt.Sprintf("order%d", len(pkgs))
			text := strings.ReplaceAll(b.String(), "package order", "package "+name)
			pkgs = append(pkgs, &Package{Dir: name, Files: map[string][]byte{"order.go": []byte(text)}})
		}
		b = nil
	}
	for _, c := range orderCases(*orderAll) {
		if !strings.Contains(c.name(), *only) {
			continue
		}
		if b == nil {
			b = &strings.Builder{}
			b.WriteString(orderHead)
		}
		b.WriteString(c.source())
		if n++; n%400 == 0 {
			flush()
		}
	}
	flush()
	o := options()
	o.Vet, o.Once = false, true
	p := Build(t, pkgs, o)
	for _, pkg := range pkgs {
		run(t, p, pkg)
	}
	t.Logf("%d functions", n)
}

const orderHead = `package order

import (
	"github.com/asyncgen/asyncgen/forms/ol"
	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

var _ = ol.P

`

// An orderCase is a function of one statement: an operand of a type, in an operation.
type orderCase struct {
	typ     orderType
	operand orderOperand
	op      orderOp
}

func (c orderCase) name() string { return c.typ.name + "_" + c.operand.name + "_" + c.op.name }

// source is the function. In the text of operand and operation T is the type, A and B are two values,
// X is the operand, and W the await that changes it.
func (c orderCase) source() string {
	await := "env.Do(e, 1, func() { " + c.operand.change + " })"
	text := strings.NewReplacer("$X", c.operand.expr, "$W", await).Replace(c.op.stmt)
	text = "\tdefer ol.Rescue(e)\n\t" + c.operand.setup + "\n\t" + text + "\n"
	text = strings.NewReplacer("$T", c.typ.typ, "$U", c.typ.bare, "$A", c.typ.a, "$B", c.typ.b, "$N", c.typ.name).Replace(text)
	if c.op.results != "" {
		results := strings.ReplaceAll(c.op.results, "$T", c.typ.typ)
		return fmt.Sprintf("//async:func\nfunc %s_1(e *env.Env) %s {\n%s}\n\n", c.name(), results, text) +
			fmt.Sprintf("//async:func\n//forms:run few\nfunc %s(e *env.Env) {\n\tol.Show(e, ol.List(%s_1(e))...)\n}\n\n", c.name(), c.name())
	}
	return fmt.Sprintf("//async:func\n//forms:run few\nfunc %s(e *env.Env) {\n%s}\n\n", c.name(), text)
}

// orderCases are the cases in their order.
func orderCases(all bool) (list []orderCase) {
	for _, t := range orderTypes {
		for _, x := range orderOperands {
			for _, op := range orderOps {
				c := orderCase{t, x, op}
				if c.possible() && (all || c.chosen()) {
					list = append(list, c)
				}
			}
		}
	}
	return list
}

// possible reports whether the type has what operand and operation need. An unnamed type has no methods.
func (c orderCase) possible() bool {
	if c.operand.name == "implicit" && strings.Contains(c.op.needs, "method") {
		return false
	}
	for _, need := range append(strings.Fields(c.operand.needs), strings.Fields(c.op.needs)...) {
		if !strings.Contains(" "+c.typ.has+" ", " "+need+" ") {
			return false
		}
	}
	return true
}

// chosen takes one case in -order.share.
func (c orderCase) chosen() bool {
	h := fnv.New32a()
	fmt.Fprint(h, c.name(), *seed)
	return uint(h.Sum32())%*orderShare == 0
}

// An orderType is a type of operands. It has capabilities, words that operands and operations need.
type orderType struct {
	name, typ, bare string // bare is its underlying type
	a, b            string
	has             string
}

var orderTypes = []orderType{
	{"Bool", "ol.Bool", "bool", "ol.Bool(true)", "ol.Bool(false)", "eq method basic"},
	{"Int", "ol.Int", "int", "ol.Int(1)", "ol.Int(2)", "eq method int ordered basic"},
	{"Int8", "ol.Int8", "int8", "ol.Int8(1)", "ol.Int8(2)", "eq method int ordered basic"},
	{"Int16", "ol.Int16", "int16", "ol.Int16(1)", "ol.Int16(2)", "eq method int ordered basic"},
	{"Str", "ol.Str", "string", `ol.Str("a")`, `ol.Str("bb")`, "eq method ordered len basic"},
	{"Float", "ol.Float", "float64", "ol.Float(1)", "ol.Float(2)", "eq method ordered basic"},
	{"Cplx", "ol.Cplx", "complex128", "ol.Cplx(1)", "ol.Cplx(2)", "eq method cplx basic"},
	{"Ptr", "*int", "ol.Ptr", "ol.P(1)", "ol.P(2)", "eq ptr bare"},
	{"Func", "func() int", "ol.Fun", "ol.F(1)", "ol.F(2)", "func bare"},
	{"Chan", "chan int", "ol.Chn", "ol.C(1)", "ol.C(2)", "eq len bare"},
	{"Map", "map[string]int", "ol.Mp", `map[string]int{"a": 1}`, `map[string]int{"b": 1, "c": 2}`, "len bare"},
	{"Slice", "ol.Slice", "[]int", "ol.Slice{1}", "ol.Slice{2, 3}", "method len bare"},
	{"Any", "any", "any", "any(1)", `any("b")`, "eq iface"},
	{"Iface", "ol.Iface", "ol.Iface", "ol.Iface(ol.Int(1))", "ol.Iface(ol.Three{2, 3, 4})", "eq iface method"},
	{"Word", "ol.Word", "struct{ P *int }", "ol.Word{ol.P(1)}", "ol.Word{ol.P(2)}", "eq method bare"},
	{"Hidden", "ol.Hidden", "ol.Bare", "ol.Hidden{P: ol.P(1)}", "ol.Hidden{P: ol.P(2)}", "method bare"},
	{"One", "ol.One", "struct{ S string }", `ol.One{"a"}`, `ol.One{"b"}`, "eq method bare"},
	{"Two32", "ol.Two32", "struct{ A, B int32 }", "ol.Two32{1, 2}", "ol.Two32{3, 4}", "eq method bare"},
	{"Three", "ol.Three", "struct{ A, B, C int }", "ol.Three{1, 2, 3}", "ol.Three{4, 5, 6}", "eq method bare"},
	{"Pad", "ol.Pad", "struct {\nA int8\nB int32\n}", "ol.Pad{1, 2}", "ol.Pad{3, 4}", "eq method bare"},
	{"Arr1", "ol.Arr1", "[1]string", `ol.Arr1{"a"}`, `ol.Arr1{"b"}`, "eq method bare"},
	{"Arr2", "ol.Arr2", "[2]int32", "ol.Arr2{1, 2}", "ol.Arr2{3, 4}", "eq method bare"},
	{"Arr3", "ol.Arr3", "[3]int", "ol.Arr3{1, 2, 3}", "ol.Arr3{4, 5, 6}", "eq method bare"},
	{"Big", "ol.Big", "[40]int", "ol.Big{1}", "ol.Big{2}", "eq method bare"},
}

// An orderOperand is a kind of operand: what makes it, how it is written, and what changes it.
type orderOperand struct {
	name, setup, expr, change string
	needs                     string
}

var orderOperands = []orderOperand{
	{"variable", "x := $A", "x", "x = $B", ""},
	{"paren", "x := $A", "(x)", "x = $B", ""},
	{"field", "s := ol.Box[$T]{F: $A}", "s.F", "s.F = $B", ""},
	{"promoted", "s := ol.Outer[$T]{ol.Box[$T]{F: $A}}", "s.F", "s.F = $B", ""},
	{"promotedPointer", "s := ol.OuterP[$T]{&ol.Box[$T]{F: $A}}", "s.F", "s.Box = &ol.Box[$T]{F: $B}", ""},
	{"pointerField", "s := &ol.Box[$T]{F: $A}", "s.F", "s.F = $B", ""},
	{"pointerFieldRoot", "s := &ol.Box[$T]{F: $A}", "s.F", "s = &ol.Box[$T]{F: $B}", ""},
	{"nilField", "var s *ol.Box[$T]", "s.F", "s = &ol.Box[$T]{F: $B}", ""},
	{"elem", "s := []$T{$A}", "s[0]", "s[0] = $B", ""},
	{"elemRoot", "s := []$T{$A}", "s[0]", "s = []$T{$B}", ""},
	{"elemIndex", "s, i := []$T{$A, $B}, 0", "s[i]", "i = 1", ""},
	{"elemRange", "s, i := []$T{$A, $B}, 2", "s[i]", "i = 1", ""},
	{"arrayElem", "s, i := [2]$T{$A, $B}, 0", "s[i]", "s[0], i = s[1], 1", ""},
	{"deref", "x := $A\n\tp := &x", "(*p)", "x = $B", ""},
	{"derefRoot", "x, y := $A, $B\n\tp := &x", "(*p)", "p = &y", ""},
	{"entry", `m := map[string]$T{"k": $A}`, `m["k"]`, `m["k"] = $B`, ""},
	{"entryRoot", `m := map[string]$T{"k": $A}`, `m["k"]`, `m = map[string]$T{"k": $B}`, ""},
	{"entryKey", `m, k := map[string]$T{"k": $A, "l": $B}, "k"`, `m[k]`, `k = "l"`, ""},
	{"entryBool", `m, k := map[bool]$T{true: $A, false: $B}, true`, `m[k]`, `k = false`, ""},
	{"entryStruct", `m, k := map[ol.Two32]$T{{1, 2}: $A, {3, 4}: $B}, ol.Two32{1, 2}`, `m[k]`, `k.A, k.B = 3, 4`, ""},
	{"entryThree", `m, k := map[ol.Three]$T{{1, 2, 3}: $A, {4, 5, 6}: $B}, ol.Three{1, 2, 3}`, `m[k]`, `k = ol.Three{4, 5, 6}`, ""},
	{"entryOne", `m, k := map[ol.One]$T{{"k"}: $A, {"l"}: $B}, ol.One{"k"}`, `m[k]`, `k.S = "l"`, ""},
	{"entryArray", `m, k := map[ol.Arr1]$T{{"k"}: $A, {"l"}: $B}, ol.Arr1{"k"}`, `m[k]`, `k[0] = "l"`, ""},
	{"entryImplicit", `m, k := map[ol.Three]$T{{1, 2, 3}: $A, {4, 5, 6}: $B}, struct{ A, B, C int }{1, 2, 3}`, `m[k]`, `k.A, k.B, k.C = 4, 5, 6`, ""},
	{"entryAny", `m, k := map[any]$T{1: $A, 2: $B}, 1`, `m[k]`, `k = 2`, ""},
	{"entryAnyValue", `m, k := map[any]$T{1: $A, 2: $B}, any(1)`, `m[k]`, `k = 2`, ""},
	{"entryNil", `m, k := map[any]$T{1: $A, 2: $B}, any([]int{})`, `m[k]`, `k = 2`, ""},
	{"entryBytes", `m, k := map[string]$T{"k": $A}, []byte("k")`, `m[string(k)]`, `m["k"] = $B`, ""},
	{"entryBytesKey", `m, k := map[string]$T{"k": $A, "l": $B}, []byte("k")`, `m[string(k)]`, `k[0] = 'l'`, ""},
	{"entryBytesIn", `m, k := map[ol.One]$T{{"k"}: $A}, []byte("k")`, `m[ol.One{string(k)}]`, `m[ol.One{"k"}] = $B`, ""},
	{"entryBytesArray", `m, k := map[[2]ol.One]$T{{{"k"}, {}}: $A}, []byte("k")`, `m[[2]ol.One{{string(k)}}]`, `m[[2]ol.One{{"k"}}] = $B`, ""},
	{"entryLiteral", `m, k := map[ol.One]$T{{"k"}: $A, {"l"}: $B}, "k"`, `m[ol.One{k}]`, `k = "l"`, ""},
	{"entryRunes", `m, k := map[string]$T{"k": $A, "l": $B}, []rune("k")`, `m[string(k)]`, `k[0] = 'l'`, ""},
	{"assert", "var i any = $A", "i.($T)", "i = $B", ""},
	{"assertFails", "var i any = struct{}{}", "i.($T)", "i = $B", ""},
	{"assertField", "s := ol.Box[any]{F: $A}", "s.F.($T)", "s.F = $B", ""},
	{"package", "ol.Var$N = $A", "ol.Var$N", "ol.Var$N = $B", ""},
	{"packagePointer", "ol.Ref$N = &ol.Box[$T]{F: $A}", "ol.Ref$N.F", "ol.Ref$N = &ol.Box[$T]{F: $B}", ""},
	{"call", "x := $A", "ol.ID(x)", "x = $B", ""},
	{"closure", "x := $A\n\tf := func() $T { return x }", "f()", "x = $B", ""},
	{"funcValue", "f := func() $T { return $A }", "f()", "f = func() $T { return $B }", ""},
	{"literal", "x := $A", "ol.Box[$T]{F: x}.F", "x = $B", ""},
	{"literalElem", "x := $A", "[]$T{x}[0]", "x = $B", ""},
	{"literalArray", "x := $A", "[1]$T{x}[0]", "x = $B", ""},
	{"conversion", "var x $U = $U($A)", "($T)(x)", "x = $U($B)", ""},
	{"implicit", "var x $U = $U($A)", "x", "x = $U($B)", "bare"},
	{"receive", "ch := make(chan $T, 4)\n\tfor range 2 {\n\tch <- $A\n\tch <- $B\n\t}", "(<-ch)", "<-ch", ""},
	{"slicedElem", "s := []$T{$A, $B}", "s[:1][0]", "s = []$T{$B}", ""},
	{"newed", "x := $A", "(*new(x))", "x = $B", ""},
	{"sum", "x := $A", "(x + x)", "x = $B", "ordered"},
	{"minimum", "x := $A", "max(x, $A)", "x = $B", "ordered"},
	{"realPart", "x := $A", "$T(complex(real(x), imag(x)))", "x = $B", "cplx"},
}

// An orderOp is an operation: a statement with the operand $X and the await $W to its right.
type orderOp struct {
	name, stmt string
	needs      string
	results    string
}

var orderOps = []orderOp{
	{"box", "ol.Show(e, $X, $W)", "", ""},
	{"pass", "ol.Pass[$T](e, $X, $W)", "", ""},
	{"any", "ol.Show(e, any($X), $W)", "", ""},
	{"boxTyped", "ol.Two(e, $X, $W)", "", ""},
	{"equal", "v := $B\n\tol.Show(e, $X == v, $W)", "eq", ""},
	{"equalRight", "v := $B\n\tol.Show(e, v == $X, $W)", "eq", ""},
	{"equalPass", "v := $B\n\tol.Pass(e, v != $X, $W)", "eq", ""},
	{"equalAny", "v := any($B)\n\tol.Pass(e, v == $X, $W)", "eq", ""},
	{"equalAwait", "ol.Pass(e, $X == ol.Pick[$T](e, $A, $B, $W), 1)", "eq", ""},
	{"less", "v := $B\n\tol.Pass(e, $X < v, $W)", "ordered", ""},
	{"key", "mk := map[$T]int{$A: 1, $B: 2}\n\tol.Pass(e, mk[$X], $W)", "eq", ""},
	{"keyBool", "mk := map[$T]bool{$A: true, $B: false}\n\tol.Show(e, mk[$X], $W)", "eq", ""},
	{"keyAny", "mk := map[any]int{$A: 1, $B: 2}\n\tol.Pass(e, mk[$X], $W)", "eq", ""},
	{"keyIn", "mk := map[ol.Pair[$T]]int{{$A, $A}: 1, {$B, $B}: 2}\n\tol.Pass(e, mk[ol.Pair[$T]{$X, $X}], $W)", "eq", ""},
	{"keySet", "mk := map[$T]int{}\n\tmk[$X] = $W\n\tol.Show(e, len(mk), mk[$A], mk[$B])", "eq", ""},
	{"keyAdd", "mk := map[$T]int{$A: 10, $B: 20}\n\tmk[$X] += $W\n\tol.Show(e, len(mk), mk[$A], mk[$B])", "eq", ""},
	{"keyDiv", "mk := map[$T]int{$A: 10, $B: 20}\n\tmk[$X] /= $W\n\tol.Show(e, len(mk), mk[$A], mk[$B])", "eq", ""},
	{"struct", "ol.Show(e, ol.Box[$T]{F: $X, N: $W})", "", ""},
	{"structAny", "ol.Show(e, ol.Box[any]{F: $X, N: $W})", "", ""},
	{"elemAny", "ol.Show(e, []any{$X, $W}...)", "", ""},
	{"elems", "ol.Pass(e, [2]$T{$X, ol.Pick[$T](e, $A, $B, $W)}, 1)", "", ""},
	{"entries", `ol.Show(e, map[string]any{"a": $X, "b": $W})`, "", ""},
	{"entriesKey", "ol.Show(e, map[$T]int{$X: $W})", "eq", ""},
	{"return", "return $X, $W", "", "($T, int)"},
	{"returnAny", "return $X, $W", "", "(any, int)"},
	{"assign", "var v $T\n\tvar n int\n\tv, n = $X, $W\n\tol.Show(e, v, n)", "", ""},
	{"assignAny", "var v any\n\tvar n int\n\tv, n = $X, $W\n\tol.Show(e, v, n)", "", ""},
	{"define", "v, n := $X, $W\n\tol.Show(e, v, n)", "", ""},
	{"declare", "var v, n any = $X, $W\n\tol.Show(e, v, n)", "", ""},
	{"appendAny", "ol.Show(e, append([]any{}, $X, $W)...)", "", ""},
	{"append", "ol.Pass(e, append([]$T{}, $X), $W)", "", ""},
	{"defer", "defer ol.Show(e, $X, $W)", "", ""},
	{"deferTyped", "defer ol.Two(e, $X, $W)", "", ""},
	{"index", "tab := []int{10, 20, 30}\n\tol.Pass(e, tab[$X], $W)", "int", ""},
	{"low", "tab := []int{10, 20, 30}\n\tol.Pass(e, tab[$X:$W+2], 1)", "int", ""},
	{"lowCopy", "tab := []int{10, 20, 30}\n\tol.Pass(e, tab[$X:], $W)", "int", ""},
	{"shift", "ol.Pass(e, 1<<$X, $W)", "int", ""},
	{"divide", "ol.Pass(e, 10/$X, $W)", "int", ""},
	{"sum", "ol.Show(e, $X+$X, $W)", "ordered", ""},
	{"arg", "ol.Show(e, ol.ID($X), $W)", "", ""},
	{"assertBack", "ol.Show(e, any($X).($T), $W)", "", ""},
	{"method", "$X.Is(e, $W)", "method", ""},
	{"methodValue", "ol.Call(e, $X.Is, $W)", "method", ""},
	{"methodExpr", "($T).Is($X, e, $W)", "method", ""},
	{"pointer", "ol.Show(e, &ol.Box[$T]{F: $X}, $W)", "", ""},
	{"newed", "ol.Show(e, new($X), $W)", "", ""},
	{"minimum", "ol.Pass(e, max($X, $A), $W)", "ordered", ""},
	{"length", "ol.Pass(e, len($X), $W)", "len", ""},
	{"called", "ol.Pass(e, $X(), $W)", "func", ""},
	{"calledWith", "ol.Wrap($X)(e, $W)", "func", ""},
	{"star", "ol.Pass(e, *$X, $W)", "ptr", ""},
	{"imaginary", "ol.Pass(e, real($X), $W)", "cplx", ""},
	{"switch", "switch ($X) {\n\tcase ol.Pick[$T](e, $A, $B, $W):\n\t\tol.Show(e, 1)\n\tdefault:\n\t\tol.Show(e, 2)\n\t}", "eq", ""},
	{"and", "ol.Show(e, $X == $A && ol.Pass(e, 1, $W), 1)", "eq", ""},
	{"conversionWide", "ol.Pass(e, float64($X), $W)", "int", ""},
	{"converted", "ol.Pass(e, $U($X), $W)", "", ""},
}
