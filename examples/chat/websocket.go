package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"github.com/asyncgen/asyncgen/rt/rthttp"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// socket is the server's side of a WebSocket (RFC 6455). Frames are package ws's, read from bytes that are there.
type socket struct {
	conn  *rthttp.Hijacked
	r     *rtnet.Reader
	ended bool // a close frame was sent
}

// upgrade makes a WebSocket of a request. It is nil where the client was told which version there is.
//
//async:func
func upgrade(w *rthttp.Response, r *http.Request) (*socket, error) {
	key := r.Header.Get("Sec-WebSocket-Key")
	raw, err := base64.StdEncoding.DecodeString(key)
	switch {
	case r.Method != http.MethodGet || !hasToken(r.Header["Connection"], "upgrade") || !hasToken(r.Header["Upgrade"], "websocket"), err != nil || len(raw) != 16:
		return nil, &rthttp.StatusError{Status: http.StatusBadRequest, Text: "this is for WebSockets"}
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		w.Header().Set("Sec-WebSocket-Version", "13")
		w.WriteHeader(http.StatusUpgradeRequired)
		return nil, nil
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	h := w.Header()
	h.Set("Connection", "Upgrade")
	h.Set("Upgrade", "websocket")
	h.Set("Sec-WebSocket-Accept", base64.StdEncoding.EncodeToString(sum[:]))
	w.WriteHeader(http.StatusSwitchingProtocols)
	c, err := w.Hijack()
	if err != nil {
		return nil, err
	}
	return &socket{conn: c, r: rtnet.NewReader(c)}, nil
}

// hasToken reports whether a list has a token.
func hasToken(values []string, token string) bool {
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(one), token) {
				return true
			}
		}
	}
	return false
}

const (
	mostOfMessage = 16 << 10
	writeTimeout  = 30 * time.Second
)

// protocolError is what the other side has done wrong.
type protocolError struct {
	code ws.StatusCode
	text string
}

// Error implements error.
func (e protocolError) Error() string { return "websocket: " + e.text }

// readText waits for a message, and answers what comes between. It gives [io.EOF] when the other side has left.
//
//async:func
func (c *socket) readText() ([]byte, error) {
	var text []byte
	state := ws.StateServerSide
	for {
		h, err := c.readHeader(state)
		if err != nil {
			return nil, err
		}
		if h.Length > mostOfMessage-int64(len(text)) {
			return nil, protocolError{ws.StatusMessageTooBig, "a message that is too long"}
		}
		payload := make([]byte, h.Length)
		if _, err := c.r.ReadFull(payload); err != nil {
			return nil, gone(err)
		}
		ws.Cipher(payload, h.Mask, 0)
		if h.OpCode.IsControl() {
			if err := c.control(h.OpCode, payload); err != nil {
				return nil, err
			}
			continue
		}
		if h.OpCode == ws.OpBinary {
			return nil, protocolError{ws.StatusUnsupportedData, "a message that is no text"}
		}
		text = append(text, payload...)
		if !h.Fin {
			state = state.Set(ws.StateFragmented)
			continue
		}
		if !utf8.Valid(text) {
			return nil, protocolError{ws.StatusInvalidFramePayloadData, "a text that is no UTF-8"}
		}
		return text, nil
	}
}

// readHeader reads the header of a frame, once all of it is there. While nothing is, there is no buffer.
//
//async:func
func (c *socket) readHeader(state ws.State) (ws.Header, error) {
	p, err := c.r.Peek(2)
	if err != nil {
		return ws.Header{}, gone(err)
	}
	size := headerSize(p[1])
	if p, err = c.r.Peek(size); err != nil {
		return ws.Header{}, gone(err)
	}
	h, err := ws.ReadHeader(bytes.NewReader(p))
	if err == nil {
		err = ws.CheckHeader(h, state)
	}
	if err == nil && !h.Masked {
		err = errors.New("a frame without a mask")
	}
	if err != nil {
		return h, protocolError{ws.StatusProtocolError, err.Error()}
	}
	_, err = c.r.Discard(size)
	return h, err
}

// headerSize is how long a header is, by its second byte.
func headerSize(b byte) int {
	size := 2
	switch b &^ 0x80 {
	case 126:
		size += 2
	case 127:
		size += 8
	}
	if b&0x80 != 0 {
		size += 4
	}
	return size
}

// gone is an error of the connection: whoever leaves without a word has left.
func gone(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}

// control answers a control frame.
//
//async:func
func (c *socket) control(op ws.OpCode, payload []byte) error {
	switch op {
	case ws.OpPing:
		return c.write(ws.MustCompileFrame(ws.NewPongFrame(payload)))
	case ws.OpClose:
		if len(payload) == 1 {
			return protocolError{ws.StatusProtocolError, "a close frame of one byte"}
		}
		code, reason := ws.ParseCloseFrameData(payload)
		if len(payload) > 1 {
			if err := ws.CheckCloseFrameData(code, reason); err != nil {
				return protocolError{ws.StatusProtocolError, err.Error()}
			}
		}
		c.close(ws.StatusNormalClosure)
		return io.EOF
	}
	return nil // a pong
}

// write sends a frame. Frames of several writers are not mixed.
//
//async:func
func (c *socket) write(frame []byte) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(frame)
	return err
}

// fail ends the connection with what the other side has done wrong.
//
//async:func
func (c *socket) fail(err error) error {
	if e, ok := errors.AsType[protocolError](err); ok {
		c.close(e.code)
		return nil
	}
	return err
}

// close ends the connection; the other side is told, if it takes that soon. A second close does nothing.
//
//async:func
func (c *socket) close(code ws.StatusCode) {
	if c.ended {
		return
	}
	c.ended = true
	defer c.conn.Close()
	_ = c.conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.conn.Write(ws.MustCompileFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(code, "")))); err == nil {
		_ = c.conn.CloseWrite()
		_, _ = c.r.Discard(1 << 20) // until it closes, too: what is not read would be a reset, which may come before the frame
	}
}
