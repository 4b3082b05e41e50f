package forms

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

// Main is the main function of the programs that package difftest builds. It prints a line when a function
// begins and one when it is through, and exits with status 1 if the forms of one differ:
//
//	run b1.lateReads
//	ok b1.lateReads 1520
//	run b1.earlyReads
//	FAIL b1.earlyReads
//		b1.earlyReads(0) under …
//
// A function that gets no further ends the program: see watch.
//
// With -print it runs one function, with its first argument and futures that are pending once, in one
// form, and prints trace and outcome.
func Main(funcs []Func) {
	match := flag.String("run", "", "functions, separated by commas; none means all")
	form := flag.String("print", "", "run in this form, blocking, polled or task, and print")
	seed := flag.Uint64("seed", 1, "of random scripts")
	rounds := flag.Int("rounds", 100, "random scripts for each function and argument")
	share := flag.Int("share", 1, "of scripts with two accidents, or a pattern of pending futures, run one in so many")
	patience := flag.Int("patience", 6000, "hundredths of a second of the program's own time without progress that are taken for a hang")
	budget := flag.Int("budget", -1, "how many awaits may be ready in one turn, as the linker has been told; -1: as always")
	flag.Parse()
	checkBudget(*budget)
	if *match != "" {
		names := strings.Split(*match, ",")
		funcs = slices.DeleteFunc(funcs, func(f Func) bool { return !slices.Contains(names, f.Name) })
	}
	if *form != "" {
		for _, f := range funcs {
			show(f, *form)
		}
		return
	}
	r := &Runner{Share: *share}
	var current atomic.Pointer[string]
	go r.watch.run(func() string { return *current.Load() }, *patience)
	failed := false
	for _, f := range funcs {
		current.Store(&f.Name)
		fmt.Println("run", f.Name)
		before := r.Pairs
		if err := r.Compare(f, *seed, *rounds); err != nil {
			failed = true
			fmt.Printf("FAIL %s\n\t%s\n", f.Name, strings.ReplaceAll(err.Error(), "\n", "\n\t"))
			continue
		}
		fmt.Println("ok", f.Name, r.Pairs-before)
	}
	if failed {
		os.Exit(1)
	}
}

// checkBudget panics if a turn has not as many ready awaits as the linker has been told.
func checkBudget(n int) {
	if n < 0 {
		return
	}
	cx := rt.NewContext(rt.Waker{})
	for range n {
		cx.Spend()
	}
	if cx.Spend() {
		panic("forms: a turn has another budget than it was built with")
	}
}

// show prints one run.
func show(f Func, form string) {
	e := &env.Env{Script: env.None}
	e.Pend = ^uint64(0)
	arg := f.Args[0]
	var out string
	switch form {
	case "blocking":
		out = blocking(f, e, arg)
	case "polled":
		out = polled(f, e, arg)
	case "task":
		out = spawned(f, e, arg)
	default:
		fmt.Fprintf(os.Stderr, "no form %q\n", form)
		os.Exit(2)
	}
	for _, line := range e.Trace {
		fmt.Println(line)
	}
	fmt.Println("=", out)
}
