package transform_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/internal/golden"
)

var (
	labelLine = regexp.MustCompile(`^(\w+):$`)
	gotoLine  = regexp.MustCompile(`^\t*goto (\w+)$`)
)

// TestLabels looks for labels in generated files that are not needed: one that is followed by a goto only, or by
// another label, and one right behind the goto that names it.
func TestLabels(t *testing.T) {
	seen := 0
	check := func(name string, text []byte) {
		lines := strings.Split(string(text), "\n")
		for i, line := range lines {
			rest := lines[i+1:]
			if labelLine.MatchString(line) && line != "default:" {
				seen++
				switch next := code(rest); {
				case gotoLine.MatchString(next):
					t.Errorf("%s:%d: %s does nothing but %s", name, i+1, line, strings.TrimSpace(next))
				case labelLine.MatchString(next):
					t.Errorf("%s:%d: %s and %s are one place", name, i+1, line, next)
				}
			}
			if to := gotoLine.FindStringSubmatch(line); to != nil {
				for len(rest) > 0 && strings.Trim(rest[0], "\t") == "}" {
					rest = rest[1:]
				}
				if next := labelLine.FindStringSubmatch(code(rest)); next != nil && next[1] == to[1] {
					t.Errorf("%s:%d: goto %s leads to where it is anyway", name, i+1, to[1])
				}
			}
		}
	}
	for _, c := range golden.Glob(t, "../testdata/golden/*.txtar") {
		for _, name := range c.Names() {
			if strings.Contains(name, "_async") {
				check(c.Name+"/"+name, c.File(name))
			}
		}
	}
	for _, pattern := range []string{"../examples/*/*_async.go", "../bench/*_async.go", "../bench/*/*_async.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			check(name, text)
		}
	}
	if seen < 100 {
		t.Errorf("%d labels in all", seen)
	}
}

// code is the first line that is neither empty nor a comment.
func code(lines []string) string {
	for _, line := range lines {
		if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "//") {
			return line
		}
	}
	return ""
}
