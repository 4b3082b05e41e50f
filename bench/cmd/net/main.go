//go:build unix

// Command net compares rtnet with package net and with other libraries for the network: each echoes as a program of its own,
// under the same load. It runs on Linux, in the root of the repository, and prints a Markdown table:
//
//	go run ./bench/cmd/net
//	go run ./bench/cmd/net -write docs/network.md
//
// The programs of the others are in bench/peers, a module of its own.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/bench/internal/document"
)

var (
	serves  = flag.Bool("serve", false, "echo with rtnet: what the command itself starts")
	secure  = flag.Bool("tls", false, "with -serve: over TLS")
	profile = flag.String("profile", "", "with -serve: write a profile of the processor's time into this `file` every second")
	file    = flag.String("write", "", "put the table into this `document`")
	rounds  = flag.Int("rounds", 5, "how often to measure")
	seconds = flag.Float64("seconds", 2, "how long each time")
	idle    = flag.Int("idle", 10_000, "how many idle connections")
	many    = flag.Int("many", 0, "have so many idle connections at once, and measure nothing else")
	share   = flag.String("share", "0", "with -serve and -hold: the `port`, which several servers listen on")
	holds   = flag.Int("hold", 0, "hold so many connections: what the command itself starts")
	from    = flag.Int("from", 0, "with -hold: the first address of the loopback network")
	rows    = flag.String("measure", "", "only the measures whose names have `this` in them")
	only    = flag.String("only", "", "only these servers, with commas; net and rtnet are needed for ratios")
)

// processors is how many there are, before any pinning.
var processors = runtime.NumCPU()

func main() {
	flag.Parse()
	err := error(nil)
	switch {
	case *serves:
		err = serve()
	case *holds > 0:
		err = holdConns(*holds, *share, *from)
	default:
		err = run()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "net: %v\n", err)
		os.Exit(1)
	}
}

// run measures, and writes the table.
func run() error {
	if *many > 0 {
		place, err := document.Find(*file, "many connections")
		if err != nil {
			return err
		}
		table, err := runMany(*many)
		if err != nil {
			return err
		}
		return place.Put(table)
	}
	place, err := document.Find(*file, "table")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	servers, err := build(dir)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%d processors, %s %s/%s, medians of %d rounds of %v. Pinned: the server has one processor, its clients another.\n\n",
		processors, runtime.Version(), runtime.GOOS, runtime.GOARCH, *rounds, time.Duration(*seconds*float64(time.Second)))
	table, err := measureAll(servers)
	if err != nil {
		return err
	}
	out.WriteString(table)
	return place.Put(out.String())
}

// server is a program that echoes.
type server struct {
	name string
	args []string
	tls  []string // what it is given for TLS; nil: it has none
}

// build builds the programs into dir.
func build(dir string) ([]server, error) {
	cmd := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./...")
	cmd.Dir, cmd.Stderr = filepath.Join("bench", "peers"), os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go build in bench/peers: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	all := []server{
		{"net", []string{filepath.Join(dir, "std")}, []string{"-tls"}},
		{"rtnet", []string{self, "-serve"}, []string{"-tls"}},
		{"gnet", []string{filepath.Join(dir, "gnet")}, nil},
		{"nbio", []string{filepath.Join(dir, "nbio")}, nil},
		{"netpoll", []string{filepath.Join(dir, "netpoll")}, nil},
	}
	if *only == "" {
		return all, nil
	}
	var some []server
	for _, s := range all {
		if strings.Contains(","+*only+",", ","+s.name+",") {
			some = append(some, s)
		}
	}
	return some, nil
}
