// Command chat is a web chat: one room, a page, and a WebSocket for each member. See README.md.
package main

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

import (
	_ "embed"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/console"
	"github.com/asyncgen/asyncgen/rt/rthttp"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8000", "where to listen")
	watch := flag.String("console", "", "where to show what its tasks do, a loopback address; empty: nowhere")
	flag.Parse()
	rt.Main(runAsync(*listen, *watch))
}

// run runs a chat until it is cancelled: by a signal, say. Members are told.
//
//async:func
func run(listen, watch string) error {
	l, err := rtnet.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/\n", l.Addr())
	r := newRoom()
	return rt.Scope(func(g *rt.Group) error {
		g.Go(func() error { return r.countMembers() })
		if watch != "" {
			g.Go(func() error { return console.Serve(watch) })
		}
		var s rthttp.Server
		return s.Serve(l, r.handle)
	})
}

//go:embed page.html
var page []byte

// handle serves the page, the number of members, and members.
//
//async:func
func (r *room) handle(w *rthttp.Response, req *http.Request) error {
	switch req.URL.Path {
	case "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'self' 'unsafe-inline'; connect-src 'self'")
		_, err := w.Write(page)
		return err
	case "/members":
		_, err := fmt.Fprintln(w, r.members.Load())
		return err
	case "/ws":
		name := strings.TrimSpace(req.URL.Query().Get("name"))
		switch {
		case name == "" || len(name) > 40:
			return &rthttp.StatusError{Status: http.StatusBadRequest, Text: "a name of 1 to 40 bytes is needed"}
		case !sameOrigin(req):
			return &rthttp.StatusError{Status: http.StatusForbidden, Text: "a page of another site"}
		}
		c, err := upgrade(w, req)
		if err != nil || c == nil {
			return err
		}
		return r.join(c, name)
	}
	return &rthttp.StatusError{Status: http.StatusNotFound}
}

// sameOrigin reports whether a request comes from our page, or from no page: browsers let any page connect to any WebSocket.
func sameOrigin(req *http.Request) bool {
	origin := req.Header.Get("Origin")
	u, err := url.Parse(origin)
	return origin == "" || err == nil && strings.EqualFold(u.Host, req.Host)
}
