package main

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
)

// TestDictScan checks the promise of SCAN: a walk sees what is there all the time, whatever comes and goes meanwhile.
func TestDictScan(t *testing.T) {
	rnd := rand.New(rand.NewPCG(*seed, 3))
	t.Logf("-seed %d", *seed)
	for range 100 {
		var d dict[int]
		key := func() []byte { return fmt.Append(nil, rnd.IntN(60)) }
		for range rnd.IntN(80) {
			d.put(key())
		}
		stays := map[string]bool{}
		for _, it := range d.entries {
			stays[it.key] = true
		}
		seen := map[string]bool{}
		for cursor := uint64(0); ; {
			if cursor = d.scan(cursor, 1+rnd.IntN(5), func(it *item[int]) { seen[it.key] = true }); cursor == 0 {
				break
			}
			for range rnd.IntN(4) {
				if k := key(); rnd.IntN(2) == 0 {
					d.put(k)
				} else if d.del(k) {
					delete(stays, string(k))
				}
			}
		}
		for k := range stays {
			if !seen[k] {
				t.Fatalf("%s was not seen", k)
			}
		}
		for i, it := range d.entries {
			if it.at != i || d.get([]byte(it.key)) != it {
				t.Fatalf("%s is not where it says", it.key)
			}
		}
	}
}

// TestZset compares a sorted set with a sorted slice.
func TestZset(t *testing.T) {
	rnd := rand.New(rand.NewPCG(*seed, 4))
	t.Logf("-seed %d", *seed)
	var z zset
	var want []member
	for range 5000 {
		name := fmt.Sprint(rnd.IntN(200))
		i := slices.IndexFunc(want, func(m member) bool { return m.name == name })
		if i >= 0 {
			want = slices.Delete(want, i, i+1)
		}
		if rnd.IntN(3) == 0 {
			if z.drop([]byte(name)) != (i >= 0) {
				t.Fatalf("%s was there: %v", name, i >= 0)
			}
			continue
		}
		m := member{name, float64(rnd.IntN(20))}
		z.set([]byte(name), m.score)
		at, _ := slices.BinarySearchFunc(want, m, func(a, b member) int {
			if a.before(b) {
				return -1
			}
			return 1
		})
		want = slices.Insert(want, at, m)
		if got := z.order.count(func(o member) bool { return o.before(m) }); got != at {
			t.Fatalf("%v has the place %d, want %d", m, got, at)
		}
		from := rnd.IntN(len(want))
		to := from + rnd.IntN(len(want)-from+1)
		if got := z.slice(from, to, false); !slices.Equal(got, want[from:to]) {
			t.Fatalf("%d to %d: got %v, want %v", from, to, got, want[from:to])
		}
	}
	if got := z.slice(0, z.len(), false); !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestList compares a list with a slice.
func TestList(t *testing.T) {
	rnd := rand.New(rand.NewPCG(*seed, 5))
	t.Logf("-seed %d", *seed)
	var l list
	var want []string
	for range 5000 {
		s := fmt.Sprint(rnd.IntN(5))
		switch i := rnd.IntN(len(want) + 1); rnd.IntN(9) {
		case 0, 1, 2:
			l.push(true, s)
			want = slices.Insert(want, 0, s)
		case 3, 4:
			l.push(false, s)
			want = append(want, s)
		case 5:
			l.insert(i, s)
			want = slices.Insert(want, i, s)
		case 6:
			if len(want) > 40 {
				l.keep(true, func(_ int, have string) bool { return have != s })
				want = slices.DeleteFunc(want, func(have string) bool { return have == s })
			}
		default:
			if left := rnd.IntN(2) == 0; len(want) > 0 && l.pop(left) != "" {
				want = map[bool][]string{true: want[1:], false: want[:len(want)-1]}[left]
			}
		}
		var got []string
		for i := range l.len() {
			got = append(got, l.at(i))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"a*c", "abbc", true}, {"a*c", "abb", false},
		{"a?c", "abc", true}, {"?", "", false}, {"[a-c]x", "bx", true}, {"[c-a]x", "bx", true}, {"[^a]", "a", false},
		{"[^a]", "b", true}, {`\*`, "*", true}, {`\*`, "a", false}, {`[\]]`, "]", true}, {"[ab", "a", true}, {"[", "a", false},
		{"**a**", "bab", true}, {"*a*b*c*", "xxaxxbxxc", true}, {"*a*b*c*", "xxaxxcxxb", false}, {`a\`, `a\`, true},
	} {
		if got := match(c.pattern, c.s); got != c.want {
			t.Errorf("match(%q, %q) is %v", c.pattern, c.s, got)
		}
	}
	rnd := rand.New(rand.NewPCG(*seed, 6))
	for range 2000 {
		var p, s strings.Builder
		for range rnd.IntN(6) {
			p.WriteByte("ab*?"[rnd.IntN(4)])
		}
		for range rnd.IntN(6) {
			s.WriteByte("ab"[rnd.IntN(2)])
		}
		if want, _ := path.Match(p.String(), s.String()); match(p.String(), s.String()) != want {
			t.Errorf("match(%q, %q) is not %v", p.String(), s.String(), want)
		}
	}
}

func TestParseInt(t *testing.T) {
	for s, want := range map[string]int64{"0": 0, "-1": -1, "10": 10, "9223372036854775807": 1<<63 - 1, "-9223372036854775808": -1 << 63} {
		if got, ok := parseInt([]byte(s)); !ok || got != want {
			t.Errorf("%s: got %d, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "-", "-0", "00", "01", "+1", " 1", "1 ", "x", "9223372036854775808", "-9223372036854775809", "99999999999999999999"} {
		if got, ok := parseInt([]byte(s)); ok {
			t.Errorf("%q: got %d", s, got)
		}
	}
}
