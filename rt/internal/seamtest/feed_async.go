// What asyncgen makes of the source, in the shape that it emits.

package seamtest

import (
	"fmt"
	"runtime"

	"github.com/asyncgen/asyncgen/rt"
)

// ---- step: one await of a future

// stepAsync is the async form of [step]: a lazy future that runs it when polled.
func stepAsync(e *Env, n int) rt.Future[int] {
	b := new(stepFuture)
	b.e, b.n = e, n
	return b.Init(&b.stepFrame)
}

type stepFuture struct {
	rt.Box[int]
	stepFrame
}

// stepFrame is a call of [step] that waits.
type stepFrame struct {
	rt.FrameOf[int]
	e *Env
	n int
}

var stepFunc = rt.Func{Name: "feed.step", Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:18"}}}

func (m *stepFrame) Func() *rt.Func { return &stepFunc }
func (m *stepFrame) Reset()         { *m = stepFrame{} }

func (m *stepFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = stepRun(cx, m, m.e, m.n)
	return w
}

func stepRun(cx *rt.Context, m *stepFrame, e *Env, n int) (_ int, _ error, w rt.Machine) {
	var (
		v   int
		err error
	)
	if m != nil && m.State() != 0 {
		goto resume
	}
	v, err, w = rt.AwaitFuture(cx, e.Fut("step", n)) // feed.go:18
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.n = e, n
		return 0, nil, m
	}
got:
	if err != nil {
		return 0, fmt.Errorf("step %d: %w", n, err), nil
	}
	e.Log("stepped %d", v)
	return v + 1, nil, nil

resume:
	v, err = rt.Returned[int](cx)
	goto got
}

// ---- sum: a loop

func sumAsync(e *Env, n int) rt.Future[int] {
	b := new(sumFuture)
	b.e, b.n = e, n
	return b.Init(&b.sumFrame)
}

type sumFuture struct {
	rt.Box[int]
	sumFrame
}

type sumFrame struct {
	rt.FrameOf[int]
	e       *Env
	n, s, i int
}

var sumFunc = rt.Func{Name: "feed.sum", Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:29"}}}

func (m *sumFrame) Func() *rt.Func { return &sumFunc }
func (m *sumFrame) Reset()         { *m = sumFrame{} }

func (m *sumFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = sumRun(cx, m, m.e, m.n)
	return w
}

func sumRun(cx *rt.Context, m *sumFrame, e *Env, n int) (_ int, _ error, w rt.Machine) {
	var (
		s, i, v int
		err     error
	)
	if m != nil && m.State() != 0 {
		goto resume
	}
	s = 0
	i = 0
loop:
	if !(i < n) {
		return s, nil, nil
	}
	v, err, w = stepRun(cx, nil, e, i)
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.n, m.s, m.i = e, n, s, i
		return 0, nil, m
	}
got:
	if err != nil {
		return s, err, nil
	}
	s += v
	i++
	goto loop

resume:
	s, i = m.s, m.i
	v, err = rt.Returned[int](cx)
	goto got
}

// ---- fib: recursion, no error result

func fibAsync(e *Env, n int) rt.Future[int] {
	b := new(fibFuture)
	b.e, b.n = e, n
	return b.Init(&b.fibFrame)
}

type fibFuture struct {
	rt.Box[int]
	fibFrame
}

type fibFrame struct {
	rt.FrameVal[int]
	e    *Env
	n, a int
}

var fibFunc = rt.Func{Name: "feed.fib", Result: rt.ResultVal, States: []rt.State{{Name: "start"}, {Pos: "feed.go:41"}, {Pos: "feed.go:44"}, {Pos: "feed.go:44"}}}

func (m *fibFrame) Func() *rt.Func { return &fibFunc }
func (m *fibFrame) Reset()         { *m = fibFrame{} }

func (m *fibFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, w = fibRun(cx, m, m.e, m.n)
	return w
}

