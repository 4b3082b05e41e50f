package rt

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// journal is a list of what has happened, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) log(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, fmt.Sprintf(format, args...))
}

// take gives the lines since the last take.
func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	lines := j.lines
	j.lines = nil
	return lines
}

func (j *journal) want(t *testing.T, want ...string) {
	t.Helper()
	if got := j.take(); !slices.Equal(got, want) {
		t.Errorf("journal:\n got %q\nwant %q", got, want)
	}
}

// probe is a future that a test makes ready by hand, and that logs its polls and
// its cancel. Its cleanup takes as many polls as cleanup says, each after a wake.
type probe struct {
	name    string
	j       *journal
	cleanup int
	panics  any    // raised by the next poll
	exits   func() // called by the next poll
	trouble any    // raised by the cancel

	mu    sync.Mutex
	waker Waker
	done  bool
	value string
	err   error
}

func (p *probe) Poll(cx *Context) (string, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waker = cx.Waker()
	p.j.log("poll %s", p.name)
	if p.panics != nil {
		panic(p.panics)
	}
	if p.exits != nil {
		p.exits()
	}
	return p.value, p.done, p.err
}

func (p *probe) PollCancel(cx *Context) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waker = cx.Waker()
	p.j.log("cancel %s", p.name)
	if p.trouble != nil {
		panic(p.trouble)
	}
	if p.cleanup > 0 {
		p.cleanup--
		return false
	}
	return true
}

// finish makes the probe ready.
func (p *probe) finish(value string, err error) {
	p.mu.Lock()
	p.done, p.value, p.err = true, value, err
	p.mu.Unlock()
	p.wake()
}

func (p *probe) wake() {
	p.mu.Lock()
	w := p.waker
	p.mu.Unlock()
	w.Wake()
}

// hand polls a future by hand, and counts the wakes.
type hand struct {
	cx    *Context
	waker Waker
	wakes int
}

func newHand() *hand {
	h := &hand{}
	h.waker = task.NewWaker(func() { h.wakes++ })
	h.cx = task.NewContext(h.waker)
	return h
}

// probes makes a probe for each name.
func probes(j *journal, names ...string) []*probe {
	var ps []*probe
	for _, name := range names {
		ps = append(ps, &probe{name: name, j: j})
	}
	return ps
}

// pending polls f and wants it to wait.
func pending[T any](t *testing.T, h *hand, f Future[T]) {
	t.Helper()
	if v, ready, err := f.Poll(h.cx); ready {
		t.Fatalf("ready with %v, %v; want pending", v, err)
	}
}

// ended polls f and wants it to be ready.
func ended[T any](t *testing.T, h *hand, f Future[T]) (T, error) {
	t.Helper()
	v, ready, err := f.Poll(h.cx)
	if !ready {
		t.Fatal("pending; want ready")
	}
	return v, err
}

// panicOf is what f panics with.
func panicOf(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

func wantPanic(t *testing.T, want any, f func()) {
	t.Helper()
	got := panicOf(f)
	if text, ok := want.(string); ok && strings.HasPrefix(text, "rt: ") {
		whole, _ := got.(string)
		if todo, ok := strings.CutPrefix(whole, text+": "); !ok || todo == "" { // each message ends with what to do
			t.Errorf("panic %v, want %v, and what to do", got, want)
		}
		return
	}
	if got != want {
		t.Errorf("panic %v, want %v", got, want)
	}
}
