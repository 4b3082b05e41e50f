package rthttp_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/asyncgen/asyncgen/rt/rthttp"
)

// FuzzServer sends any bytes, in two pieces, and then the end. What comes back is a sequence of whole responses; and what we serve
// net/http would have taken for a request with the same body.
func FuzzServer(f *testing.F) {
	for _, c := range refused {
		f.Add([]byte(request(c.text)), 20)
	}
	for _, text := range []string{
		"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
		"HEAD /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /status?304 HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
		"PUT /pass HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nX: y\r\n\r\n",
	} {
		f.Add([]byte(text), len(text)/2)
	}
	s := start(f, "tasks", new(rthttp.Server))
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		if bytes.Contains(text, []byte("/wait")) || bytes.Contains(text, []byte("/events")) || bytes.Contains(text, []byte("/upgrade")) {
			return // these do not end
		}
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		cut = min(max(cut, 0), len(text))
		_, _ = c.Write(text[:cut])
		_, _ = c.Write(text[cut:])
		_ = c.(*net.TCPConn).CloseWrite()
		got, err := io.ReadAll(c) // a reset may cut it short
		if err == nil {
			responses(t, text, got)
		}
	})
}

// responses compares what has come back with what net/http thinks of the requests.
func responses(t *testing.T, text, got []byte) {
	requests, answers := bufio.NewReader(bytes.NewReader(text)), bufio.NewReader(bytes.NewReader(got))
	for {
		if _, err := answers.Peek(1); err == io.EOF {
			return
		}
		r, err := http.ReadRequest(requests)
		if r == nil {
			r = new(http.Request)
		}
		resp, failed := http.ReadResponse(answers, &http.Request{Method: r.Method})
		for failed == nil && resp.StatusCode < 200 && resp.StatusCode != 101 {
			resp, failed = http.ReadResponse(answers, &http.Request{Method: r.Method})
		}
		if failed != nil {
			t.Fatalf("%q\nis answered by\n%q: %v", text, got, failed)
		}
		body, failed := io.ReadAll(resp.Body)
		switch {
		case resp.StatusCode >= 400:
			return // as net/http, or more strictly
		case failed != nil && r.URL != nil && r.URL.Path != "/lateerror" && r.URL.Path != "/short" && r.URL.Path != "/big" && r.URL.Path != "/pass":
			t.Fatalf("%q\nis answered by\n%q: %v", text, got, failed)
		case err != nil:
			t.Fatalf("%q\nis answered by\n%q, and net/http says %v", text, got, err)
		}
		sent, err := io.ReadAll(r.Body)
		if r.URL.Path == "/echo" && r.Method != "HEAD" && (err != nil || !bytes.Equal(sent, body)) {
			t.Fatalf("%q\nhas for net/http the body %q, %v, and comes back as %q", text, sent, err, body)
		}
		if resp.Close || failed != nil {
			return
		}
	}
}
