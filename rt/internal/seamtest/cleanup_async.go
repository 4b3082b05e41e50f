// What asyncgen makes of the source, in the shape that it emits.

package seamtest

import (
	"fmt"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/seamtest/lib"
)

// ---- save: a deferred literal that awaits

func saveAsync(e *Env, n int) rt.Future[int] {
	b := new(saveFuture)
	b.e, b.n = e, n
	return b.Init(&b.saveFrame)
}

type saveFuture struct {
	rt.Box[int]
	saveFrame
}

type saveFrame struct {
	rt.FrameOf[int]
	e    *Env
	n, r int
	err  *error
	d    uint8
	p    any
}

var saveFunc = rt.Func{Name: "feed.save", Defers: true, Exit: 2, Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:177"}, {Name: "exit"}, {Pos: "feed.go:162"}}}

func (m *saveFrame) Func() *rt.Func { return &saveFunc }
func (m *saveFrame) Reset()         { *m = saveFrame{} }

func (m *saveFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = saveRun(cx, m, m.e, m.n)
	return w
}

func saveRun(cx *rt.Context, m *saveFrame, e *Env, n int) (r int, err_ error, w rt.Machine) {
	var (
		err  *error // its address is taken
		v    int
		v1   int // results of awaits
		v2   error
		cerr error
		d    uint8 // the deferred calls that are due
		p    any   // the panic that waits for them
	)
	defer func() {
		if w != nil || d == 0 {
			return
		}
		p = recover() // a panic or Goexit: go on at exit
		m = rt.Park(cx, m, 2)
		m.e, m.n, m.r, m.err, m.d, m.p = e, n, r, err, d, p
		w = rt.Leave(cx, m, p)
		r, err_ = m.Val, m.Err
	}()
	if m != nil && m.State() != 0 {
		goto resume
	}
	err = new(error)
	d |= 1
	d |= 2
	d |= 4
	d |= 8
	v1, v2, w = rescuelessRun(cx, nil, e, n)
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.n, m.r, m.err, m.d, m.p = e, n, r, err, d, nil
		return r, nil, m
	}
got:
	r, *err = v1, v2
	if n == 1 {
		panic("body")
	}
	r = r + 1

exit: // the deferred calls, last first
	if d&8 != 0 {
		d &^= 8
		func() {
			defer e.Log("innermost")
			rt.Rethrow(&p)
		}()
	}
	if d&4 == 0 {
		goto exit2
	}
	d &^= 4
	v, cerr, w = stepRun(cx, nil, e, 70)
	if w != nil {
		m = rt.Suspend(cx, m, 3, w)
		m.e, m.n, m.r, m.err, m.d, m.p = e, n, r, err, d, p
		return r, nil, m
	}
gotC:
	e.Log("cleaned %d %v", v, cerr)
	if n == 2 {
		p := rt.Recover(&p)
		e.Log("async recover %v", p)
		r = 22
	}
	if n == 3 {
		panic("cleanup")
	}
	r += v
exit2:
	if d&2 != 0 {
		d &^= 2
		func() {
			defer e.Rescue("save", err)
			rt.Rethrow(&p)
		}()
	}
	if d&1 != 0 {
		d &^= 1
		func() {
			defer func() { e.Log("outermost r=%d %v", r, recover()) }()
			rt.Rethrow(&p)
		}()
	}
	rt.Rethrow(&p)
	return r, *err, nil

resume:
	r, err, d, p = m.r, m.err, m.d, m.p
	if cx.Unwind() {
		p = nil
		goto exit
	}
	switch m.State() {
	case 1:
		v1, v2 = rt.Returned[int](cx)
		goto got
	case 2:
		goto exit
	default:
		v, cerr = rt.Returned[int](cx)
		goto gotC
	}
}

// ---- rescueless

type rescuelessFrame struct {
	rt.FrameOf[int]
	e *Env
	d uint8
}

var rescuelessFunc = rt.Func{Name: "feed.rescueless", Defers: true, Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:187"}}}

func (m *rescuelessFrame) Func() *rt.Func { return &rescuelessFunc }
func (m *rescuelessFrame) Reset()         { *m = rescuelessFrame{} }

func (m *rescuelessFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = rescuelessRun(cx, m, m.e, 0)
	return w
}

func rescuelessRun(cx *rt.Context, m *rescuelessFrame, e *Env, n int) (r1 int, r2 error, w rt.Machine) {
	var (
		recv *Env
		d    uint8
	)
	defer func() {
		if w != nil || d == 0 {
			return
		}
		p := recover()
		if d&1 != 0 {
			defer recv.Log("rescueless out")
		}
		rt.Raise(p)
	}()
	if m != nil && m.State() != 0 {
		goto resume
	}
	d, recv = d|1, e
	r1, r2, w = stepRun(cx, nil, e, n)
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.d = recv, d
		return 0, nil, m
	}
got:
	return r1, r2, nil

resume:
	recv, d = m.e, m.d
	if cx.Unwind() {
		return
	}
	r1, r2 = rt.Returned[int](cx)
	goto got
}

// ---- outer

func outerAsync(e *Env, n int) rt.Future[string] {
	b := new(outerFuture)
	b.e, b.n = e, n
	return b.Init(&b.outerFrame)
}

type outerFuture struct {
	rt.Box[string]
	outerFrame
}

type outerFrame struct {
	rt.FrameOf[string]
	e    *Env
	n, v int
	s    string
	err  error
	d    uint8
}

