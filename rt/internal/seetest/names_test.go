package seetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// TestDumpHasNamesOfTheAPI: what a task waits for is called what the one who wrote it has called, and not by the names of types
// inside of rt.
func TestDumpHasNamesOfTheAPI(t *testing.T) {
	release := make(chan struct{})
	unit := func(f func()) rt.Future[rt.Unit] { return rt.AsyncFunc(func() error { f(); return nil }) }
	for _, c := range []struct {
		name string
		f    rt.Future[rt.Unit]
		want []string
	}{
		{"never", rt.Never[rt.Unit](), []string{"\trt.Never\n"}},
		{"poll", rt.PollFunc(func(*rt.Context) (rt.Unit, bool, error) { return rt.Unit{}, false, nil }), []string{"\trt.PollFunc\n"}},
		{"scope", rt.ScopeAsync(func(g *rt.Group) rt.Future[rt.Unit] {
			g.Spawn(rt.Never[rt.Unit]())
			g.Spawn(rt.Never[rt.Unit]())
			return rt.Ready(rt.Unit{})
		}), []string{"\trt.Scope\n\t    2 members\n"}},
		{"group", unit(func() {
			var g rt.Group
			g.Spawn(rt.Never[rt.Unit]())
			_ = g.Wait()
		}), []string{"rt.(*Group).Wait (for 1 member)\n"}},
		{"block", rt.AsyncFunc(func() error { _, err := rt.Await(rt.Never[int]()); return err }), []string{
			"\trt.AsyncFunc names_test.go:", " (seetest.TestDumpHasNamesOfTheAPI.", ", a block of ordinary code with a goroutine of its own)\n\t    rt.Never\n",
		}},
		{"set", unit(func() {
			var s rt.Set[int]
			s.Spawn(rt.Never[int]())
			s.Next()
		}), []string{"rt.(*Set).Next (for 1 task)\n"}},
		{"context", rt.WithContextAsync(t.Context(), rt.Never[rt.Unit]()), []string{"\trt.WithContext\n", "the end of the context\n"}},
		{"ticker", unit(func() {
			k := rt.NewTicker(time.Hour)
			k.Tick()
			k.Tick()
		}), []string{"rt.(*Ticker).Tick\n"}},
		{"blocking", rt.BlockingAsync(context.Background(), func(context.Context) (rt.Unit, error) {
			<-release
			return rt.Unit{}, nil
		}), []string{"\trt.Blocking (in the blocking pool)\n", "1 task running:\n\trt.Blocking(seetest.TestDumpHasNamesOfTheAPI."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRuntime(t, rt.Workers(2))
			h := rt.Spawn(c.f, rt.On(r))
			for _, want := range c.want {
				for !strings.Contains(dump(t, r), want) {
					rt.Yield()
				}
			}
			if c.name == "blocking" {
				close(release)
			}
			h.Abort()
		})
	}
}