func fibRun(cx *rt.Context, m *fibFrame, e *Env, n int) (_ int, w rt.Machine) {
	var v, a, b int
	if m != nil && m.State() != 0 {
		goto resume
	}
	if n < 2 {
		goto leaf
	}
	a, w = fibRun(cx, nil, e, n-1)
	if w != nil {
		m = rt.Suspend(cx, m, 2, w)
		m.e, m.n = e, n
		return 0, m
	}
gotA:
	b, w = fibRun(cx, nil, e, n-2)
	if w != nil {
		m = rt.Suspend(cx, m, 3, w)
		m.e, m.n, m.a = nil, 0, a
		return 0, m
	}
gotB:
	return a + b, nil
leaf:
	v, _, w = stepRun(cx, nil, e, n)
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.n = nil, 0
		return 0, m
	}
gotV:
	return v, nil

resume:
	switch m.State() {
	case 1:
		v, _ = rt.Returned[int](cx)
		goto gotV
	case 2:
		a, _ = rt.Returned[int](cx)
		goto gotA
	default:
		a = m.a
		b, _ = rt.Returned[int](cx)
		goto gotB
	}
}

// ---- down: tail awaits

func downAsync(e *Env, n int) rt.Future[int] {
	b := new(downFuture)
	b.e, b.n = e, n
	return b.Init(&b.downFrame)
}

type downFuture struct {
	rt.Box[int]
	downFrame
}

type downFrame struct {
	rt.FrameOf[int]
	e *Env
	n int
}

var downFunc = rt.Func{Name: "feed.down", Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:52"}}}

func (m *downFrame) Func() *rt.Func { return &downFunc }
func (m *downFrame) Reset()         { *m = downFrame{} }

func (m *downFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = downRun(cx, m, m.e, m.n)
	return w
}

func downRun(cx *rt.Context, m *downFrame, e *Env, n int) (_ int, _ error, w rt.Machine) {
	var (
		v   int
		err error
	)
	if m != nil && m.State() != 0 {
		goto resume
	}
	if n == 0 {
		return stepRun(cx, nil, e, 0) // tail await: the callee's frame stands for this one
	}
	if !(n%2 == 0) {
		goto odd
	}
	v, err, w = stepRun(cx, nil, e, n)
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.n = e, n
		return 0, nil, m
	}
got:
	e.Log("even %d %v", v, err)
odd:
	return downRun(cx, nil, e, n-1)

resume:
	v, err = rt.Returned[int](cx)
	goto got
}

// ---- named: several defers

func namedAsync(e *Env, n int) rt.Future[int] {
	b := new(namedFuture)
	b.e, b.n = e, n
	return b.Init(&b.namedFrame)
}

type namedFuture struct {
	rt.Box[int]
	namedFrame
}

type namedFrame struct {
	rt.FrameOf[int]
	e       *Env
	n       int
	r, x, y int
	err     error
	d       uint8
}

var namedFunc = rt.Func{Name: "feed.named", Defers: true, Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:67"}, {Pos: "feed.go:72"}}}

func (m *namedFrame) Func() *rt.Func { return &namedFunc }
func (m *namedFrame) Reset()         { *m = namedFrame{} }

func (m *namedFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = namedRun(cx, m, m.e, m.n)
	return w
}

func namedRun(cx *rt.Context, m *namedFrame, e *Env, n int) (r int, err error, w rt.Machine) {
	var (
		x, y int   // y: argument of the second deferred call
		err1 error // err in the if
		v1   int   // results of awaits
		v2   error
		d    uint8 // the deferred calls that are due
	)
	defer func() {
		if w != nil || d == 0 {
			return // it waits, or there is nothing to do
		}
		p := recover()
		if d&1 != 0 {
			defer func() {
				e.Log("double %d %v", r, recover())
				r *= 2
			}()
		}
		if d&2 != 0 {
			defer e.Log("x=%d", y)
		}
		if d&4 != 0 {
			defer func() { r += x }()
		}
		rt.Raise(p)
	}()
	if m != nil && m.State() != 0 {
		goto resume
	}
	d |= 1
	x = n
	d, y = d|2, x
	x++
	v1, v2, w = stepRun(cx, nil, e, x)
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.n, m.r, m.err, m.x, m.y, m.d = e, n, r, err, x, y, d
		return r, err, m
	}
got1:
	r, err = v1, v2
	if r > 2 {
		d |= 4
	}
	x++
	_, err1, w = stepRun(cx, nil, e, x)
	if w != nil {
		m = rt.Suspend(cx, m, 2, w)
		m.e, m.n, m.r, m.err, m.x, m.y, m.d = e, n, r, err, x, y, d
		return r, err, m
	}
got2:
	if err1 != nil {
		return 100, err1, nil
	}
	return r + 1, nil, nil

resume:
	r, err, x, y, d = m.r, m.err, m.x, m.y, m.d
	if cx.Unwind() {
		return
	}
	switch m.State() {
	case 1:
		v1, v2 = rt.Returned[int](cx)
		goto got1
	default:
		_, err1 = rt.Returned[int](cx)
		goto got2
	}
}

