// What asyncgen makes of the source, in the shape that it emits.

package lib

import (
	"fmt"

	"github.com/asyncgen/asyncgen/rt"
)

// LoadAsync is the async form of [Load]: a lazy future that runs it when polled.
func LoadAsync(e *Env, key string) rt.Future[string] {
	b := new(loadFuture)
	b.e, b.key = e, key
	return b.Init(&b.loadFrame)
}

type loadFuture struct {
	rt.Box[string]
	loadFrame
}

// loadFrame is a call of [Load] that waits.
type loadFrame struct {
	rt.FrameOf[string]
	e     *Env
	key   string
	d     uint8
	logFn string
	logA  string
}

var loadFunc = rt.Func{Name: "lib.Load", Defers: true, Result: rt.ResultValErr, States: []rt.State{{Name: "start"}, {Pos: "lib.go:80"}}}

func (m *loadFrame) Func() *rt.Func { return &loadFunc }
func (m *loadFrame) Reset()         { *m = loadFrame{} }

func (m *loadFrame) Resume(cx *rt.Context) (w rt.Machine) {
	m.Val, m.Err, w = LoadRun(cx, m, m.e, m.key)
	return w
}

// LoadRun is for generated code of other packages, which passes a nil m.
func LoadRun(cx *rt.Context, m *loadFrame, e *Env, key string) (_ string, _ error, w rt.Machine) {
	var (
		v    int
		err  error
		d    uint8  // deferred calls that are due
		logE *Env   // their arguments
		logA string // ...
	)
	defer func() {
		if w != nil || d == 0 {
			return
		}
		p := recover()
		if d&1 != 0 {
			defer logE.Log("loaded %s", logA)
		}
		rt.Raise(p)
	}()
	if m != nil && m.State() != 0 {
		goto resume
	}
	d, logE, logA = 1, e, key
	v, err, w = rt.AwaitFuture(cx, e.Fut("load "+key, len(key)))
	if w != nil {
		m = rt.Suspend(cx, m, 1, w)
		m.e, m.key, m.d, m.logA = e, key, d, logA
		return "", nil, m
	}
got:
	if err != nil {
		return "", err, nil
	}
	return fmt.Sprint(key, v), nil, nil

resume:
	e, key, d, logE, logA = m.e, m.key, m.d, m.e, m.logA
	if cx.Unwind() {
		return
	}
	v, err = rt.Returned[int](cx)
	goto got
}
