package rt

import (
	"os"
	"os/exec"
	"strings"
	"testing"
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

// The same for a task that nobody awaits: it ends the program.
func TestCrashNamesWhoWaited(t *testing.T) {
	if os.Getenv("RT_CRASH") != "" {
		Go(bodyAsync("outer", &journal{}, PollFunc(func(cx *Context) (Unit, bool, error) {
			if cx.own.load().is(stateCleaning) || cx.waker.t.leaf.Func() != &awaitFunc {
				nextTurn(cx)
				return Pending[Unit]()
			}
			raisesInWaker()
			return Done(Unit{})
		}), nil))
		select {}
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestCrashNamesWhoWaited$")
	cmd.Env = append(os.Environ(), "RT_CRASH=1")
	out, err := cmd.CombinedOutput()
	if text := string(out); err == nil || !strings.Contains(text, "raisesInWaker") || !strings.Contains(text, "awaited by rt.body (body.go:1)") {
		t.Errorf("%v\n%s", err, text)
	}
}