// ---- files: defers in a loop are a list

func filesAsync(e *Env, n int) rt.Future[int] {
	b := new(filesFuture)
	b.e, b.n = e, n
	return b.Init(&b.filesFrame)
}

type filesFuture struct {
	rt.Box[int]
	filesFrame
}

type filesFrame struct {
	rt.FrameVal[int]
	e    *Env
	n    int
	r, i int
	d    []filesDefer
}

// filesDefer is a deferred call of [files] that is due.
type filesDefer struct {
	at uint8 // which defer statement
	v  int   // argument of the first
	i  int   // variable of the second: never assigned after, so a copy will do
}

var filesFunc = rt.Func{Name: "feed.files", Defers: true, Result: rt.ResultVal, States: []rt.State{{Name: "start"}, {Pos: "feed.go:82"}, {Pos: "feed.go:89"}}}

func (m *filesFrame) Func() *rt.Func { return &filesFunc }
func (m *filesFrame) Reset()         { *m = filesFrame{} }

func (m *filesFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, w = filesRun(cx, m, m.e, m.n)
	return w
}

func filesRun(cx *rt.Context, m *filesFrame, e *Env, n int) (r int, w rt.Machine) {
	var (
		i, v int
		err  error
		d    []filesDefer // the deferred calls that are due
	)
	defer func() {
		if w != nil || d == nil {
			return
		}
		p := recover()
		for _, d := range d {
			switch d.at {
			case 1:
				defer e.Log("close %d", d.v)
			case 2:
				defer func() { r += d.i; e.Log("iter %d r=%d", d.i, r) }()
			}
		}
		rt.Raise(p)
	}()
	if m != nil && m.State() != 0 {
		goto resume
	}
	i = 0
loop:
	if !(i < n) {
		goto after
	}
	v, err, w = stepRun(cx, nil, e, i)
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.n, m.r, m.i, m.d = e, n, r, i, d
		return r, m
	}
got1:
	if err != nil {
		return v, nil
	}
	d = append(d, filesDefer{at: 1, v: v})
	d = append(d, filesDefer{at: 2, i: i})
	i++
	goto loop
after:
	_, _, w = stepRun(cx, nil, e, 50)
	if w != nil {
		m = rt.Suspend(cx, m, 2, w)
		m.e, m.n, m.r, m.i, m.d = e, 0, r, 0, d
		return r, m
	}
got2:
	return 7, nil

resume:
	r, i, d = m.r, m.i, m.d
	if cx.Unwind() {
		return
	}
	switch m.State() {
	case 1:
		v, err = rt.Returned[int](cx)
		goto got1
	default:
		cx.Drop()
		goto got2
	}
}

// ---- rescue

func rescueAsync(e *Env, n int) rt.Future[int] {
	b := new(rescueFuture)
	b.e, b.n = e, n
	return b.Init(&b.rescueFrame)
}

type rescueFuture struct {
	rt.Box[int]
	rescueFrame
}

type rescueFrame struct {
	rt.FrameOf[int]
	e   *Env
	n   int
	r   int
	err error
	d   uint8
}

