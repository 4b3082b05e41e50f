// Package console shows in a browser, live, what the tasks of a runtime do: where they wait, for what and for how long, as
// a table and as a flame graph, and the figures of the runtime.
//
//	go console.Serve("localhost:6060") // and open http://localhost:6060
//
// Beside other pages of a program:
//
//	http.Handle("/debug/tasks/", http.StripPrefix("/debug/tasks", console.Handler(rt.Default())))
//
// It wants no preparation and costs nothing while nobody looks. While somebody does, each task is held for some hundred
// nanoseconds about once a second; with very many tasks less often, so that it takes a tenth of one processor at most. With
// the options [rt.Origins] and [rt.Histograms] there is more to see: since when tasks wait and who has spawned them, and how
// long turns take.
//
// Whoever reaches the page sees names and, if they ask for them, values of variables. Serve it on a loopback address, or
// put what asks for a password in front of it. Nothing can be changed there.
package console

import (
	"context"
	"embed"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtmetrics"
)

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

//go:embed page
var page embed.FS

// Handler serves the console of r. It is mounted below a path that ends with a slash, with [http.StripPrefix]:
//
//	/                the page
//	state            what the page shows, as JSON; with ?values=1 the values of variables, too
//	dump, dump.json  what [rt.Runtime.Dump] writes; with ?values=1 the values of variables, too
//	profile          for go tool pprof, see [rt.Runtime.Profile]
//	metrics          for Prometheus, see package rtmetrics
//
// It answers GET and HEAD, and is for any number of goroutines.
func Handler(r *rt.Runtime) http.Handler {
	if r == nil {
		panic("console: Handler of a nil runtime: rt.New, rt.Default and rt.Current give a runtime")
	}
	mux := http.NewServeMux()
	for path, name := range map[string]string{"/{$}": "page.html", "/style.css": "style.css", "/script.js": "script.js"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, req *http.Request) {
			http.ServeFileFS(w, req, page, "page/"+name)
		})
	}
	plain, values := newViewer(r), newViewer(r, rt.DumpLocals())
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, req *http.Request) {
		v := plain
		if req.FormValue("values") != "" {
			v = values
		}
		text, err := v.look()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(text)
	})
	mux.HandleFunc("GET /dump", writes("text/plain; charset=utf-8", dump(r)))
	mux.HandleFunc("GET /dump.json", writes("application/json", dump(r, rt.DumpJSON())))
	mux.HandleFunc("GET /profile", writes("application/octet-stream", func(w io.Writer, _ *http.Request) error { return r.Profile(w) }))
	mux.Handle("GET /metrics", rtmetrics.Handler(r))
	return guarded(mux)
}

// dump writes a dump.
func dump(r *rt.Runtime, opts ...rt.DumpOption) func(io.Writer, *http.Request) error {
	return func(w io.Writer, req *http.Request) error {
		if req.FormValue("values") != "" {
			return r.Dump(w, append(opts[:len(opts):len(opts)], rt.DumpLocals())...)
		}
		return r.Dump(w, opts...)
	}
}

// writes answers with what f writes. An error of f is one of w: the other side has gone.
func writes(kind string, f func(io.Writer, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", kind)
		if req.Method != http.MethodHead {
			_ = f(w, req)
		}
	}
}

// guarded sets headers by which a browser runs nothing but our own script, and keeps nothing.
func guarded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		h.ServeHTTP(w, req)
	})
}

// Serve serves the console of the runtime that the caller belongs to, see [rt.Current], on the TCP address addr until it
// fails or is cancelled. Cancelling it closes the listener and all connections.
//
// If addr is a loopback address, requests that name another host are refused, so that no page of another site reads it by
// way of a name that leads here.
//
//async:func
func Serve(addr string) error {
	r := rt.Current()
	_, err := rt.Blocking(context.Background(), func(ctx context.Context) (rt.Unit, error) {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return rt.Unit{}, err
		}
		return rt.Unit{}, serve(ctx, l, Handler(r))
	})
	return err
}

// serve serves until ctx ends.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	if at, ok := l.Addr().(*net.TCPAddr); ok && at.IP.IsLoopback() {
		h = onlyLoopback(h)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	err := s.Serve(l)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// onlyLoopback refuses requests for other hosts than this one.
func onlyLoopback(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		host := req.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "the console is for localhost", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, req)
	})
}
