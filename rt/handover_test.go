package rt

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// The method Cancel does not wait for cleanup that waits. Who wants to wait for it may still call the
// function Cancel: the cleanup runs once, on the runtime, and is over then.
func TestCancelAfterTheMethodCancel(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(j *journal, begun *atomic.Int32) any
	}{
		{"box", func(j *journal, begun *atomic.Int32) any { return siblings[0].make(j, begun) }},
		{"block", func(j *journal, begun *atomic.Int32) any { return siblings[1].make(j, begun) }},
		{"Join2", func(j *journal, begun *atomic.Int32) any {
			return Join2Async(siblings[0].make(j, begun), Never[Unit]())
		}},
		{"JoinAll", func(j *journal, begun *atomic.Int32) any {
			return JoinAllAsync(siblings[0].make(j, begun), Never[Unit]())
		}},
		{"Timeout", func(j *journal, begun *atomic.Int32) any {
			return TimeoutAsync(time.Hour, siblings[1].make(j, begun))
		}},
		{"Scope", func(j *journal, begun *atomic.Int32) any {
			return ScopeAsync(func(*Group) Future[Unit] { return siblings[0].make(j, begun) })
		}},
		{"Merge", func(j *journal, begun *atomic.Int32) any {
			return Merge(streamFrom(siblings[0].make(j, begun)), streamFrom(Never[Unit]()))
		}},
		{"Flatten", func(j *journal, begun *atomic.Int32) any {
			return Flatten(newStream(func(*Context) (Stream[Unit], bool, error) {
				return streamFrom(siblings[0].make(j, begun)), true, nil
			}, func(*Context) bool { return true }))
		}},
		{"Buffer", func(j *journal, begun *atomic.Int32) any {
			return Buffer(1, streamFrom(siblings[0].make(j, begun)))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := testRuntime(t, task.Config{Workers: 4})
			for range 50 {
				j, begun := &journal{}, new(atomic.Int32)
				wait[Unit](t, r, Spawn(AsyncFunc(func() error {
					f := tt.make(j, begun)
					start(f)
					for begun.Load() == 0 {
						Yield()
					}
					f.(Canceler).Cancel()
					f.(Canceler).Cancel()
					Cancel(f)
					j.want(t, "sib begins", "sib cleans up", "sib ends")
					Cancel(f)
					f.(Canceler).Cancel()
					return nil
				}), On(r)))
				j.want(t)
			}
		})
	}
}

// start polls a future or a stream once.
func start(f any) {
	cx := task.ContextOf(task.Here(), task.Nobody)
	switch f := f.(type) {
	case Future[Unit]:
		_, _, _ = f.Poll(cx)
	case Future[Pair[Unit, Unit]]:
		_, _, _ = f.Poll(cx)
	case Future[[]Unit]:
		_, _, _ = f.Poll(cx)
	case Stream[Unit]:
		_, _, _ = f.PollNext(cx)
	default:
		panic("what is this?")
	}
}

// Cleanup that the runtime cannot take any more, since it has ended, is done by who cancels.
func TestCancelOnARuntimeThatHasEnded(t *testing.T) {
	j, begun := &journal{}, new(atomic.Int32)
	r := runtimeOf(task.NewRuntime(task.Config{Workers: 1, Clock: task.NewRealClock(), Threads: 1, Idle: time.Minute}))
	cx := task.ContextOf(&r.engine, task.Nobody)
	f := bodyAsync("sib", j, beginning(begun), YieldAsync())
	_, _, _ = f.Poll(cx)
	shutDownNow(t, r)
	b := f.(*task.Box[Unit])
	if !task.TaskIn(b).PollCancel(cx) {
		task.TaskIn(b).Adopt(&r.engine)
	}
	j.want(t, "sib begins", "sib cleans up", "sib ends")
	if !b.PollCancel(cx) {
		t.Error("there is something left to cancel")
	}
}
