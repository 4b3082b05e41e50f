package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// checker checks a tree.
type checker struct {
	root   string
	skip   []string       // patterns of directory names
	ignore *regexp.Regexp // links
	limit  int            // of files that are checked at a time
	web    *web           // nil: pages are not looked at
	look   func(path string) (*entry, error)

	mu     sync.Mutex
	looks  map[string]*rt.JoinHandle[*entry] // by path
	report report
}

// checkTree checks all files, each in a task of its own. However it ends, these tasks have ended, too.
//
//async:func
func (c *checker) checkTree() error {
	files, err := rt.Blocking(context.Background(), c.walk)
	if err != nil {
		return err
	}
	c.report.start(len(files))

	_, err = rt.Map(c.limit, files, func(file string) (rt.Unit, error) {
		h := rt.Spawn(c.checkFileAsync(file))
		defer func() { // who is cancelled here cancels the task
			h.Abort()
			rt.Await(h)
		}()
		return rt.Await(h)
	})
	return err
}

// checkFile checks the links of a file.
//
//async:func
func (c *checker) checkFile(path string) {
	e, err := rt.Await(c.entry(path))
	if err != nil {
		c.report.done(outcome{problems: []problem{{file: path, text: reason(err)}}})
		return
	}
	var o outcome
	if e.doc == nil { // a directory or a device, by a symbolic link
		c.report.done(o)
		return
	}
	for _, l := range e.doc.links {
		u, err := url.Parse(l.dest)
		text := ""
		switch {
		case c.ignore.MatchString(l.dest):
			o.skipped++
			continue
		case err != nil:
			text = "not a URL"
		case c.web != nil && followed(u):
			text = c.web.checkPage(u)
		case u.IsAbs() || u.Host != "" || e.doc.moved:
			o.skipped++
			continue
		default:
			text = c.checkLink(path, u)
		}
		o.links++
		if text != "" {
			o.problems = append(o.problems, problem{path, l.line, l.dest, text})
		}
	}
	c.report.done(o)
}

// checkLink says what is wrong with a relative link in a file; nothing if it is empty.
//
//async:func
func (c *checker) checkLink(file string, u *url.URL) string {
	path := c.resolve(file, u)
	e, err := rt.Await(c.entry(path))
	if err != nil {
		return reason(err)
	}
	if strings.HasSuffix(u.Path, "/") && !e.dir {
		return "not a directory"
	}
	fragment, _, _ := strings.Cut(u.Fragment, ":~:") // what follows is text to search for
	if fragment == "" {
		return ""
	}
	if e.dir {
		if e.index == "" {
			return "a directory without an index has no anchors"
		}
		if e, err = rt.Await(c.entry(filepath.Join(path, e.index))); err != nil {
			return reason(err)
		}
	}
	if e.doc != nil && !e.doc.has(fragment) {
		return "no such anchor"
	}
	return ""
}

// resolve gives the path that a link leads to.
func (c *checker) resolve(file string, u *url.URL) string {
	switch path := filepath.FromSlash(u.Path); {
	case path == "":
		return file
	case filepath.IsAbs(path) || strings.HasPrefix(u.Path, "/"):
		return filepath.Join(c.root, path)
	default:
		return filepath.Join(filepath.Dir(file), path)
	}
}

// entry is the task that looks at a path. Whoever asks first starts it; any number may await it.
func (c *checker) entry(path string) *rt.JoinHandle[*entry] {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.looks[path]
	if h == nil {
		h = rt.Spawn(rt.BlockingAsync(context.Background(), func(context.Context) (*entry, error) {
			return c.look(path)
		}))
		c.looks[path] = h
	}
	return h
}

// walk finds the documents below the root. What cannot be read is a problem; the walk goes on.
func (c *checker) walk(ctx context.Context) ([]string, error) {
	var files []string
	err := filepath.WalkDir(c.root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			c.report.unreadable(path, err)
		case d.IsDir() && path != c.root && c.skips(d.Name()):
			return fs.SkipDir
		case !d.IsDir() && isDocument(path):
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

func (c *checker) skips(name string) bool {
	for _, pattern := range c.skip {
		if ok, _ := filepath.Match(pattern, name); ok {
			return true
		}
	}
	return false
}

// clearLine tells a terminal to go to the beginning of the line, and to clear it.
const clearLine = "\r\x1b[K"

// progress shows how far the check is, until it is cancelled.
//
//async:func
func (c *checker) progress(w io.Writer) {
	defer fmt.Fprint(w, clearLine)
	for {
		fmt.Fprint(w, clearLine, c.report.summary())
		rt.Sleep(100 * time.Millisecond)
	}
}

// reason is what is wrong with a file, without its name.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "no such file"
	}
	return err.Error()
}
