package transform

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

func TestSeal(t *testing.T) {
	content := load.Header("x.go") + "\n\npackage p\n"
	whole := string(seal([]byte(content)))
	lines := strings.Split(whole, "\n")
	if lines[0] != load.Header("x.go") || !strings.HasPrefix(lines[1], sumStart) || lines[2] != "" || lines[3] != "package p" {
		t.Fatalf("sealed content is\n%s", whole)
	}
	if !sealed([]byte(whole)) || !sealed(unixEndings(withEndings([]byte(whole), true))) {
		t.Error("untouched content does not count as sealed")
	}
	for _, edit := range []string{
		whole + "\n",
		content,
		strings.Replace(whole, "package p", "package q", 1),
		strings.Replace(whole, "x.go", "y.go", 1),
		strings.Replace(whole, lines[1], sumStart+"0123456789abcdef", 1),
	} {
		if sealed([]byte(edit)) {
			t.Errorf("edited content counts as sealed:\n%s", edit)
		}
	}
}

// TestWriteUndo makes the last of several changes fail when the others are done: they are undone.
func TestWriteUndo(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(file(name), []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	write("update.go", "old")
	write("remove.go", "gone")
	if err := os.MkdirAll(file("taken.go/full"), 0o777); err != nil { // no file can take its place
		t.Fatal(err)
	}
	changes := []Change{
		{Name: file("create.go"), New: []byte("new")},
		{Name: file("update.go"), Old: []byte("old"), New: []byte("new")},
		{Name: file("remove.go"), Old: []byte("gone")},
		{Name: file("taken.go"), New: []byte("new")},
	}
	err := Write(changes)
	var problems Problems
	if !errors.As(err, &problems) || problems[0].Pos.Filename != file("taken.go") {
		t.Fatalf("error is %v, want a problem of taken.go", err)
	}
	if got := read(t, file("update.go")) + read(t, file("remove.go")); got != "oldgone" {
		t.Errorf("files hold %q, want what they held before", got)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 3 {
		t.Errorf("the directory has %v, want what it had before", entries)
	}

	if err := Write(changes[:3]); err != nil {
		t.Fatal(err)
	}
	if got := read(t, file("create.go")) + read(t, file("update.go")); got != "newnew" {
		t.Errorf("files hold %q, want the new contents", got)
	}
	if _, err := os.Stat(file("remove.go")); !os.IsNotExist(err) {
		t.Errorf("remove.go is still there: %v", err)
	}
	if info, err := os.Stat(file("update.go")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("update.go has mode %v, want what it had", info.Mode())
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
