package seetest

import (
	"errors"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
)

// A panic has the stack of where it came up also when deferred calls have waited since.
func TestPanicKeepsItsStackWhileDeferredCallsWait(t *testing.T) {
	r := newRuntime(t, rt.Workers(1))
	for _, c := range []struct {
		name      string
		f         func() rt.Future[rt.Unit]
		want, not string
	}{
		{"at once", func() rt.Future[rt.Unit] { return tidiesUpAsync(false) }, "seetest.explodes\n", "seetest.burns\n"},
		{"late", func() rt.Future[rt.Unit] { return tidiesUpAsync(true) }, "seetest.explodes\n", "seetest.burns\n"},
		{"literals", tidiesUpTwiceAsync, "seetest.explodes\n", "seetest.burns\n"},
		{"above", func() rt.Future[rt.Unit] { return aboveAsync(false) }, "seetest.explodes\n", "seetest.burns\n"},
		{"above, late", func() rt.Future[rt.Unit] { return aboveAsync(true) }, "seetest.explodes\n", "seetest.burns\n"},
		{"arm", armsAsync, "seetest.explodes\n", "seetest.burns\n"},
		{"recovered", recoversAsync, "seetest.burns\n", "seetest.explodes\n"},
		{"replaced", replacesAsync, "seetest.burns\n", "seetest.explodes\n"},
		{"after a recovered one", burnsLaterAsync, "seetest.burns\n", "seetest.explodes\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := rt.BlockOn(rt.Spawn(c.f(), rt.On(r)), rt.On(r))
			var p *rt.PanicError
			if !errors.As(err, &p) || p.Value != "BOOM" {
				t.Fatal(err)
			}
			if s := p.Stack(); !strings.Contains(s, c.want) || strings.Contains(s, c.not) {
				t.Errorf("want %s, not %s:\n%s", c.want, c.not, s)
			}
		})
	}
	t.Run("BlockOn", func(t *testing.T) {
		defer func() {
			// The report of a crash says it, as the value of a panic below; see task.origin.
			if v, s := recover(), string(debug.Stack()); v != "BOOM" || !strings.Contains(s, "task.(*origin).on(") {
				t.Errorf("%v in\n%s", v, s)
			}
		}()
		_, _ = rt.BlockOn(aboveAsync(true), rt.On(r))
	})
}
