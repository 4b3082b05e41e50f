package forms

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

// A Runner compares forms and counts.
type Runner struct {
	Pairs int // how many runs of an async form have been compared
	Share int // of scripts with two accidents, or a pattern of pending futures, one in Share is run; 0: all

	watch watch
}

// A Mismatch is a script under which the forms differ.
type Mismatch struct {
	Func   string
	Arg    int
	Script env.Script
	Form   string // "polled" or "task"
	Want   string // by the blocking form: outcome and trace
	Got    string
}

func (m *Mismatch) Error() string {
	return fmt.Sprintf("%s(%d) under %s, %s\nblocking form: %s\n   async form: %s",
		m.Func, m.Arg, m.Script, m.Form, m.Want, m.Got)
}

// pair runs the forms under one script. It returns the number of futures that were polled.
func (r *Runner) pair(f Func, arg int, s env.Script, asTask bool) (futures int, err error) {
	at := func(form string) { r.watch.begin("%s(%d) under %s, %s", f.Name, arg, s, form) }
	at("blocking")
	a := &env.Env{Script: s}
	want := report(blocking(f, a, arg), a)
	at("polled")
	b := &env.Env{Script: s}
	r.Pairs++
	if got := report(polled(f, b, arg), b); got != want {
		if !cut(a, b, got) {
			return 0, r.differ(f, arg, s, "polled", want, got)
		}
		want = got
	}
	if !asTask {
		return a.Futures, nil
	}
	at("task")
	b = &env.Env{Script: s}
	r.Pairs++
	if got := report(spawned(f, b, arg), b); got != want {
		return 0, r.differ(f, arg, s, "task", want, got)
	}
	return a.Futures, nil
}

// cut says whether the forms differ from a [env.Cut] on, where the blocking form stops being the oracle. In
// the rest of the trace each future must end, and no cleanup is cancelled at the cut.
func cut(blocking, async *env.Env, got string) bool {
	at := 0
	for at < min(len(blocking.Trace), len(async.Trace)) && blocking.Trace[at] == async.Trace[at] {
		at++
	}
	here := func(c env.Cut) bool { return c.Allows(async.Trace, at) }
	return slices.ContainsFunc(blocking.Cuts, here) && !slices.ContainsFunc(async.Cuts, here) &&
		async.Open == 0 && !strings.Contains(got, ", then ")
}

// differ is a mismatch, or says that the blocking form does not do the same each time: then it is no
// oracle.
func (r *Runner) differ(f Func, arg int, s env.Script, form, want, got string) error {
	for range 20 {
		r.watch.begin("%s(%d) under %s, blocking again", f.Name, arg, s)
		e := &env.Env{Script: s}
		if again := report(blocking(f, e, arg), e); again != want {
			return fmt.Errorf("%s(%d) under %s: %w: %s\nand then: %s", f.Name, arg, s, errUnsteady, want, again)
		}
	}
	return &Mismatch{f.Name, arg, s, form, want, got}
}

// errUnsteady is in the error of a function that is not deterministic.
var errUnsteady = errors.New(Unsteady)

// Unsteady is in the report on a function whose blocking form is not deterministic.
const Unsteady = "the blocking form differs from itself"

// cancelled runs the async form alone under a script that stops it, for functions in whose blocking form
// a Goexit is no cancel. Each future that was started must have been ready or cancelled, once, when the
// cancel is over.
func (r *Runner) cancelled(f Func, arg int, s env.Script) error {
	r.watch.begin("%s(%d) under %s, cancelled", f.Name, arg, s)
	e := &env.Env{Script: s}
	r.Pairs++
	out := polled(f, e, arg)
	if e.Open == 0 && !strings.Contains(out, ", then ") {
		return nil
	}
	return &Mismatch{f.Name, arg, s, "polled", "no future is left", fmt.Sprintf("%d futures are left\n%s", e.Open, report(out, e))}
}

// report is what a run is compared by.
func report(outcome string, e *env.Env) string {
	return outcome + "\n\t" + strings.Join(e.Trace, "\n\t")
}

