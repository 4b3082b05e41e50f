package asyncgen

import (
	"bytes"
	"os"
	"os/exec"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform"
)

// blocks are the parts of a document that are copied from somewhere: a comment says from where.
//
//	<!-- from: examples/hello/main.go -->
//	```go
//	…
//	```
var blocks = regexp.MustCompile("(?s)<!-- from: (.+?) -->\n```[a-z]*\n(.*?)```\n")

// TestDocuments checks that README.md and others show what is there: source, what the compiler makes of
// it now, and what a program prints. We leave out when it prints it: after how many seconds.
func TestDocuments(t *testing.T) {
	for _, name := range []string{"README.md", "docs/semantics.md", "docs/http.md", "examples/miniredis/README.md"} {
		t.Run(name, func(t *testing.T) { document(t, name) })
	}
}

func document(t *testing.T, name string) {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	found := blocks.FindAllSubmatch(text, -1)
	if len(found) == 0 {
		t.Fatal("it shows nothing")
	}
	for _, b := range found {
		from, shown := string(b[1]), string(b[2])
		var whole string
		switch {
		case from == "go run ./examples/hello":
			whole, shown = withoutTimes(run(t, "./examples/hello")), withoutTimes(shown)
		case strings.HasSuffix(from, "_async.go"):
			whole = compiled(t, from)
		default:
			src, err := os.ReadFile(from)
			if err != nil {
				t.Fatal(err)
			}
			whole = string(src)
		}
		if !strings.Contains(whole, shown) {
			t.Errorf("it shows, as from %s:\n%s\nbut there is:\n%s", from, shown, whole)
		}
	}
}

var times = regexp.MustCompile(` after [0-9.]+m?s`)

func withoutTimes(s string) string { return times.ReplaceAllString(s, "") }

func run(t *testing.T, pkg string) string {
	t.Helper()
	cmd := exec.Command("go", "run", pkg)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// compiled is what asyncgen makes now for a generated file.
func compiled(t *testing.T, name string) string {
	t.Helper()
	dir := path.Dir(name)
	res, err := transform.Compile(transform.Config{Patterns: []string{"./" + dir}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Files {
		if strings.HasSuffix(f.Name, name) {
			return string(bytes.ReplaceAll(f.Content, []byte("\r\n"), []byte("\n")))
		}
	}
	t.Fatalf("asyncgen does not make %s", name)
	return ""
}
