package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rthttp"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

// serve is the process that is measured. It tells its port, and serves until its standard input ends.
func serve(kind string) error {
	switch kind {
	case "rthttp":
		l, err := rtnet.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		rt.Go(new(rthttp.Server).ServeAsync(l, answerAsync))
		return announced(l.Addr())
	case "nethttp":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		go func() { _ = http.Serve(l, http.HandlerFunc(plainAnswer)) }()
		return announced(l.Addr())
	}
	return fmt.Errorf("no server %q", kind)
}

// announced tells where the server is, and waits for the end. A byte on standard input asks for a garbage
// collection.
func announced(addr net.Addr) error {
	fmt.Println(addr.(*net.TCPAddr).Port)
	one := make([]byte, 1)
	for {
		if _, err := os.Stdin.Read(one); err != nil {
			return nil
		}
		for range 3 { // a sync.Pool lives through two
			debug.FreeOSMemory()
		}
		fmt.Println("collected")
	}
}

var hello = []byte("hello, world\n")

// answer says hello, or becomes a connection that gives back what it gets.
//
//async:func
func answer(w *rthttp.Response, r *http.Request) error {
	if r.URL.Path != "/upgrade" {
		_, err := w.Write(hello)
		return err
	}
	w.Header().Set("Connection", "Upgrade")
	w.Header().Set("Upgrade", "echo")
	w.WriteHeader(http.StatusSwitchingProtocols)
	c, err := w.Hijack()
	if err != nil {
		return err
	}
	go echo(c) // and the task of the connection ends
	return nil
}

// echo gives back what comes. While nothing comes it has no buffer.
//
//async:func
func echo(c *rthttp.Hijacked) {
	defer c.Close()
	for c.Readable() == nil {
		p := make([]byte, 1024)
		n, err := c.Read(p)
		if err != nil {
			return
		}
		if _, err := c.Write(p[:n]); err != nil {
			return
		}
	}
}

// plainAnswer is answer for net/http.
func plainAnswer(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/upgrade" {
		_, _ = w.Write(hello)
		return
	}
	c, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	head := bytes.NewBufferString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	if _, err := head.WriteTo(c); err == nil {
		_, _ = io.Copy(c, buf)
	}
}
