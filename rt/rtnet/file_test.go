package rtnet_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// fileConns is two ends of a pipe as connections.
func fileConns(t *testing.T) (r, w *rtnet.Conn) {
	t.Helper()
	rf, wf, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	conns := [2]*rtnet.Conn{}
	for i, f := range []*os.File{rf, wf} {
		if conns[i], err = rtnet.FileConn(f); errors.Is(err, errors.ErrUnsupported) && runtime.GOOS == "windows" {
			t.Skip("pipes have no deadlines there")
		} else if err != nil {
			t.Fatal(err)
		}
		runtime.KeepAlive(f)
		t.Cleanup(func() { _ = f.Close(); _ = conns[i].Close() })
	}
	return conns[0], conns[1]
}

// TestPipe sends more through a pipe than it has room for.
func TestPipe(t *testing.T) {
	r, w := fileConns(t)
	text := bytes.Repeat([]byte("0123456789"), 100_000)
	sent := rt.Spawn(w.WritevAsync([][]byte{text[:5], text[5:]}))
	var got bytes.Buffer
	for got.Len() < len(text) {
		p := make([]byte, 7777)
		n, err := r.Read(p)
		if err != nil {
			t.Fatal(err)
		}
		got.Write(p[:n])
	}
	if !bytes.Equal(got.Bytes(), text) {
		t.Error("other bytes have come")
	}
	if n, err := rt.BlockOn(sent); n != int64(len(text)) || err != nil {
		t.Error(n, err)
	}
	read := rt.Spawn(r.ReadAsync(make([]byte, 1)))
	if err := r.SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := rt.BlockOn(read); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// TestFileConnOfSocket has a connection of package net.
func TestFileConnOfSocket(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	f, err := nc.(*net.TCPConn).File()
	if err != nil {
		t.Skip(err) // not everywhere
	}
	c, err := rtnet.FileConn(f)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Close(), nc.Close()
	if c.RemoteAddr().String() != peer.LocalAddr().String() || c.RemoteAddr().Network() != "tcp" {
		t.Error(c.RemoteAddr())
	}
	if _, err := peer.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 2)); n != 1 || err != nil {
		t.Error(n, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := peer.Read(make([]byte, 1)); err != io.EOF {
		t.Error(err)
	}
}
