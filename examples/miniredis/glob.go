package main

// match says whether s is what a pattern of KEYS, SCAN or PSUBSCRIBE describes: * ? [a-c] [^a] and \ before what
// means itself.
func match(pattern, s string) bool {
	star, back := -1, 0 // where to go on if the rest does not fit: behind the last star
	p, i := 0, 0
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			star, back = p, i
			p++
			continue
		}
		if p < len(pattern) {
			if n, ok := matchOne(pattern[p:], s[i]); ok {
				p += n
				i++
				continue
			}
		}
		if star < 0 {
			return false
		}
		back++
		p, i = star+1, back
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchOne says whether the pattern begins with what describes c, and how long that is.
func matchOne(pattern string, c byte) (int, bool) {
	switch {
	case pattern[0] == '?':
		return 1, true
	case pattern[0] == '[':
		return matchClass(pattern, c)
	case pattern[0] == '\\' && len(pattern) > 1:
		return 2, pattern[1] == c
	}
	return 1, pattern[0] == c
}

// matchClass is matchOne for a class. One that is not closed goes to the end of the pattern.
func matchClass(pattern string, c byte) (int, bool) {
	i, not, found := 1, false, false
	if i < len(pattern) && pattern[i] == '^' {
		not = true
		i++
	}
	for ; i < len(pattern) && pattern[i] != ']'; i++ {
		low := pattern[i]
		if low == '\\' && i+1 < len(pattern) {
			i++
			found = found || pattern[i] == c
			continue
		}
		high := low
		if i+2 < len(pattern) && pattern[i+1] == '-' {
			high = pattern[i+2]
			i += 2
		}
		found = found || min(low, high) <= c && c <= max(low, high)
	}
	return min(i+1, len(pattern)), found != not
}
