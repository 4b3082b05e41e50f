// Package kinds has a function of each kind that a program is made of, of about 25 lines each. The benchmark of
// builds multiplies it; see bench/build_test.go.
package kinds

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// store is a map that is looked at slowly.
type store struct {
	mu    sync.Mutex
	pages map[string]*page
	hits  map[string]int
	log   []string
}

// note is what ordinary code does.
func (s *store) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

// get is a method with one wait and two ways out.
//
//async:func
func (s *store) get(key string) (*page, error) {
	s.mu.Lock()
	p, ok := s.pages[key]
	if ok {
		s.hits[key]++
	}
	hits := s.hits[key]
	s.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("%s: %w", key, errGone)
	}
	if hits < 2 {
		rt.Sleep(time.Microsecond)
	}
	if len(p.body) == 0 {
		s.note("%s is empty", key)
		return p, nil
	}
	if strings.HasPrefix(p.key, "-") {
		return nil, fmt.Errorf("%s: hidden", key)
	}
	return p, nil
}

// put is a method with two waits, and no value.
//
//async:func
func (s *store) put(key, text string) error {
	if key == "" {
		return errors.New("no key")
	}
	old, err := s.get(key)
	if err != nil && !errors.Is(err, errGone) {
		return err
	}
	if old != nil && string(old.body) == text {
		return nil
	}
	p := &page{key: key, body: []byte(text)}
	for _, word := range strings.Fields(text) {
		if strings.HasPrefix(word, "#") {
			p.next = append(p.next, word[1:])
		}
	}
	rt.Sleep(time.Microsecond)
	s.mu.Lock()
	s.pages[key] = p
	s.mu.Unlock()
	s.note("put %s: %d bytes", key, len(text))
	return nil
}

// total is a loop with a wait in it.
//
//async:func
func total(s *store, keys ...string) (int, error) {
	sum := 0
	missing := 0
	for i, key := range keys {
		p, err := s.get(key)
		if errors.Is(err, errGone) {
			missing++
			if missing > len(keys)/2 {
				return sum, fmt.Errorf("%d of %d pages are missing", missing, len(keys))
			}
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("page %d: %w", i, err)
		}
		if len(p.body) > 1<<20 {
			s.note("%s is large", key)
			break
		}
		sum += len(p.body)
	}
	s.note("%d bytes", sum)
	return sum, nil
}

// walk has a loop in a loop, and labels.
//
//async:func
func walk(s *store, start string, limit int) (found []string, err error) {
	queue := []string{start}
	seen := map[string]bool{start: true}
pages:
	for len(queue) > 0 {
		key := queue[0]
		queue = queue[1:]
		p, err := s.get(key)
		if err != nil {
			continue
		}
		for _, next := range p.next {
			if seen[next] {
				continue pages
			}
			seen[next] = true
			if len(found) >= limit {
				break pages
			}
			if _, err := s.get(next); err == nil {
				queue = append(queue, next)
			}
		}
		found = append(found, key)
	}
	slices.Sort(found)
	return found, nil
}

// retry waits longer after each attempt.
//
//async:func
func retry(s *store, key string, attempts int) (*page, error) {
	var last error
	pause := time.Microsecond
	for i := range attempts {
		p, err := s.get(key)
		switch {
		case err == nil:
			return p, nil
		case errors.Is(err, errGone):
			last = err
			s.note("attempt %d: %v", i, err)
			rt.Sleep(pause)
			pause *= 2
		default:
			return nil, err
		}
		if pause > time.Millisecond {
			pause = time.Millisecond
		}
	}
	if last == nil {
		last = errors.New("no attempt")
	}
	return nil, fmt.Errorf("%d attempts: %w", attempts, last)
}

// guarded has deferred calls, and recovers.
//
//async:func
func guarded(s *store, key string) (size int, err error) {
	begun := time.Now()
	s.note("begin %s", key)
	defer s.note("end %s", key)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s after %v: %v", key, time.Since(begun), p)
		}
	}()
	p, err := s.get(key)
	if err != nil {
		return 0, err
	}
	if p.body[0] == '!' {
		rt.Yield()
		panic("a page that must not be read")
	}
	for _, next := range p.next {
		q, err := s.get(next)
		if err != nil {
			return size, err
		}
		size += len(q.body)
	}
	return size + len(p.body), nil
}