// Compare runs f under all scripts with one accident, and under scripts with two, of which it takes
// all when there are few. Futures are ready, pending once, pending each alone, and in patterns. Rounds
// is how many random mixtures come on top.
func (r *Runner) Compare(f Func, seed uint64, rounds int) error {
	for _, arg := range f.Args {
		r.watch.begin("%s(%d), dropped", f.Name, arg)
		if err := dropped(f, arg); err != nil {
			return err
		}
		n, err := r.pair(f, arg, env.None, true)
		if err != nil {
			return err
		}
		if err := r.accidents(f, arg, n); err != nil {
			return err
		}
		random := rand.New(rand.NewPCG(seed, uint64(arg)))
		if f.Few {
			rounds = min(rounds, 3)
		}
		for range rounds {
			if _, err := r.pair(f, arg, mixture(random, n, f.NoCancel), false); err != nil {
				return fmt.Errorf("seed %d: %w", seed, err)
			}
		}
	}
	return nil
}

// many is where pairs of accidents at all awaits become too many; random mixtures have them too.
const many = 9

// accidents runs the scripts with no, one and two accidents.
func (r *Runner) accidents(f Func, arg, n int) error {
	patterns := []uint64{0, ^uint64(0), 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0x3333333333333333}
	for _, k := range places(min(n, 64)) {
		patterns = append(patterns, 1<<k)
	}
	if f.Few {
		patterns = patterns[:2]
	}
	for i, pend := range patterns {
		base := env.None
		base.Pend = pend
		single := 1 + 5*(n+1) // scripts with one accident, at most
		for k, s := range scripts(base, n, f, i < 2) {
			if r.Share > 1 && (i > 1 || k > single) && (i+k)%r.Share != 0 {
				continue
			}
			if _, err := r.pair(f, arg, s, i < 2 && k < 6*n); err != nil {
				return err
			}
		}
		if f.NoCancel && !f.Tasks {
			for _, k := range places(n + 1) {
				s := base
				s.Stop = k
				if err := r.cancelled(f, arg, s); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// scripts are the scripts with the pattern of base, first those with one accident. With each a cancel comes
// at each await, however many there are.
func scripts(base env.Script, n int, f Func, each bool) []env.Script {
	list := []env.Script{base}
	kinds := []func(s *env.Script, k int){
		func(s *env.Script, k int) { s.Fail = k },
		func(s *env.Script, k int) { s.Panic = k },
		func(s *env.Script, k int) { s.Goexit = k },
		func(s *env.Script, k int) { s.Stop = k },
	}
	if f.NoCancel {
		kinds = kinds[:3]
	}
	for i, accident := range kinds {
		at := places(n + 1)
		if each && i == 3 {
			at = at[:0]
			for k := range n + 1 {
				at = append(at, k)
			}
		}
		for _, k := range at {
			s := base
			accident(&s, k)
			list = append(list, s)
		}
	}
	if n > many || f.Few {
		return list
	}
	for i, first := range kinds {
		for _, second := range slices.Delete(slices.Clone(kinds), i, i+1) {
			for k := range n + 1 {
				for j := range n + 2 - k { // the second comes with the first, or later
					s := base
					first(&s, k)
					second(&s, k+j)
					list = append(list, s)
				}
			}
		}
	}
	return list
}

// places are the numbers below n, or some of them, from the first to the last, where n is large.
func places(n int) []int {
	const most = 24
	var list []int
	for i := range min(n, most) {
		list = append(list, i*max(n, most)/most)
	}
	return list
}

// mixture is a random script for a function that polls about n futures.
func mixture(r *rand.Rand, n int, noCancel bool) env.Script {
	pick := func() int {
		if r.IntN(2) == 0 {
			return -1
		}
		return r.IntN(n + 2)
	}
	s := env.Script{Pend: r.Uint64() | r.Uint64(), Stop: pick(), Panic: pick(), Goexit: pick(), Fail: pick()}
	if noCancel {
		s.Stop = -1
	}
	return s
}
