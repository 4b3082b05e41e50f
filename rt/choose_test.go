package rt

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// won is the outcome of a choice among probes: who won, and its result.
type won struct {
	index int
	res   Result[string]
}

// chosen maps the result of a choice to won, and checks that the others have not been chosen.
func chosen[C any](t *testing.T, f Future[C], read func(C) (int, []Result[string])) Future[won] {
	return &mapped[C, won]{f, func(c C) won {
		i, rs := read(c)
		for k, r := range rs {
			if k != i && r.Err != ErrNotChosen {
				t.Errorf("loser %d has %v", k, r)
			}
		}
		return won{i, rs[i]}
	}}
}

// mapped is f with its value mapped by to.
type mapped[A, B any] struct {
	f  Future[A]
	to func(A) B
}

func (m *mapped[A, B]) Poll(cx *Context) (b B, ready bool, err error) {
	a, ready, err := m.f.Poll(cx)
	if ready && err == nil {
		b = m.to(a)
	}
	return b, ready, err
}

func (m *mapped[A, B]) PollCancel(cx *Context) bool { return task.Cancelling(cx, m.f) }

// choices are all ways to choose among three or more probes.
var choices = []struct {
	name   string
	n      int
	biased bool
	make   func(t *testing.T, fs []Future[string]) Future[won]
}{
	{"Select2", 2, false, func(t *testing.T, fs []Future[string]) Future[won] { return won2(t, Select2Async(fs[0], fs[1])) }},
	{"Select2Biased", 2, true, func(t *testing.T, fs []Future[string]) Future[won] {
		return won2(t, Select2BiasedAsync(fs[0], fs[1]))
	}},
	{"Select3", 3, false, func(t *testing.T, fs []Future[string]) Future[won] {
		return won3(t, Select3Async(fs[0], fs[1], fs[2]))
	}},
	{"Select3Biased", 3, true, func(t *testing.T, fs []Future[string]) Future[won] {
		return won3(t, Select3BiasedAsync(fs[0], fs[1], fs[2]))
	}},
	{"Select4", 4, false, func(t *testing.T, fs []Future[string]) Future[won] {
		return won4(t, Select4Async(fs[0], fs[1], fs[2], fs[3]))
	}},
	{"Select4Biased", 4, true, func(t *testing.T, fs []Future[string]) Future[won] {
		return won4(t, Select4BiasedAsync(fs[0], fs[1], fs[2], fs[3]))
	}},
	{"SelectAll", 5, false, func(t *testing.T, fs []Future[string]) Future[won] { return wonAll(SelectAllAsync(fs...)) }},
	{"SelectAllBiased", 5, true, func(t *testing.T, fs []Future[string]) Future[won] {
		return wonAll(SelectAllBiasedAsync(fs...))
	}},
	{"SelectAll64", 64, false, func(t *testing.T, fs []Future[string]) Future[won] { return wonAll(SelectAllAsync(fs...)) }},
}

func won2(t *testing.T, f Future[Choice2[string, string]]) Future[won] {
	return chosen(t, f, func(c Choice2[string, string]) (int, []Result[string]) {
		return c.Index, []Result[string]{c.A, c.B}
	})
}

func won3(t *testing.T, f Future[Choice3[string, string, string]]) Future[won] {
	return chosen(t, f, func(c Choice3[string, string, string]) (int, []Result[string]) {
		return c.Index, []Result[string]{c.A, c.B, c.C}
	})
}

func won4(t *testing.T, f Future[Choice4[string, string, string, string]]) Future[won] {
	return chosen(t, f, func(c Choice4[string, string, string, string]) (int, []Result[string]) {
		return c.Index, []Result[string]{c.A, c.B, c.C, c.D}
	})
}

func wonAll(f Future[Pair[int, Result[string]]]) Future[won] {
	return &mapped[Pair[int, Result[string]], won]{f, func(p Pair[int, Result[string]]) won { return won{p.A, p.B} }}
}

// names are n names of probes.
func names(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprint(i))
	}
	return names
}

