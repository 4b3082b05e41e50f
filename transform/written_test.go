package transform

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// TestWritten spoils what emit has made: a file that does not compile is a problem of the function from which
// the line comes, and there is nothing to write.
func TestWritten(t *testing.T) {
	saved := passes
	defer func() { passes = saved }()
	for _, test := range []struct{ old, new, want string }{
		{"m.fr.Val", "", ""}, // nothing
		{"func (m *clientSecondFrame) Reset()", "func (m *clientSecondFrame) reset()", "p.go:9:16: "},
		{"return &firstFunc", "return &fistFunc", "p.go:6:6: "},
		{"const _ =", "const _ string =", "p.go:6:6: "},
		{"const _ =", "import \"os\"; const _ =", "p.go:6:6: "},
		{"package p", "package q", "package p; expected package q"},
		{"type clientSecondFrame struct {", "type clientSecondFrame struct {;", "p.go:6:6: "},
	} {
		passes = append(saved[:len(saved):len(saved)], pass{name: "spoil", run: func(c *compilation) error {
			for i, f := range c.files {
				c.files[i].Content = bytes.Replace(f.Content, []byte(test.old), []byte(test.new), 1)
			}
			return nil
		}})
		src := source(t, twoFuncs)
		res, err := compile(Config{NoCheck: true}, src, nil)
		if err != nil || len(res.Files) != 1 {
			t.Fatalf("with -no-check: %v", err)
		}
		if test.want == "" {
			continue
		}
		if !strings.Contains(string(res.Files[0].Content), test.new) {
			t.Fatalf("%q is not replaced", test.old)
		}
		res, err = compile(Config{}, source(t, twoFuncs), nil)
		var problems Problems
		if !errors.As(err, &problems) || len(problems) == 0 || problems[0].ID != diag.Internal || !strings.Contains(problems[0].String(), test.want) {
			t.Errorf("%s: %v", test.new, err)
		}
		if len(res.Files) > 0 {
			t.Errorf("%s: there is something to write", test.new)
		}
	}
}
