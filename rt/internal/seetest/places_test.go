package seetest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// TestDumpByPlace: tasks whose variables differ, but not where they wait, are one place.
func TestDumpByPlace(t *testing.T) {
	r := newRuntime(t, rt.Workers(2), rt.Origins())
	ch := rtsync.NewChan[int](0)
	for range 7 {
		rt.Spawn(middleAsync(ch), rt.On(r), rt.Name("many"))
	}
	rt.Spawn(eitherAsync(ch), rt.On(r), rt.Name("chooser"))
	waiting(t, r, 8)
	var got struct {
		Runtime   string
		Listed    int
		NotListed int
		Places    []rt.PlaceInfo
		BlockOn   []rt.PlaceInfo
		Cycles    [][]string
	}
	text := dump(t, r, rt.DumpJSON(), rt.DumpByPlace(), rt.DumpLocals())
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if got.Runtime != "seen" || got.Listed != 8 || got.NotListed != 0 || got.BlockOn == nil || got.Cycles == nil || len(got.Places) != 2 {
		t.Fatalf("got\n%s", text)
	}
	many, chooser := got.Places[0], got.Places[1]
	if many.Count != 7 || many.Status != "waiting" || many.Function != "seetest.middle" || len(many.Some) != 5 || len(many.Chain) != 3 {
		t.Errorf("got %+v", many)
	}
	if many.Origin == "" || many.LeastWait <= 0 || many.MostWait < many.LeastWait {
		t.Errorf("origin and waits: %+v", many)
	}
	if many.Chain[1].Locals != nil || !slices.Contains(many.Some[4].Chain[1].Locals, rt.Local{Name: "n", Value: "4"}) {
		t.Errorf("locals are those of the tasks: %+v", many)
	}
	if chooser.Count != 1 || chooser.Some[0].Name != "chooser" || len(chooser.Chain[0].Branches) != 2 {
		t.Errorf("got %+v", chooser)
	}
	ch.Close()
}

// TestProfileHasWaits: with Origins a profile says for how long tasks wait.
func TestProfileHasWaits(t *testing.T) {
	r := newRuntime(t, rt.Workers(2), rt.Origins())
	ch := rtsync.NewChan[int](0)
	rt.Spawn(middleAsync(ch), rt.On(r))
	waiting(t, r, 1)
	name := filepath.Join(t.TempDir(), "tasks.pb.gz")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Profile(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "tool", "pprof", "-raw", name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !regexp.MustCompile(`tasks/count\[dflt\] frames/bytes waiting/nanoseconds\s+1 +\d+ +[1-9]\d*:`).Match(out) {
		t.Errorf("got\n%s", out)
	}
	ch.Close()
}
