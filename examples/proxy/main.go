// Command proxy is a TCP load balancer: each connection goes to the backend that has the fewest. See README.md.
package main

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

func main() {
	var c config
	listen := flag.String("listen", "127.0.0.1:8080", "where to take connections")
	metrics := flag.String("metrics", "", "where to serve metrics over HTTP; empty: nowhere")
	flag.DurationVar(&c.dial, "dial-timeout", 2*time.Second, "how long a backend may take to answer")
	flag.DurationVar(&c.idle, "idle-timeout", 5*time.Minute, "how long a connection may be silent in both directions")
	flag.DurationVar(&c.check, "check", time.Second, "how often backends are checked")
	flag.Int64Var(&c.conns, "max-conns", 10_000, "how many connections there may be at once; others wait")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: proxy [flags] backend...; -help says more")
		os.Exit(2)
	}
	rt.Main(runAsync(newProxy(c, flag.Args()), *listen, *metrics))
}

// run runs p until it is cancelled: by a signal, say.
//
//async:func
func run(p *proxy, listen, metrics string) error {
	return rt.Scope(func(g *rt.Group) error {
		l, err := rtnet.Listen("tcp", listen)
		if err != nil {
			return err
		}
		fmt.Println("listening on", l.Addr())
		if metrics != "" {
			m, err := rtnet.Listen("tcp", metrics)
			if err != nil {
				return err
			}
			fmt.Println("metrics on", m.Addr())
			g.Go(func() error { return p.serveMetrics(m) })
		}
		g.Go(func() error { return p.checkAll() })
		return p.serve(l)
	})
}
