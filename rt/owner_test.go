package rt

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// ownedKinds has a future of each kind that is owned, by its name in messages. It is pending until g is open.
func ownedKinds(t *testing.T) map[string]func(g *gate) Future[Unit] {
	return map[string]func(g *gate) Future[Unit]{
		"body":          func(g *gate) Future[Unit] { return bodyAsync("b", new(journal), g, nil) },
		"AsyncFunc":     func(g *gate) Future[Unit] { return AsyncFunc(func() error { _, err := Await[Unit](g); return err }) },
		"PollFunc":      func(g *gate) Future[Unit] { return PollFunc(g.Poll) },
		"Unconstrained": func(g *gate) Future[Unit] { return UnconstrainedAsync[Unit](g) },
		"Shield":        func(g *gate) Future[Unit] { return ShieldAsync[Unit](g) },
		"Timeout":       func(g *gate) Future[Unit] { return TimeoutAsync[Unit](time.Hour, g) },
		"WithContext":   func(g *gate) Future[Unit] { return WithContextAsync[Unit](t.Context(), g) },
		"Race":          func(g *gate) Future[Unit] { return RaceAsync[Unit](g) },
		"Retry":         func(g *gate) Future[Unit] { return RetryAsync(Backoff{}, func() Future[Unit] { return g }) },
		"Scope":         func(g *gate) Future[Unit] { return ScopeAsync(func(*Group) Future[Unit] { return g }) },
		"Stream.Next":   func(g *gate) Future[Unit] { return StreamFunc(g.Poll).NextAsync() },
		"Blocking": func(g *gate) Future[Unit] {
			return BlockingAsync(t.Context(), func(context.Context) (Unit, error) { return Await[Unit](g) })
		},
		"Group.Wait": func(g *gate) Future[Unit] {
			group := new(Group)
			group.Spawn(g)
			return group.WaitAsync()
		},
	}
}

// Of two owners of a future the second panics, on whatever task or goroutine, also where the first
// merely waits; the message names the function and who has it. The first goes on.
func TestTwoOwners(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 2})
	seconds := map[string]func(f Future[Unit]) any{
		"Await":     func(f Future[Unit]) any { return panicOf(func() { _, _ = Await(f) }) },
		"BlockOn":   func(f Future[Unit]) any { return panicOf(func() { _, _ = BlockOn(f) }) },
		"Spawn":     func(f Future[Unit]) any { return panicOf(func() { Spawn(f, On(r)) }) },
		"Join2":     func(f Future[Unit]) any { return panicOf(func() { Join2Async(f, Ready(1)) }) },
		"Timeout":   func(f Future[Unit]) any { return panicOf(func() { TimeoutAsync(1, f) }) },
		"SelectAll": func(f Future[Unit]) any { return panicOf(func() { SelectAllAsync(f) }) },
		"Shield":    func(f Future[Unit]) any { return panicOf(func() { ShieldAsync(f) }) },
		"Borrow":    func(f Future[Unit]) any { return panicOf(func() { _, _ = Await(Borrow(f)) }) },
	}
	for kind, make := range ownedKinds(t) {
		for _, first := range []string{"a task", "a goroutine"} {
			g := new(gate)
			f := make(g)
			done := awaitedBy(first, f, r)
			g.polled(1)
			for panicOf(func() { task.Own(f, task.Borrowing) }) == nil {
				runtime.Gosched()
			}
			for by, second := range seconds {
				want := "rt: " + kind + " is passed to " + by + " after it was passed to Await" + oneOwner + ": " + task.HasOneOwner
				if p := second(f); p != want {
					t.Errorf("%s, awaited by %s: panic %v, want %s", kind, first, p, want)
				}
			}
			_, err := Await(Spawn(awaitsAsync(f), On(r)))
			if p, ok := err.(*PanicError); !ok || p.Value != "rt: "+kind+" is passed to Await after it was passed to Await"+oneOwner+": "+task.HasOneOwner {
				t.Errorf("%s, awaited by %s: a task has %v", kind, first, err)
			}
			g.Open()
			wait(t, r, recv(done))
		}
	}
}

// awaitsAsync is a marked function that awaits f.
func awaitsAsync(f Future[Unit]) Future[Unit] { return bodyAsync("waits", new(journal), f, nil) }

