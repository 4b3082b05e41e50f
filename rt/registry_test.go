package rt

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// inLists is how many tasks of r are in its shards.
func inLists(r *Runtime) (n int) {
	for _, w := range r.engine.Workers {
		w.Shard.Mu.Lock()
		n += w.Shard.N
		w.Shard.Mu.Unlock()
	}
	return n
}

func TestListedIsWhatHasWaited(t *testing.T) {
	onEach(t, func(t *testing.T, r *Runtime) {
		for range 1000 {
			wait(t, r, Spawn(do(func() {
				if n := inLists(r); n != 0 {
					t.Errorf("%d are listed before they have waited", n)
				}
			}), On(r)))
		}
		g := new(gate)
		h := Spawn(Future[Unit](g), On(r))
		wait(t, r, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
			cx.Waker().Wake()
			return Unit{}, inLists(r) == 2, nil // h, and this task when it has waited
		}), On(r)))
		g.Open()
		wait(t, r, h)
		for r.engine.Alive() != 0 || inLists(r) != 0 { // a handle is ready before the task is out of the lists
			runtime.Gosched()
		}
	})
}

// A shutdown that begins in the first turn of a task does not find it in any list, whether the task
// waits then, yields, spawns another one, or ends.
func TestShutdownFindsTasksInTheirFirstTurn(t *testing.T) {
	for name, then := range map[string]func(cx *Context) bool{
		"waits":  func(*Context) bool { return false },
		"yields": func(cx *Context) bool { task.NextTurn(cx); return false },
		"ends":   func(*Context) bool { return true },
	} {
		for _, workers := range []int{2, 4} {
			t.Run(name, func(t *testing.T) {
				r := testRuntime(t, task.Config{Workers: workers})
				var late *JoinHandle[Unit]
				polls := 0
				h := Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
					if polls++; polls > 1 {
						t.Error("polled after the shutdown")
					}
					go shutDownNow(t, r)
					for !r.engine.Refuses.Load() || r.engine.Left.Load() != 0 { // until all lists have been looked through
						runtime.Gosched()
					}
					late = Spawn(do(func() { t.Error("runs after the shutdown") }))
					return Unit{}, then(cx), nil
				}), On(r))
				<-h.Done()
				want := error(ErrShutdown)
				if name == "ends" {
					want = nil
				}
				if _, err := Await(h); err != want {
					t.Errorf("error %v, want %v", err, want)
				}
				if _, err := Await(late); err != ErrShutdown {
					t.Errorf("a later one: error %v", err)
				}
				shutDownNow(t, r)
			})
		}
	}
}

// Tasks that are in the queues when the shutdown begins never run.
func TestShutdownDropsTasksInQueues(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1}) // a spare would run them
	var ran atomic.Int32
	var hs []*JoinHandle[Unit]
	first := Spawn(do(func() {
		for range 1000 { // in the slot, the ring and the injector
			hs = append(hs, Spawn(do(func() { ran.Add(1) })))
		}
		go shutDownNow(t, r)
		for !r.engine.Refuses.Load() {
			runtime.Gosched()
		}
	}), On(r))
	<-first.Done()
	for _, h := range hs {
		if <-h.Done(); ran.Load() != 0 {
			t.Fatal("a task has run")
		}
		if _, err := Await(h); err != ErrShutdown {
			t.Fatal(err)
		}
	}
}

// drained is a model of how a shutdown learns that no task lives: actors that spawn and end tasks on two
// workers, and the shutdown. Each reads and writes one thing at a time.
type drained struct {
	born, ended [2]int8
	live        int8
	left        int8
	refuses     bool
	done        bool
	actors      [4]actor // the last is the shutdown
}

// actor is one task's way from its spawn on one worker to its end on the other, or the shutdown's.
type actor struct {
	at, sum int8
	refused bool
}

// What an actor does next.
const (
	spawns int8 = iota // the shutdown: notes that it waits for itself
	asks               // whether it may run; the shutdown: sets refuses
	ends
	counts   // the end; the shutdown: no longer waits for itself
	looks    // whether somebody waits for the last end
	waits    // looks whether the shutdown waits for something else than tasks
	sumsEnd0 // alive
	sumsEnd1
	sumsBorn0
	sumsBorn1
	over
)

// step has actor i do what it does next.
func (m drained) step(i int) drained {
	a := &m.actors[i]
	shutdown, home := i == len(m.actors)-1, i%2
	a.at++
	switch a.at - 1 {
	case spawns:
		if shutdown {
			m.left++
		} else {
			m.born[home]++
		}
	case asks:
		switch {
		case shutdown:
			m.refuses, a.at = true, counts
		case m.refuses:
			a.refused, a.at = true, counts
		default:
			m.live++
		}
	case ends:
		m.live--
	case counts:
		switch {
		case shutdown:
			m.left--
			a.at = waits
		case a.refused:
			m.ended[home]++
		default:
			m.ended[1-home]++
		}
	case looks:
		if !m.refuses {
			a.at = over
		}
	case waits:
		if m.left != 0 {
			a.at = over
		}
	case sumsEnd0:
		a.sum -= m.ended[0]
	case sumsEnd1:
		a.sum -= m.ended[1]
	case sumsBorn0:
		a.sum += m.born[0]
	case sumsBorn1:
		a.sum += m.born[1]
		m.done = m.done || a.sum == 0
	}
	return m
}

// TestDrainedInAllInterleavings lets them interleave in every way: the shutdown goes on when no task
// lives, and not before.
func TestDrainedInAllInterleavings(t *testing.T) {
	seen := map[drained]bool{}
	var explore func(m drained)
	explore = func(m drained) {
		if seen[m] {
			return
		}
		seen[m] = true
		if m.done && m.live != 0 {
			t.Fatalf("a task lives: %+v", m)
		}
		quiet := true
		for i, a := range m.actors {
			if a.at != over {
				quiet = false
				explore(m.step(i))
			}
		}
		if quiet && !m.done {
			t.Fatalf("the last end was not seen: %+v", m)
		}
	}
	explore(drained{})
	if len(seen) < 5000 {
		t.Errorf("only %d states explored", len(seen))
	}
}
