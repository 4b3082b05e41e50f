package timer

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

type timer struct {
	Entry[timer]
	spot  uint32 // in place of Entry, if inner
	inner bool
	when  int64
	fired int64 // the tick, -1: not yet
}

func newTimer(w *Wheel[timer], when int64) *timer {
	t := &timer{when: when, fired: -1}
	t.Who = t
	w.Insert(&t.Entry, when)
	return t
}

// newInner is newTimer for a timer without an Entry.
func newInner(w *Wheel[timer], when int64) *timer {
	t := &timer{when: when, fired: -1, inner: true}
	w.InsertInner(&t.spot, when)
	return t
}

// newEither is one or the other.
func newEither(w *Wheel[timer], when int64, inner bool) *timer {
	if inner {
		return newInner(w, when)
	}
	return newTimer(w, when)
}

func (t *timer) armed() bool { return t.Armed() || Spot(t.spot).Inner() }

// remove is Remove or RemoveInner.
func (t *timer) remove(w *Wheel[timer]) bool {
	if !t.inner {
		return w.Remove(&t.Entry)
	}
	when, ok := w.RemoveInner(&t.spot)
	return ok && when == t.when
}

func newWheel(now int64) *Wheel[timer] {
	w := new(Wheel[timer])
	w.Init(1, now, unsafe.Offsetof(timer{}.spot))
	return w
}

// run advances to now as a worker does, from one Next to the other, and gives what fires, in order.
func run(t *testing.T, w *Wheel[timer], now int64) (fired []*timer) {
	t.Helper()
	for {
		tick, ok := w.Next()
		if !ok || tick > now {
			tick = now
		}
		for more := true; more; {
			var due []*timer
			most := 1 + len(fired)%(2*blockLen)
			due, more = w.Advance(tick, most, nil)
			for _, x := range due {
				if x.fired >= 0 || x.armed() {
					t.Fatalf("timer of %d fired twice", x.when)
				}
				x.fired = tick
				fired = append(fired, x)
			}
		}
		if tick == now {
			return fired
		}
	}
}

func TestA7_91_ExactAtSlotAndLevelBorders(t *testing.T) {
	const day = 24 * 3600 * 1000
	ticks := []int64{1, 2, 63, 64, 65, 127, 128, 4095, 4096, 4097, 262143, 262144, 262145, 3600 * 1000, 30 * day, 400 * day}
	for _, start := range []int64{0, 1, 63, 64, 4095, 1 << 20, 1<<36 - 1} {
		for _, d := range ticks {
			w := newWheel(start)
			x := newTimer(w, start+d)
			if got := run(t, w, start+d-1); len(got) != 0 {
				t.Fatalf("start %d, %d ticks: early", start, d)
			}
			if run(t, w, start+d); x.fired != start+d {
				t.Errorf("start %d, %d ticks: fired at %d", start, d, x.fired)
			}
			if w.Count() != 0 {
				t.Errorf("count %d", w.Count())
			}
		}
	}
}

func TestA7_93_BeyondTheWheel(t *testing.T) {
	for _, when := range []int64{farthest, farthest + 1, 1 << 36, 1<<36 + 1, 1 << 40, 1<<42 + 77} {
		w := newWheel(5)
		x := newTimer(w, when)
		run(t, w, when-1)
		if x.fired >= 0 {
			t.Errorf("%d: early, at %d", when, x.fired)
		}
		if run(t, w, when); x.fired != when {
			t.Errorf("%d: fired at %d", when, x.fired)
		}
	}
	w := newWheel(5)
	x := newTimer(w, math.MaxInt64/1000)
	if run(t, w, 1<<41); x.fired >= 0 {
		t.Error("a timer at the end of time has fired")
	}
}

func TestA7_94_Order(t *testing.T) {
	w := newWheel(0)
	var want []*timer
	for _, when := range []int64{300, 5, 70, 5, 300, 64, 5} {
		want = append(want, newTimer(w, when))
	}
	for range 1000 { // several blocks of one slot
		want = append(want, newTimer(w, 9))
	}
	slices.SortStableFunc(want, func(a, b *timer) int { return int(a.when - b.when) })
	if got := run(t, w, 1000); !slices.Equal(got, want) {
		t.Error("not in the order of ticks, and of insertion within one")
	}
}

func TestInsertInThePastFiresAtTheNextTick(t *testing.T) {
	w := newWheel(100)
	x := newTimer(w, 7)
	if run(t, w, 101); x.fired != 101 {
		t.Error(x.fired)
	}
}

