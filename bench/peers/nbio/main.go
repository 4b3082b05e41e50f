// Command nbio echoes with github.com/lesismal/nbio.
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/lesismal/nbio"

	"github.com/asyncgen/asyncgen/bench/peers/quiet"
)

func main() {
	quiet.OnSignal()
	l, err := net.Listen("tcp", "0.0.0.0:0") // a port that is free
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	e := nbio.NewEngine(nbio.Config{Network: "tcp", Addrs: []string{"0.0.0.0:" + strconv.Itoa(port)}})
	e.OnData(func(c *nbio.Conn, p []byte) { _, _ = c.Write(p) })
	if err := e.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(port)
	select {}
}