// awaitedBy has f awaited by a task, or by a goroutine. The channel is closed when that has ended.
func awaitedBy(who string, f Future[Unit], r *Runtime) <-chan struct{} {
	if who == "a task" {
		return Spawn(awaitsAsync(f), On(r)).Done()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = Await(f)
	}()
	return done
}

// Each verb is named by who comes after it.
func TestOwnersAreNamed(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 2})
	never := Never[Unit]
	for by, pass := range map[string]func(f Future[Unit]){
		"Join2":           func(f Future[Unit]) { Join2Async(f, never()) },
		"Join3":           func(f Future[Unit]) { Join3Async(f, never(), never()) },
		"JoinAll":         func(f Future[Unit]) { JoinAllAsync(f) },
		"JoinSettled":     func(f Future[Unit]) { JoinSettledAsync(f) },
		"Select2":         func(f Future[Unit]) { Select2Async(f, never()) },
		"Select2Biased":   func(f Future[Unit]) { Select2BiasedAsync(f, never()) },
		"Select3":         func(f Future[Unit]) { Select3Async(f, never(), never()) },
		"Select3Biased":   func(f Future[Unit]) { Select3BiasedAsync(f, never(), never()) },
		"Select4":         func(f Future[Unit]) { Select4Async(f, never(), never(), never()) },
		"Select4Biased":   func(f Future[Unit]) { Select4BiasedAsync(f, never(), never(), never()) },
		"SelectAll":       func(f Future[Unit]) { SelectAllAsync(f) },
		"SelectAllBiased": func(f Future[Unit]) { SelectAllBiasedAsync(f) },
		"Race":            func(f Future[Unit]) { RaceAsync(f) },
		"Any":             func(f Future[Unit]) { AnyAsync(f) },
		"Timeout":         func(f Future[Unit]) { TimeoutAsync(1, f) },
		"TimeoutCause":    func(f Future[Unit]) { TimeoutCauseAsync(1, errBoom, f) },
		"Deadline":        func(f Future[Unit]) { DeadlineAsync(time.Time{}, f) },
		"WithContext":     func(f Future[Unit]) { WithContextAsync(t.Context(), f) },
		"Unconstrained":   func(f Future[Unit]) { UnconstrainedAsync(f) },
		"Shield":          func(f Future[Unit]) { ShieldAsync(f) },
		"Spawn":           func(f Future[Unit]) { Spawn(f, On(r)) },
	} {
		for kind, f := range map[string]Future[Unit]{
			"PollFunc": PollFunc(func(*Context) (Unit, bool, error) { return Unit{}, true, nil }),
			"body":     bodyAsync("b", new(journal), Ready(Unit{}), nil),
		} {
			if by == "Spawn" && kind == "body" {
				continue // it is the task: see TestMisuseReadsNoForeignFrames
			}
			pass(f)
			wantPanic(t, "rt: "+kind+" is passed to Await after it was passed to "+by+oneOwner, func() { _, _ = Await(f) })
		}
	}
}

// Who awaits what has lost a choice learns which, and the way out.
func TestLoserNamesTheChoice(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 2})
	for _, begun := range []bool{false, true} {
		f := bodyAsync("b", new(journal), Never[Unit](), nil)
		if begun {
			_, _, _ = f.Poll(task.ContextOf(&r.engine, task.Nobody))
		}
		if _, err := Await(Select2BiasedAsync(Ready(1), f)); err != nil {
			t.Fatal(err)
		}
		want := "rt: body is polled after it was cancelled or has panicked: Select2Biased has cancelled it; lend it with rt.Borrow"
		if p := panicOf(func() { _, _ = Await(f) }); p != want {
			t.Errorf("panic %v, want %s", p, want)
		}
	}
}

// What is lent is not owned: it may be lent again, and then awaited by its owner.
func TestLentIsNotOwned(t *testing.T) {
	g := new(gate)
	for name, f := range map[string]Future[Unit]{
		"box":  bodyAsync("b", new(journal), g, nil),
		"poll": PollFunc(g.Poll),
		"verb": TimeoutAsync[Unit](time.Hour, g),
	} {
		g.open = false
		for range 3 {
			if c := Select2Biased(Borrow(f), Ready(1)); c.Index != 1 {
				t.Errorf("%s: %+v", name, c)
			}
		}
		g.Open()
		if _, err := Await(f); err != nil {
			t.Error(name, err)
		}
	}
}

// oneOwner is the end of the message about a second owner, but for what to do.
const oneOwner = " already"
