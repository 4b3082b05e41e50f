package rthttp

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// refusal is the error of a request that is refused.
type refusal struct {
	status int
	text   string
	cause  error
}

// Error implements error.
func (r refusal) Error() string { return "rthttp: " + r.text }

// Unwrap gives the cause.
func (r refusal) Unwrap() error { return r.cause }

func refused(status int, text string) refusal { return refusal{status: status, text: text} }

func bad(text string) refusal { return refused(http.StatusBadRequest, text) }

// head is what a header says about the message, as far as two servers might not agree on it.
type head struct {
	length    int64 // of the body; -1: it comes in chunks
	hasLength bool
	expect    bool // Expect: 100-continue
	minor     int  // of the version
	hosts     int
}

// checkHead looks whether the header can be taken in one way only. package net/http is more lenient: it takes lines that
// are continued, that end without a carriage return, a length with chunks, the same length twice.
func checkHead(text []byte) (h head, err error) {
	line, rest, _ := bytes.Cut(text, crlf)
	if h.minor, err = checkRequestLine(line); err != nil {
		return h, err
	}
	for {
		line, rest, _ = bytes.Cut(rest, crlf)
		if len(line) == 0 {
			break
		}
		if err := h.line(line); err != nil {
			return h, err
		}
	}
	switch {
	case h.length < 0 && h.hasLength:
		return h, bad("a length, and chunks")
	case h.length < 0 && h.minor == 0:
		return h, bad("chunks in HTTP/1.0")
	case h.hosts > 1, h.hosts == 0 && h.minor > 0:
		return h, bad("not one Host")
	}
	return h, nil
}

var crlf = []byte("\r\n")

// checkRequestLine gives the minor version.
//
//	GET /path HTTP/1.1
func checkRequestLine(line []byte) (minor int, err error) {
	for _, b := range line {
		if b < ' ' || b == 0x7f {
			return 0, bad("a control character in the request line")
		}
	}
	if bytes.Count(line, []byte(" ")) != 2 {
		return 0, bad("a malformed request line")
	}
	version := line[bytes.LastIndexByte(line, ' ')+1:]
	switch string(version) {
	case "HTTP/1.1":
		return 1, nil
	case "HTTP/1.0":
		return 0, nil
	}
	if bytes.HasPrefix(version, []byte("HTTP/")) {
		return 0, refused(http.StatusHTTPVersionNotSupported, "HTTP/1.1 and HTTP/1.0 are supported")
	}
	return 0, bad("a malformed request line")
}

// line checks a line of the header.
func (h *head) line(line []byte) error {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || !isToken(line[:colon]) { // a line that is continued begins with a space
		return bad("a malformed name in the header")
	}
	value := line[colon+1:]
	for _, b := range value {
		if b < ' ' && b != '\t' || b == 0x7f {
			return bad("a control character in the header")
		}
	}
	switch colon { // few lines have names of these lengths
	case len("Host"):
		if bytes.EqualFold(line[:colon], []byte("Host")) {
			return h.host(trimmed(value))
		}
	case len("Expect"):
		if bytes.EqualFold(line[:colon], []byte("Expect")) {
			return h.expectation(trimmed(value))
		}
	case len("Content-Length"):
		if bytes.EqualFold(line[:colon], []byte("Content-Length")) {
			return h.contentLength(trimmed(value))
		}
	case len("Transfer-Encoding"):
		if bytes.EqualFold(line[:colon], []byte("Transfer-Encoding")) {
			return h.transferEncoding(trimmed(value))
		}
	}
	return nil
}

func trimmed(value []byte) string { return string(bytes.Trim(value, " \t")) }

func (h *head) host(value string) error {
	h.hosts++
	for i := range len(value) {
		if b := value[i]; b <= ' ' || b >= 0x7f || strings.IndexByte("\"#/<>?@\\^`{|}", b) >= 0 {
			return bad("a malformed Host")
		}
	}
	return nil
}

func (h *head) expectation(value string) error {
	if !strings.EqualFold(value, "100-continue") {
		return refused(http.StatusExpectationFailed, "100-continue is all that can be expected")
	}
	h.expect = h.minor > 0
	return nil
}

func (h *head) contentLength(value string) error {
	if h.hasLength {
		return bad("several lengths")
	}
	h.hasLength = true
	for i := range len(value) {
		if value[i] < '0' || value[i] > '9' {
			return bad("a malformed length")
		}
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return bad("a malformed length")
	}
	if h.length == 0 { // else it comes in chunks, which checkHead refuses
		h.length = n
	}
	return nil
}

func (h *head) transferEncoding(value string) error {
	if h.length < 0 {
		return bad("several transfer encodings")
	}
	if !strings.EqualFold(value, "chunked") {
		return refused(http.StatusNotImplemented, "chunked is the only transfer encoding that is supported")
	}
	h.length = -1
	return nil
}

// isToken reports whether name may be the name of a field.
func isToken(name []byte) bool {
	for _, b := range name {
		if !tokens[b] {
			return false
		}
	}
	return len(name) > 0
}

var tokens = func() (set [256]bool) {
	for b := '0'; b <= '9'; b++ {
		set[b] = true
	}
	for b := 'a'; b <= 'z'; b++ {
		set[b], set[b-'a'+'A'] = true, true
	}
	for _, b := range "!#$%&'*+-.^_`|~" {
		set[b] = true
	}
	return set
}()

// parser has package net/http read from bytes that are there.
type parser struct {
	text bytes.Reader
	buf  *bufio.Reader
}

var parsers = sync.Pool{New: func() any {
	p := new(parser)
	p.buf = bufio.NewReaderSize(&p.text, 1<<10)
	return p
}}

// parse makes a request of its header, and the response to it.
func (c *conn) parse(text []byte) (*Response, error) {
	h, err := checkHead(text)
	if err != nil {
		return nil, err
	}
	p := parsers.Get().(*parser)
	p.text.Reset(text)
	p.buf.Reset(&p.text)
	r, err := http.ReadRequest(p.buf)
	p.text.Reset(nil)
	parsers.Put(p)
	if err != nil {
		return nil, bad("a malformed request")
	}
	w := &Response{c: c, req: r, minor: h.minor, close: r.Close, head: r.Method == http.MethodHead}
	w.body = Body{w: w, left: h.length, expect: h.expect && h.length != 0, most: c.v.s.maxBodyBytes()}
	if h.length < 0 {
		w.body.left, w.body.chunked, w.body.announced = 0, true, r.Trailer
	}
	if h.length > w.body.most {
		return nil, refused(http.StatusRequestEntityTooLarge, "the body is too long")
	}
	if r.Body = &w.body; h.length == 0 {
		r.Body, w.body.err = http.NoBody, io.EOF
	}
	if c.remote == "" {
		if a := c.plain.RemoteAddr(); a != nil {
			c.remote = a.String()
		}
	}
	if r.RemoteAddr = c.remote; c.tls != nil {
		state := c.tls.ConnectionState()
		r.TLS = &state
	}
	return w, nil
}
