package transform

import (
	"fmt"
	"strings"
	"testing"
)

// generated is what is made of one source file.
func generated(t *testing.T, src string) string {
	t.Helper()
	res, err := compile(Config{NoCheck: true}, source(t, src), nil)
	if err != nil || len(res.Files) != 1 {
		t.Fatalf("%d files, %v", len(res.Files), err)
	}
	return string(res.Files[0].Content)
}

// TestMoved moves functions by a line. A machine says once where its function is.
func TestMoved(t *testing.T) {
	const src = `package p

import "github.com/asyncgen/asyncgen/rt"

//async:func
func step(n int) (int, error) {
	defer rt.Yield()
	rt.Yield()
	return n, nil
}

//async:func
func steps(n int) (sum int, err error) {
	defer func() { sum++ }()
	for i := range n {
		v, err := step(i)
		if err != nil {
			return sum, err
		}
		sum += v
	}
	f := rt.AsyncValue(func() (int, error) { return step(1) })
	one, err := rt.Await(f)
	return sum + one, err
}
`
	before := strings.Split(generated(t, src), "\n")
	after := strings.Split(generated(t, strings.Replace(src, "\n//async", "\n// A comment.\n\n//async", 1)), "\n")
	if len(before) != len(after) {
		t.Fatalf("%d lines become %d", len(before), len(after))
	}
	machines := 0
	var changed []string
	for i, line := range before {
		if strings.HasSuffix(line, "Frame struct {") {
			machines++
		}
		if line != after[i] && !strings.HasPrefix(line, "//async:sum") {
			changed = append(changed, line)
		}
	}
	if machines != 3 || len(changed) > machines {
		t.Errorf("%d machines, and these lines have changed:\n%s", machines, strings.Join(changed, "\n"))
	}
}

// TestMuchKept has n values that are kept over n awaits: the text must not grow as n² does.
func TestMuchKept(t *testing.T) {
	size := func(n int, typ string) int {
		var terms []string
		for i := range n {
			terms = append(terms, fmt.Sprintf("one(%d)", i))
		}
		return len(generated(t, fmt.Sprintf(`package p

import "github.com/asyncgen/asyncgen/rt"

//async:func
func one(i int) (v %s) {
	rt.Yield()
	return v
}

//async:func
func sum() %s {
	return %s
}
`, typ, typ, strings.Join(terms, " + "))))
	}
	for _, typ := range []string{"int", "string"} {
		if some, twice := size(200, typ), size(400, typ); twice > some*9/4 {
			t.Errorf("200 values of type %s make %d bytes, 400 make %d", typ, some, twice)
		}
	}
}
