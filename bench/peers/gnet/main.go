// Command gnet echoes with github.com/panjf2000/gnet/v2.
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/panjf2000/gnet/v2"

	"github.com/asyncgen/asyncgen/bench/peers/quiet"
)

type server struct {
	gnet.BuiltinEventEngine
	port int
}

// OnBoot implements gnet.EventHandler.
func (s *server) OnBoot(gnet.Engine) gnet.Action {
	fmt.Println(s.port)
	return gnet.None
}

// OnTraffic implements gnet.EventHandler.
func (s *server) OnTraffic(c gnet.Conn) gnet.Action {
	p, _ := c.Next(-1)
	if _, err := c.Write(p); err != nil {
		return gnet.Close
	}
	return gnet.None
}

func main() {
	quiet.OnSignal()
	l, err := net.Listen("tcp", "0.0.0.0:0") // a port that is free
	if err == nil {
		s := &server{port: l.Addr().(*net.TCPAddr).Port}
		_ = l.Close()
		err = gnet.Run(s, "tcp://0.0.0.0:"+strconv.Itoa(s.port), gnet.WithMulticore(true))
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
