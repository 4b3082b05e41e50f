package rttest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/simulation"
)

// CancelEverywhere finds what a cancel or a panic breaks. It runs what body makes once as it is, and then, for each
// await at which a task of it has waited, once with that task cancelled there, and once with a panic there, as if
// what is awaited had panicked. Each run ends as in [Run]: nothing may be left, nothing may wait for ever, and each
// [Check] must hold. What the body itself gives then does not count, unless it is a panic of another kind.
//
// After each of these, body is run once more as it is. It has to end as it did the first time. So what a run has taken
// and not given back is found, if it outlives the run: a permit, a lock, a value of a queue.
//
//	sem := rtsync.NewSemaphore(1)
//	rttest.CancelEverywhere(t, func() rt.Future[rt.Unit] { return workAsync(sem) })
//
//	rttest: after a cancel of task 2 feed.work at await 3 of it: deadlock: …
//
// A detached task is not made to panic, as that ends the program. It ends with the first run that fails, and gives the
// number of awaits.
func CancelEverywhere(t testing.TB, body func() rt.Future[rt.Unit], opts ...Option) (awaits int) {
	t.Helper()
	c := config{turns: fewTurns, runs: manyRuns, seed: 1}.apply(opts)
	if *seedFlag != 0 {
		c.seed = *seedFlag
	}
	e := &everywhere{config: c, t: t, body: body}
	first, ok := e.run("", nil)
	if !ok {
		return 0
	}
	places := first.places
	if len(places) > c.runs {
		t.Errorf("rttest: %d awaits: make the program smaller, or raise MaxRuns", len(places))
		return 0
	}
	for _, p := range places {
		for _, v := range []simulation.Verdict{simulation.Cancel, simulation.Panic} {
			if v == simulation.Panic && p.task.Detached {
				continue
			}
			if !e.at(p, v) {
				return awaits
			}
		}
		awaits++
	}
	return awaits
}

// everywhere is a call of CancelEverywhere.
type everywhere struct {
	config
	t    testing.TB
	body func() rt.Future[rt.Unit]
}

// await is one of the places where a task waits.
type await struct {
	task  *simulation.Task
	count int // which one of the task
}

func (a await) String() string {
	return fmt.Sprintf("task %d (%s) at its await %d", a.task.ID, a.task.Name, a.count)
}

// disturbed is a run in which something happens at one await.
type disturbed struct {
	simulated
	counts map[int]int // awaits so far, by task
	places []await
}

// at runs body with v at p, and then undisturbed.
func (e *everywhere) at(p await, v simulation.Verdict) (ok bool) {
	what := map[simulation.Verdict]string{simulation.Cancel: "a cancel of ", simulation.Panic: "a panic in "}[v] + p.String()
	done := false
	_, ok = e.run("with "+what+": ", func(now await) simulation.Verdict {
		if done || now.task.ID != p.task.ID || now.count != p.count {
			return simulation.GoOn
		}
		done = true
		return v
	})
	if !ok {
		return false
	}
	if !done {
		e.t.Errorf("rttest: %s: the program has not come there again: it is not the same each time", p)
		return false
	}
	_, ok = e.run("after "+what+": ", nil)
	return ok
}

// run runs body as a task, with what happens to it as verdict says; nil is nothing.
func (e *everywhere) run(what string, verdict func(await) simulation.Verdict) (x *disturbed, ok bool) {
	e.t.Helper()
	x = &disturbed{simulated: simulated{config: e.config, chooser: exploring(e.seed)}, counts: map[int]int{}}
	x.verdict = func(t *simulation.Task) simulation.Verdict {
		if t.Root {
			return simulation.GoOn
		}
		x.counts[t.ID]++
		at := await{t, x.counts[t.ID]}
		x.places = append(x.places, at)
		if verdict == nil {
			return simulation.GoOn
		}
		return verdict(at)
	}
	failed := e.t.Failed()
	f := e.body()
	err := x.simulated.run(rt.AsyncFunc(func() error {
		_, err := rt.Await(rt.Spawn(f, rt.Name("the body")))
		return err
	}))
	var p *rt.PanicError
	switch {
	case err == nil || len(x.problems) > 0:
	case verdict == nil:
		x.problem("the body has failed: %v", err)
	case errors.As(err, &p) && p.Value != any(simulation.Panicked{}):
		x.problem("%v\n%s", err, p.Stack())
	}
	if len(x.problems) == 0 && (failed || !e.t.Failed()) {
		return x, true
	}
	again := repeat(e.t, "seed", fmt.Sprint(e.seed))
	e.t.Errorf("rttest: %s%s\nto repeat it: %s\n%s", what, strings.Join(x.problems, "\n"), again, x.timeline())
	return x, false
}
