// Command netpoll echoes with github.com/cloudwego/netpoll.
package main

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/cloudwego/netpoll"

	"github.com/asyncgen/asyncgen/bench/peers/quiet"
)

// echo sends back what there is.
func echo(_ context.Context, c netpoll.Connection) error {
	r := c.Reader()
	p, err := r.Next(r.Len())
	if err != nil {
		return err
	}
	if _, err := c.Writer().WriteBinary(append([]byte(nil), p...)); err != nil {
		return err
	}
	if err := c.Writer().Flush(); err != nil {
		return err
	}
	return r.Release()
}

func main() {
	quiet.OnSignal()
	l, err := netpoll.CreateListener("tcp", "0.0.0.0:0")
	if err == nil {
		fmt.Println(l.Addr().(*net.TCPAddr).Port)
		var loop netpoll.EventLoop
		if loop, err = netpoll.NewEventLoop(echo); err == nil {
			err = loop.Serve(l)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
