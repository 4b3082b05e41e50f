package rt

import (
	"iter"
	"reflect"
	"unicode/utf8"
)

// DecodeRune is the character at byte i of s and the index of the next one, as a range statement
// steps through a string: a byte that is no valid UTF-8 is U+FFFD and one byte long.
// It is for generated code.
func DecodeRune[S ~string](s S, i int) (r rune, next int) {
	r, size := utf8.DecodeRuneInString(string(s[i:]))
	return r, i + size
}

// MapIter steps through a map as a range statement does, but can wait between two entries.
// It is for generated code.
type MapIter[K comparable, V any] struct {
	iter       *reflect.MapIter
	key, value reflect.Value // of k and v
	k          K
	v          V
}

// MapRange starts to step through m. It is for generated code.
func MapRange[M ~map[K]V, K comparable, V any](m M) *MapIter[K, V] {
	it := &MapIter[K, V]{iter: reflect.ValueOf(m).MapRange()}
	it.key, it.value = reflect.ValueOf(&it.k).Elem(), reflect.ValueOf(&it.v).Elem()
	return it
}

// Next goes to the next entry, and says whether there is one.
func (it *MapIter[K, V]) Next() bool {
	if !it.iter.Next() {
		return false
	}
	it.key.SetIterKey(it.iter)
	it.value.SetIterValue(it.iter)
	return true
}

// Key is the key of the entry.
func (it *MapIter[K, V]) Key() K { return it.k }

// Value is the value of the entry, as it was when Next went to it.
func (it *MapIter[K, V]) Value() V { return it.v }

// Pull makes an iterator of one value wait between two values, as iter.Pull does. It takes any type
// of function that a range statement takes, whose yield may have a named type, too. It is for generated
// code.
func Pull[F ~func(Y), Y ~func(V) bool, V any](seq F) (next func() (V, bool), stop func()) {
	return iter.Pull(func(yield func(V) bool) { seq(yield) })
}

// Pull2 is [Pull] of an iterator of two values.
func Pull2[F ~func(Y), Y ~func(K, V) bool, K, V any](seq F) (next func() (K, V, bool), stop func()) {
	return iter.Pull2(func(yield func(K, V) bool) { seq(yield) })
}

// Pull0 is [Pull] of an iterator of no values.
func Pull0[F ~func(Y), Y ~func() bool](seq F) (next func() bool, stop func()) {
	n, stop := iter.Pull(func(yield func(Unit) bool) {
		seq(func() bool { return yield(Unit{}) })
	})
	return func() bool {
		_, ok := n()
		return ok
	}, stop
}
