package gc

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// checked type-checks a file.
func checked(t *testing.T, src string) (*types.Package, *types.Info, *ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", "package p\nimport \"unsafe\"\nvar _ unsafe.Pointer\n"+src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Selections: map[*ast.SelectorExpr]*types.Selection{}, Types: map[ast.Expr]types.TypeAndValue{}}
	conf := types.Config{Importer: importer.Default()}
	p, err := conf.Check("p", fset, []*ast.File{f}, info)
	if err != nil {
		t.Fatal(err)
	}
	return p, info, f
}

// TestTypes says of types: B boxed, D held directly by an interface, A compared by address, P has pointers, T depends on a
// type parameter; and how a map takes a key of the type: a by its address, v by value, w in a word.
func TestTypes(t *testing.T) {
	const generic = `[
		T any, I ~int|~int64, S ~string, M ~int|~string, Q ~[]byte, R interface{ ~int|~bool; ~int }, E interface{ any; ~int16 },
		U interface{ ~int16; ~int|~int16|~int8 }, G []I,
	]`
	for typ, want := range map[string]string{
		"bool":                          "Ba",
		"int8":                          "Ba",
		"int16":                         "a",
		"int32":                         "v",
		"int":                           "v",
		"uint64":                        "v",
		"uintptr":                       "v",
		"float32":                       "a",
		"float64":                       "a",
		"complex64":                     "Ba",
		"complex128":                    "Ba",
		"string":                        "Pv",
		"unsafe.Pointer":                "BDPv",
		"*int":                          "BDPv",
		"chan int":                      "BDPv",
		"func()":                        "BDP-",
		"map[int]int":                   "BDP-",
		"[]int":                         "P-",
		"any":                           "Pa",
		"interface{ F() }":              "Pa",
		"error":                         "Pa",
		"struct{}":                      "BAa",
		"struct{ n int }":               "Aw",
		"struct{ _ int }":               "Aa",
		"struct{ a, b int32 }":          "BAw",
		"struct{ a int32; b int16 }":    "BAa",
		"struct{ a int16; b, c int8 }":  "BAw",
		"struct{ a, _ int32 }":          "BAa",
		"struct{ a, b int }":            "BAa",
		"struct{ f float64 }":           "Aa",
		"struct{ s string }":            "APw",
		"struct{ _ string }":            "APa",
		"struct{ s, t string }":         "BAPa",
		"struct{ p *int }":              "BDAPw",
		"struct{ e any }":               "BAPa",
		"struct{ s []int }":             "AP-",
		"struct{ _ [0]func(); p *int }": "BDAP-",
		"struct{ f func() }":            "BDAP-",
		"[0]int":                        "BAa",
		"[0]*int":                       "BAa",
		"[1]int":                        "Aw",
		"[2]int":                        "BAa",
		"[2]int32":                      "BAw",
		"[2]int16":                      "BAw",
		"[1]string":                     "APw",
		"[2]string":                     "BAPa",
		"[1][1]string":                  "APw",
		"[1]*int":                       "BDAPw",
		"[1]any":                        "BAPa",
		"[1]struct{ s []int }":          "AP-",
		"[4]bool":                       "BAw",
		"Named":                         "v",
		"Alias":                         "Pv",
		"T":                             "PTa",
		"I":                             "PTv",
		"S":                             "PTv",
		"M":                             "PTv",
		"Q":                             "PT-",
		"R":                             "PTv",
		"E":                             "PTa",
		"U":                             "PTa",
		"G":                             "PT-",
		"[2]T":                          "BAPTa",
		"struct{ n int; v T }":          "BAPTa",
		"[]T":                           "PT-",
		"*T":                            "BDPTv",
		"chan T":                        "BDPTv",
		"func(T)":                       "BDPT-",
		"func() T":                      "BDPT-",
		"map[I]int":                     "BDPT-",
		"map[int]T":                     "BDPT-",
		"interface{ F(T) }":             "PTa",
		"interface{ Pair[T] }":          "PTa",
		"Pair[T]":                       "PTa",
		"Pair[int]":                     "Pa",
		"*List[T]":                      "BDPTv",
		"*List[int]":                    "BDPv",
	} {
		p, _, _ := checked(t, `type Named int
type Alias = string
type Pair[T any] interface{ Get() T }
type List[T any] struct{ next *List[T]; v T }
func f`+generic+`(x `+typ+`) {}`)
		x := p.Scope().Lookup("f").Type().(*types.Signature).Params().At(0).Type()
		got := ""
		for letter, is := range map[string]bool{"B": Boxed(x), "D": Direct(x), "A": ComparedByAddress(x), "P": HasPointers(x), "T": Derived(x)} {
			if is {
				got += letter
			}
		}
		sorted := ""
		for _, letter := range "BDAPT" {
			if strings.ContainsRune(got, letter) {
				sorted += string(letter)
			}
		}
		if strings.HasSuffix(want, "-") {
			sorted += "-"
		} else {
			sorted += map[Key]string{KeyByAddress: "a", KeyByValue: "v", KeyInWord: "w"}[KeyOf(types.NewMap(x, types.Typ[types.Int]))]
		}
		if sorted != want {
			t.Errorf("%q: %q,", typ, sorted)
		}
	}
}

// TestConversions says of conversions whether they copy bytes into a string.
func TestConversions(t *testing.T) {
	for conv, want := range map[string]bool{
		"[]byte -> string": true, "Bytes -> string": true, "[]B -> Str": true, "[]rune -> string": false, "string -> []byte": false, "int -> string": false,
		"Q -> string": true, "Q -> Z": true, "Z -> string": false, "W -> string": false, "string -> string": false,
	} {
		from, to, _ := strings.Cut(conv, " -> ")
		p, _, _ := checked(t, `type Bytes []byte
type B byte
type Str string
func f[Q ~[]byte, Z ~string, W ~[]byte|~string](from `+from+`, to `+to+`) {}`)
		params := p.Scope().Lookup("f").Type().(*types.Signature).Params()
		if got := BytesToString(params.At(0).Type(), params.At(1).Type()); got != want {
			t.Errorf("%s: %v", conv, got)
		}
	}
}

// TestBigElements says how maps of elements of some sizes take an int.
func TestBigElements(t *testing.T) {
	for elem, want := range map[string]Key{
		"[128]byte": KeyByValue, "[129]byte": KeyByAddress, "T": KeyByAddress, "[]T": KeyByValue, "struct{ a int; b T }": KeyByAddress,
	} {
		p, _, _ := checked(t, "func f[T any](m map[int]"+elem+") {}")
		m := p.Scope().Lookup("f").Type().(*types.Signature).Params().At(0).Type().(*types.Map)
		if got := KeyOf(m); got != want {
			t.Errorf("%s: %d", elem, got)
		}
	}
}

// TestBoundEarly says which method values are bound before what stands to the right of them.
func TestBoundEarly(t *testing.T) {
	_, info, f := checked(t, `type I interface{ M() }
type S struct{ F func() }
func (S) M() {}
type G[T any] struct{ v T }
func (G[T]) M() {}
type E struct{ S }
func f[T I, U any](t T, i I, s S, p *S, g G[U], h G[int], e E) {
	_, _, _, _, _, _, _, _, _ = t.M, i.M, s.M, p.M, g.M, h.M, e.M, s.F, S.M
}`)
	var early []string
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && BoundEarly(info.Selections[sel]) {
			early = append(early, sel.X.(*ast.Ident).Name)
		}
		return true
	})
	if got := strings.Join(early, " "); got != "t g" {
		t.Errorf("bound early: %s", got)
	}
}
