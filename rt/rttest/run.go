package rttest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
)

const (
	manyTurns = 1_000_000
	fewTurns  = 10_000
	manyRuns  = 100_000
)

// Run runs body on a simulated runtime, and waits for it and for the cleanup of what it leaves. The test's own goroutine
// polls body, so that t.Fatal works there; in tasks that it spawns t.Error does, and t.Fatal ends the task.
func Run(t testing.TB, body rt.Future[rt.Unit], opts ...Option) {
	t.Helper()
	c := config{turns: manyTurns}.apply(opts)
	switch {
	case *seedFlag != 0:
		c.seed = *seedFlag
	case !c.seeded:
		c.seed = rand.Uint64()>>32 + 1
	}
	x := &simulated{config: c, chooser: uniform{newRand(c.seed)}}
	x.attempt(t, repeat(t, "seed", strconv.FormatUint(c.seed, 10)), body)
}

// repeat is the command that runs a failed simulation again.
func repeat(t testing.TB, flag, value string) string {
	return fmt.Sprintf("go test -run '^%s$' -rttest.%s=%s", strings.ReplaceAll(t.Name(), "/", "$/^"), flag, value)
}

// Explore runs what body makes n times, each with another seed: half of them pick each turn at random, the others
// let tasks run on by priorities that change in few places, which finds other faults. It ends with the first run
// that fails. The seeds are the same each time, unless [Seed] gives the first.
func Explore(t testing.TB, n int, body func() rt.Future[rt.Unit], opts ...Option) {
	t.Helper()
	c := config{turns: manyTurns, seed: 1}.apply(opts)
	if *seedFlag != 0 {
		c.seed, n = *seedFlag, 1
	}
	for i := range n {
		seed := c.seed + uint64(i)
		x := &simulated{config: c, chooser: exploring(seed)}
		if !x.attempt(t, repeat(t, "seed", strconv.FormatUint(seed, 10)), body()) {
			return
		}
	}
}

// exploring is the chooser of a seed. It depends on nothing else, so that the seed alone repeats a run.
func exploring(seed uint64) chooser {
	if seed%2 == 0 {
		return uniform{newRand(seed)}
	}
	return newPCT(seed, 8<<(seed/2%5))
}

// Exhaustive runs what body makes once for each schedule that there is: each order of turns, each outcome of a choice
// that chance decides. It is for programs of two or three tasks with a handful of awaits; see [MaxRuns]. It ends with
// the first run that fails, which -rttest.choices repeats. It gives the number of schedules.
func Exhaustive(t testing.TB, body func() rt.Future[rt.Unit], opts ...Option) (schedules int) {
	t.Helper()
	c := config{turns: fewTurns, runs: manyRuns}.apply(opts)
	given, more := []int(nil), true
	only := *choicesFlag != ""
	if only {
		given = parseChoices(t, *choicesFlag)
	}
	for more {
		if schedules == c.runs {
			t.Errorf("rttest: more than %d schedules: make the program smaller, use Explore, or raise MaxRuns", c.runs)
			return schedules
		}
		schedules++
		choose := &tree{given: given}
		x := &simulated{config: c, chooser: choose}
		if !x.attempt(t, choose.repeat(t), body()) {
			return schedules
		}
		if choose.wrong || len(choose.taken) < len(given) {
			t.Errorf("rttest: the program is not the same each time: choices %v of a run are not there in the next", given)
			return schedules
		}
		given, more = choose.next()
		more = more && !only
	}
	return schedules
}

// repeat is the command for the choices so far; the rest are all 0.
func (c *tree) repeat(t testing.TB) string {
	var s []string
	for _, i := range c.given {
		s = append(s, strconv.Itoa(i))
	}
	if len(s) == 0 {
		s = []string{"0"}
	}
	return repeat(t, "choices", strings.Join(s, ","))
}

func parseChoices(t testing.TB, text string) (choices []int) {
	for s := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			t.Fatalf("rttest: -rttest.choices=%s: %q is not a choice", text, s)
		}
		choices = append(choices, n)
	}
	return choices
}
