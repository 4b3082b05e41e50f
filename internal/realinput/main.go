// Realinput runs asyncgen over packages that others wrote, and their own tests over the async forms.
//
//	go run ./internal/realinput [-seed n] [-race] [-keep dir] [-v] [name…]
//
// A name is that of an input in input.go, all without any, or module@version or module@version/dir.
//
// For each package it downloads the pinned version, copies it, marks its functions and puts awaits into
// them that are ready or pending at random, generates the async forms, and replaces the bodies of the
// functions: they run their async forms to the end, with rt.BlockOn. Then it runs the tests, which are
// as their authors wrote them, and compares with what they gave before. docs/real-input.md has more.
package main

import (
	"flag"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
)

func main() {
	var o Options
	flag.Uint64Var(&o.Seed, "seed", 1, "decides which awaits have to wait")
	flag.BoolVar(&o.Race, "race", false, "run the tests of the async forms under the race detector")
	flag.StringVar(&o.Keep, "keep", "", "leave what is made in this directory, which must be empty or missing")
	verbose := flag.Bool("v", false, "print each function that is refused, and each test that is skipped")
	flag.Parse()
	selected, err := choose(flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ok := true
	for _, in := range selected {
		r, err := in.Run(o)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", in.Name, err)
			ok = false
			continue
		}
		r.print(os.Stdout, *verbose)
		ok = ok && r.OK()
	}
	if !ok {
		os.Exit(1)
	}
}

// choose gives the inputs with the names, or all.
func choose(names []string) (list []Input, err error) {
	if len(names) == 0 {
		return inputs, nil
	}
	for _, name := range names {
		i := slices.IndexFunc(inputs, func(in Input) bool { return in.Name == name })
		module, version, other := strings.Cut(name, "@")
		switch {
		case i >= 0:
			list = append(list, inputs[i])
		case other:
			version, dir, _ := strings.Cut(version, "/")
			list = append(list, Input{Name: path.Base(module), Kind: "named by you", Module: module, Version: version, Dir: dir})
		default:
			return nil, fmt.Errorf("no input %q", name)
		}
	}
	return list, nil
}
