package arrange_test

import (
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/internal/golden"
	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
	"github.com/asyncgen/asyncgen/transform/internal/lower"
)

// TestArrange compares the plans of machines with their dumps.
func TestArrange(t *testing.T) {
	for _, c := range golden.Glob(t, "testdata/*.txtar") {
		t.Run(c.Name, func(t *testing.T) {
			p, err := loader.Source("example.com/p", map[string][]byte{"in.go": c.File("in.go")})
			if err != nil {
				t.Fatal(err)
			}
			ms, err := lower.Package(p)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			for _, m := range ms {
				for _, m := range m.All() {
					plan := arrange.Of(m, layout.Of(m))
					if err := plan.Verify(); err != nil {
						t.Error(err)
					}
					out.WriteString(plan.String())
				}
			}
			c.Check(t, "want", []byte(out.String()))
			c.Save(t)
		})
	}
}
