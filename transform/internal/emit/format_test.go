package emit

import (
	"go/format"
	"strings"
	"testing"
)

// TestLayouter compares what a layouter makes of a declaration with what go/format does, and says which ones
// it knows. That it knows most of what is emitted is not to be seen from the output.
func TestLayouter(t *testing.T) {
	body := func(lines ...string) string { return "func f() {\n" + strings.Join(lines, "\n") + "\n}" }
	cases := []struct {
		name, text string
		knows      bool
	}{
		{"blocks", body("if x {", "a = b", "} else if y {", "a = c", "} else {", "{", "f()", "}", "}"), true},
		{"labels", body("for i := 0; i < n; i++ {", "a()", "", "next:", "b()", "}", "goto next"), true},
		{"clauses", body("switch x {", "case a, b:", "f()", "default:", "if y { return }", "}"), true},
		{"deferred", body("defer func() {", "if w != nil || due == 0 { return T{}, nil }", "f(`{`, \"(\", '{')", "}()"), true},
		{"comments of neighbours", body("a = b // one", "ab = c // two", "c()", "abc = d // three"), true},
		{"a statement apart from its label", body("next:", "// Note.", "a = b // one", "abc = d // two", "ab = e // three"), true},
		{"a statement right behind its label", body("next:", "a = b // one", "abc = d // two"), true},
		{"comments above", body("// Some words.", "// And more.", "a()"), true},
		{"comments at both ends of a block", body("if x { // one", "a()", "} // two"), true},
		{"variables", body("var (", "a, b\vint", "due\vuint8 // what is due", "c\v*int", ")"), true},
		{"fields", "type T struct {\nBase\n\na, bc\vint\nd\vmap[string]int // e, f\nf\v[]int // g\n}", true},
		{"literal", "var f = machine.Func{\nExit:\v3,\nName:\v\"f\",\nResult:\vrt.ResultVal,\nStates: []machine.State{\n{Name: \"start\"},\n},\n}", true},
		{"functions of one line", "func (m *f) Func() *machine.Func\v{ return &x }\nfunc (m *f) Reset()\v{ *m = f{} }", true},
		{"a function that is too long for one line", "func " + strings.Repeat("f", 80) + "()\v{ return &abcde }", true},
		{"a function that is just short enough", "func " + strings.Repeat("f", 80) + "()\v{ return &abcd }", true},
		{"a struct type of go/types", body("x = new(struct{Names []string})"), true},
		{"a type whose name ends in struct", body("x = mystruct{a}"), true},
		{"a literal of one line", body("f(func() int { return 1 })"), true},

		{"a struct type that is too long", body("x = new(struct{Names map[string]map[string]map[string]bool})"), false},
		{"an interface of go/types", body("x = new(interface{M()})"), false},
		{"a literal of several lines", body("f(func() {", "g()", "})"), false},
		{"a call of several lines", body("f(a,", "b)"), false},
		{"a value of several lines", body("x = T{", "A: 1,", "Bc: 2,", "}"), false},
		{"an operand on the next line", body("x = a +", "b"), false},
		{"a comma that nothing follows", body("f(a,)"), false},
		{"parentheses", body("if (x) {", "}"), false},
		{"a string of several lines", body("x = `a", "  b`"), false},
		{"a comment inside", body("x = /* one */ a"), false},
		{"a list in a comment", body("// - one", "// - two", "a()"), false},
		{"a comment before a brace", body("if x {", "a()", "// Nothing more.", "}"), false},
		{"a comment before a label", body("// The label.", "next:", "b()"), false},
		{"numbers", body("x = 0X1F"), false},
		{"exponents", body("x = 1E6"), false},
		{"constants", body("const (", "a\t= 1", "bc\t= 2", ")"), false},
		{"a function behind a struct type", "func f() (_ struct{A int; B bool})\v{ return }", false},
		{"constraints", "type T[S ~[]int|~[]string] struct {\nS\n}", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			const head = "package p\n"
			want := []byte(head + "\n" + strings.ReplaceAll(c.text, cell, " "))
			for range 2 { // once is not always enough
				var err error
				if want, err = format.Source(want); err != nil {
					t.Fatal(err)
				}
			}
			l := &layouter{out: []byte(head)}
			if err := l.format(c.text); err != nil {
				t.Fatal(err)
			}
			if string(l.out) != string(want) {
				t.Errorf("it is\n%s\nnot\n%s", l.out, want)
			}
			if knows := new(layouter).decl(c.text); knows != c.knows {
				t.Errorf("the layouter knows it: %v, not %v", knows, c.knows)
			}
		})
	}
}
