package task

// Verb is a future of rt's own that can be used again.
type Verb[T any] interface {
	Future[T]
	// Clear forgets all that the verb had. It reports whether the verb can be used again: it was ready, and nothing of it
	// is under way.
	Clear() (again bool)
}

// Kept is the await of a verb that is made where it is awaited, so that nobody else knows it. The frame keeps it, and
// the next await has both:
//
//	v, err := rt.Timeout(time.Second, fetchAsync(url))
//
// V is an interface with a method that gives the verb its arms.
type Kept[T any, V Verb[T]] struct {
	await[T]
	Verb V
}

var keptFunc = Func{Name: awaitFunc.Name, Defers: true, Result: ResultValErr, States: awaitFunc.States}

// isAwait reports whether f is the function of frames that wait for a future.
func isAwait(f *Func) bool { return f == &awaitFunc || f == &keptFunc }

// Fresh reports whether m has no verb yet.
func (m *Kept[T, V]) Fresh() bool { return m.f == nil }

// Keep gives m its verb.
func (m *Kept[T, V]) Keep(verb V) { m.Verb, m.f = verb, verb }

// Func implements [Machine].
func (m *Kept[T, V]) Func() *Func { return &keptFunc }

// Reset implements [Machine].
func (m *Kept[T, V]) Reset() {
	verb, f := m.Verb, m.f
	*m = Kept[T, V]{}
	if f != nil && verb.Clear() {
		m.Verb, m.f = verb, f
	}
}

// Resume implements [Machine].
func (m *Kept[T, V]) Resume(cx *Context) Machine {
	if m.await.Resume(cx) == nil {
		return nil
	}
	cx.leaf = m
	return m
}

// AwaitKept is [AwaitFuture] of the verb of m, which has its arms.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func AwaitKept[T any, V Verb[T]](cx *Context, m *Kept[T, V]) (T, error, Machine) {
	var v T
	if cx.Spend() {
		var (
			ready bool
			err   error
		)
		if v, ready, err = m.f.Poll(cx); ready {
			Release(cx, m)
			return v, err, nil
		}
	}
	m.state = awaitPolling
	cx.leaf = m
	return v, nil, m
}
