package kinds

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
)

// shelf is a store with a few pages.
func shelf() *store {
	s := &store{pages: map[string]*page{}, hits: map[string]int{}}
	for key, text := range map[string]string{
		"a": "one #b #c", "b": "two #a", "c": "", "d": "k = v\n# no\nx=y", "e": "!", "-f": "hidden", "g": "to #g", "h": "to #z",
	} {
		p := &page{key: key, body: []byte(text)}
		for _, word := range strings.Fields(text) {
			if strings.HasPrefix(word, "#") && len(word) > 1 {
				p.next = append(p.next, word[1:])
			}
		}
		s.pages[key] = p
	}
	return s
}

// run awaits f on a worker, as text.
func run[T any](f rt.Future[T]) string {
	v, err := rt.BlockOn(rt.Spawn(f))
	return said(v, err)
}

// said is the results of a function as text.
func said(v any, err error) string {
	if p, ok := v.(*page); ok && p != nil {
		v = *p
	}
	text := fmt.Sprint(v, err)
	if before, _, ok := strings.Cut(text, " after "); ok { // a time
		return before
	}
	return text
}

// TestKinds compares the two forms of each function.
func TestKinds(t *testing.T) {
	void := func(err error) string { return said(struct{}{}, err) }
	keys := []string{"a", "b", "d", "a"}
	channel := func() (<-chan string, <-chan struct{}) {
		c := make(chan string, len(keys))
		for _, k := range keys {
			c <- k
		}
		close(c)
		return c, nil
	}
	for name, f := range map[string]func(s *store) (blocking, async string){
		"get":      func(s *store) (string, string) { return said(s.get("a")), run(s.getAsync("a")) },
		"hidden":   func(s *store) (string, string) { return said(s.get("-f")), run(s.getAsync("-f")) },
		"put":      func(s *store) (string, string) { return void(s.put("c", "x #a")), run(shelf().putAsync("c", "x #a")) },
		"total":    func(s *store) (string, string) { return said(total(s, keys...)), run(totalAsync(s, keys...)) },
		"missing":  func(s *store) (string, string) { return said(total(s, "y", "z")), run(totalAsync(s, "y", "z")) },
		"walk":     func(s *store) (string, string) { return said(walk(s, "a", 9)), run(walkAsync(s, "a", 9)) },
		"retry":    func(s *store) (string, string) { return said(retry(s, "z", 3)), run(retryAsync(s, "z", 3)) },
		"guarded":  func(s *store) (string, string) { return said(guarded(s, "e")), run(guardedAsync(s, "e")) },
		"cleaned":  func(s *store) (string, string) { return void(cleaned(s, "b", "#z")), run(cleanedAsync(s, "b", "#z")) },
		"kindOf":   func(s *store) (string, string) { return said(kindOf(s, "h")), run(kindOfAsync(s, "h")) },
		"describe": func(s *store) (string, string) { return said(describe(s, keys)), run(describeAsync(s, keys)) },
		"both":     func(s *store) (string, string) { return said(both(s, "a", "b")), run(bothAsync(s, "a", "b")) },
		"sizes":    func(s *store) (string, string) { return said(sizes(s, keys)), run(sizesAsync(s, keys)) },
		"parallel": func(s *store) (string, string) { return said(parallel(s, keys)), run(parallelAsync(s, keys)) },
		"first":    func(s *store) (string, string) { return said(first(s, "a", "b")), run(firstAsync(s, "a", "b")) },
		"listen": func(s *store) (string, string) {
			c, stop := channel()
			c2, _ := channel()
			return said(listen(s, c, stop)), run(listenAsync(s, c2, stop))
		},
		"ranges": func(s *store) (string, string) {
			weights := map[string]int{"a": 2, "b": 3}
			return said(ranges(s, weights, slices.Values(keys)), nil), run(rangesAsync(s, weights, slices.Values(keys)))
		},
		"closed": func(s *store) (string, string) { return said(closed(s, keys)), run(closedAsync(s, keys)) },
		"read": func(s *store) (string, string) {
			return said(read(s, pagesStream(s, "a"))), run(readAsync(s, pagesStream(s, "a")))
		},
		"parse": func(s *store) (string, string) { return said(parse(s, "d")), run(parseAsync(s, "d")) },
		"many":  func(s *store) (string, string) { return said(many(s, "a", "b", "d")), run(manyAsync(s, "a", "b", "d")) },
	} {
		if blocking, async := f(shelf()); blocking != async {
			t.Errorf("%s: the blocking form gives %s, the async form %s", name, blocking, async)
		}
	}
}

// TestKindsOfEnds looks at results that both forms could get wrong.
func TestKindsOfEnds(t *testing.T) {
	s := shelf()
	if _, err := rt.BlockOn(rt.Spawn(guardedAsync(s, "e"))); err == nil || !strings.Contains(err.Error(), "must not be read") {
		t.Errorf("guarded gives %v", err)
	}
	if _, err := rt.BlockOn(rt.Spawn(cleanedAsync(s, "b", "new #z"))); !errors.Is(err, errGone) || string(s.pages["b"].body) != "two #a" {
		t.Errorf("cleaned gives %v, and leaves %q", err, s.pages["b"].body)
	}
	if m, err := rt.BlockOn(rt.Spawn(parseAsync(s, "d"))); err != nil || !maps.Equal(m, map[string]string{"k": "v", "x": "y"}) {
		t.Errorf("parse gives %v, %v", m, err)
	}
}
