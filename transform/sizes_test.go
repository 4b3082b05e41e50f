package transform_test

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform"
)

// sizeTable is a line for each machine of the goldens: bytes of its frame and of its future, and what
// it keeps at each state. testdata/golden/sizes.txt has it, so that growth is a diff to review.
func sizeTable(machines []transform.Machine) string {
	var b strings.Builder
	fmt.Fprintln(&b, "# case machine: bytes of a frame, of a future; of what is kept at each state")
	for _, m := range machines {
		_, pkg, _ := strings.Cut(m.Package, "/forms/")
		fmt.Fprintf(&b, "%s %s: frame %d", pkg, m.Name, m.Frame)
		if m.Future > 0 {
			fmt.Fprintf(&b, ", future %d", m.Future)
		}
		sep := ";"
		for _, s := range m.States {
			fmt.Fprintf(&b, "%s %s %d", sep, s.Name, s.Bytes())
			sep = ","
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

// inspectSource compiles one file, and gives its machines by name.
func inspectSource(t *testing.T, src string) map[string]transform.Machine {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "internal", "sized")
	res, err := transform.Compile(transform.Config{
		Dir: root, Patterns: []string{"./internal/sized"}, NoTests: true, Inspect: true,
		Overlay: map[string][]byte{filepath.Join(dir, "sized.go"): []byte(src)},
	})
	if err != nil {
		t.Fatal(err)
	}
	machines := map[string]transform.Machine{}
	for _, m := range res.Machines {
		machines[path.Base(m.Name)] = m
	}
	return machines
}

// What is not read after an await is no field, and a big value is one field, wherever it comes from.
func TestB2_34_B6_85_Sizes(t *testing.T) {
	machines := inspectSource(t, `package sized

import "github.com/asyncgen/asyncgen/rt"

type block [1024]byte

//async:func
func none(n int) { rt.Yield() }

//async:func
func unused(n int) int {
	var b block
	b[n] = 1
	rt.Yield()
	return 1
}

//async:func
func local() byte {
	var b block
	rt.Yield()
	b[1]++
	rt.Yield()
	return b[1]
}

//async:func
func parameter(b block) byte {
	rt.Yield()
	b[1]++
	rt.Yield()
	return b[1]
}

//async:func
func (b block) receiver() byte {
	rt.Yield()
	b[1]++
	rt.Yield()
	return b[1]
}

//async:func
func turns(n int) byte {
	if n > 0 {
		var b block
		rt.Yield()
		return b[n]
	}
	var c block
	rt.Yield()
	return c[1]
}

//async:func
func shared() byte {
	var b block
	f := func() { b[1]++ }
	rt.Yield()
	f()
	return b[1]
}

//async:func
func given(n int) int {
	f := rt.AsyncValue(func() (int, error) {
		n++
		return n, nil
	})
	return rt.Must(rt.Await(f))
}

type inner struct{ n int }

func (i *inner) bump() { i.n++ }

type outer struct {
	*inner
	pad [4]int
}

//async:func
func embedded() int {
	o := outer{inner: &inner{}}
	rt.Yield()
	o.bump()
	rt.Yield()
	return o.pad[0]
}
`)
	const word, header = 8, 24 // of machine.Frame
	for name, want := range map[string]int64{
		"none":           header + word,               // n: a parameter comes in the frame of a future
		"unused":         header + word + word,        // the value, n
		"local":          header + word + 1024,        // the value, b
		"parameter":      header + word + 1024,        //
		"block.receiver": header + word + 1024,        //
		"turns":          header + word + word + 1024, // b and c take turns
		"shared":         header + word + word + word, // the value, a cell, a closure
		"embedded":       header + word + 5*word,      // the value, o: what bump points to is not in it
		"given":          header + word + word,        // the value, n: its cell is the block's
	} {
		m, ok := machines[name]
		if !ok {
			t.Errorf("no machine %s", name)
			continue
		}
		if m.Frame != want {
			t.Errorf("a frame of %s has %d bytes, want %d", name, m.Frame, want)
		}
	}
}
