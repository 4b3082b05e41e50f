package rtnet_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// writeAll writes n pieces in all ways that there are, and gives them in one.
//
//async:func
func writeAll(w *rtnet.Writer, n int, r *rand.Rand) (string, error) {
	var all strings.Builder
	for range n {
		size := r.IntN(100)
		if r.IntN(10) == 0 {
			size = r.IntN(20_000)
		}
		text := strings.Repeat(string(rune('a'+r.IntN(26))), size)
		var m int
		var err error
		switch r.IntN(4) {
		case 0:
			m, err = w.Write([]byte(text))
		case 1:
			m, err = w.WriteString(text)
		case 2:
			text = "z"
			m, err = 1, w.WriteByte('z')
		default:
			m, text = 0, ""
			err = w.Flush()
			if w.Buffered() > 0 {
				return "", errors.New("bytes are left after Flush")
			}
		}
		if err != nil || m != len(text) {
			return "", err
		}
		all.WriteString(text)
	}
	return all.String(), w.Flush()
}

func TestWriter(t *testing.T) {
	l, a, b := pipe(t, "tcp", "127.0.0.1:0")
	defer l.Close()
	defer a.Close()
	defer b.Close()
	seed := rand.Uint64()
	t.Log("seed", seed)
	h := rt.Spawn(writeAllAsync(rtnet.NewWriter(a), 3000, rand.New(rand.NewPCG(seed, 0))))
	all := make(chan string, 1)
	go func() {
		p, _ := io.ReadAll(b)
		all <- string(p)
	}()
	want, err := rt.BlockOn(h)
	if err != nil {
		t.Fatal(err)
	}
	_ = a.CloseWrite()
	if got := <-all; got != want {
		t.Errorf("%d bytes have come, or others, of %d", len(got), len(want))
	}
}

// TestWriterErrors has a Writer whose connection is gone, and one that was cancelled.
func TestWriterErrors(t *testing.T) {
	l, a, b := pipe(t, "tcp", "127.0.0.1:0")
	defer l.Close()
	defer b.Close()
	w := rtnet.NewWriter(a)
	f := w.WriteAsync(make([]byte, 16<<20))
	if _, ready, err := f.Poll(rt.NewContext(rt.Waker{})); ready {
		t.Fatal(err)
	}
	rt.Cancel(f)
	if _, err := w.WriteString("x"); err == nil {
		t.Error("it goes on after a cancel")
	}
	w.Reset(a)
	if _, err := w.WriteString("x"); err != nil || w.Buffered() != 1 {
		t.Error(err)
	}
	_ = a.Close()
	for range 2 {
		if err := w.Flush(); err == nil {
			t.Error("Flush to a closed connection is no error")
		}
	}
	if n, err := w.Write([]byte("x")); n != 0 || err == nil {
		t.Error(n, err)
	}
}
