package transform

import (
	"fmt"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// BenchmarkCompile compiles a package of n marked functions, ten awaits in each: the time per function
// must not grow with n. What loading takes is told apart.
func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{100, 1000} {
		src := map[string][]byte{"p.go": []byte(manyFuncs(n))}
		b.Run(fmt.Sprintf("load/%d", n), func(b *testing.B) {
			for b.Loop() {
				loadMany(b, src)
			}
			perFunc(b, n)
		})
		b.Run(fmt.Sprintf("passes/%d", n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				p := loadMany(b, src)
				b.StartTimer()
				if _, err := compile(Config{}, []*load.Package{p}, nil); err != nil {
					b.Fatal(err)
				}
			}
			perFunc(b, n)
		})
	}
}

// BenchmarkCompileLong compiles one function with n awaits: the time per await must not grow with n.
func BenchmarkCompileLong(b *testing.B) {
	for _, n := range []int{100, 500} {
		src := map[string][]byte{"p.go": []byte(longFunc(n))}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				p := loadMany(b, src)
				b.StartTimer()
				if _, err := compile(Config{}, []*load.Package{p}, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/await")
		})
	}
}

// longFunc is a package with one function that has n loops with an await.
func longFunc(n int) string {
	return "package p\n\nimport \"github.com/asyncgen/asyncgen/rt\"\n\n//async:func\n" +
		"func f(m map[string]int) (s int) {\n" + strings.Repeat("\tfor k, v := range m {\n\t\tif v > len(k) {\n\t\t\trt.Yield()\n\t\t}\n\t\ts += v\n\t}\n", n) +
		"\treturn s\n}\n"
}

func perFunc(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/func")
}

func loadMany(b *testing.B, src map[string][]byte) *load.Package {
	b.Helper()
	p, err := loader.Source("example.com/p", src)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// manyFuncs is a package of n functions, of which each ten call each other. (Were all of them one
// cycle, the type checker's search for an initialization order would take most of the time.)
func manyFuncs(n int) string {
	var s strings.Builder
	s.WriteString("package p\n\nimport \"github.com/asyncgen/asyncgen/rt\"\n")
	for i := range n {
		fmt.Fprintf(&s, "\n//async:func\nfunc f%d(n int, xs ...string) (sum int, err error) {\n\tif n == 0 {\n\t\treturn 0, nil\n\t}\n", i)
		for j := range 10 {
			fmt.Fprintf(&s, "\tfor _, x := range xs {\n\t\tv, err := f%d(n-1, x)\n\t\tif err != nil {\n\t\t\treturn sum, err\n\t\t}\n\t\tsum += v + len(x)\n\t}\n", i/10*10+(i+j)%10)
		}
		s.WriteString("\trt.Yield()\n\treturn sum, nil\n}\n")
	}
	return s.String()
}
