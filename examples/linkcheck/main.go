// Command linkcheck checks the relative links in a tree of Markdown and HTML files: that their
// targets exist, and that the #fragments name a heading or an element. With -http it checks those
// to pages of the web, too.
//
//	go run ./cmd/asyncgen run ./examples/linkcheck DIR
//
// Links with a scheme or a host are counted, not followed, but for those that -http looks at: each page
// once, a few of a host at a time, and again after a while where it fails (web.go). A link that begins with a slash starts at
// DIR. Headings in Markdown have the ids that GitHub gives them.
//
// Each file is checked by a task of its own (check.go), some of them at a time. Files are read and
// parsed on the blocking pool, each once, however many links lead there. While standard error is a
// terminal, a line shows the progress. Ctrl-C cancels the tasks, and the summary says how far they
// came.
//
// The exit status is 0 if all is well, 1 if something is broken or cannot be read, 2 for wrong usage,
// and 130 after an interrupt.
package main

//go:generate go tool asyncgen

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/asyncgen/asyncgen/rt"
)

const (
	statusOK          = 0
	statusBroken      = 1
	statusUsage       = 2
	statusInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C kills
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program; it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parseArgs(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return statusOK
	case err != nil:
		return statusUsage
	}
	return c.run(ctx, stdout, stderr)
}

// run checks the tree, and prints what it has found.
func (c *checker) run(ctx context.Context, stdout, stderr io.Writer) int {
	work := c.checkTreeAsync()
	if isTerminal(stderr) {
		work = rt.RaceAsync(work, c.progressAsync(stderr))
	}
	_, err := rt.BlockOn(rt.WithContextAsync(ctx, work))
	c.report.print(stdout)
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "linkcheck: interrupted")
		return statusInterrupted
	case err != nil:
		fmt.Fprintln(stderr, "linkcheck:", err)
		return statusBroken
	case c.report.broken():
		return statusBroken
	}
	return statusOK
}

// parseArgs makes a checker as the command line says. An error has been printed already.
func parseArgs(args []string, stderr io.Writer) (*checker, error) {
	c := &checker{look: look, looks: map[string]*rt.JoinHandle[*entry]{}}
	flags := flag.NewFlagSet("linkcheck", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: linkcheck [flags] DIR")
		flags.PrintDefaults()
	}
	web := webFlags(flags)
	flags.IntVar(&c.limit, "n", 32, "check `N` files at a time")
	skip := flags.String("skip", ".git,node_modules,testdata", "pass over directories whose names match one of `PATTERNS`")
	ignore := flags.String("ignore", "^$", "pass over links that match `REGEXP`")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	fail := func(err error) (*checker, error) {
		fmt.Fprintln(stderr, "linkcheck:", err)
		flags.Usage()
		return nil, err
	}
	if flags.NArg() != 1 {
		return fail(errors.New("one directory is needed"))
	}
	if c.limit < 1 {
		return fail(fmt.Errorf("-n %d: at least 1 file is needed", c.limit))
	}
	var err error
	if c.web, err = web(); err != nil {
		return fail(err)
	}
	c.skip = strings.Split(*skip, ",")
	for _, pattern := range c.skip {
		if _, err := filepath.Match(pattern, ""); err != nil {
			return fail(fmt.Errorf("-skip %s: %w", pattern, err))
		}
	}
	if c.ignore, err = regexp.Compile(*ignore); err != nil {
		return fail(fmt.Errorf("-ignore: %w", err))
	}
	c.root = filepath.Clean(flags.Arg(0))
	info, err := os.Stat(c.root)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a directory", c.root)
	}
	if err != nil {
		return fail(err)
	}
	return c, nil
}

// isTerminal reports whether w is a terminal. A device that is none does no harm here.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