var rescueFunc = rt.Func{Name: "feed.rescue", Defers: true, Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:101"}}}

func (m *rescueFrame) Func() *rt.Func { return &rescueFunc }
func (m *rescueFrame) Reset()         { *m = rescueFrame{} }

func (m *rescueFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = rescueRun(cx, m, m.e, m.n)
	return w
}

func rescueRun(cx *rt.Context, m *rescueFrame, e *Env, n int) (r int, err error, w rt.Machine) {
	var (
		v1 int // results of awaits
		v2 error
		d  uint8 // the deferred calls that are due
	)
	defer func() {
		if w != nil || d == 0 {
			return
		}
		p := recover()
		if d&1 != 0 {
			defer e.Log("first")
		}
		if d&2 != 0 {
			defer func() {
				if p := recover(); p != nil {
					e.Log("recovered %v", p)
					err = fmt.Errorf("recovered: %v", p)
				}
			}()
		}
		rt.Raise(p)
	}()
	if m != nil && m.State() != 0 {
		goto resume
	}
	d |= 1
	d |= 2
	v1, v2, w = sumRun(cx, nil, e, n)
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.n, m.r, m.err, m.d = e, n, r, err, d
		return r, err, m
	}
got:
	r, err = v1, v2
	if r == 1 {
		panic("one")
	}
	return r, err, nil

resume:
	r, err, d = m.r, m.err, m.d
	if cx.Unwind() {
		return
	}
	v1, v2 = rt.Returned[int](cx)
	goto got
}

// ---- rescueNamed: the address of a result is taken, so it is a cell

func rescueNamedAsync(e *Env, n int) rt.Future[int] {
	b := new(rescueNamedFuture)
	b.e, b.n = e, n
	return b.Init(&b.rescueNamedFrame)
}

type rescueNamedFuture struct {
	rt.Box[int]
	rescueNamedFrame
}

type rescueNamedFrame struct {
	rt.FrameOf[int]
	e          *Env
	n          int
	r          int
	err        *error
	arg1, arg2 *error
	d          uint8
}

var rescueNamedFunc = rt.Func{Name: "feed.rescueNamed", Defers: true, Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:110"}, {Pos: "feed.go:112"}}}

func (m *rescueNamedFrame) Func() *rt.Func { return &rescueNamedFunc }
func (m *rescueNamedFrame) Reset()         { *m = rescueNamedFrame{} }

func (m *rescueNamedFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = rescueNamedRun(cx, m, m.e, m.n)
	return w
}

func rescueNamedRun(cx *rt.Context, m *rescueNamedFrame, e *Env, n int) (r int, err_ error, w rt.Machine) {
	var (
		v          int
		v1         int
		v2         error
		err        *error // its address is taken
		arg1, arg2 *error
		recv       *Env
		d          uint8
	)
	defer func() {
		if w != nil {
			return
		}
		defer func() { err_ = *err }()
		if d == 0 {
			return
		}
		p := recover()
		if d&1 != 0 {
			defer recv.Rescue("outer", arg1)
		}
		if d&2 != 0 {
			defer recv.Rescue("inner", arg2)
		}
		rt.Raise(p)
	}()
	if m != nil && m.State() != 0 {
		goto resume
	}
	err = new(error)
	d, recv, arg1 = d|1, e, err
	v1, v2, w = sumRun(cx, nil, e, n)
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.n, m.r, m.err, m.arg1, m.d = e, n, r, err, arg1, d
		return r, nil, m
	}
got1:
	r, *err = v1, v2
	d, arg2 = d|2, err
	v, _, w = stepRun(cx, nil, e, n)
	if w != nil {
		m = rt.Suspend(cx, m, 2, w)
		m.e, m.n, m.r, m.err, m.arg1, m.arg2, m.d = e, n, r, err, arg1, arg2, d
		return r, nil, m
	}
got2:
	if n == 1 {
		panic(nil)
	}
	r = r + v
	return

resume:
	r, err, arg1, arg2, recv, d = m.r, m.err, m.arg1, m.arg2, m.e, m.d
	if cx.Unwind() {
		return
	}
	switch m.State() {
	case 1:
		v1, v2 = rt.Returned[int](cx)
		goto got1
	default:
		v, _ = rt.Returned[int](cx)
		goto got2
	}
}

// ---- rethrow

func rethrowAsync(e *Env, n int) rt.Future[int] {
	b := new(rethrowFuture)
	b.e, b.n = e, n
	return b.Init(&b.rethrowFrame)
}

type rethrowFuture struct {
	rt.Box[int]
	rethrowFrame
}

type rethrowFrame struct {
	rt.FrameOf[int]
	e   *Env
	n   int
	r   int
	err error
	d   uint8
}

