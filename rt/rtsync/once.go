package rtsync

import "sync/atomic"

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

// Once computes a value once. The zero Once has not computed it.
type Once[T any] struct {
	done  atomic.Bool
	value T // before done, under mu
	mu    Mutex
}

// Do gives the value, which f computes if nobody has. f may await. Those who come while it is computed wait.
// If f fails, panics or is cancelled, the value is not computed: the error is for the caller of this f, and
// the next who waits calls his own.
//
//async:func await=f
func (o *Once[T]) Do(f func() (T, error)) (T, error) {
	if f == nil {
		panic("rtsync: Once.Do of a nil function: give it the code that computes the value")
	}
	if o.done.Load() {
		atHand()
		return o.value, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done.Load() {
		return o.value, nil
	}
	v, err := f()
	if err != nil {
		return v, err
	}
	o.value = v
	o.done.Store(true)
	return v, nil
}
