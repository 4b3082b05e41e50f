package seetest

import (
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// inUse are the bytes of the heap that are in use.
func inUse() int64 {
	for range 3 { // a sync.Pool lives through two
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// raced reports whether the race detector looks on, for which a million of anything is much.
func raced() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// TestA1_24_ParkedTasksAreSmall has a million tasks wait at once: each takes its frames, and little more.
func TestA1_24_ParkedTasksAreSmall(t *testing.T) {
	n := 1_000_000
	if testing.Short() || raced() {
		n = 50_000
	}
	r := newRuntime(t, rt.Workers(2))
	var end rtsync.Oneshot[int]
	before := inUse()
	for i := range n {
		rt.Go(keepsTwoAsync(&end, i, i), rt.On(r))
	}
	for m := r.Metrics(); m.Waiting < n; m = r.Metrics() {
		rt.Yield()
	}
	each := (inUse() - before) / int64(n)
	t.Logf("%d bytes each", each)
	const most = 240
	if each > most {
		t.Errorf("a task that waits takes %d bytes, not %d at most", each, most)
	}
	end.Send(1)
	for r.Metrics().Alive() > 0 {
		rt.Yield()
	}
}
