// Package golden reads, compares and updates golden files.
//
// A golden file is a txtar archive: a line of prose that says what the case shows, input files, and
// the output that is expected. All packages share one flag:
//
//	go test ./transform/... -update
//
// writes what the tests got into the archives. Read the diff of testdata before anything else: it is
// the review of the change.
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what the tests got into the golden files")

// A Case is one golden file.
type Case struct {
	Name string // of the file, without directory and extension
	path string
	ar   *txtar.Archive
	old  []byte
}

// Glob reads the golden files that match a pattern, by name. There must be one at least.
func Glob(t testing.TB, pattern string) []*Case {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("no file matches %s", pattern)
	}
	var cases []*Case
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		c := &Case{Name: name, path: path, ar: txtar.Parse(data), old: data}
		if len(bytes.TrimSpace(c.ar.Comment)) == 0 {
			t.Errorf("%s does not begin with a line that says what it shows", path)
		}
		cases = append(cases, c)
	}
	return cases
}

// Names are the files of the archive, in order.
func (c *Case) Names() []string {
	var names []string
	for _, f := range c.ar.Files {
		names = append(names, f.Name)
	}
	return names
}

// Has reports whether the archive has a file.
func (c *Case) Has(name string) bool { return c.index(name) >= 0 }

// File is the content of one file of the archive, nil if it has none of that name.
func (c *Case) File(name string) []byte {
	if i := c.index(name); i >= 0 {
		return c.ar.Files[i].Data
	}
	return nil
}

// Check compares a file of the archive with what the test got. With -update it puts it there, and
// [Case.Save] writes the archive.
func (c *Case) Check(t testing.TB, name string, got []byte) {
	t.Helper()
	if n := len(got); n > 0 && got[n-1] != '\n' {
		got = append(slices.Clip(got), '\n') // txtar has whole lines only
	}
	if *update {
		c.set(name, got)
		return
	}
	if !c.Has(name) {
		t.Errorf("%s has no file %s; run the test with -update to add it", c.path, name)
		return
	}
	if diff := cmp.Diff(lines(c.File(name)), lines(got)); diff != "" {
		t.Errorf("%s: %s differs (-want +got):\n%s", c.path, name, diff)
	}
}

// Drop takes a file out of the archive with -update, and complains about it otherwise: the test did
// not get it.
func (c *Case) Drop(t testing.TB, name string) {
	t.Helper()
	i := c.index(name)
	switch {
	case i < 0:
	case *update:
		c.ar.Files = slices.Delete(c.ar.Files, i, i+1)
	default:
		t.Errorf("%s: %s is expected, but was not generated", c.path, name)
	}
}

// Save writes the archive with -update, if it has changed and the test has not failed.
func (c *Case) Save(t testing.TB) {
	t.Helper()
	if !*update || t.Failed() {
		return
	}
	data := txtar.Format(c.ar)
	if bytes.Equal(data, c.old) {
		return
	}
	if err := os.WriteFile(c.path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	c.old = data
}

// File compares a file that is not an archive with what the test got. With -update it is written.
func File(t testing.TB, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

func (c *Case) index(name string) int {
	return slices.IndexFunc(c.ar.Files, func(f txtar.File) bool { return f.Name == name })
}

func (c *Case) set(name string, data []byte) {
	if i := c.index(name); i >= 0 {
		c.ar.Files[i].Data = data
		return
	}
	c.ar.Files = append(c.ar.Files, txtar.File{Name: name, Data: data})
}

func lines(data []byte) []string { return strings.SplitAfter(string(data), "\n") }
