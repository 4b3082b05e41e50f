package difftest

import (
	"errors"
	"strings"
	"testing"
)

// hanging has functions that hang or bring the program down, between others.
const hanging = `package hanging

import (
	"os"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

//forms:run few
//async:func
func a(e *env.Env) int { rt.Yield(); return 1 }

//forms:run few
//async:func
func blocks(e *env.Env) int { <-make(chan int); return 1 }

//forms:run few
//async:func
func b(e *env.Env) int { rt.Yield(); return 2 }

//forms:run few
//async:func
func spins(e *env.Env) int {
	for {
	}
}

//forms:run few
//async:func
func crashes(e *env.Env) int { os.Exit(7); return 1 }

//forms:run few
//async:func
func c(e *env.Env) int { rt.Yield(); return 3 }
`

// TestHang runs functions that hang or crash: they alone are blamed, and the others run.
func TestHang(t *testing.T) {
	pkg := &Package{Dir: "hanging", Files: map[string][]byte{"hanging.go": []byte(hanging)}}
	p := Build(t, []*Package{pkg}, Options{Once: true})
	if pkg.Err != nil {
		t.Fatal(pkg.Err)
	}
	p.Patience = 200
	r, err := p.Run(pkg, "-rounds=1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range pkg.Cases {
		o := r[c.Name]
		switch c.fn {
		case "a", "b", "c":
			if o.Err != nil || o.Pairs == 0 {
				t.Errorf("%s: %d runs, %v", c.Name, o.Pairs, o.Err)
			}
		case "blocks", "spins":
			if !errors.Is(o.Err, ErrEnded) || !strings.Contains(o.Err.Error(), "hanging."+c.fn+"(") || !strings.Contains(o.Err.Error(), "hanging.go:") {
				t.Errorf("%s: %v", c.Name, o.Err)
			}
		case "crashes":
			if !errors.Is(o.Err, ErrEnded) || strings.Contains(o.Err.Error(), "hangs") {
				t.Errorf("%s: %v", c.Name, o.Err)
			}
		}
	}
}
