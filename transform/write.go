package transform

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A Change is one file on disk that is not as it should be.
type Change struct {
	Name     string // absolute
	Old, New []byte // nil: it is not there, it is to go
}

// Changes compares the generated files with those on disk. A generated file whose source has no
// marked function any more is to go. The error is of type [Problems] when a file is in the way that
// asyncgen did not write, or that has changed since. With force only the former counts.
//
// Line endings do not count: git may have changed them. A file that is to be replaced keeps its own, and a new
// one has those of its source.
func (r Result) Changes() ([]Change, error) { return r.changes(false) }

// ForcedChanges are [Result.Changes] that replace also generated files that were edited, merged or cut off since.
func (r Result) ForcedChanges() ([]Change, error) { return r.changes(true) }

func (r Result) changes(force bool) ([]Change, error) {
	var changes []Change
	var problems Problems
	mine := map[string]bool{}
	for _, f := range r.Files {
		mine[f.Name] = true
		old, err := os.ReadFile(f.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			changes = append(changes, Change{Name: f.Name, New: withEndings(f.Content, f.crlf)})
			continue
		case err != nil:
			problems.Add(diag.Start(f.Name), diag.CannotWrite, "move it away, or change its permissions", "cannot read: %v", reason(err))
			continue
		case bytes.Equal(unixEndings(old), f.Content):
			continue
		}
		why := foreign(old, f.Content)
		if why == notOurs {
			problems.Add(diag.Start(f.Name), diag.NotOurs, "rename it, or "+filepath.Base(f.Source), "%s", why)
		} else if why != "" && !force {
			problems = append(problems, edited(f.Name, filepath.Base(f.Source), why))
		} else {
			changes = append(changes, Change{Name: f.Name, Old: old, New: withEndings(f.Content, hasCRLF(old))})
		}
	}
	for _, dir := range r.dirs {
		gone, list := orphans(dir, mine, force)
		changes = append(changes, gone...)
		problems = append(problems, list...)
	}
	problems.Sort()
	if problems.Failed() {
		return nil, problems
	}
	return changes, nil
}

// edited is the problem of a generated file that has changed since it was made.
func edited(name, source, why string) Problem {
	return Problem{
		Pos: diag.Start(name), ID: diag.HandEdited, Message: why + ", so it is not replaced",
		Hint: "make the change in " + source + ", then run asyncgen --force, which replaces this file",
	}
}

// orphans finds the generated files of a directory whose source is gone or has no marked function.
// A source that this build leaves out, say x_windows.go, still counts.
func orphans(dir string, mine map[string]bool, force bool) (gone []Change, problems Problems) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil // packages without a directory have no files either
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if e.IsDir() || filepath.Ext(name) != ".go" || mine[name] || !strings.Contains(e.Name(), "_async") {
			continue
		}
		content, err := os.ReadFile(name)
		source := load.HeaderSource(content)
		if err != nil || source == "" || filepath.Base(source) != source {
			continue
		}
		if load.Output(source) == e.Name() && load.HasMarked(filepath.Join(dir, source)) {
			continue
		}
		if why := foreign(content, nil); why != "" && !force {
			problems = append(problems, edited(name, source, why))
			continue
		}
		gone = append(gone, Change{Name: name, Old: content})
	}
	return gone, problems
}

// Write makes the changes, all of them or none: new contents are first written beside the files, and
// take their places when all are there.
func Write(changes []Change) error {
	temps := make([]string, len(changes))
	undo := func(done int) {
		for _, c := range changes[:done] {
			restore(c)
		}
		for _, t := range temps {
			if t != "" {
				_ = os.Remove(t) // it may have taken its place already
			}
		}
	}
	for i, c := range changes {
		if c.New == nil {
			continue
		}
		t, err := writeBeside(c)
		if err != nil {
			undo(0)
			return cannotWrite(c.Name, err)
		}
		temps[i] = t
	}
	for i, c := range changes {
		var err error
		if c.New == nil {
			err = os.Remove(c.Name)
		} else {
			err = os.Rename(temps[i], c.Name)
		}
		if err != nil {
			undo(i)
			return cannotWrite(c.Name, err)
		}
	}
	return nil
}

// writeBeside writes the new content of a file into its directory, under a name that the go command
// does not look at.
func writeBeside(c Change) (name string, err error) {
	mode := fs.FileMode(0o666)
	if info, err := os.Stat(c.Name); err == nil {
		mode = info.Mode().Perm()
	}
	name = filepath.Join(filepath.Dir(c.Name), "."+filepath.Base(c.Name)+".tmp")
	if err := os.WriteFile(name, c.New, mode); err != nil {
		return "", err
	}
	return name, nil
}

// restore puts back what a change has replaced.
func restore(c Change) {
	if c.Old == nil {
		_ = os.Remove(c.Name) // we are on the way out with the error that matters
		return
	}
	_ = os.WriteFile(c.Name, c.Old, 0o666)
}

// cannotWrite is the problem of a file that the system does not let us write.
func cannotWrite(name string, err error) error {
	var list Problems
	list.Add(diag.Start(name), diag.CannotWrite, "nothing was changed", "cannot write: %v", reason(err))
	return list
}

// reason is an error of the system without the path, which the message has already.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

// Overlay is the changes as the go command's -overlay flag takes them: for each file that is to
// change, the name of a file in dir with the content, or "" for a file that is to go.
func Overlay(dir string, changes []Change) (map[string]string, error) {
	replace := map[string]string{}
	for i, c := range changes {
		if c.New == nil {
			replace[c.Name] = ""
			continue
		}
		name := filepath.Join(dir, fmt.Sprintf("%d_%s", i, filepath.Base(c.Name)))
		if err := os.WriteFile(name, c.New, 0o666); err != nil {
			return nil, err
		}
		replace[c.Name] = name
	}
	return replace, nil
}
