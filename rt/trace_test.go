package rt

import (
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// A panic behind callers that wait has the stack where it came up, and their names, whoever of them has a deferred
// call, and whether the cleanup in it waits.
func TestPanicNamesWhoWaited(t *testing.T) {
	for name, second := range map[string]Future[Unit]{"at once": nil, "after a wait": YieldAsync()} {
		g := new(gate)
		inner := bodyAsync("inner", &journal{}, PollFunc(func(cx *Context) (Unit, bool, error) {
			if _, ready, _ := g.Poll(cx); !ready {
				return Pending[Unit]()
			}
			raisesInWaker()
			return Done(Unit{})
		}), second)
		h := Spawn(bodyAsync("outer", &journal{}, inner, nil))
		g.polled(1)
		g.Open()
		_, err := Await(h)
		p, ok := err.(*PanicError)
		if !ok || !strings.Contains(p.Stack(), "raisesInWaker") {
			t.Fatalf("%s: error %v", name, err)
		}
		if n := strings.Count(p.Stack(), "rt.body (body.go:1)"); n != 2 {
			t.Errorf("%s: %d callers in\n%s", name, n, p.Stack())
		}
	}
}

// panics is a task that waits, and panics then in a call that a call with a deferred call waits for.
func panics(second Future[Unit]) Future[Unit] {
	waited := false
	inner := bodyAsync("inner", &journal{}, PollFunc(func(cx *Context) (Unit, bool, error) {
		if !waited {
			waited = true
			task.NextTurn(cx)
			return Pending[Unit]()
		}
		raisesInWaker()
		return Done(Unit{})
	}), nil)
	return bodyAsync("outer", &journal{}, inner, second)
}

// Where a panic came up is also in the report of a crash, whoever of those that it passes has deferred calls, waits in
// them, or is on another goroutine; and which calls waited.
func TestCrashNamesWhoWaited(t *testing.T) {
	crashes := map[string]func(){
		"Go":              func() { Go(panics(nil)); select {} },
		"Go, cleanup":     func() { Go(panics(YieldAsync())); select {} },
		"Await":           func() { _, _ = Await(panics(nil)) },
		"Await, cleanup":  func() { _, _ = Await(panics(YieldAsync())) },
		"Join":            func() { _, _, _ = Join2(panics(nil), bodyAsync("", &journal{}, Never[Unit](), YieldAsync())) },
		"Group":           func() { _ = Scope(func(g *Group) error { SpawnIn(g, panics(nil)); return nil }) },
		"block":           func() { _, _ = JoinAll(AsyncFunc(func() error { _, err := Await(panics(nil)); return err })) },
		"iterator":        func() { task.Pull(func(func(int) bool) { _, _ = Await(panics(nil)) }).Next() },
		"cleanup of both": func() { _, _ = Await(bodyAsync("", &journal{}, panics(YieldAsync()), YieldAsync())) },
	}
	if f := crashes[os.Getenv("RT_CRASH")]; f != nil {
		f()
	}
	for name := range crashes {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestCrashNamesWhoWaited$")
		cmd.Env = append(os.Environ(), "RT_CRASH="+name)
		out, err := cmd.CombinedOutput()
		text := string(out)
		waited := strings.Contains(text, "awaited by rt.body (body.go:1)") || name == "iterator" // there an Await on its goroutine
		if err == nil || !strings.Contains(text, "raisesInWaker") || !waited {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

// While a panic is on its way, what it has left is on the stack.
func TestStackWhileAPanicPasses(t *testing.T) {
	for name, run := range map[string]func(Future[Unit]){
		"Await": func(f Future[Unit]) { panicOf(func() { _, _ = Await(f) }) },
		"Spawn": func(f Future[Unit]) { _, _ = Await(Spawn(f)) },
	} {
		stack := ""
		run(panics(PollFunc(func(*Context) (Unit, bool, error) {
			stack = string(debug.Stack())
			return Done(Unit{})
		})))
		if !strings.Contains(stack, "raisesInWaker") {
			t.Errorf("%s:\n%s", name, stack)
		}
	}
}