func TestA8_109_LosersAreCancelledFirst(t *testing.T) {
	for _, tt := range choices {
		for winner := range tt.n {
			t.Run(fmt.Sprint(tt.name, "/", winner), func(t *testing.T) {
				j, h := &journal{}, newHand()
				ps := probes(j, names(tt.n)...)
				f := tt.make(t, Futures(ps...))
				pending(t, h, f)
				if got := j.take(); len(got) != tt.n {
					t.Errorf("first poll: %q", got)
				}
				loser := (winner + 1) % tt.n
				ps[loser].cleanup = 1
				ps[winner].finish("won", errBoom)
				pending(t, h, f)
				var want []string
				for i := range tt.n {
					if i != winner {
						want = append(want, "cancel "+ps[i].name)
					}
				}
				got := j.take()
				if i := slices.Index(got, "poll "+ps[winner].name); !slices.Equal(got[i+1:], want) {
					t.Errorf("got %q", got)
				}
				ps[loser].wake()
				if w, err := ended(t, h, f); err != nil || w != (won{winner, Result[string]{"won", errBoom}}) {
					t.Errorf("got %v, %v", w, err)
				}
				j.want(t, "cancel "+ps[loser].name)
			})
		}
	}
}

func TestA8_109_ABorrowedOneIsKept(t *testing.T) {
	for _, tt := range choices {
		t.Run(tt.name, func(t *testing.T) {
			j, h := &journal{}, newHand()
			ps := probes(j, names(tt.n)...)
			fs := Futures(ps...)
			fs[1] = Borrow(fs[1])
			f := tt.make(t, fs)
			pending(t, h, f)
			ps[0].finish("won", nil)
			ended(t, h, f)
			if slices.Contains(j.take(), "cancel 1") {
				t.Error("the borrowed future was cancelled")
			}
			ps[1].finish("later", nil)
			if v, err := ended(t, h, Future[string](ps[1])); v != "later" || err != nil {
				t.Errorf("the owner gets %v, %v", v, err)
			}
		})
	}
}

func TestA8_110_WhoStartsIsRandom(t *testing.T) {
	const rounds = 10_000
	for _, tt := range choices {
		t.Run(tt.name, func(t *testing.T) {
			h, wins := newHand(), make([]int, tt.n)
			for range rounds {
				fs := make([]Future[string], tt.n)
				for i := range fs {
					fs[i] = Ready("v")
				}
				w, _ := ended(t, h, tt.make(t, fs))
				wins[w.index]++
			}
			if tt.biased {
				if wins[0] != rounds {
					t.Errorf("wins %v", wins)
				}
				return
			}
			// Ten standard deviations of a binomial distribution: fails once in 10^20 runs.
			mean := float64(rounds) / float64(tt.n)
			for i, n := range wins {
				if d := float64(n) - mean; d*d > 100*mean {
					t.Errorf("%d wins %d times of %d, want about %.0f", i, n, rounds, mean)
				}
			}
		})
	}
}

func TestA8_111_NilNeverWins(t *testing.T) {
	for _, tt := range choices {
		t.Run(tt.name, func(t *testing.T) {
			j, h := &journal{}, newHand()
			p := &probe{name: "only", j: j}
			fs := make([]Future[string], tt.n)
			fs[1] = p
			f := tt.make(t, fs)
			pending(t, h, f)
			p.finish("v", nil)
			if w, _ := ended(t, h, f); w.index != 1 {
				t.Errorf("%d won", w.index)
			}
			j.want(t, "poll only", "poll only")
		})
	}
}

func TestA8_112_AllNilPanics(t *testing.T) {
	for _, tt := range choices[:8] {
		wantPanic(t, "rt: "+tt.name+" of no future, or only of nil ones", func() { tt.make(t, make([]Future[string], tt.n)) })
	}
	wantPanic(t, "rt: Race of no future, or only of nil ones", func() { Race[int]() })
	wantPanic(t, "rt: Any of no future, or only of nil ones", func() { Any[int](nil) })
}