// cleaned has a deferred call that waits.
//
//async:func
func cleaned(s *store, key, text string) (err error) {
	before, err := s.get(key)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			if undo := s.put(key, string(before.body)); undo != nil {
				err = errors.Join(err, undo)
			}
		}
	}()
	if err := s.put(key, text); err != nil {
		return err
	}
	for _, word := range strings.Fields(text) {
		if !strings.HasPrefix(word, "#") {
			continue
		}
		if _, err := s.get(word[1:]); err != nil {
			return fmt.Errorf("%s refers to %s: %w", key, word, err)
		}
	}
	return nil
}

// kindOf has a switch with waits in its clauses.
//
//async:func
func kindOf(s *store, key string) (string, error) {
	p, err := s.get(key)
	if err != nil {
		return "", err
	}
	switch n := len(p.next); {
	case n == 0:
		return "leaf", nil
	case n == 1 && p.next[0] == key:
		return "loop", nil
	case n == 1:
		next, err := s.get(p.next[0])
		if err != nil {
			return "broken", err
		}
		return "link to " + next.key, nil
	case n > 100:
		rt.Yield()
		fallthrough
	default:
		s.note("%s has %d links", key, n)
	}
	return "list", nil
}

// describe has a type switch.
//
//async:func
func describe(s *store, what any) (string, error) {
	text := ""
	switch x := what.(type) {
	case nil:
		return "nothing", nil
	case string:
		p, err := s.get(x)
		if err != nil {
			return "", err
		}
		text = string(p.body)
	case *page:
		text = string(x.body)
	case []string:
		for _, key := range x {
			p, err := s.get(key)
			if err != nil {
				return text, err
			}
			text += string(p.body)
		}
	default:
		return "", fmt.Errorf("%T is no page", x)
	}
	return strings.TrimSpace(text), nil
}

// both has waits within expressions.
//
//async:func
func both(s *store, a, b string) (string, error) {
	if size(s, a) == 0 || len(b) > 0 && size(s, b) == 0 {
		return "", errGone
	}
	longest := max(size(s, a), size(s, b))
	if longest > 1<<20 {
		return "", fmt.Errorf("%s and %s are too large", a, b)
	}
	known := map[string]int{a: size(s, a), b: size(s, b)}
	for key, n := range known {
		if n > longest {
			return "", fmt.Errorf("%s has grown to %d", key, n)
		}
		if n == longest {
			s.note("%s is the longest", key)
		}
	}
	return fmt.Sprint(known), nil
}

// size is a small one.
//
//async:func
func size(s *store, key string) int {
	p, err := s.get(key)
	if err != nil {
		return 0
	}
	return len(p.body)
}

// all is generic, and calls what it is given.
//
//async:func await=get
func all[K comparable, V any](keys []K, get func(K) (V, error)) (map[K]V, error) {
	found := make(map[K]V, len(keys))
	var failed []error
	for _, key := range keys {
		if _, ok := found[key]; ok {
			continue
		}
		v, err := get(key)
		if err != nil {
			failed = append(failed, fmt.Errorf("%v: %w", key, err))
			continue
		}
		found[key] = v
	}
	if len(failed) == len(keys) && len(keys) > 0 {
		return nil, errors.Join(failed...)
	}
	return found, nil
}

// sizes gives a literal that waits to another function.
//
//async:func
func sizes(s *store, keys []string) (int, error) {
	tried := 0
	found, err := all(keys, func(key string) (int, error) {
		tried++
		p, err := s.get(key)
		if err != nil {
			return 0, err
		}
		return len(p.body), nil
	})
	if err != nil {
		return 0, fmt.Errorf("after %d: %w", tried, err)
	}
	sum := 0
	for _, n := range found {
		sum += n
	}
	if sum == 0 {
		s.note("%d empty pages", len(found))
	}
	return sum, nil
}

