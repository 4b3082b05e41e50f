package sched

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// TestDequeAgainstModel does what an owner and one thief at a time may do, in random order, and compares with a slice.
func TestDequeAgainstModel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := items(1 << 12)
	for range 40 {
		var d, thief Deque[item]
		d.word.Store(span{65500, 65500, 65500}.word()) // the indices run over
		var model []*item
		for step := range 4000 {
			switch x := &s[step]; random.IntN(8) {
			case 0, 1, 2, 3:
				if ok := d.Push(x); ok != (len(model) < Cap) {
					t.Fatalf("Push of %d gives %v", len(model), ok)
				} else if ok {
					model = append(model, x)
				}
			case 4:
				got := d.Pop()
				if len(model) == 0 {
					if got != nil {
						t.Fatal("Pop of nothing")
					}
				} else if model, x = model[:len(model)-1], model[len(model)-1]; got != x {
					t.Fatal("Pop gives another one than the newest")
				}
			case 5:
				got := d.PopFirst()
				if len(model) == 0 {
					if got != nil {
						t.Fatal("PopFirst of nothing")
					}
				} else if x, model = model[0], model[1:]; got != x {
					t.Fatal("PopFirst gives another one than the oldest")
				}
			case 6:
				n := len(model) - len(model)/2
				got := d.Steal(&thief)
				for i := range n {
					if i > 0 {
						got = thief.PopFirst()
					}
					if got != model[i] {
						t.Fatalf("%d of %d that were stolen is another one", i, n)
					}
				}
				if n == 0 && got != nil || thief.Len() != 0 {
					t.Fatal("more stolen than there was")
				}
				model = model[n:]
			case 7:
				var out [32]*item
				if ok := d.Shed(out[:]); ok != (len(model) >= len(out)) {
					t.Fatalf("Shed of %d gives %v", len(model), ok)
				} else if ok {
					if !slices.Equal(out[:], model[:len(out)]) {
						t.Fatal("Shed gives others than the oldest")
					}
					model = model[len(out):]
				}
			}
			if d.Len() != len(model) {
				t.Fatalf("%d are there, want %d", d.Len(), len(model))
			}
		}
		var out [Cap / 2]*item
		for len(model) > 0 {
			n := d.Grab(&out)
			if n != len(model)-len(model)/2 || !slices.Equal(out[:n], model[:n]) {
				t.Fatalf("Grab gives %d of %d", n, len(model))
			}
			model = model[n:]
		}
		for i, x := range d.slots {
			if x != nil {
				t.Fatalf("slot %d keeps what was taken", i)
			}
		}
	}
}

// The slots that a slow thief copies are not free, and nobody else takes what is in them.
func TestDequeSlowThief(t *testing.T) {
	var d, thief Deque[item]
	s := items(2 * Cap)
	for i := range Cap {
		d.Push(&s[i])
	}
	from, n := d.reserve()
	if from != 0 || n != Cap/2 {
		t.Fatal("reserved", from, n)
	}
	var out [Cap / 2]*item
	if d.Push(&s[Cap]) || d.Shed(out[:1]) || d.Grab(&out) != 0 || d.Steal(&thief) != nil {
		t.Error("somebody was let in beside the thief")
	}
	if x := d.PopFirst(); x != &s[Cap/2] {
		t.Error("PopFirst beside a thief")
	}
	for i := Cap - 1; i > Cap/2; i-- {
		if x := d.Pop(); x != &s[i] {
			t.Error("Pop beside a thief")
		}
	}
	if d.Pop() != nil || d.PopFirst() != nil || d.Len() != 0 {
		t.Error("what the thief has taken was taken again")
	}
	for i := range Cap/2 - 1 { // the slots that the owner has emptied at the end
		if !d.Push(&s[Cap+i]) {
			t.Fatalf("no room for %d beside a thief", i)
		}
	}
	if d.Push(&s[0]) {
		t.Error("pushed over what the thief copies")
	}
	if d.slots[0] != &s[0] || d.slots[Cap/2-1] != &s[Cap/2-1] {
		t.Error("what the thief copies was changed")
	}
	// Its own queue has too little room while it is robbed.
	if thief.Push(&s[0]); thief.Steal(&d) != nil {
		t.Error("stole over what a thief copies")
	}
	for i := range n {
		d.takeSlot(from + i)
	}
	d.release()
	if !d.Push(&s[1]) {
		t.Error("the slots were not given back")
	}
}

// Every element is taken exactly once, by the owner from both ends, by eight thieves, and by who has no queue.
func TestDequeExactlyOnce(t *testing.T) {
	total := 100_000
	if testing.Short() {
		total = 20_000
	}
	s := items(total)
	var d Deque[item]
	var taken atomic.Int64
	take := func(x *item) {
		if x.seen.Add(1) != 1 {
			t.Errorf("%d taken twice", x.n)
		}
		taken.Add(1)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			var mine Deque[item]
			for taken.Load() < int64(total) {
				var out [Cap / 2]*item
				if i == 0 {
					for _, x := range out[:d.Grab(&out)] {
						take(x)
					}
				} else if x := d.Steal(&mine); x != nil {
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
		for !d.Push(&s[i]) {
			if d.Shed(out[:]) {
				for _, x := range out {
					take(x)
				}
			}
		}
		var x *item
		switch i % 5 {
		case 0:
			x = d.Pop()
		case 1:
			x = d.PopFirst()
		}
		if x != nil {
			take(x)
		}
	}
	for x := d.Pop(); x != nil; x = d.Pop() {
		take(x)
	}
	wg.Wait()
}

func TestPushAll(t *testing.T) {
	var r Ring[item]
	s := items(Cap)
	list := make([]*item, len(s))
	for i := range s {
		list[i] = &s[i]
	}
	r.PushAll(list[:100])
	for i := range 50 {
		if r.Pop() != list[i] {
			t.Fatal("order")
		}
	}
	r.PushAll(list[100:])
	for i := 50; i < Cap; i++ {
		if x := r.Pop(); x != list[i] {
			t.Fatalf("got %v at %d", x, i)
		}
	}
	if r.Pop() != nil {
		t.Error("more than was pushed")
	}
}
