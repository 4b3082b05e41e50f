// Package docs has the examples of semantics.md, which shows parts of this file.
package docs

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
)

//go:generate go tool asyncgen

// A Store gives values, and takes them.
type Store map[string]string

// Get waits a moment.
//
//async:func
func (s Store) Get(key string) (string, error) {
	rt.Yield()
	v, ok := s[key]
	if !ok {
		return "", fmt.Errorf("no %s", key)
	}
	return v, nil
}

// Put does not wait.
func (s Store) Put(key, v string) { s[key] = v }

//async:func
func copyAll(from, to Store, keys []string) error {
	for _, key := range keys {
		v, err := from.Get(key) // Store has GetAsync: an await
		if err != nil {
			return err
		}
		to.Put(key, v) // Store has no PutAsync: a call
	}
	return nil
}

func TestCopyAll(t *testing.T) {
	from, to := Store{"a": "1", "b": "2"}, Store{}
	if _, err := rt.BlockOn(copyAllAsync(from, to, []string{"a", "b"})); err != nil || len(to) != 2 {
		t.Error(to, err)
	}
	if err := copyAll(from, to, []string{"c"}); err == nil {
		t.Error("found c")
	}
}

// A desk notes what happens.
type desk struct{ log []string }

func (d *desk) note(s string) { d.log = append(d.log, s) }

// close takes a moment.
//
//async:func
func (d *desk) close() {
	rt.Yield()
	d.note("closed")
}

//async:func
func serve(d *desk, visitor rt.Future[string]) (err error) {
	d.note("open")
	defer d.close() // runs on return, panic and cancel, and is waited for, since it awaits
	name, err := rt.Await(visitor)
	d.note("hello " + name)
	return err
}

func TestServe(t *testing.T) {
	d := &desk{}
	if _, err := rt.BlockOn(serveAsync(d, rt.Ready("Ada"))); err != nil {
		t.Error(err)
	}
	if want := []string{"open", "hello Ada", "closed"}; !slices.Equal(d.log, want) {
		t.Errorf("a visitor: %q, want %q", d.log, want)
	}
	d = &desk{}
	c := rt.Select2Biased(serveAsync(d, rt.Never[string]()), rt.YieldAsync())
	if want := []string{"open", "closed"}; !slices.Equal(d.log, want) || !errors.Is(c.A.Err, rt.ErrNotChosen) {
		t.Errorf("no visitor: %q, %v; want %q", d.log, c.A.Err, want)
	}
	d = &desk{}
	if err := serve(d, rt.Ready("Bob")); err != nil || len(d.log) != 3 {
		t.Errorf("blocking form: %q, %v", d.log, err)
	}
}

//async:func
func together() (int, error) {
	n := 0
	_, _, err := rt.Join2(
		rt.AsyncFunc(func() error { n++; rt.Yield(); n++; return nil }),
		rt.AsyncFunc(func() error { n++; return nil }),
	)
	return n, err // 3, and no race
}

func TestTogether(t *testing.T) {
	if n, err := rt.BlockOn(togetherAsync()); n != 3 || err != nil {
		t.Error("async form:", n, err)
	}
	if n, err := together(); n != 3 || err != nil {
		t.Error("blocking form:", n, err)
	}
}