var rethrowFunc = rt.Func{Name: "feed.rethrow", Defers: true, Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:134"}}}

func (m *rethrowFrame) Func() *rt.Func { return &rethrowFunc }
func (m *rethrowFrame) Reset()         { *m = rethrowFrame{} }

func (m *rethrowFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = rethrowRun(cx, m, m.e, m.n)
	return w
}

func rethrowRun(cx *rt.Context, m *rethrowFrame, e *Env, n int) (r int, err error, w rt.Machine) {
	var (
		v1 int // results of awaits
		v2 error
		d  uint8 // the deferred calls that are due
	)
	defer func() {
		if w != nil || d == 0 {
			return
		}
		p := recover()
		if d&1 != 0 {
			defer func() { e.Log("last sees %v", r) }()
		}
		if d&2 != 0 {
			defer func() {
				p := recover()
				e.Log("second sees %v", p)
				if p != nil {
					panic(fmt.Sprint("again ", p))
				}
			}()
		}
		if d&4 != 0 {
			defer func() {
				if n == 2 {
					panic("from defer")
				}
			}()
		}
		rt.Raise(p)
	}()
	if m != nil && m.State() != 0 {
		goto resume
	}
	d |= 1
	d |= 2
	d |= 4
	v1, v2, w = namedRun(cx, nil, e, n)
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.n, m.r, m.err, m.d = e, n, r, err, d
		return r, err, m
	}
got:
	r, err = v1, v2
	if n == 3 {
		runtime.Goexit()
	}
	return r, err, nil

resume:
	r, err, d = m.r, m.err, m.d
	if cx.Unwind() {
		return
	}
	v1, v2 = rt.Returned[int](cx)
	goto got
}

// ---- deep

func deepAsync(e *Env, n int) rt.Future[int] {
	b := new(deepFuture)
	b.e, b.n = e, n
	return b.Init(&b.deepFrame)
}

type deepFuture struct {
	rt.Box[int]
	deepFrame
}

type deepFrame struct {
	rt.FrameOf[int]
	e   *Env
	n   int
	r   int
	err error
	d   uint8
}

var deepFunc = rt.Func{Name: "feed.deep", Defers: true, Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:144"}, {Pos: "feed.go:152"}, {Pos: "feed.go:153"}}}

func (m *deepFrame) Func() *rt.Func { return &deepFunc }
func (m *deepFrame) Reset()         { *m = deepFrame{} }

func (m *deepFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = deepRun(cx, m, m.e, m.n)
	return w
}

func deepRun(cx *rt.Context, m *deepFrame, e *Env, n int) (r int, err error, w rt.Machine) {
	var (
		v1 int // results of awaits
		v2 error
		v  int
		d  uint8
	)
	defer func() {
		if w != nil || d == 0 {
			return
		}
		p := recover()
		if d&1 != 0 {
			defer func() { e.Log("level 3 %v", recover()); r += 1000 }()
		}
		if d&2 != 0 {
			defer func() { e.Log("level %d", n) }()
		}
		rt.Raise(p)
	}()
	if m != nil && m.State() != 0 {
		goto resume
	}
	if n == 0 {
		return stepRun(cx, nil, e, 0) // a tail await is sound here: no deferred call is due
	}
	if n == 3 {
		d |= 1
	}
	if n%2 == 0 {
		d |= 2
	}
	v1, v2, w = deepRun(cx, nil, e, n-1)
	if w != nil {
		m = rt.Suspend(cx, m, 2, w)
		m.e, m.n, m.r, m.err, m.d = e, n, r, err, d
		return r, err, m
	}
got2:
	r, err = v1, v2
	v1, v2, w = stepRun(cx, nil, e, n)
	if w != nil {
		m = rt.Suspend(cx, m, 3, w)
		m.e, m.n, m.r, m.err, m.d = e, n, r, err, d
		return r, err, m
	}
got3:
	v, err = v1, v2
	return r + v, err, nil

resume:
	r, err, d = m.r, m.err, m.d
	if cx.Unwind() {
		return
	}
	switch m.State() {
	case 2:
		v1, v2 = rt.Returned[int](cx)
		goto got2
	default:
		v1, v2 = rt.Returned[int](cx)
		goto got3
	}
}
