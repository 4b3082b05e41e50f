package difftest

import (
	"fmt"
	"strings"
	"testing"
)

// TestB3_45_Large runs functions that nobody writes: 500 awaits one after the other in 2,000 lines, and
// 60 statements in each other with an await at every level. What compiling them costs is
// transform.TestLinear's.
func TestB3_45_Large(t *testing.T) {
	pkgs := readPackages(t)
	large := &Package{Dir: "large", Files: map[string][]byte{"large.go": []byte(largeSource(500, 60))}}
	pkgs = append(pkgs, large)
	p := Build(t, pkgs, options())
	if len(large.Cases) != 2 {
		t.Fatalf("%d functions to run, want 2", len(large.Cases))
	}
	run(t, p, large)
}

func largeSource(awaits, depth int) string {
	var b strings.Builder
	b.WriteString("package large\n\nimport \"github.com/asyncgen/asyncgen/internal/difftest/env\"\n\n")
	b.WriteString("//async:func\n//forms:run few\nfunc sequential(e *env.Env) (sum int, err error) {\n")
	for i := range awaits {
		fmt.Fprintf(&b, "\tv%d, err := e.Step(sum)\n\tif err != nil {\n\t\treturn v%d, err\n\t}\n", i, i)
		fmt.Fprintf(&b, "\tsum = (sum*3 + v%d) %% 1000\n", max(0, i-i%7))
	}
	b.WriteString("\treturn sum, err\n}\n\n")
	b.WriteString("//async:func\n//forms:run few\nfunc nested(e *env.Env) (n int) {\n")
	heads := []string{
		"if e.Int(n) == %d {", "for n == %d {", "switch {\ncase e.Is(\"case\", n == %d):", "for range n - %d + 1 {", "{\n_ = %d",
	}
	for i := range depth {
		fmt.Fprintf(&b, heads[i%len(heads)]+"\nn += e.Int(1)\n", i)
	}
	for range depth {
		b.WriteString("e.Int(n)\nn = max(n, 1000)\n}\n")
	}
	b.WriteString("return n\n}\n")
	return b.String()
}
