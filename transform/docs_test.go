package transform

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// TestSupportPage makes sure that docs/support.md names goldens and rules that exist, and leaves out
// no rule about constructs and no golden.
func TestSupportPage(t *testing.T) {
	text, err := os.ReadFile("../docs/support.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	ids := map[string]bool{}
	for _, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, ""), "|")
		if len(cells) != 4 {
			continue
		}
		for _, m := range regexp.MustCompile("`([a-z0-9-]+)`").FindAllStringSubmatch(cells[2], -1) {
			named[m[1]] = true
			if _, err := os.Stat("../testdata/golden/" + m[1] + ".txtar"); err != nil {
				t.Errorf("%s: there is no golden %s", line, m[1])
			}
		}
		for _, id := range regexp.MustCompile(`AG\d{4}`).FindAllString(cells[2], -1) {
			ids[id] = true
			if _, ok := Explain(id); !ok {
				t.Errorf("%s: there is no rule %s", line, id)
			}
		}
	}
	for _, r := range diag.Rules {
		if strings.HasPrefix(r.ID, "AG01") && !ids[r.ID] {
			t.Errorf("rule %s, %s, is not in the page", r.ID, r.Title)
		}
	}
	entries, err := os.ReadDir("../testdata/golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".txtar"); ok && !named[name] {
			t.Errorf("golden %s is not in the page", name)
		}
	}
}