// A timer that is removed between two calls of Advance, of the slot that is firing, does not fire.
func TestA7_97_RemoveWhileFiring(t *testing.T) {
	w := newWheel(0)
	var all []*timer
	for i := range 3 * blockLen {
		all = append(all, newEither(w, 10, i%3 == 0))
	}
	due, more := w.Advance(10, 50, nil)
	if len(due) != 50 || !more {
		t.Fatal(len(due), more)
	}
	if next := all[50]; !next.remove(w) { // the next one of the block that is firing
		t.Error("cannot be removed")
	}
	if due, more = w.Advance(10, blockLen, due); len(due) != blockLen-1 || !more {
		t.Fatal(len(due), more)
	}
	last := all[len(all)-1]
	if !last.remove(w) || last.remove(w) || all[0].remove(w) {
		t.Error("Remove does not report whether it was armed")
	}
	if tick, ok := w.Next(); !ok || tick != 10 {
		t.Error("Next does not see what is still to fire")
	}
	for more {
		due, more = w.Advance(10, blockLen, due)
	}
	if len(due) != len(all)-2 || slices.Contains(due, last) || w.Count() != 0 {
		t.Error(len(due), w.Count())
	}
}

// TestModel compares the wheel with a list, under random insertions, removals and steps of time.
func TestClear(t *testing.T) {
	w := newWheel(1000)
	var left []*timer
	for i := range 1000 {
		left = append(left, newEither(w, 1001+int64(i)*37%5000, i%2 == 0))
	}
	left[7].remove(w)
	left = append(left[:7], left[8:]...)
	due, more := w.Advance(3000, 40, nil) // stops in the middle of a slot
	for more && len(due) < 200 {
		due, more = w.Advance(3000, 3, due)
	}
	fired := map[*timer]bool{}
	for _, x := range due {
		fired[x] = true
	}
	for _, x := range w.Clear(nil) {
		if fired[x] {
			t.Fatal("a timer is given twice")
		}
		fired[x] = true
	}
	if len(fired) != len(left) || w.Count() != 0 {
		t.Fatalf("%d of %d timers are given, %d are left", len(fired), len(left), w.Count())
	}
	for _, x := range left {
		if x.armed() || x.remove(w) {
			t.Fatal("a timer is still armed")
		}
	}
	newTimer(w, 4000)
	if _, ok := w.Next(); !ok || w.Count() != 1 {
		t.Error("the wheel cannot be used again")
	}
}

func TestModel(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		w := newWheel(r.Int64N(1 << 20))
		now := w.now
		armed := map[*timer]bool{}
		var list []*timer
		for range 3000 {
			switch n := r.IntN(10); {
			case n < 6:
				x := newEither(w, now+1+r.Int64N(int64(1)<<r.IntN(26)), r.IntN(2) == 0)
				armed[x] = true
				list = append(list, x)
			case n < 8 && len(list) > 0:
				x := list[r.IntN(len(list))]
				if x.remove(w) != armed[x] {
					t.Fatalf("seed %d: Remove", seed)
				}
				delete(armed, x)
			default:
				now += r.Int64N(int64(1) << r.IntN(20))
				for _, x := range run(t, w, now) {
					if !armed[x] || x.fired != x.when {
						t.Fatalf("seed %d: timer of %d fired at %d", seed, x.when, x.fired)
					}
					delete(armed, x)
				}
				for x := range armed {
					if x.when <= now {
						t.Fatalf("seed %d: timer of %d has not fired at %d", seed, x.when, now)
					}
				}
			}
			inners := map[*timer]bool{}
			for x := range armed {
				if x.inner {
					inners[x] = true
				}
			}
			for _, x := range w.InInner(nil) {
				if !inners[x] {
					t.Fatalf("seed %d: InInner gives one that is not armed, or twice", seed)
				}
				delete(inners, x)
			}
			if len(inners) > 0 || w.Inners() != len(w.InInner(nil)) {
				t.Fatalf("seed %d: InInner misses %d of %d", seed, len(inners), w.Inners())
			}
			if w.Count() != len(armed) {
				t.Fatalf("seed %d: count %d, want %d", seed, w.Count(), len(armed))
			}
		}
	}
}

func TestA7_96_NothingIsKept(t *testing.T) {
	w := newWheel(0)
	var all []*timer
	for i := range 1000 {
		all = append(all, newEither(w, int64(1+i%70), i%3 == 0))
	}
	for i, x := range all {
		if i%2 == 0 {
			x.remove(w)
		}
	}
	run(t, w, 100)
	for _, b := range w.blocks {
		if b == nil {
			continue
		}
		for _, it := range b.items {
			if it.at != nil {
				t.Fatal("a block keeps an entry")
			}
		}
	}
}

func BenchmarkInsertFire(b *testing.B) {
	const n = 1 << 16
	all := make([]timer, n)
	w := newWheel(0)
	r := rand.New(rand.NewPCG(1, 1))
	due := make([]*timer, 0, blockLen)
	b.ReportAllocs()
	for i := range b.N {
		x := &all[i%n]
		x.Who = x
		w.Insert(&x.Entry, w.now+1+r.Int64N(1000))
		if i%n == n-1 {
			end := w.now + 1001
			for more := true; more; {
				_, more = w.Advance(end, blockLen, due[:0])
			}
		}
	}
}
