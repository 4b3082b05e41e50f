// Command miniredis is a small Redis: a server that the clients of Redis talk to, one task a connection.
//
//	go run ./examples/miniredis -addr 127.0.0.1:6380
//	redis-cli -p 6380
//
// README.md has what it shows, and figures.
package main

//go:generate go tool asyncgen

import (
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("miniredis: ")
	s := newServer()
	addr := flag.String("addr", "127.0.0.1:6380", "listen at `ADDRESS`")
	path := flag.String("aof", "", "keep the data in the append-only `FILE`")
	fsync := flag.String("fsync", "everysec", "when that is made safe: `POLICY` always, everysec or no")
	flag.IntVar(&s.maxClients, "maxclients", s.maxClients, "serve up to `N` clients")
	flag.IntVar(&s.limits.bulk, "maxbulk", s.limits.bulk, "take arguments of up to `N` bytes")
	flag.IntVar(&s.limits.query, "maxquery", s.limits.query, "take commands of up to `N` bytes")
	flag.DurationVar(&s.grace, "grace", s.grace, "give clients this `TIME` at the end")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	rt.Main(startAsync(s, *addr, *path, *fsync))
}

// start is the program.
//
//async:func
func start(s *server, addr, path, fsync string) error {
	p, err := parsePolicy(fsync)
	if err != nil {
		return err
	}
	if path != "" {
		cut, err := s.openLog(path, p)
		if err != nil {
			return err
		}
		if cut > 0 {
			log.Printf("%s: cut off %d bytes of what was half written", path, cut)
		}
	}
	l, err := rtnet.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf("miniredis: ready at %s\n", l.Addr())
	return s.run(l)
}
