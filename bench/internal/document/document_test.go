package document

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.md")
	if err := os.WriteFile(file, []byte("# Title\n\n<!-- table -->\n\nold\n\n<!-- end of the table -->\n\nMore.\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(file, "http table"); err == nil {
		t.Error("a place that is not there is found")
	}
	p, err := Find(file, "table")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Put("new\n"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if want := "# Title\n\n<!-- table -->\n\nnew\n\n<!-- end of the table -->\n\nMore.\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}
