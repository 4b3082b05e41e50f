package forms

import (
	"errors"
	"fmt"
	"strings"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

// goexit is the outcome of a run that was left by runtime.Goexit, or by a cancel.
const goexit = "goexit"

// guard runs f on a goroutine and says how it ended.
func guard(f func() string) (out string) {
	ch := make(chan struct{})
	go func() {
		defer close(ch)
		out = goexit
		defer func() {
			if v := recover(); v != nil {
				out = panicked(v)
			}
		}()
		out = f()
	}()
	<-ch
	return out
}

func panicked(v any) string { return fmt.Sprintf("panic %T %v", v, v) }

// byHand is a Context to poll with, and whether it was woken since.
type byHand struct {
	cx    *rt.Context
	woken chan struct{} // has one entry after a wake
	tasks bool          // a wake may come from elsewhere
}

func newByHand() *byHand {
	p := &byHand{woken: make(chan struct{}, 1)}
	p.cx = rt.NewContext(rt.NewWaker(func() {
		select {
		case p.woken <- struct{}{}:
		default:
		}
	}))
	return p
}

// take says whether there was a wake, and forgets it. With tasks it waits for one.
func (p *byHand) take() bool {
	if p.tasks {
		<-p.woken
		return true
	}
	select {
	case <-p.woken:
		return true
	default:
		return false
	}
}

// cancel drops f and polls its cleanup to the end.
func (p *byHand) cancel(f Future) {
	for !f.pollCancel(p.cx) {
		if !p.take() {
			panic("forms: the cleanup waits for nothing")
		}
	}
}

// blocking runs the blocking form.
func blocking(f Func, e *env.Env, arg int) string {
	e.Blocking = true
	return guard(func() string { return f.Blocking(e, arg) })
}

// polled polls the async form until it is ready, and cancels it where nothing can wake it. Then it
// checks that a future which is over is over.
func polled(f Func, e *env.Env, arg int) string {
	d := f.Async(e, arg)
	if e.Trace != nil {
		return "something runs before the first poll: " + strings.Join(e.Trace, ", ")
	}
	out := guard(func() string {
		p := newByHand()
		p.tasks = f.Tasks
		for {
			if s, ready := d.poll(p.cx); ready {
				return s
			}
			if !p.take() {
				p.cancel(d)
				p.cancel(d)
				return goexit
			}
		}
	})
	n := len(e.Trace)
	if after := guard(func() string { newByHand().cancel(d); return "nothing" }); after != "nothing" {
		return out + ", then a cancel gives " + after
	}
	after := guard(func() string { d.poll(newByHand().cx); return "a result" })
	if !strings.Contains(after, "polled after") {
		return out + ", then a poll gives " + after
	}
	if len(e.Trace) != n {
		return out + ", then a cancel or a poll runs " + strings.Join(e.Trace[n:], ", ")
	}
	return out
}

// spawned runs the async form as a task, and aborts it where the script stops it.
func spawned(f Func, e *env.Env, arg int) string {
	stopped := make(chan struct{})
	e.Stopped = func() {
		e.Stopped = nil
		close(stopped)
	}
	h := f.Async(e, arg).spawn()
	over := make(chan string)
	go func() { over <- outcome(h) }()
	select {
	case out := <-over:
		return out
	case <-stopped:
		h.Abort()
		return <-over
	}
}

// outcome waits for a task and says how it ended, in the words of guard.
func outcome(h handle) string {
	out, err := h.await()
	var p *rt.PanicError
	switch {
	case errors.As(err, &p):
		return panicked(p.Value)
	case errors.Is(err, rt.ErrGoexit), errors.Is(err, rt.ErrAborted):
		return goexit
	}
	return out
}

// dropped cancels the async form before its first poll: nothing of it runs.
func dropped(f Func, arg int) error {
	e := &env.Env{Script: env.None}
	d := f.Async(e, arg)
	newByHand().cancel(d)
	newByHand().cancel(d)
	if e.Trace != nil {
		return fmt.Errorf("%s(%d): a cancel before the first poll runs %s", f.Name, arg, strings.Join(e.Trace, ", "))
	}
	return nil
}