var outerFunc = rt.Func{Name: "feed.outer", Defers: true, Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:193"}, {Pos: "feed.go:195"}}}

func (m *outerFrame) Func() *rt.Func { return &outerFunc }
func (m *outerFrame) Reset()         { *m = outerFrame{} }

func (m *outerFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = outerRun(cx, m, m.e, m.n)
	return w
}

func outerRun(cx *rt.Context, m *outerFrame, e *Env, n int) (s string, err error, w rt.Machine) {
	var (
		v    int
		err1 error
		v1   string
		v2   error
		d    uint8
	)
	defer func() {
		if w != nil || d == 0 {
			return
		}
		p := recover()
		if d&1 != 0 {
			defer func() { e.Log("outer out %q", s) }()
		}
		rt.Raise(p)
	}()
	if m != nil && m.State() != 0 {
		goto resume
	}
	d |= 1
	v, err1, w = saveRun(cx, nil, e, n)
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.n, m.s, m.err, m.d = e, n, s, err, d
		return s, err, m
	}
got1:
	e.Log("outer got %d %v", v, err1)
	v1, v2, w = lib.LoadRun(cx, nil, e, "k")
	if w != nil {
		m = rt.Suspend(cx, m, 2, w)
		m.e, m.n, m.s, m.err, m.v, m.d = e, n, s, err, v, d
		return s, err, m
	}
got2:
	s, err = v1, v2
	return fmt.Sprint(s, v), err, nil

resume:
	s, err, v, d = m.s, m.err, m.v, m.d
	if cx.Unwind() {
		return
	}
	switch m.State() {
	case 1:
		v, err1 = rt.Returned[int](cx)
		goto got1
	default:
		v1, v2 = rt.Returned[string](cx)
		goto got2
	}
}

// ---- mapOf: generic

func mapOfAsync[T, U any](e *Env, x T, f func(T) U) rt.Future[[]U] {
	b := new(mapOfFuture[T, U])
	b.e, b.x, b.f = e, x, f
	return b.Init(&b.mapOfFrame)
}

type mapOfFuture[T, U any] struct {
	rt.Box[[]U]
	mapOfFrame[T, U]
}

type mapOfFrame[T, U any] struct {
	rt.FrameOf[[]U]
	e   *Env
	x   T
	f   func(T) U
	out []U
	err error
	i   int
	d   uint8
}

var mapOfFunc = rt.Func{Name: "feed.mapOf", Defers: true, Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:202"}}}

func (m *mapOfFrame[T, U]) Func() *rt.Func { return &mapOfFunc }
func (m *mapOfFrame[T, U]) Reset()         { *m = mapOfFrame[T, U]{} }

func (m *mapOfFrame[T, U]) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = mapOfRun(cx, m, m.e, m.x, m.f)
	return w
}

func mapOfRun[T, U any](cx *rt.Context, m *mapOfFrame[T, U], e *Env, x T, f func(T) U) (out []U, err error, w rt.Machine) {
	var (
		i  int
		v2 error
		d  uint8
	)
	defer func() {
		if w != nil || d == 0 {
			return
		}
		p := recover()
		if d&1 != 0 {
			defer func() { e.Log("mapped %d", len(out)) }()
		}
		rt.Raise(p)
	}()
	if m != nil && m.State() != 0 {
		goto resume
	}
	d |= 1
	i = 0
loop:
	if !(i < 2) {
		return out, nil, nil
	}
	_, v2, w = stepRun(cx, nil, e, i)
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.x, m.f, m.out, m.err, m.i, m.d = e, x, f, out, err, i, d
		return out, err, m
	}
got:
	err = v2
	if err != nil {
		return nil, err, nil
	}
	out = append(out, f(x))
	i++
	goto loop

resume:
	out, err, i, d = m.out, m.err, m.i, m.d
	if cx.Unwind() {
		return
	}
	_, v2 = rt.Returned[int](cx)
	goto got
}

// ---- useMap

func useMapAsync(e *Env, n int) rt.Future[string] {
	b := new(useMapFuture)
	b.e, b.n = e, n
	return b.Init(&b.useMapFrame)
}

type useMapFuture struct {
	rt.Box[string]
	useMapFrame
}

type useMapFrame struct {
	rt.FrameOf[string]
	e *Env
	n int
	s []string
}

var useMapFunc = rt.Func{Name: "feed.useMap", Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "feed.go:211"}, {Pos: "feed.go:215"}}}

func (m *useMapFrame) Func() *rt.Func { return &useMapFunc }
func (m *useMapFrame) Reset()         { *m = useMapFrame{} }

func (m *useMapFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = useMapRun(cx, m, m.e, m.n)
	return w
}

func useMapRun(cx *rt.Context, m *useMapFrame, e *Env, n int) (_ string, _ error, w rt.Machine) {
	var (
		s   []string
		f   []float64
		err error
	)
	if m != nil && m.State() != 0 {
		goto resume
	}
	s, err, w = mapOfRun(cx, nil, e, n, func(n int) string { return fmt.Sprint("<", n, ">") })
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e = e
		return "", nil, m
	}
got1:
	if err != nil {
		return "", err, nil
	}
	f, err, w = mapOfRun(cx, nil, e, "ab", func(s string) float64 { return float64(len(s)) })
	if w != nil {
		m = rt.Suspend(cx, m, 2, w)
		m.e, m.s = nil, s
		return "", nil, m
	}
got2:
	return fmt.Sprint(s, f), err, nil

resume:
	switch m.State() {
	case 1:
		s, err = rt.Returned[[]string](cx)
		goto got1
	default:
		s = m.s
		f, err = rt.Returned[[]float64](cx)
		goto got2
	}
}
