package task

import (
	"math/rand/v2"
	"testing"
)

// TestShardAgainstModel adds and removes tasks in random order: each comes by once, and blocks go when they are empty.
func TestShardAgainstModel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var s shard
	var in, hid []*Task
	take := func(list *[]*Task) *Task {
		i, last := random.IntN(len(*list)), len(*list)-1
		x := (*list)[i]
		(*list)[i] = (*list)[last]
		*list = (*list)[:last]
		return x
	}
	check := func() {
		t.Helper()
		seen := map[*Task]bool{}
		s.each(func(x *Task) {
			if seen[x] {
				t.Fatal("a task came by twice")
			}
			seen[x] = true
		})
		for _, x := range in {
			if !seen[x] {
				t.Fatal("a task is not listed")
			}
		}
		if len(seen) != len(in) || s.N != len(in) {
			t.Fatalf("%d are listed, %d counted, want %d", len(seen), s.N, len(in))
		}
		for _, b := range s.blocks {
			if b != nil && b.n == 0 {
				t.Fatal("an empty block stays")
			}
		}
	}
	for _, most := range []int{3 * blockRoom, blockRoom + 1, 20 * blockRoom, 1, 0} {
		for step := 0; step < 3000 || len(in) > most; step++ {
			switch n := random.IntN(10); {
			case n == 0 && len(in) > 0:
				x := take(&in)
				s.take(x.Index)
				x.Index = hidden
				hid = append(hid, x)
			case n == 1 && len(hid) > 0:
				x := take(&hid)
				x.Index = s.put(x)
				in = append(in, x)
			case n == 2 && len(hid) > 0:
				s.remove(take(&hid))
			case n < 7 && len(in) < most:
				for range 1 + most/3000 {
					x := new(Task)
					s.add(x)
					in = append(in, x)
				}
			case len(in) > 0:
				s.remove(take(&in))
			}
			if step%500 == 0 {
				check()
			}
		}
		check()
	}
	if len(s.blocks) > 1 {
		t.Errorf("%d blocks of nothing stay", len(s.blocks))
	}
}
