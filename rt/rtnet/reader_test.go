package rtnet_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// feed writes text in pieces of random length, and ends.
//
//async:func
func feed(c *rtnet.Conn, text string, r *rand.Rand) error {
	for len(text) > 0 {
		n := min(1+r.IntN(1+r.IntN(3000)), len(text))
		if _, err := c.Write([]byte(text[:n])); err != nil {
			return err
		}
		text = text[n:]
		if r.IntN(3) == 0 {
			rt.Yield()
		}
	}
	return c.CloseWrite()
}

// readAll takes text in all the ways there are, each now and then cut off.
//
//async:func
func readAll(rd *rtnet.Reader, r *rand.Rand) (string, error) {
	var out strings.Builder
	for {
		var piece string
		var err error
		switch r.IntN(4) {
		case 0:
			c := rt.Select2(rd.ReadLineAsync(), rt.YieldAsync())
			if c.Index == 1 {
				continue
			}
			if piece, err = c.A.Get(); err == nil {
				piece += "\n"
			}
		case 1:
			c := rt.Select2(rd.ReadUntilAsync('\n'), rt.YieldAsync())
			if c.Index == 1 {
				continue
			}
			var b []byte
			b, err = c.A.Get()
			piece = string(b)
		case 2:
			b := make([]byte, r.IntN(200))
			var n int
			n, err = rd.ReadFull(b)
			piece = string(b[:n])
		case 3:
			var b []byte
			b, err = rd.Peek(r.IntN(200))
			piece = string(b)
			if n, e := rd.Discard(len(b)); n != len(b) || e != nil {
				return "", errors.New("Discard of what Peek has given")
			}
		}
		out.WriteString(piece)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return out.String(), nil
		}
		if err != nil {
			return "", err
		}
	}
}

func TestReader(t *testing.T) {
	each(t, func(t *testing.T, network, addr string) {
		l, a, b := pipe(t, network, addr)
		defer l.Close()
		defer a.Close()
		defer b.Close()
		r := rand.New(rand.NewPCG(1, 2))
		var text strings.Builder
		for range 2000 {
			text.WriteString(strings.Repeat("x", r.IntN(1+r.IntN(200))) + "\n")
		}
		text.WriteString(strings.Repeat("long", 20_000) + "\nrest")
		rd := rtnet.NewReader(b)
		_, got, err := rt.Join2(rt.Spawn(feedAsync(a, text.String(), r)), rt.Spawn(readAllAsync(rd, rand.New(rand.NewPCG(3, 4)))))
		if err != nil {
			t.Fatal(err)
		}
		if got != text.String() {
			t.Errorf("%d bytes have come, want %d, and the same ones", len(got), text.Len())
		}
		if n := rd.Buffered(); n != 0 {
			t.Errorf("%d bytes are left", n)
		}
	})
}

func TestReaderLimits(t *testing.T) {
	l, a, b := pipe(t, "tcp", "127.0.0.1:0")
	defer l.Close()
	defer a.Close()
	defer b.Close()
	rd := rtnet.NewReader(b)
	rd.SetLimit(10)
	if _, err := a.Write([]byte("short\r\na line that is too long\n")); err != nil {
		t.Fatal(err)
	}
	if line, err := rd.ReadLine(); line != "short" || err != nil {
		t.Errorf("%q, %v", line, err)
	}
	if _, err := rd.ReadLine(); err != rtnet.ErrTooLong {
		t.Error(err)
	}
	if _, err := rd.Peek(11); err != rtnet.ErrTooLong {
		t.Error(err)
	}
	if p, err := rd.Peek(6); string(p) != "a line" || err != nil {
		t.Errorf("%q, %v", p, err)
	}
}

// TestCopyBoth has a proxy between two ends, each of which ends at a time of its own.
func TestCopyBoth(t *testing.T) {
	each(t, func(t *testing.T, network, addr string) {
		l, a, b := pipe(t, network, addr)
		defer l.Close()
		l2, c, d := pipe(t, "tcp", "127.0.0.1:0")
		defer l2.Close()
		proxy := rt.Spawn(rtnet.CopyBothAsync(b, c))
		there, back := bytes.Repeat([]byte("to"), 300_000), bytes.Repeat([]byte("fro"), 100_000)
		r := rand.New(rand.NewPCG(5, 6))
		one, two, err := rt.Join2(rt.Spawn(upAsync(a, there, r.Uint64())), rt.Spawn(upAsync(d, back, r.Uint64())))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one, back) || !bytes.Equal(two, there) {
			t.Errorf("%d and %d bytes, want %d and %d", len(one), len(two), len(back), len(there))
		}
		n, err := rt.Await(proxy)
		if n.A != int64(len(there)) || n.B != int64(len(back)) || err != nil {
			t.Errorf("CopyBoth: %v, %v", n, err)
		}
		for _, c := range []*rtnet.Conn{a, b, c, d} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// up sends text and ends, and gives what comes.
//
//async:func
func up(c *rtnet.Conn, text []byte, seed uint64) ([]byte, error) {
	h := rt.Spawn(feedAsync(c, string(text), rand.New(rand.NewPCG(seed, 0))))
	var all []byte
	p := make([]byte, 10_000)
	for {
		n, err := c.Read(p)
		all = append(all, p[:n]...)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	_, err := rt.Await(h)
	return all, err
}