// parallel runs tasks beside each other.
//
//async:func
func parallel(s *store, keys []string) (int, error) {
	var g rt.Group
	counts := make([]int, len(keys))
	for i, key := range keys {
		g.Go(func() error {
			p, err := s.get(key)
			if err != nil {
				return err
			}
			counts[i] = len(p.body)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum, nil
}

// first has futures as values, and verbs.
//
//async:func
func first(s *store, a, b string) (string, error) {
	h := rt.Spawn(rt.AsyncValue(func() (*page, error) { return s.get(a) }))
	n, err := rt.Timeout(time.Minute, rt.AsyncValue(func() (int, error) {
		all, err := total(s, a, b)
		if err != nil {
			s.note("no total: %v", err)
		}
		return all, err
	}))
	if err != nil {
		h.Abort()
		return "", err
	}
	p, err := rt.Await(h)
	if err != nil {
		return "", err
	}
	if n == len(p.body) {
		return p.key, nil
	}
	return fmt.Sprintf("%s %d", p.key, n), nil
}

// listen has channels.
//
//async:func
func listen(s *store, keys <-chan string, stop <-chan struct{}) (n int, err error) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case key, ok := <-keys:
			if !ok {
				return n, nil
			}
			p, err := s.get(key)
			if err != nil {
				return n, err
			}
			n += len(p.body)
		case <-tick.C:
			s.note("%d so far", n)
		case <-stop:
			rt.Yield()
			return n, io.EOF
		}
	}
}

// ranges goes over a map, a string, an integer and an iterator.
//
//async:func
func ranges(s *store, groups map[string]int, names iter.Seq[string]) (sum int) {
	for key, weight := range groups {
		sum += weight * size(s, key)
	}
	for name := range names {
		if name == "" {
			break
		}
		sum += size(s, name)
	}
	for i := range 3 {
		for _, r := range "ab" {
			if r == 'b' && i == 0 {
				continue
			}
			sum += size(s, string(r))
		}
	}
	if sum > 1000 {
		s.note("much")
	}
	return sum
}

// closed opens several things, and closes them all in the end.
//
//async:func
func closed(s *store, keys []string) (n int, err error) {
	for i, key := range keys {
		p, err := s.get(key)
		if err != nil {
			return n, err
		}
		defer func() {
			n += i
			s.note("close %s", p.key)
		}()
		if len(p.next) > 0 {
			q, err := s.get(p.next[0])
			if err != nil {
				return n, err
			}
			n += len(q.body)
		}
		n += len(p.body)
	}
	rt.Yield()
	return n, nil
}

// pages is a stream.
//
//async:stream
func pages(s *store, start string, yield func(*page) bool) error {
	key := start
	for n := 0; n < 100; n++ {
		p, err := s.get(key)
		if errors.Is(err, errGone) {
			return nil
		}
		if err != nil {
			return err
		}
		if !yield(p) {
			s.note("stopped at %s", key)
			return nil
		}
		if len(p.next) == 0 {
			break
		}
		key = p.next[0]
		if key == start {
			return io.ErrUnexpectedEOF
		}
	}
	return nil
}

// read is for a stream.
//
//async:func
func read(s *store, list rt.Stream[*page]) (string, error) {
	var b strings.Builder
	n := 0
	for p, err := range rt.Each(list) {
		if err != nil {
			return "", err
		}
		if n > 0 {
			b.WriteByte(' ')
		}
		n++
		b.Write(p.body)
		if b.Len() > 1<<10 {
			s.note("long")
			break
		}
	}
	if n == 0 {
		return "", errGone
	}
	return b.String(), nil
}

// parse does nearly all of its work without waiting.
//
//async:func
func parse(s *store, key string) (map[string]string, error) {
	p, err := s.get(key)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for i, line := range strings.Split(string(p.body), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("%s:%d: no value", key, i+1)
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("%s:%d: %s comes twice", key, i+1, name)
		}
		out[name] = value
	}
	return out, nil
}

// many keeps much over its waits.
//
//async:func
func many(s *store, a, b, c string) (string, error) {
	p, err := s.get(a)
	if err != nil {
		return "", err
	}
	q, err := s.get(b)
	if err != nil {
		return "", err
	}
	name, first := p.key, len(p.body)
	r, err := s.get(c)
	if err != nil {
		return "", err
	}
	second, third := len(q.body), len(r.body)
	if err := s.put(name, fmt.Sprint(first, second, third)); err != nil {
		return "", err
	}
	for _, x := range []*page{p, q, r} {
		if err := s.put(x.key+"'", string(x.body)); err != nil {
			return name, err
		}
	}
	return fmt.Sprintf("%s %s %s", p.key, q.key, r.key), nil
}
