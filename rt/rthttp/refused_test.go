package rthttp_test

import (
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt/rthttp"
)

// refused are requests that are none, or that another server might take for something else, and the status for them.
var refused = map[string]struct{ text, status string }{
	"two lengths":                   {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400"},
	"the same length twice":         {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "400"},
	"a list of lengths":             {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", "400"},
	"a length with a sign":          {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", "400"},
	"a negative length":             {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc", "400"},
	"a hexadecimal length":          {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc", "400"},
	"an empty length":               {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nabc", "400"},
	"a huge length":                 {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nabc", "400"},
	"length and chunks":             {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
	"chunks and length":             {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "400"},
	"chunks and no length":          {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n", "400"},
	"chunks twice":                  {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
	"another encoding":              {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
	"an unknown encoding":           {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "501"},
	"chunks in 1.0":                 {"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
	"space before the colon":        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc", "400"},
	"tab before the colon":          {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", "400"},
	"a line that is continued":      {"POST /echo HTTP/1.1\r\nHost: a\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
	"an encoding that is continued": {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "501"},
	"a first line like one":         {"GET /hello HTTP/1.1\r\n Host: a\r\n\r\n", "400"},
	"no colon":                      {"GET /hello HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", "400"},
	"no name":                       {"GET /hello HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", "400"},
	"a line feed alone":             {"GET /hello HTTP/1.1\r\nHost: a\nContent-Length: 3\r\n\r\nabc", "400"},
	"a carriage return alone":       {"GET /hello HTTP/1.1\r\nHost: a\r\nX: y\rContent-Length: 3\r\n\r\nabc", "400"},
	"a zero byte":                   {"GET /hello HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", "400"},
	"a vertical tab":                {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", "400"},
	"no Host":                       {"GET /hello HTTP/1.1\r\n\r\n", "400"},
	"two Hosts":                     {"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
	"a Host with a path":            {"GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n", "400"},
	"a Host with two names":         {"GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n", "400"},
	"three spaces":                  {"GET  /hello HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	"a target with a space":         {"GET /hello x HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	"no target":                     {"GET HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	"a method that is none":         {"GE(T /hello HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	"no version":                    {"GET /hello\r\nHost: a\r\n\r\n", "400"},
	"a version in small letters":    {"GET /hello http/1.1\r\nHost: a\r\n\r\n", "400"},
	"HTTP/2":                        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
	"HTTP/1.2":                      {"GET /hello HTTP/1.2\r\nHost: a\r\n\r\n", "505"},
	"a target that is none":         {"GET hello HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	"an escape that is none":        {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
	"binary":                        {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400"},
	"a size that is none":           {"chunks:x\r\n\r\n", "400"},
	"a size with 0x":                {"chunks:0x3\r\nabc\r\n0\r\n\r\n", "400"},
	"a negative size":               {"chunks:-3\r\nabc\r\n0\r\n\r\n", "400"},
	"a size with a sign":            {"chunks:+3\r\nabc\r\n0\r\n\r\n", "400"},
	"a size with a space before":    {"chunks: 3\r\nabc\r\n0\r\n\r\n", "400"},
	"a size with a space":           {"chunks:3 \r\nabc\r\n0\r\n\r\n", "400"},
	"a huge size":                   {"chunks:10000000000000003\r\nabc\r\n0\r\n\r\n", "400"},
	"an empty size":                 {"chunks:\r\nabc\r\n0\r\n\r\n", "400"},
	"a size that ends with LF":      {"chunks:3\nabc\r\n0\r\n\r\n", "400"},
	"an extension with CR":          {"chunks:3;a\rb\r\nabc\r\n0\r\n\r\n", "400"},
	"a chunk that is too long":      {"chunks:3\r\nabcd\r\n0\r\n\r\n", "400"},
	"a chunk that ends with LF":     {"chunks:3\r\nabc\n0\r\n\r\n", "400"},
	"a chunk without an end":        {"chunks:3\r\nabc0\r\n\r\n", "400"},
	"a length in the trailer":       {"chunks:0\r\nContent-Length: 3\r\n\r\n", "400"},
	"an encoding in the trailer":    {"chunks:0\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
	"a trailer with space":          {"chunks:0\r\nX : y\r\n\r\n", "400"},
	"a trailer that ends with LF":   {"chunks:0\r\nX: y\n\r\n", "400"},
	"a trailer that is continued":   {"chunks:0\r\nX: y\r\n z\r\n\r\n", "400"},
}

// request is the text; one that begins with "chunks:" goes on after the header of a request in chunks.
func request(text string) string {
	if chunks, ok := strings.CutPrefix(text, "chunks:"); ok {
		return "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
	}
	return text
}

// TestRefused sends each of them with a request behind, which must not be served: the connection is closed.
func TestRefused(t *testing.T) {
	both(t, func(t *testing.T, start func(*rthttp.Server) *server) {
		s := start(new(rthttp.Server))
		for name, c := range refused {
			conn := s.raw(t)
			conn.say(request(c.text) + "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
			resp, text := conn.response("POST")
			if resp.StatusCode/100 == 2 || !strings.HasPrefix(resp.Status, c.status) || !resp.Close {
				t.Errorf("%s: %s %q", name, resp.Status, text)
			}
			_ = conn.Close()
		}
		if log := s.log.String(); log != "" {
			t.Errorf("the log has %q", log)
		}
	})
}

// TestTaken sends what looks like them, and is fine.
func TestTaken(t *testing.T) {
	s := start(t, "tasks", new(rthttp.Server))
	for name, text := range map[string]string{
		"small letters":        "POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: CHUNKED\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"space around a value": "POST /echo HTTP/1.1\r\nHost: \t a \r\nContent-Length: \t 3 \r\n\r\nabc",
		"an extension":         "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0003 ; a=\"b\"\r\nabc\r\n00\r\nX: y\r\n\r\n",
		"an empty Host":        "POST /echo HTTP/1.1\r\nHost:\r\nContent-Length: 3\r\n\r\nabc",
		"a whole target":       "POST http://b/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
		"empty lines before":   "\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
	} {
		conn := s.raw(t)
		for i := range text {
			conn.say(text[i : i+1]) // one byte at a time
		}
		if resp, body := conn.response("POST"); resp.StatusCode != 200 || body != "abc" || resp.Close {
			t.Errorf("%s: %s %q", name, resp.Status, body)
		}
		_ = conn.Close()
	}
}
