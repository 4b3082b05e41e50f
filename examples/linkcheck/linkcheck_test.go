package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/internal/golden"
	"github.com/asyncgen/asyncgen/rt"
)

// TestRun runs the program with the arguments in the file args of each archive, in a directory with
// the files of its tree. The file want has what it prints, and its exit status.
func TestRun(t *testing.T) {
	for _, c := range golden.Glob(t, "testdata/*.txtar") {
		t.Run(c.Name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("paths have slashes in what is expected")
			}
			dir := t.TempDir()
			for _, name := range c.Names() {
				if strings.HasPrefix(name, "tree/") {
					write(t, filepath.Join(dir, name), c.File(name))
				}
			}
			t.Chdir(dir)
			var out, errs bytes.Buffer
			status := run(t.Context(), strings.Fields(string(c.File("args"))), &out, &errs)
			got := fmt.Appendf(nil, "%s%sexit %d\n", &out, &errs, status)
			c.Check(t, "want", got)
		})
		c.Save(t)
	}
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestBlockingForm calls the check as ordinary Go. It finds what the tasks find.
func TestBlockingForm(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.md", []byte("# A\n[a](#a), [b](b.md#b), [c](c.md)\n"))
	write(t, "b.md", []byte("[a](a.md), [b](#b)\n"))
	var reports [2]bytes.Buffer
	for i, check := range []func(c *checker) error{
		(*checker).checkTree,
		func(c *checker) error { _, err := rt.BlockOn(c.checkTreeAsync()); return err },
	} {
		c, err := parseArgs([]string{"."}, os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		if err := check(c); err != nil {
			t.Fatal(err)
		}
		c.report.print(&reports[i])
	}
	const want = `a.md:2: b.md#b: no such anchor
a.md:2: c.md: no such file
b.md:1: #b: no such anchor
files: 2, links: 5 (0 more not checked), problems: 3
`
	for i := range reports {
		if got := reports[i].String(); got != want {
			t.Errorf("form %d: got:\n%swant:\n%s", i, got, want)
		}
	}
}

func TestEmptyTree(t *testing.T) {
	var out bytes.Buffer
	if status := run(t.Context(), []string{t.TempDir()}, &out, os.Stderr); status != statusOK {
		t.Errorf("status %d", status)
	}
	if got, want := out.String(), "files: 0, links: 0 (0 more not checked), problems: 0\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestUnreadable has a file, and the target of a link, that cannot be read.
func TestUnreadable(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "a.md", []byte("[b](b.md)\n[c](c.md)\n"))
	write(t, "c.md", nil)
	if err := os.Symlink("nothing", "b.md"); err != nil {
		t.Skip(err)
	}
	c, err := parseArgs([]string{"."}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	c.look = func(path string) (*entry, error) {
		if path == "c.md" {
			return nil, errors.New("the disk is on fire")
		}
		return look(path)
	}
	var out bytes.Buffer
	if status := c.run(t.Context(), &out, os.Stderr); status != statusBroken {
		t.Errorf("status %d", status)
	}
	want := `a.md:1: b.md: no such file
a.md:2: c.md: the disk is on fire
b.md: no such file
c.md: the disk is on fire
files: 3, links: 2 (0 more not checked), problems: 4
`
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", &out, want)
	}
}

// TestSymlinkToDirectory has a directory under the name of a document.
func TestSymlinkToDirectory(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "docs", "b.md"), nil)
	write(t, filepath.Join(dir, "a.md"), []byte("[docs](docs.md/b.md)\n"))
	if err := os.Symlink("docs", filepath.Join(dir, "docs.md")); err != nil {
		t.Skip(err)
	}
	var out bytes.Buffer
	if status := run(t.Context(), []string{dir}, &out, os.Stderr); status != statusOK {
		t.Errorf("status %d: %s", status, &out)
	}
}

// TestInterrupt cancels while the third of five files is read.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for i := range 5 {
		write(t, fmt.Sprintf("%d.md", i+1), []byte("[x](x.md)\n"))
	}
	c, err := parseArgs([]string{"-n", "1", "."}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan bool)
	defer close(ended)
	c.look = func(path string) (*entry, error) {
		if path == "3.md" {
			cancel()
			<-ended
		}
		return look(path)
	}
	var out, errs bytes.Buffer
	if status := c.run(ctx, &out, &errs); status != statusInterrupted {
		t.Errorf("status %d", status)
	}
	want := `1.md:1: x.md: no such file
2.md:1: x.md: no such file
files: 2 of 5, links: 2 (0 more not checked), problems: 2
`
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", &out, want)
	}
	if got := errs.String(); got != "linkcheck: interrupted\n" {
		t.Errorf("it says %q", got)
	}
}

// TestProgress has the line written by the task that a check races against, and cleared at its end.
func TestProgress(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.md"), []byte("[a](a.md)\n"))
	c, err := parseArgs([]string{dir}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	var line bytes.Buffer
	shown := make(chan bool)
	c.look = func(path string) (*entry, error) {
		<-shown
		return look(path)
	}
	w := writerFunc(func(p []byte) (int, error) {
		if line.Len() == 0 {
			defer close(shown)
		}
		return line.Write(p)
	})
	if _, err := rt.BlockOn(rt.RaceAsync(c.checkTreeAsync(), c.progressAsync(w))); err != nil {
		t.Fatal(err)
	}
	got := line.String()
	if !strings.HasPrefix(got, clearLine+"files: 0") || !strings.HasSuffix(got, clearLine) {
		t.Errorf("got %q", got)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestSlug(t *testing.T) {
	for heading, want := range map[string]string{
		"Getting Started":               "getting-started",
		"What's new in 1.2?":            "whats-new-in-12",
		"snake_case & kebab-case":       "snake_case--kebab-case",
		"Hooks: Before(), After()":      "hooks-before-after",
		"Änderungen":                    "änderungen",
		"日本語":                           "日本語",
		"  spaces around, and – dashes": "spaces-around-and--dashes",
	} {
		if got := slug(heading); got != want {
			t.Errorf("%q: got %q, want %q", heading, got, want)
		}
	}
}