func TestA8_117_APanicCancelsTheOthers(t *testing.T) {
	for _, tt := range choices {
		t.Run(tt.name, func(t *testing.T) {
			j, h := &journal{}, newHand()
			ps := probes(j, names(tt.n)...)
			f := tt.make(t, Futures(ps...))
			pending(t, h, f)
			j.take()
			ps[1].panics = errBoom
			ps[1].wake()
			wantPanic(t, errBoom, func() { f.Poll(h.cx) })
			var want []string
			for i := range tt.n {
				if i != 1 {
					want = append(want, fmt.Sprint("cancel ", i))
				}
			}
			got := j.take()
			if i := slices.Index(got, "poll 1"); !slices.Equal(got[i+1:], want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestA8_117_NestedSelects(t *testing.T) {
	j, h := &journal{}, newHand()
	ps := probes(j, "a", "b", "c")
	f := Select2BiasedAsync(SelectAllBiasedAsync[string](ps[0], ps[1]), Future[string](ps[2]))
	pending(t, h, f)
	j.take()
	ps[1].finish("B", nil)
	c, _ := ended(t, h, f)
	if c.Index != 0 || c.A.Value != PairOf(1, Result[string]{"B", nil}) || c.B.Err != ErrNotChosen {
		t.Errorf("got %+v", c)
	}
	j.want(t, "poll b", "cancel a", "cancel c")
}

func TestA8_118_ABorrowedFutureKeepsProgress(t *testing.T) {
	h := newHand()
	polls := 0
	count := PollFunc(func(cx *Context) (int, bool, error) {
		polls++
		return polls, polls == 100, nil
	})
	for i := range 99 {
		c, _ := ended(t, h, Select2BiasedAsync(Borrow(count), Ready(i)))
		if c.Index != 1 {
			t.Fatalf("round %d: %+v", i, c)
		}
	}
	if c, _ := ended(t, h, Select2BiasedAsync(Borrow(count), Ready(0))); c.Index != 0 || c.A.Value != 100 {
		t.Errorf("%+v", c)
	}
}

func TestSelectCancelInOrder(t *testing.T) {
	for _, tt := range choices {
		t.Run(tt.name, func(t *testing.T) {
			j, h := &journal{}, newHand()
			ps := probes(j, names(tt.n)...)
			f := tt.make(t, Futures(ps...))
			pending(t, h, f)
			j.take()
			ended(t, h, CancelAsync(f))
			var want []string
			for i := range tt.n {
				want = append(want, fmt.Sprint("cancel ", i))
			}
			j.want(t, want...)
			if panicOf(func() { f.Poll(h.cx) }) == nil {
				t.Error("a poll after the cancel does not panic")
			}
		})
	}
}

// A cancel that comes while the loser cleans up waits for that cleanup, and the winner is lost.
func TestSelectCancelWhileLosersCleanUp(t *testing.T) {
	j, h := &journal{}, newHand()
	ps := probes(j, "a", "b")
	f := Select2Async[string, string](ps[0], ps[1])
	pending(t, h, f)
	j.take()
	ps[1].cleanup = 2
	ps[0].finish("A", nil)
	pending(t, h, f)
	c := CancelAsync(f)
	ps[1].wake()
	pending(t, h, c)
	ps[1].wake()
	ended(t, h, c)
	if got := j.take(); !slices.Equal(got[len(got)-3:], []string{"cancel b", "cancel b", "cancel b"}) {
		t.Errorf("got %q", got)
	}
}

// The slot of a loser is in the turn when the winner is found: its cleanup must be woken all the same.
func TestSelectAllLoserWokenBeforeItsCleanup(t *testing.T) {
	j, h := &journal{}, newHand()
	ps := probes(j, "a", "b")
	f := SelectAllBiasedAsync[string](ps[0], ps[1])
	pending(t, h, f)
	ps[1].wake()
	ps[1].cleanup = 1
	ps[0].finish("A", nil)
	h.wakes = 0
	pending(t, h, f)
	ps[1].wake()
	if h.wakes != 1 {
		t.Errorf("%d wakes", h.wakes)
	}
	ended(t, h, f)
}

func TestRaceFirstToFinishWins(t *testing.T) {
	j, h := &journal{}, newHand()
	ps := probes(j, "a", "b", "c")
	f := RaceAsync(Futures(ps...)...)
	pending(t, h, f)
	j.take()
	ps[1].finish("", errBoom)
	if _, err := ended(t, h, f); err != errBoom {
		t.Errorf("error %v", err)
	}
	j.want(t, "poll b", "cancel a", "cancel c")
}

func TestAnyFirstSuccessWins(t *testing.T) {
	j, h := &journal{}, newHand()
	ps := probes(j, "a", "b", "c")
	f := AnyAsync[string](ps[0], nil, ps[1], ps[2])
	pending(t, h, f)
	j.take()
	ps[1].finish("", errBoom)
	pending(t, h, f)
	j.want(t, "poll b")
	ps[2].finish("C", nil)
	if v, err := ended(t, h, f); v != "C" || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
	j.want(t, "poll c", "cancel a")
}

func TestAnyAllFail(t *testing.T) {
	other := errors.New("other")
	_, err := Any(Fail[int](errBoom), nil, Fail[int](other))
	if !errors.Is(err, errBoom) || !errors.Is(err, other) {
		t.Errorf("error %v", err)
	}
	if got, want := err.Error(), "rt: none of 2 succeeded: boom\nother"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestSelectAllocatesOneObject(t *testing.T) {
	h := newHand()
	a, b := Never[int](), Never[string]()
	if n := testing.AllocsPerRun(100, func() {
		f := Select2Async(a, b)
		f.Poll(h.cx)
	}); n != 1 {
		t.Errorf("%v allocations, want 1", n)
	}
}
