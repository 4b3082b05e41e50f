package sched

import (
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// TestInjectorAgainstModel compares the injector with a slice.
func TestInjectorAgainstModel(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 0))
		var q Injector[int]
		var model []*int
		var pushed, popped uint64
		add := func(n int) {
			xs := make([]*int, n)
			for i := range xs {
				xs[i] = new(int)
			}
			model = append(model, xs...)
			if pushed += uint64(n); q.Push(xs...) != pushed {
				t.Fatalf("seed %d: Push does not count", seed)
			}
		}
		for range 2000 {
			switch r.IntN(4) {
			case 0:
				add(1)
			case 1:
				add(r.IntN(300))
			default:
				var ring Ring[int]
				for range r.IntN(Cap) {
					ring.Push(new(int))
				}
				room, there := ring.Free(), ring.Len()
				extra, parts := r.IntN(Cap), 1+r.IntN(4)
				x := q.Pop(&ring, extra, parts)
				if len(model) == 0 {
					if x != nil || ring.Len() != there {
						t.Fatalf("seed %d: Pop gives what is not there", seed)
					}
					continue
				}
				moved := min(extra, room, (len(model)-1)/parts)
				for range there {
					ring.Pop()
				}
				got := []*int{x}
				for y := ring.Pop(); y != nil; y = ring.Pop() {
					got = append(got, y)
				}
				if !slices.Equal(got, model[:1+moved]) {
					t.Fatalf("seed %d: Pop gives %d, want the first %d", seed, len(got), 1+moved)
				}
				model = model[1+moved:]
				popped += uint64(1 + moved)
			}
			if q.Len() != len(model) {
				t.Fatalf("seed %d: %d elements, want %d", seed, q.Len(), len(model))
			}
			if !q.Passed(popped) || q.Passed(popped+1) {
				t.Fatalf("seed %d: Passed is wrong beside %d", seed, popped)
			}
		}
	}
}

// TestInjectorKeepsNothing: what was taken out is not reachable, and empty batches are kept up to a number.
func TestInjectorKeepsNothing(t *testing.T) {
	var q Injector[int]
	for range 200 * 124 {
		q.Push(new(int))
	}
	var ring Ring[int]
	for q.Pop(&ring, 0, 1) != nil {
	}
	n := 0
	for b := q.spare; b != nil; b = b.next {
		n++
		for _, x := range b.all {
			if x != nil {
				t.Fatal("an empty batch keeps an element")
			}
		}
	}
	if n != maxEmpty || q.spares != n || q.first != nil || q.last != nil {
		t.Errorf("%d empty batches are kept, and %d counted, want %d", n, q.spares, maxEmpty)
	}
}

// TestInjectorExactlyOnce has several who push and several who take. Each element comes out once, and those of who has
// pushed them in their order.
func TestInjectorExactlyOnce(t *testing.T) {
	const producers, each = 4, 20_000
	type element struct{ by, n int }
	var q Injector[element]
	var wg sync.WaitGroup
	var taken atomic.Int64
	for p := range producers {
		wg.Go(func() {
			for n := 0; n < each; {
				var some []*element
				for range min(1+n%7, each-n) {
					some = append(some, &element{p, n})
					n++
				}
				q.Push(some...)
			}
		})
	}
	var seen [producers][each]atomic.Int32
	for range 2 {
		wg.Go(func() {
			var ring Ring[element]
			last := [producers]int{-1, -1, -1, -1}
			got := func(x *element) {
				if x.n <= last[x.by] {
					t.Errorf("%d of %d comes after %d", x.n, x.by, last[x.by])
				}
				last[x.by] = x.n
				seen[x.by][x.n].Add(1)
				taken.Add(1)
			}
			for taken.Load() < producers*each {
				if x := q.Pop(&ring, Cap/2, 2); x != nil {
					got(x)
				}
				for x := ring.Pop(); x != nil; x = ring.Pop() {
					got(x)
				}
			}
		})
	}
	wg.Wait()
	for p := range seen {
		for n := range seen[p] {
			if c := seen[p][n].Load(); c != 1 {
				t.Fatalf("%d of %d was taken %d times", n, p, c)
			}
		}
	}
}
