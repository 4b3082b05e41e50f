package seamtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
)

// fn is a function in both forms.
type fn struct {
	name  string
	plain func(e *Env, n int) string
	async func(e *Env, n int) driver
	args  []int
}

// driver is a future without its type.
type driver struct {
	poll   func(cx *rt.Context) (string, bool)
	future any
}

func drive[T any](f rt.Future[T]) driver {
	return driver{func(cx *rt.Context) (string, bool) {
		v, ok, err := f.Poll(cx)
		return show(v, err), ok
	}, f}
}

func show(v any, err error) string { return fmt.Sprintf("%v %v", v, err) }

func two[T any](name string, p func(*Env, int) (T, error), a func(*Env, int) rt.Future[T], args ...int) fn {
	return fn{name, func(e *Env, n int) string { v, err := p(e, n); return show(v, err) },
		func(e *Env, n int) driver { return drive(a(e, n)) }, args}
}

func one[T any](name string, p func(*Env, int) T, a func(*Env, int) rt.Future[T], args ...int) fn {
	return fn{name, func(e *Env, n int) string { return show(p(e, n), nil) },
		func(e *Env, n int) driver { return drive(a(e, n)) }, args}
}

var fns = []fn{
	two("step", step, stepAsync, 4),
	two("sum", sum, sumAsync, 0, 3),
	one("fib", fib, fibAsync, 1, 4),
	two("down", down, downAsync, 0, 5),
	two("named", named, namedAsync, 0, 5),
	one("files", files, filesAsync, 0, 3),
	two("rescue", rescue, rescueAsync, 0, 1, 2),
	two("rescueNamed", rescueNamed, rescueNamedAsync, 0, 1, 2),
	two("rethrow", rethrow, rethrowAsync, 0, 2, 3),
	two("deep", deep, deepAsync, 0, 5),
	two("save", save, saveAsync, 0, 1, 2, 3),
	two("outer", outer, outerAsync, 0, 1, 2, 3),
	two("useMap", useMap, useMapAsync, 2),
}

// guard runs f on a goroutine and says how it ended.
func guard(f func() string) (out string) {
	ch := make(chan struct{})
	go func() {
		defer close(ch)
		out = "goexit"
		defer func() {
			if v := recover(); v != nil {
				out = fmt.Sprintf("panic %T %v", v, v)
			}
		}()
		out = f()
	}()
	<-ch
	return out
}

// polled is a Context to poll with by hand, and whether it was woken since.
type polled struct {
	cx    *rt.Context
	woken bool
}

func byHand() *polled {
	p := &polled{}
	p.cx = rt.NewContext(rt.NewWaker(func() { p.woken = true }))
	return p
}

func (p *polled) take() bool {
	w := p.woken
	p.woken = false
	return w
}

// cancel drops d and drives its cleanup to the end.
func (p *polled) cancel(d driver) {
	for !d.future.(interface{ PollCancel(*rt.Context) bool }).PollCancel(p.cx) {
		if !p.take() {
			panic("cleanup waits for nothing")
		}
	}
}

// runAsync polls until the future is done, and cancels where nothing can wake it.
func runAsync(e *Env, d driver) string {
	out := guard(func() string {
		p := byHand()
		for {
			if s, ok := d.poll(p.cx); ok {
				return s
			}
			if !p.take() {
				e.Stop = -1 // a cleanup that waits for it ends the test otherwise
				p.cancel(d)
				p.cancel(d)
				return "goexit"
			}
		}
	})
	if after := guard(func() string { byHand().cancel(d); return "ok" }); after != "ok" {
		return out + " cancel again: " + after
	}
	if after := guard(func() string { d.poll(byHand().cx); return "ok" }); !strings.Contains(after, "polled after") {
		return out + " poll again: " + after
	}
	return out
}

// compare runs both forms of f under one script.
func compare(t *testing.T, f fn, arg int, script Env) (futures int) {
	t.Helper()
	a, b := script, script
	a.Blocks = true
	want := guard(func() string { return f.plain(&a, arg) })
	got := runAsync(&b, f.async(&b, arg))
	wt, gt := strings.Join(a.Trace, "\n"), strings.Join(b.Trace, "\n")
	if want != got || wt != gt {
		t.Errorf("%s(%d) %s\nwant %s\n got %s\n--- want\n%s\n--- got\n%s", f.name, arg, name(script), want, got, wt, gt)
	}
	return a.N
}

func name(e Env) string {
	return fmt.Sprintf("pend=%x stop=%d panic=%d goexit=%d fail=%d", e.Pend, e.Stop, e.Panic, e.Goexit, e.Fail)
}

// TestForms runs each function with futures that are ready, pending once, at
// each await and in patterns, with an error, a panic, a Goexit and a cancel at
// every await, and two of them in one run.
func TestForms(t *testing.T) {
	for _, f := range fns {
		for _, arg := range f.args {
			t.Run(fmt.Sprint(f.name, "/", arg), func(t *testing.T) { everyScript(t, f, arg) })
		}
	}
}

func everyScript(t *testing.T, f fn, arg int) {
	base := Env{Stop: -1, Panic: -1, Goexit: -1, Fail: -1}
	n := compare(t, f, arg, base)
	pends := []uint64{0, ^uint64(0), 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0x3333333333333333}
	for k := range n + 1 {
		pends = append(pends, 1<<k)
	}
	for _, pend := range pends {
		base.Pend = pend
		compare(t, f, arg, base)
		for k := range n + 2 {
			s := base
			s.Fail = k
			compare(t, f, arg, s)
			for j := range n + 2 {
				s := base
				s.Panic, s.Fail = k, j-1
				compare(t, f, arg, s)
				s.Panic, s.Goexit = -1, k
				compare(t, f, arg, s)
				s.Panic = k + j
				compare(t, f, arg, s)
				s = base
				s.Stop = k
				compare(t, f, arg, s)
				s.Panic = k + j
				compare(t, f, arg, s)
				s.Panic, s.Goexit = -1, k+j
				compare(t, f, arg, s)
				if t.Failed() {
					return
				}
			}
		}
	}
}

// TestRandom mixes everything: which futures wait, and two or three accidents in one run.
func TestRandom(t *testing.T) {
	const seed = 1
	r := rand.New(rand.NewPCG(seed, 2))
	pick := func() int {
		if r.IntN(2) == 0 {
			return -1
		}
		return r.IntN(12)
	}
	rounds := 20000
	if testing.Short() {
		rounds = 2000
	}
	for range rounds {
		f := fns[r.IntN(len(fns))]
		s := Env{Pend: r.Uint64() | r.Uint64(), Stop: pick(), Panic: pick(), Goexit: pick(), Fail: pick()}
		if compare(t, f, f.args[r.IntN(len(f.args))], s); t.Failed() {
			t.Logf("seed %d", seed)
			return
		}
	}
}
