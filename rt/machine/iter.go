package machine

import (
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

// Next goes to the next entry, and reports whether there is one.
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
