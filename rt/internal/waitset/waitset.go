// Package waitset has the set of those who wait for one thing. It knows nothing of tasks.
package waitset

// few is up to how many elements are looked for one by one. More have an index.
const few = 8

// Set is a set in the order in which its elements were added. Add and Remove take constant time, spread
// over many calls, however many elements there are. The zero Set is empty.
//
// Elements may end while they are in the set. Nobody takes them out then: Add does it, before the list
// grows.
type Set[T comparable] struct {
	list  []T       // the zero T: was taken out
	index map[T]int // where an element is in list; nil: there are few
	gone  int       // how many of list were taken out
}

// Len is how many elements s has.
func (s *Set[T]) Len() int { return len(s.list) - s.gone }

// Add adds x, which is not the zero T, unless it is there already. Before the list grows, what has ended
// is dropped.
func (s *Set[T]) Add(x T, ended func(T) bool) {
	if s.find(x) >= 0 {
		return
	}
	if len(s.list) == cap(s.list) {
		s.compact(ended)
	}
	s.list = append(s.list, x)
	switch {
	case s.index != nil:
		s.index[x] = len(s.list) - 1
	case len(s.list) > few:
		s.reindex()
	}
}

// Remove takes x out, and reports whether it was there.
func (s *Set[T]) Remove(x T) bool {
	i := s.find(x)
	if i < 0 {
		return false
	}
	var none T
	s.list[i] = none
	s.gone++
	delete(s.index, x)
	if s.gone == len(s.list) {
		*s = Set[T]{}
	}
	return true
}

// Take empties s, and gives what it had, in order.
func (s *Set[T]) Take() []T {
	s.compact(func(T) bool { return false })
	list := s.list
	*s = Set[T]{}
	return list
}

func (s *Set[T]) find(x T) int {
	if s.index != nil {
		if i, ok := s.index[x]; ok {
			return i
		}
		return -1
	}
	for i := range s.list {
		if s.list[i] == x {
			return i
		}
	}
	return -1
}

// compact drops what has ended, and closes the gaps. At least half of the list is free for what comes,
// so that the next call is as many calls of Add away as this one has steps.
func (s *Set[T]) compact(ended func(T) bool) {
	var none T
	kept := s.list[:0]
	for _, x := range s.list {
		if x != none && !ended(x) {
			kept = append(kept, x)
		}
	}
	clear(s.list[len(kept):]) // what is gone must not be kept alive
	if 2*len(kept) > cap(kept) {
		kept = append(make([]T, 0, max(4, 2*len(kept))), kept...)
	}
	s.list, s.gone = kept, 0
	if s.index = nil; len(kept) > few {
		s.reindex()
	}
}

func (s *Set[T]) reindex() {
	s.index = make(map[T]int, cap(s.list))
	for i, x := range s.list {
		s.index[x] = i
	}
}
