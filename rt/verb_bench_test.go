package rt

import (
	"testing"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// pendingOnce is a future that waits in its first poll.
type pendingOnce struct{ polled bool }

func (p *pendingOnce) Poll(*Context) (int, bool, error) {
	ready := p.polled
	p.polled = !ready
	return 1, ready, nil
}

func BenchmarkJoin2(b *testing.B) {
	h := newHand()
	var x, y pendingOnce
	b.ReportAllocs()
	for b.Loop() {
		f := Join2Async[int, int](&x, &y)
		f.Poll(h.cx)
		f.Poll(h.cx)
	}
}

func BenchmarkSelect2(b *testing.B) {
	h := newHand()
	var x pendingOnce
	y := Never[int]()
	b.ReportAllocs()
	for b.Loop() {
		f := Select2Async[int, int](&x, y)
		f.Poll(h.cx)
		f.Poll(h.cx)
	}
}

func BenchmarkJoinAll(b *testing.B) {
	h := newHand()
	const n = 1000
	xs := make([]pendingOnce, n)
	fs := make([]Future[int], n)
	for i := range fs {
		fs[i] = &xs[i]
	}
	b.ReportAllocs()
	for b.Loop() {
		f := JoinAllAsync(fs...).(*joinAll[int])
		f.Poll(h.cx)
		for i := range f.slots {
			task.WakerOf(&f.slots[i].wake).Wake()
		}
		f.Poll(h.cx)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/future")
}

func BenchmarkBlock(b *testing.B) {
	h := newHand()
	f := AsyncFunc(func() error {
		_, err := Await(Never[int]())
		return err
	})
	defer Cancel(f)
	b.ReportAllocs()
	for b.Loop() {
		f.Poll(h.cx)
	}
}
