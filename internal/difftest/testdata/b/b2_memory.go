// Package b2memory has lines 31 and 32 of the list: what a call that waits keeps alive.
//
// Each function makes a thing, waits, and looks while it waits whether the thing is gone. What the
// blocking form keeps on its stack is not the question, so that it only says what is expected.
package b2memory

import (
	"runtime"
	"weak"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

// A thing is too big for the allocator of tiny objects, which keeps neighbours alive.
type thing struct {
	next *thing
	data [4]int
}

func (t *thing) touch() { t.data[0]++ }

// other is t, but nobody sees that.
func (t *thing) other() *thing {
	if t.data[1] > 0 {
		return t.next
	}
	return t
}

func made() (*thing, weak.Pointer[thing]) {
	t := new(thing)
	return t, weak.Make(t)
}

func collected[T any](w weak.Pointer[T]) bool {
	for range 2 {
		runtime.GC()
	}
	return w.Value() == nil
}

// waiting says whether the call that awaits the latest future has left the stack. A call that goes on
// at once is not asked: its frame still has what it was resumed with.
func waiting(e *env.Env) bool {
	return !e.Blocking && e.Pend>>((e.Futures-1)%64)&1 != 0
}

// dead and alive log whether a thing is gone, in the middle of an await.
func dead(e *env.Env, w weak.Pointer[thing]) func() {
	return func() { e.Log("dead: %v", !waiting(e) || collected(w)) }
}

func alive(e *env.Env, w weak.Pointer[thing]) func() {
	return func() { e.Log("alive: %v", !waiting(e) || !collected(w)) }
}

//async:func
//forms:run few
func B2_31_local(e *env.Env) int {
	t, w := made()
	n := env.Do(e, 1, alive(e, w))
	t.touch()
	return n + env.Do(e, 2, dead(e, w))
}

//async:func
func (t *thing) waits(e *env.Env, w weak.Pointer[thing]) int {
	n := env.Do(e, 1, alive(e, w))
	t.touch()
	return n + env.Do(e, 2, dead(e, w))
}

//async:func
//forms:run few
func B2_31_receiver(e *env.Env) int {
	t, w := made()
	return t.waits(e, w) + 1
}

//async:func
func parameter(e *env.Env, t *thing, list []*thing, w weak.Pointer[thing]) int {
	n := env.Do(e, len(list), alive(e, w))
	list[0].touch()
	t.touch()
	return n + env.Do(e, 2, dead(e, w))
}

//async:func
func first(e *env.Env, t *thing, w weak.Pointer[thing]) int {
	t.touch()
	return env.Do(e, 1, dead(e, w)) + 1
}

// B2_31_parameter has futures, which hold parameters from their start, before anybody calls Run.
//
//async:func
//forms:run few
func B2_31_parameter(e *env.Env) int {
	t, w := made()
	f := parameterAsync(e, t, []*thing{t}, w)
	t = nil
	n := rt.Must(rt.Await(f))
	rt.Cancel(f) // f lives until here

	t, w = made()
	f = firstAsync(e, t, w)
	t = nil
	n += rt.Must(rt.Await(f))
	rt.Cancel(f)
	return n
}

//async:func
//forms:run few 0 1
func B2_31_branch(e *env.Env, n int) int {
	t, w := made()
	if n == 0 {
		n += env.Do(e, 1, alive(e, w))
		t.touch()
	}
	t = nil
	n += env.Do(e, 2, dead(e, w))
	u, v := made()
	n += env.Do(e, 3, alive(e, v))
	u.touch()
	return n + env.Do(e, 4, dead(e, v))
}

// B2_31_sharedSlot has one slot for t and u. It is not cleared where u is kept.
//
//async:func
//forms:run few
func B2_31_sharedSlot(e *env.Env) int {
	var n int
	var w, v weak.Pointer[thing]
	{
		t, p := made()
		w = p
		n += env.Do(e, 1, alive(e, w))
		t.touch()
	}
	{
		u, p := made()
		v = p
		n += env.Do(e, 2, dead(e, w))
		n += env.Do(e, 3, alive(e, v))
		u.touch()
	}
	return n + env.Do(e, 4, dead(e, v))
}

//async:func
//forms:run few
func B2_31_loop(e *env.Env) (n int) {
	var last weak.Pointer[thing]
	for i := range 2 {
		if i > 0 {
			n += env.Do(e, i, dead(e, last)) // of the pass before
		}
		t, w := made()
		n += env.Do(e, i, alive(e, w))
		t.touch()
		last = w
	}
	return n
}

// B2_31_loopCell has a cell for each pass.
//
//async:func
//forms:run few
func B2_31_loopCell(e *env.Env) (n int) {
	var last weak.Pointer[thing]
	for i := range 2 {
		if i > 0 {
			n += env.Do(e, i, dead(e, last)) // of the pass before
		}
		t, w := made()
		f := func() { t.touch(); t = t.other() }
		f()
		n += env.Do(e, i, alive(e, w))
		f()
		last = w
	}
	return n
}

//async:func
//forms:run few
func B2_31_rangeOperand(e *env.Env) (n int) {
	t, w := made()
	list := []*thing{t, new(thing)}
	t = nil
	for i, t := range list {
		n += env.Do(e, i, alive(e, w))
		t.touch()
	}
	return n + env.Do(e, 5, dead(e, w))
}

//async:func
//forms:run few
func B2_31_structAndInterface(e *env.Env) int {
	t, w := made()
	pair := [2]struct{ any }{{t}, {1}}
	n := env.Do(e, 1, alive(e, w))
	pair[0].any.(*thing).touch()
	n += env.Do(e, 2, dead(e, w))
	return n
}

// B2_31_block has a capture that is a copy, and one that is shared since it changes.
//
//async:func
//forms:run few
func B2_31_block(e *env.Env) int {
	t, w := made()
	u, v := made()
	u.touch()
	b := rt.AsyncValue(func() (int, error) {
		n := env.Do(e, 1, alive(e, w))
		t.touch()
		u.touch()
		u = nil
		n += env.Do(e, 2, dead(e, w))
		return n + env.Do(e, 3, dead(e, v)), nil
	})
	n := rt.Must(rt.Await(b))
	rt.Cancel(b) // b lives until here
	return n
}

// B2_31_closure has a cell that only a closure holds.
//
//async:func
//forms:run few
func B2_31_closure(e *env.Env) int {
	t, w := made()
	f := func() { t.touch(); t = &thing{next: t} }
	f()
	n := env.Do(e, 1, alive(e, w))
	f()
	f = nil
	return n + env.Do(e, 2, dead(e, w))
}

// B2_31_assigned has a variable whose old value nobody reads any more.
//
//async:func
//forms:run few
func B2_31_assigned(e *env.Env) int {
	t, w := made()
	n := env.Do(e, 1, alive(e, w))
	t.touch()
	n += env.Do(e, 2, dead(e, w))
	t = new(thing)
	n += env.Do(e, 3, dead(e, w))
	t.touch()
	return n
}

// B2_31_cell has a cell without references in it.
//
//async:func
//forms:run few
func B2_31_cell(e *env.Env) int {
	var list [4]int
	w := weak.Make(&list)
	n := env.Do(e, 1, func() { e.Log("alive: %v", !waiting(e) || !collected(w)) })
	list[1]++
	return n + env.Do(e, 2, func() { e.Log("dead: %v", !waiting(e) || collected(w)) })
}

//async:func
func keeps(e *env.Env, t *thing, w weak.Pointer[thing]) int {
	n := env.Do(e, 1, alive(e, w))
	t.touch()
	return n
}

// B2_31_callee lets go of the frame of a call that is over.
//
//async:func
//forms:run few
func B2_31_callee(e *env.Env) int {
	t, w := made()
	n := keeps(e, t, w)
	return n + env.Do(e, 2, dead(e, w))
}

// B2_31_over keeps a future that is over.
//
//async:func
//forms:run few
func B2_31_over(e *env.Env) int {
	t, w := made()
	f := keepsAsync(e, t, w)
	t = nil
	n := rt.Must(rt.Await(f))
	n += env.Do(e, 2, dead(e, w))
	rt.Cancel(f)
	return n
}

//async:func
func gives(e *env.Env, t *thing) *thing {
	e.Wait("gives")
	return t
}

// B2_31_result keeps a future that is over, whose value has been taken.
//
//async:func
//forms:run few
func B2_31_result(e *env.Env) int {
	t, w := made()
	f := givesAsync(e, t)
	t = rt.Must(rt.Await(f))
	n := env.Do(e, 1, alive(e, w))
	t.touch()
	t = nil
	n += env.Do(e, 2, dead(e, w))
	rt.Cancel(f)
	return n
}

// never is a future that is never ready.
type never struct{}

func (never) Poll(*rt.Context) (int, bool, error) { return rt.Pending[int]() }

//async:func
func waitsFor(t *thing, f rt.Future[int]) (int, error) {
	local := &thing{next: t}
	defer local.touch()
	inner := rt.AsyncValue(func() (int, error) {
		n, err := rt.Await(f)
		t.touch()
		return n, err
	})
	return rt.Await(inner)
}

// B2_31_cancelled keeps a future that was cancelled: before its first poll, and while it waited.
//
//async:func
//forms:run few 0 1
func B2_31_cancelled(e *env.Env, polls int) int {
	t, w := made()
	f := waitsForAsync(t, never{})
	t = nil
	cx := rt.NewContext(rt.NewWaker(func() {}))
	for range polls {
		f.Poll(cx)
	}
	e.Log("alive: %v", !collected(w))
	rt.Cancel(f)
	n := env.Do(e, 1, dead(e, w))
	rt.Cancel(f)
	return n
}

// B2_32_deferredCalls need a receiver and an argument, which are saved, and what a literal names.
//
//async:func
//forms:run few 0 1 2
func B2_32_deferredCalls(e *env.Env, n int) int {
	t, w := made()
	switch n {
	case 0:
		defer t.touch()
	case 1:
		defer func(t *thing) { t.touch() }(t)
	case 2:
		defer func() { t.touch() }()
	}
	if n < 2 {
		t = nil
	}
	return env.Do(e, 1, alive(e, w)) + env.Do(e, 2, alive(e, w))
}

// B2_32_deferredInLoop has a list of what is due.
//
//async:func
//forms:run few
func B2_32_deferredInLoop(e *env.Env) (n int) {
	t, w := made()
	u, v := made()
	for _, x := range []*thing{t, u} {
		defer x.touch()
	}
	t, u = nil, nil
	n = env.Do(e, 1, alive(e, w))
	return n + env.Do(e, 2, alive(e, v))
}

// B2_32_closures need what they name, though the body names it no more.
//
//async:func
//forms:run few
func B2_32_closures(e *env.Env) int {
	t, w := made()
	u, v := made()
	read := func() { t.touch() }
	swap := func() { u = &thing{next: u} }
	swap()
	n := env.Do(e, 1, alive(e, w))
	n += env.Do(e, 2, alive(e, v))
	read()
	n += env.Do(e, 3, alive(e, v))
	swap()
	return n
}

// B2_32_block needs what a block that has not begun captures.
//
//async:func
//forms:run few
func B2_32_block(e *env.Env) int {
	t, w := made()
	b := rt.AsyncValue(func() (int, error) {
		n := env.Do(e, 1, alive(e, w))
		t.touch()
		return n, nil
	})
	n := env.Do(e, 2, alive(e, w))
	m, _ := rt.Await(b)
	return n + m + env.Do(e, 3, dead(e, w))
}

// B2_31_cleanup has cleanup that awaits, after a return, a panic or a cancel: what only the body reads is dead.
//
//async:func
//forms:run few 0 1
func B2_31_cleanup(e *env.Env, n int) (r int) {
	t, w := made()
	u, v := made()
	defer func() {
		r += env.CleanDo(e, 1, dead(e, w))
		r += env.CleanDo(e, 2, alive(e, v))
		u.touch()
		r += env.CleanDo(e, 3, dead(e, v))
	}()
	r = env.Do(e, 4, alive(e, w))
	if n == 1 {
		panic("with t alive")
	}
	t.touch()
	return r + e.Int(5)
}
