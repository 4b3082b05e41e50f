package rt

import (
	"reflect"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Map calls f for each item, at most limit of the calls at a time, and gives the
// results in the order of the items. With a limit below 1 all calls run at once.
//
// The calls run concurrently inside the calling task, as with [JoinAll]: one at a
// time, switching at awaits, so that they may share variables without locks. They
// start in the order of the items. The first error cancels the calls that run,
// whose cleanup has ended when Map returns; no further ones are started.
func Map[T, R any](limit int, items []T, f func(T) (R, error)) ([]R, error) {
	if f == nil {
		panic(task.NilFunction("Map"))
	}
	entry := reflect.ValueOf(f).Pointer()
	return Await(MapAsync(limit, items, func(item T) Future[R] {
		b := &mapBlock[T, R]{item: item, of: f}
		b.What, b.Entry, b.f = "AsyncValue", entry, b
		return b
	}))
}

// mapBlock is the block of a call, with its item.
type mapBlock[T, R any] struct {
	blockOf[R]
	item T
	of   func(T) (R, error)
}

func (b *mapBlock[T, R]) call() (R, error) {
	f, item := b.of, b.item
	var none T
	b.of, b.item = nil, none
	return f(item)
}

// MapAsync is the async form of [Map].
func MapAsync[T, R any](limit int, items []T, f func(T) Future[R]) Future[[]R] {
	if f == nil {
		panic(task.NilFunction("Map"))
	}
	m := &mapping[T, R]{items: items, f: f, results: make([]R, len(items))}
	if limit < 1 || limit > len(items) {
		limit = len(items)
	}
	lanes := make([]lane[T, R], limit)
	fs := make([]Future[Unit], limit)
	for i := range lanes {
		lanes[i].m = m
		fs[i] = &lanes[i]
	}
	m.fill(fs)
	m.init(m, firstError)
	return m
}

// mapping is a join of lanes, each of which makes one call after the other.
type mapping[T, R any] struct {
	armSlice[Unit]
	items   []T
	results []R
	f       func(T) Future[R]
	started int // items whose call was started
}

func (m *mapping[T, R]) name() string { return "Map" }

// Poll implements [Future].
func (m *mapping[T, R]) Poll(cx *Context) (rs []R, ready bool, err error) {
	if !m.advance(cx) {
		return nil, false, nil
	}
	if m.err == nil {
		rs = m.results
	}
	return rs, true, m.err
}

// lane is a place for one call at a time.
type lane[T, R any] struct {
	m    *mapping[T, R]
	call Future[R] // nil: none runs
	i    int       // the item of the call
}

// Poll implements [Future].
func (l *lane[T, R]) Poll(cx *Context) (Unit, bool, error) {
	m := l.m
	for {
		if l.call == nil {
			if m.started == len(m.items) {
				return Unit{}, true, nil
			}
			l.i = m.started
			m.started++
			l.call = m.f(m.items[l.i])
			if l.call == nil {
				panic(task.NilMade("Map", "future"))
			}
		}
		v, ready, err := l.call.Poll(cx)
		if !ready {
			return Unit{}, false, nil
		}
		l.call = nil
		if err != nil {
			return Unit{}, true, err
		}
		m.results[l.i] = v
		if !cx.Spend() {
			return Unit{}, false, nil
		}
	}
}

// PollCancel cancels the call that runs.
func (l *lane[T, R]) PollCancel(cx *Context) bool {
	if l.call == nil {
		return true
	}
	if !task.Cancelling(cx, l.call) {
		return false
	}
	l.call = nil
	return true
}
