package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"
)

// report collects what the tasks find. They run in parallel.
type report struct {
	mu    sync.Mutex
	total int // files that there are
	files int // files that have been checked
	sum   outcome
}

// outcome is what was found in a file.
type outcome struct {
	links    int // that were checked
	skipped  int // links that were not
	problems []problem
}

// problem is a broken link, or a file that cannot be read: then it has no line and no link.
type problem struct {
	file string
	line int
	dest string
	text string
}

func (p problem) String() string {
	if p.line == 0 {
		return fmt.Sprintf("%s: %s", p.file, p.text)
	}
	return fmt.Sprintf("%s:%d: %s: %s", p.file, p.line, p.dest, p.text)
}

func (r *report) start(total int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total = total
}

// done adds what a file has, once it is checked.
func (r *report) done(o outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.files++
	r.sum.links += o.links
	r.sum.skipped += o.skipped
	r.sum.problems = append(r.sum.problems, o.problems...)
}

// unreadable adds a directory that cannot be read.
func (r *report) unreadable(dir string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum.problems = append(r.sum.problems, problem{file: dir, text: reason(err)})
}

func (r *report) broken() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.sum.problems) > 0
}

// summary is one line about what there is so far.
func (r *report) summary() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	of := ""
	if r.files < r.total {
		of = fmt.Sprintf(" of %d", r.total)
	}
	return fmt.Sprintf("files: %d%s, links: %d (%d more not checked), problems: %d",
		r.files, of, r.sum.links, r.sum.skipped, len(r.sum.problems))
}

// print prints the problems in order, and the summary.
func (r *report) print(w io.Writer) {
	slices.SortFunc(r.sum.problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.dest, b.dest))
	})
	for _, p := range r.sum.problems {
		fmt.Fprintln(w, p)
	}
	fmt.Fprintln(w, r.summary())
}
