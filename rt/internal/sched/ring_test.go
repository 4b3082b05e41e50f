package sched

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

type item struct {
	n    int
	seen atomic.Int32
}

func items(n int) []item {
	s := make([]item, n)
	for i := range s {
		s[i].n = i
	}
	return s
}

func TestRingIsFIFOAndBounded(t *testing.T) {
	var r Ring[item]
	s := items(Cap + 1)
	for round := range 3 {
		for i := range Cap {
			if !r.Push(&s[i]) {
				t.Fatalf("round %d: no room for %d", round, i)
			}
		}
		if r.Push(&s[Cap]) || r.Free() != 0 || r.Len() != Cap {
			t.Fatal("more than Cap")
		}
		for i := range Cap {
			if x := r.Pop(); x != &s[i] {
				t.Fatalf("round %d: got %v at %d", round, x, i)
			}
		}
		if r.Pop() != nil || r.Free() != Cap {
			t.Fatal("not empty")
		}
	}
}

// A6 82: the overflow moves half, in order.
func TestA6_82_ShedKeepsOrder(t *testing.T) {
	var r Ring[item]
	s := items(Cap)
	for i := range s {
		r.Push(&s[i])
	}
	var out [Cap / 2]*item
	if !r.Shed(&out) {
		t.Fatal("nothing shed")
	}
	for i := range out {
		if out[i] != &s[i] {
			t.Fatalf("out[%d] = %d", i, out[i].n)
		}
	}
	for i := Cap / 2; i < Cap; i++ {
		if x := r.Pop(); x != &s[i] {
			t.Fatalf("left: got %v at %d", x, i)
		}
	}
}

// A6 83: about half is stolen, and the order is kept.
func TestA6_83_StealTakesHalf(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 7, 100, Cap} {
		var r, thief Ring[item]
		s := items(n)
		for i := range s {
			r.Push(&s[i])
		}
		x := r.Steal(&thief)
		got := thief.Len()
		if x != nil {
			got++
		}
		if got != n-n/2 || r.Len() != n/2 {
			t.Errorf("of %d stolen %d, left %d", n, got, r.Len())
		}
		if n > 2 && (thief.Pop() != &s[0] || x != &s[got-1] || r.Pop() != &s[got]) {
			t.Errorf("of %d: order", n)
		}
	}
}

// A slow thief holds the slots it copies: the owner may pop, but must not fill
// over them. We stop in the middle of a theft by reserving as Steal does.
func TestSlowThiefKeepsItsSlots(t *testing.T) {
	var r, thief Ring[item]
	s := items(Cap + 1)
	for i := range Cap {
		r.Push(&s[i])
	}
	r.head.Store(pack(0, Cap/2)) // a thief has reserved half
	if r.Free() != 0 || r.Push(&s[Cap]) {
		t.Error("room where the thief copies")
	}
	var out [Cap / 2]*item
	if r.Shed(&out) {
		t.Error("shed beside a thief")
	}
	if r.Steal(&thief) != nil {
		t.Error("two thieves at once")
	}
	for range Cap / 2 {
		r.Pop()
	}
	if r.Free() != 0 || r.slots[0] != &s[0] {
		t.Error("a slot was given up under the thief")
	}
	r.head.Store(pack(Cap, Cap)) // it is through
	if r.Free() != Cap {
		t.Error("the slots were not given back")
	}
	// The owner of a ring that is being robbed must not steal into it.
	var rich Ring[item]
	for i := range 4 {
		rich.Push(&s[i])
	}
	r.head.Store(pack(0, Cap/2+1))
	r.tail.Store(Cap/2 + 1)
	if rich.Steal(&r) != nil {
		t.Error("stole over what a thief copies")
	}
}

// A6 83: every element is taken exactly once by the owner and eight thieves.
func TestA6_83_ExactlyOnce(t *testing.T) {
	total := 400_000
	if testing.Short() {
		total = 40_000
	}
	s := items(total)
	var r Ring[item]
	var taken atomic.Int64
	take := func(x *item) {
		if x.seen.Add(1) != 1 {
			t.Errorf("%d taken twice", x.n)
		}
		taken.Add(1)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var mine Ring[item]
			for taken.Load() < int64(total) {
				if x := r.Steal(&mine); x != nil {
					take(x)
					for x := mine.Pop(); x != nil; x = mine.Pop() {
						take(x)
					}
					continue
				}
				runtime.Gosched()
			}
		})
	}
	var out [Cap / 2]*item
	for i := range s {
		for !r.Push(&s[i]) {
			if r.Shed(&out) {
				for _, x := range out {
					take(x)
				}
			}
		}
		if i%3 == 0 {
			if x := r.Pop(); x != nil {
				take(x)
			}
		}
	}
	for x := r.Pop(); x != nil; x = r.Pop() {
		take(x)
	}
	wg.Wait()
}
