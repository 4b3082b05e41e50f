package rt_test

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport says which packages of this module each package of the runtime may import, tests aside. It is the
// picture in docs/architecture.md: no arrow runs back up.
var mayImport = map[string][]string{
	"rt/internal/sched":      {},
	"rt/internal/timer":      {},
	"rt/internal/goid":       {},
	"rt/internal/waitset":    {},
	"rt/internal/simulation": {},
	"rt/internal/alarms":     {},
	"rt/internal/simnet":     {},
	"rt/internal/task":       {"rt/internal/goid", "rt/internal/sched", "rt/internal/timer", "rt/internal/waitset", "rt/internal/simulation", "rt/internal/alarms"},
	"rt":                     {"rt/internal/task", "rt/internal/goid"},
	"rt/machine":             {"rt", "rt/internal/task"},
	"rt/rtsync":              {"rt", "rt/machine", "rt/internal/task", "rt/internal/waitset"},
	"rt/rtnet":               {"rt", "rt/machine", "rt/internal/task", "rt/internal/simnet", "rt/rtsync"},
	"rt/rttest":              {"rt", "rt/machine", "rt/internal/task", "rt/internal/simulation", "rt/internal/simnet"},
	"rt/rthttp":              {"rt", "rt/machine", "rt/rtnet", "rt/rtsync"},
	"rt/rtmetrics":           {"rt"},
	"rt/console":             {"rt", "rt/machine", "rt/rtmetrics"},
}

func TestImports(t *testing.T) {
	const module = "github.com/asyncgen/asyncgen/"
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range bytes.Lines(out) {
		words := strings.Fields(string(line))
		pkg := strings.TrimPrefix(words[0], module)
		may, listed := mayImport[pkg]
		if !listed {
			if strings.HasPrefix(pkg, "rt/internal/") { // programs and packages for tests
				continue
			}
			t.Errorf("%s is not in the table", pkg)
			continue
		}
		seen++
		for _, path := range words[1:] {
			if path, ours := strings.CutPrefix(path, module); ours && !slices.Contains(may, path) {
				t.Errorf("%s imports %s", pkg, path)
			}
		}
	}
	if seen != len(mayImport) {
		t.Errorf("%d of %d packages are there", seen, len(mayImport))
	}
}
