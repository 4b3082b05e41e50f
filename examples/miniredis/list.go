package main

// list is a list of strings in a ring, so that both ends are cheap. The zero list is empty.
type list struct {
	ring  []string // its length is a power of two, or 0
	first int
	n     int
}

func (l *list) len() int { return l.n }

// slot is the place of element i.
func (l *list) slot(i int) *string { return &l.ring[(l.first+i)&(len(l.ring)-1)] }

func (l *list) at(i int) string { return *l.slot(i) }

// resize makes a ring of another length.
func (l *list) resize(size int) {
	ring := make([]string, size)
	for i := range l.n {
		ring[i] = l.at(i)
	}
	l.ring, l.first = ring, 0
}

// push adds an element at the left or at the right end.
func (l *list) push(left bool, s string) {
	if l.n == len(l.ring) {
		l.resize(max(4, 2*l.n))
	}
	if left {
		l.first = (l.first - 1) & (len(l.ring) - 1)
	}
	l.n++
	if left {
		*l.slot(0) = s
	} else {
		*l.slot(l.n - 1) = s
	}
}

// pop takes the element at an end. There must be one.
func (l *list) pop(left bool) string {
	i := l.n - 1
	if left {
		i = 0
	}
	s := l.at(i)
	*l.slot(i) = ""
	if left {
		l.first = (l.first + 1) & (len(l.ring) - 1)
	}
	if l.n--; len(l.ring) > 16 && l.n < len(l.ring)/4 {
		l.resize(len(l.ring) / 2)
	}
	return s
}

// keep keeps the elements that f wants, f being called from the left or from the right, and says how many are gone.
func (l *list) keep(left bool, f func(i int, s string) bool) int {
	old := *l
	*l = list{}
	for k := range old.n {
		i := k
		if !left {
			i = old.n - 1 - k
		}
		if s := old.at(i); f(i, s) {
			l.push(!left, s)
		}
	}
	return old.n - l.n
}

// insert puts s before element i.
func (l *list) insert(i int, s string) {
	l.push(false, s)
	for k := l.n - 1; k > i; k-- {
		*l.slot(k) = l.at(k - 1)
	}
	*l.slot(i) = s
}

// clip makes of a range with bounds that may count from the end one of places, from ≤ i < to.
func clip(from, to int64, n int) (int, int) {
	size := int64(n)
	if from < 0 {
		from = max(from+size, 0)
	}
	if to < 0 {
		to += size
	}
	to = min(to, size-1)
	if from > to {
		return 0, 0
	}
	return int(from), int(to + 1)
}
