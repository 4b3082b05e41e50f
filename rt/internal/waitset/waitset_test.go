package waitset

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func never(int) bool { return false }

func TestOrderIsThatOfAdding(t *testing.T) {
	for _, n := range []int{1, few, few + 1, 1000} {
		var s Set[int]
		for i := 1; i <= n; i++ {
			s.Add(i, never)
			s.Add(i, never) // twice is once
		}
		if s.Remove(n + 1) {
			t.Errorf("%d: removed what was not there", n)
		}
		var want []int
		for i := 1; i <= n; i++ {
			if i%3 != 0 {
				want = append(want, i)
			} else if !s.Remove(i) {
				t.Errorf("%d: %d was not there", n, i)
			}
		}
		if s.Len() != len(want) {
			t.Errorf("%d: Len is %d, not %d", n, s.Len(), len(want))
		}
		if got := s.Take(); !slices.Equal(got, want) {
			t.Errorf("%d: got %v", n, got)
		}
		if s.Len() != 0 || len(s.Take()) != 0 {
			t.Errorf("%d: not empty after Take", n)
		}
	}
}

func TestWhatHasEndedIsDropped(t *testing.T) {
	var s Set[int]
	for i := 1; i <= 10_000; i++ {
		s.Add(i, func(x int) bool { return x < i-3 })
	}
	if s.Len() > 32 {
		t.Errorf("%d are kept of 4 that have not ended", s.Len())
	}
}

// TestAddingIsConstant counts the elements that are looked at: each call of ended is one.
func TestAddingIsConstant(t *testing.T) {
	for _, n := range []int{1000, 10_000, 100_000} {
		var s Set[int]
		steps := 0
		for i := 1; i <= n; i++ {
			s.Add(i, func(int) bool { steps++; return false })
		}
		if steps > 4*n {
			t.Errorf("adding %d elements looks at %d", n, steps)
		}
		steps = 0
		for i := 1; i <= n; i++ { // a full set whose elements come and go
			s.Remove(i)
			s.Add(-i, func(int) bool { steps++; return false })
		}
		if steps > 4*n {
			t.Errorf("replacing %d elements looks at %d", n, steps)
		}
	}
}

func TestRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var s Set[int]
	var model []int
	for range 20_000 {
		x := 1 + rng.IntN(30)
		at := slices.Index(model, x)
		switch rng.IntN(20) {
		case 0:
			if got := s.Take(); !slices.Equal(got, model) {
				t.Fatalf("got %v, want %v", got, model)
			}
			model = nil
		case 1, 2, 3, 4, 5, 6:
			if s.Remove(x) != (at >= 0) {
				t.Fatalf("Remove(%d) with %v", x, model)
			}
			if at >= 0 {
				model = slices.Delete(model, at, at+1)
			}
		default:
			s.Add(x, never)
			if at < 0 {
				model = append(model, x)
			}
		}
		if s.Len() != len(model) {
			t.Fatalf("Len is %d, want %d", s.Len(), len(model))
		}
	}
}
