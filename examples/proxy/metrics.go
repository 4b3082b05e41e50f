package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/rt/rthttp"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// serveMetrics serves /metrics, for Prometheus, and /healthz, which is 503 while no backend is up.
//
//async:func
func (p *proxy) serveMetrics(l *rtnet.Listener) error {
	var s rthttp.Server
	return s.Serve(l, p.metrics)
}

//async:func
func (p *proxy) metrics(w *rthttp.Response, r *http.Request) error {
	var text string
	switch r.URL.Path {
	case "/metrics":
		text = p.text()
	case "/healthz":
		if !p.healthy() {
			return &rthttp.StatusError{Status: http.StatusServiceUnavailable, Text: "no backend is up"}
		}
		text = "ok\n"
	default:
		return &rthttp.StatusError{Status: http.StatusNotFound}
	}
	_, err := w.Write([]byte(text))
	return err
}

func (p *proxy) healthy() bool {
	return slices.ContainsFunc(p.backends, func(b *backend) bool { return !b.down.Load() })
}

func (p *proxy) text() string {
	var out strings.Builder
	line := func(name string, value int64) { fmt.Fprintf(&out, "proxy_%s %d\n", name, value) }
	line("accepted_total", p.accepted.Load())
	line("refused_total", p.refused.Load())
	line("idled_total", p.idled.Load())
	line("bytes_from_clients_total", p.in.Load())
	line("bytes_from_backends_total", p.out.Load())
	for _, b := range p.backends {
		up := int64(1)
		if b.down.Load() {
			up = 0
		}
		line(fmt.Sprintf("backend_up{backend=%q}", b.addr), up)
		line(fmt.Sprintf("backend_open{backend=%q}", b.addr), b.open.Load())
		line(fmt.Sprintf("backend_connections_total{backend=%q}", b.addr), b.total.Load())
		line(fmt.Sprintf("backend_failed_total{backend=%q}", b.addr), b.failed.Load())
	}
	return out.String()
}
