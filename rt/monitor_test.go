package rt

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// The hogs of these tests keep their workers until the test has seen that others were
// served. Without a monitor they hang.

// withHogs runs f on runtimes of some sizes, with a task on each worker that keeps it. The
// hogs go on when f has returned.
func withHogs(t *testing.T, f func(t *testing.T, r *Runtime)) {
	for name, workers := range map[string]int{"one": 1, "two": 2, "four": 4} {
		t.Run(name, func(t *testing.T) {
			r := testRuntime(t, task.Config{Workers: workers})
			var in atomic.Int32
			out := make(chan struct{})
			var hogs []*JoinHandle[Unit]
			for range workers {
				hogs = append(hogs, Spawn(do(func() { in.Add(1); <-out }), On(r)))
			}
			for in.Load() < int32(workers) {
				runtime.Gosched()
			}
			f(t, r)
			close(out)
			for _, h := range hogs {
				wait(t, r, h)
			}
		})
	}
}

// A task in the slot of a worker whose turn goes on runs elsewhere, and so does what
// it starts.
func TestA6_84_SlotOfAStuckWorker(t *testing.T) {
	for name, workers := range map[string]int{"one": 1, "two": 2, "four": 4} {
		t.Run(name, func(t *testing.T) {
			r := testRuntime(t, task.Config{Workers: workers})
			wait(t, r, Spawn(do(func() {
				ch := make(chan int)
				Spawn(do(func() { ch <- 1 }))
				<-ch
				var g Group
				g.Spawn(do(func() { ch <- 2 }))
				<-ch
				var gate gate
				Spawn(Future[Unit](&gate))
				h := Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
					_, ready, _ := gate.Poll(cx)
					if ready {
						ch <- 3
					}
					return Unit{}, ready, nil
				}))
				gate.polled(1)
				gate.Open()
				<-ch
				<-h.Done()
			}), On(r)))
		})
	}
}

// The queues of a stuck worker: the ring, and what waits for its first turn.
func TestA6_84_QueuesOfAStuckWorker(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	for _, start := range []func(f Future[Unit]){
		func(f Future[Unit]) { Go(f) },
		func(f Future[Unit]) { Spawn(f) },
	} {
		wait(t, r, Spawn(do(func() {
			var ran atomic.Int32
			for n := range int32(1000) {
				start(do(func() { ran.Add(1) }))
				for n%100 == 0 && ran.Load() < n+1 { // at the first it comes to be stuck
					runtime.Gosched()
				}
			}
			for ran.Load() < 1000 {
				runtime.Gosched()
			}
		}), On(r)))
	}
}

// While all workers are stuck all goes on: what comes from outside, wakes, timers, yields,
// blocking calls, and more tasks that are stuck.
func TestA6_84_AllWorkersStuck(t *testing.T) {
	withHogs(t, func(t *testing.T, r *Runtime) {
		wait(t, r, Spawn(YieldAsync(), On(r)))
		wait(t, r, Spawn(SleepAsync(time.Millisecond), On(r)))
		wait(t, r, Future[Unit](SpawnBlocking(func() (Unit, error) { return Unit{}, nil }, On(r))))
		if _, err := BlockOn(TimeoutAsync(time.Millisecond, Never[Unit]()), On(r)); err != ErrTimeout {
			t.Error(err)
		}
		var g gate
		h := Spawn(Future[Unit](&g), On(r))
		g.polled(1)
		g.Open()
		wait(t, r, h)
		h = Spawn(Never[Unit](), On(r))
		h.Abort()
		<-h.Done()
		// A chain of tasks each of which waits, natively, for the next one.
		var next func(n int) Future[Unit]
		next = func(n int) Future[Unit] {
			return do(func() {
				if n > 0 {
					<-Spawn(next(n - 1)).Done()
				}
			})
		}
		wait(t, r, Spawn(next(task.MaxSpares/2), On(r)))
	})
}

// A timer that was armed on a worker before it was stuck, and one that a goroutine arms
// there meanwhile.
func TestA7_TimersOfAStuckWorker(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	armed := Spawn(SleepAsync(20*time.Millisecond), On(r))
	wait(t, r, Spawn(do(func() {
		<-armed.Done()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 3 {
				Sleep(time.Millisecond)
			}
		}()
		<-done
		called := make(chan struct{})
		f := SleepAsync(time.Millisecond)
		_, _, _ = f.Poll(task.NewContext(task.NewWaker(func() { close(called) })))
		<-called
	}), On(r)))
}

// A function of a user that is called by a timer of a stuck worker may be stuck, too.
func TestA7_WakerOfAStuckWorker(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	wait(t, r, Spawn(do(func() {
		out := make(chan struct{})
		f := SleepAsync(time.Millisecond)
		_, _, _ = f.Poll(task.NewContext(task.NewWaker(func() { <-out })))
		<-Spawn(SleepAsync(2 * time.Millisecond)).Done()
		close(out)
	}), On(r)))
}

// A waker that blocks between two turns keeps nobody else.
func TestA7_WakerThatBlocks(t *testing.T) {
	for _, workers := range []int{1, 2} {
		r := testRuntime(t, task.Config{Workers: workers})
		in, out := make(chan struct{}), make(chan struct{})
		_, _ = BlockOn(do(func() {
			f := SleepAsync(time.Millisecond)
			_, _, _ = f.Poll(task.NewContext(task.NewWaker(func() { close(in); <-out })))
		}), On(r))
		<-in
		wait(t, r, Spawn(SleepAsync(time.Millisecond), On(r)))
		close(out)
	}
}

// A stuck task that ends by Goexit or panic, that blocks in BlockOn, and one that
// starts tasks when it is known to be stuck.
func TestA6_84_EndsOfStuckTurns(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	stuck := func() {
		for r.engine.Stuck.Load() == 0 {
			runtime.Gosched()
		}
	}
	for range 3 {
		h := Spawn(do(func() { stuck(); runtime.Goexit() }), On(r))
		if _, err := BlockOn[Unit](h, On(r)); err != ErrGoexit {
			t.Error(err)
		}
		h = Spawn(do(func() { stuck(); panic(1) }), On(r))
		if _, err := BlockOn[Unit](h, On(r)); err == nil {
			t.Error("no panic")
		}
		wait(t, r, Spawn(do(func() {
			stuck()
			_, _ = Await(Spawn(SleepAsync(1)))
			<-Spawn(YieldAsync()).Done()
		}), On(r)))
		wait(t, r, Spawn(do(func() {
			stuck()
			<-Spawn(do(func() {})).Done()
			<-Spawn(SleepAsync(1)).Done()
		}), On(r)))
	}
}

// More tasks are stuck than there may be spares: as soon as one goes on, all else does.
func TestA6_84_AllSparesStuck(t *testing.T) {
	r := testRuntime(t, task.Config{Workers: 1})
	out := make(chan struct{})
	var in atomic.Int32
	var hogs []*JoinHandle[Unit]
	for range 1 + task.MaxSpares {
		hogs = append(hogs, Spawn(do(func() { in.Add(1); <-out }), On(r)))
	}
	for r.engine.Stuck.Load() < 1+task.MaxSpares {
		runtime.Gosched()
	}
	if n := len(r.engine.SpareList()); n != task.MaxSpares {
		t.Errorf("%d spares", n)
	}
	last := Spawn(YieldAsync(), On(r))
	out <- struct{}{}
	wait(t, r, last)
	close(out)
	for _, h := range hogs {
		wait(t, r, h)
	}
}

// When nothing is stuck any more the spares go away; when nothing runs the monitor sleeps.
func TestMonitorAndSparesGoAway(t *testing.T) {
	withHogs(t, func(t *testing.T, r *Runtime) {
		wait(t, r, Spawn(do(func() {
			if len(r.engine.SpareList()) == 0 {
				t.Error("no spare") // all workers are stuck: who runs this?
			}
		}), On(r)))
		t.Cleanup(func() {
			for len(r.engine.SpareList()) > 0 || r.engine.Stuck.Load() > 0 || r.engine.Monitor.Armed.Load() {
				runtime.Gosched()
			}
			looks := r.engine.Monitor.Looks.Load()
			for range 1000 {
				runtime.Gosched()
			}
			if r.engine.Monitor.Looks.Load() != looks {
				t.Error("the monitor looks at nothing")
			}
			if n := r.engine.Idle.Load(); n != 0 || len(r.engine.Sleepers) != len(r.engine.Workers) {
				t.Errorf("%x idle, %d asleep", n, len(r.engine.Sleepers))
			}
		})
	})
}

// byHand makes a runtime whose monitor looks when the test says so.
func byHand(t *testing.T, c task.Config) *Runtime {
	c.Looks = -1
	return testRuntime(t, c)
}

// A worker that has ended its turn between two looks is not stuck, and costs nothing.
func TestMonitorSeesTurns(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1})
	step := make(chan struct{})
	yields := 0
	h := Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
		step <- struct{}{}
		<-step
		yields++
		cx.Waker().Wake()
		return Unit{}, yields == 5, nil
	}), On(r))
	for range 5 {
		<-step
		r.engine.Monitor.Look()
		if r.engine.Workers[0].Mark.Load() != task.MarkSeen {
			t.Error("not seen")
		}
		step <- struct{}{}
	}
	wait(t, r, h)
	if len(r.engine.SpareList()) != 0 || r.engine.Monitor.Turns.Load() != 0 {
		t.Error("something was stuck")
	}
}

// What is in a queue twice runs once, and the second entry is dropped.
func TestMonitorQueuesTwice(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1})
	var polls atomic.Int32
	out := make(chan struct{})
	in := make(chan *JoinHandle[Unit])
	hog := Spawn(do(func() {
		in <- Spawn(PollFunc(func(*Context) (Unit, bool, error) { polls.Add(1); return Pending[Unit]() }))
		<-out
	}), On(r))
	h := <-in
	r.engine.Monitor.Look()
	r.engine.Monitor.Look()
	for polls.Load() == 0 {
		runtime.Gosched()
	}
	for range 5 {
		r.engine.Monitor.Look()
	}
	close(out) // now the slot has it still
	wait(t, r, hog)
	wait(t, r, Spawn(YieldAsync(), On(r)))
	if polls.Load() != 1 {
		t.Errorf("%d polls", polls.Load())
	}
	h.Abort()
	<-h.Done()
}

// The monitor does not fill the injector with a task that is in it already.
func TestMonitorQueuesOnce(t *testing.T) {
	r := byHand(t, task.Config{Workers: 1, Current: true}) // no spare: nobody takes it
	out := make(chan struct{})
	in := make(chan struct{})
	hog := Spawn(do(func() { Spawn(do(func() {})); in <- struct{}{}; <-out }), On(r))
	go func() { _, _ = BlockOn[Unit](hog, On(r)) }()
	<-in
	for range 10 {
		r.engine.Monitor.Look()
	}
	if n := r.engine.Queue.Len(); n != 1 {
		t.Errorf("%d entries", n)
	}
	close(out)
	<-hog.Done()
}

// Looks at a mad rate, and turns of all lengths: nothing is lost or doubled.
func TestMonitorStress(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds = 20
	}
	for _, workers := range []int{1, 2, 4} {
		r := testRuntime(t, task.Config{Workers: workers, Looks: 30 * time.Microsecond})
		var total atomic.Int64
		for range rounds {
			var g Group
			for range 20 {
				SpawnIn(&g, newGuard(50, &total), On(r))
			}
			wait(t, r, g.WaitAsync())
		}
		if n := total.Load(); n != int64(rounds)*20 {
			t.Errorf("%d tasks have ended", n)
		}
	}
}

// guard is a future that is polled by one at a time, wakes itself and others in several
// ways, and sometimes takes long.
type guard struct {
	left  int
	busy  atomic.Int32
	total *atomic.Int64
	sleep Future[Unit]
}

func newGuard(n int, total *atomic.Int64) Future[Unit] { return &guard{left: n, total: total} }

func (g *guard) Poll(cx *Context) (Unit, bool, error) {
	if g.busy.Add(1) != 1 {
		panic("two polls at once")
	}
	defer g.busy.Add(-1)
	if g.sleep != nil {
		if _, ready, _ := g.sleep.Poll(cx); !ready {
			return Pending[Unit]()
		}
		g.sleep = nil
	}
	if g.left--; g.left < 0 {
		g.total.Add(1)
		return Done(Unit{})
	}
	switch rand.IntN(8) {
	case 0:
		g.sleep = SleepAsync(1)
		return g.again(cx)
	case 1:
		w := cx.Waker()
		go w.Wake()
	case 2:
		for end := time.Now().Add(100 * time.Microsecond); time.Now().Before(end); {
		}
		cx.Waker().Wake()
	case 3:
		runtime.Gosched()
		cx.Waker().Wake()
	default:
		task.NextTurn(cx)
	}
	return Pending[Unit]()
}

// again polls the sleep that has just been made.
func (g *guard) again(cx *Context) (Unit, bool, error) {
	if _, ready, _ := g.sleep.Poll(cx); ready {
		g.sleep = nil
		cx.Waker().Wake()
	}
	return Pending[Unit]()
}

// A turn that the monitor has seen in two looks is reported, with where in the source it has ended; one that it has seen once is
// not.
func TestA5_73_LongTurns(t *testing.T) {
	got := make(chan LongTurn)
	r := testRuntime(t, task.Config{Workers: 1, Looks: -1, LongTurns: func(l task.TurnReport) { got <- LongTurn(l); panic("goes no further") }})
	r.engine.Monitor.Patience = task.Forever
	in, out := make(chan struct{}), make(chan struct{})
	looked := func(looks int, f Future[Unit]) *JoinHandle[Unit] {
		h := Spawn(f, On(r), Name("hog"))
		<-in
		for range looks {
			r.engine.Monitor.Look()
		}
		out <- struct{}{}
		return h
	}
	hog := func(f Future[Unit]) *JoinHandle[Unit] { return looked(2, f) }
	stop := func() { in <- struct{}{}; <-out }
	wait(t, r, looked(1, do(stop)))

	// It ends its turn in an await of a marked function.
	h := hog(longAsync(stop))
	if l := <-got; l.Task != "hog" || l.Function != "rt.long" || l.Pos != "long.go:7" || l.Took < 0 {
		t.Errorf("%+v", l)
	}
	wait(t, r, h)
	// It ends.
	wait(t, r, hog(do(stop)))
	if l := <-got; l.Task != "hog" || l.Function != "rt.Await" || l.Pos != "" {
		t.Errorf("%+v", l)
	}
	_, _ = BlockOn[Unit](hog(do(func() { stop(); panic(1) })), On(r))
	if l := <-got; l.Task != "hog" {
		t.Errorf("%+v", l)
	}
	if n := r.engine.Monitor.Turns.Load(); n != 3 {
		t.Errorf("%d long turns", n)
	}
}

// A turn that goes on is reported once, with the stack of what it does; and again at its end.
func TestA5_73_EndlessTurn(t *testing.T) {
	got := make(chan LongTurn)
	r := testRuntime(t, task.Config{Workers: 1, Looks: -1, LongTurns: func(l task.TurnReport) { got <- LongTurn(l) }})
	r.engine.Monitor.Patience = 0
	in, out := make(chan struct{}), make(chan struct{})
	h := Spawn(do(func() { endlessTurn(in, out) }), On(r))
	<-in
	r.engine.Monitor.Look()
	r.engine.Monitor.Look()
	if l := <-got; !strings.Contains(string(l.Stacks), "rt.endlessTurn(") || l.Task != "" {
		t.Errorf("%+v", l)
	}
	for range 3 {
		r.engine.Monitor.Look()
	}
	out <- struct{}{}
	wait(t, r, h)
	if l := <-got; l.Stacks != nil {
		t.Error("reported twice")
	}
}

//go:noinline
func endlessTurn(in, out chan struct{}) {
	in <- struct{}{}
	<-out
}

// A turn that computes is seen by a monitor that looks by itself, and nothing in the turn helps it.
func TestA5_73_ComputingTurn(t *testing.T) {
	var told atomic.Bool
	got := make(chan LongTurn, 2)
	r := testRuntime(t, task.Config{Workers: 1, LongTurns: func(l task.TurnReport) {
		got <- LongTurn(l)
		told.Store(true)
	}})
	r.engine.Monitor.Patience = 0
	wait(t, r, Spawn(do(func() { computes(&told) }), On(r)))
	if l := <-got; !strings.Contains(string(l.Stacks), "rt.computes(") {
		t.Errorf("%+v", l)
	}
	if l := <-got; l.Stacks != nil || l.Took <= 0 {
		t.Errorf("at its end: %+v", l)
	}
}

// computes computes until it is told to stop.
func computes(stop *atomic.Bool) (n int) {
	for !stop.Load() {
		n++
	}
	return n
}

// long is a marked function that computes and then yields.
type long struct {
	task.Frame
	f func()
}

var longFunc = task.Func{Name: "rt.long", States: []task.State{{Name: "start", Pos: "long.go:5"}, {Name: "Yield", Pos: "long.go:7"}}}

func (m *long) Func() *task.Func { return &longFunc }

func (m *long) Reset() { *m = long{} }

func (m *long) Resume(cx *Context) task.Machine {
	if m.State() == 0 {
		m.f()
		return task.Suspend(cx, m, 1, task.YieldOnce(cx))
	}
	return nil
}

func longAsync(f func()) Future[Unit] {
	b := new(struct {
		task.Box[Unit]
		long
	})
	b.f = f
	return b.Init(&b.long)
}

// Turns of a millisecond: timers and the injector are looked at after about one.
func TestA6_SlowTurns(t *testing.T) {
	c := new(virtual)
	r := testRuntime(t, task.Config{Workers: 1, Current: true, Clock: c})
	var fired atomic.Bool
	var late int64
	var armed, outside int64 = -1, -1
	turn := 0
	injected := make(chan struct{})
	slow := func(i int) Future[Unit] {
		return PollFunc(func(cx *Context) (Unit, bool, error) {
			turn++
			c.t.Add(task.Tick) // what this turn takes
			if i == 0 && turn > 500 && armed < 0 {
				armed = c.Now()
				go func() {
					Go(do(func() { outside = c.Now() }), On(r))
					close(injected)
				}()
				<-injected
			}
			task.NextTurn(cx)
			return Unit{}, fired.Load() && outside >= 0, nil
		})
	}
	sleeper := Spawn(SleepAsync(700*time.Millisecond), On(r))
	start := c.Now()
	then := Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
		_, ready, _ := sleeper.Poll(cx)
		if ready {
			late = c.Now() - start - 700*task.Tick
			fired.Store(true)
		}
		return Unit{}, ready, nil
	}), On(r))
	var hs []Future[Unit]
	for i := range 3 {
		hs = append(hs, Spawn(slow(i), On(r)))
	}
	for _, h := range hs {
		wait(t, r, h)
	}
	wait(t, r, Future[Unit](then))
	if late > 8*task.Tick { // it waits for those that are queued, too
		t.Errorf("the timer is %d turns late", late/task.Tick)
	}
	if outside-armed > 4*task.Tick {
		t.Errorf("what came from outside has waited for %d turns", (outside-armed)/task.Tick)
	}
}

// Whose timer fires is next, whatever is queued. And who sleeps all the time does not keep others off.
func TestA6_SleeperIsNext(t *testing.T) {
	const busy, turnsEach = 50, 200
	c := new(virtual)
	r := testRuntime(t, task.Config{Workers: 1, Current: true, Clock: c})
	turns, done := make([]int, busy), 0
	var hs []*JoinHandle[Unit]
	for i := range busy {
		hs = append(hs, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
			c.t.Add(task.Tick) // what this turn takes
			if turns[i]++; turns[i] == turnsEach {
				done++
				return Done(Unit{})
			}
			task.NextTurn(cx)
			return Pending[Unit]()
		}), On(r)))
	}
	var late []int64
	for range 3 { // of which all but one may have to wait for the others
		var from int64
		sleep := SleepAsync(0)
		hs = append(hs, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
			for {
				if _, over, _ := sleep.Poll(cx); !over {
					return Pending[Unit]()
				}
				if from != 0 && done == 0 {
					late = append(late, (c.Now()-from)/task.Tick-10)
				}
				if done == busy {
					return Done(Unit{})
				}
				from, sleep = c.Now(), SleepAsync(10*time.Millisecond)
			}
		}), On(r)))
	}
	for _, h := range hs {
		wait(t, r, h)
	}
	slices.Sort(late)
	if len(late) < 100 || late[len(late)/2] > 8 {
		t.Errorf("of %d sleeps half were %d turns late", len(late), late[len(late)/2])
	}
	for i, n := range turns {
		if n != turnsEach {
			t.Errorf("task %d has had %d turns", i, n)
		}
	}
}

// Nobody but the monitor takes a task out of a slot: two that wake each other stay
// together.
func TestSlotIsNotStolen(t *testing.T) {
	r := byHand(t, task.Config{Workers: 2})
	done := make(chan struct{})
	var first, second uintptr
	wait(t, r, Spawn(do(func() {
		var once sync.Once
		first = goid.ID()
		Spawn(do(func() { second = goid.ID(); once.Do(func() { close(done) }) }))
		for range 1000 {
			runtime.Gosched()
		}
	}), On(r)))
	<-done
	if first != second {
		t.Error("it has run elsewhere")
	}
}

func TestLogLongTurns(t *testing.T) {
	var c task.Config
	LogLongTurns()(&c)
	logs := logged(t)
	for range 3 {
		c.LongTurns(task.TurnReport{Task: "hog", Took: time.Second, Function: "main.f", Pos: "main.go:3"})
	}
	text := logs()
	if n := strings.Count(text, "main.go:3"); n != 1 {
		t.Errorf("%d lines: %s", n, text)
	}
	LogLongTurns()(&c)
	c.LongTurns(task.TurnReport{Took: time.Second, Stacks: []byte("goroutine 7 [running]:")})
	if text := logs(); !strings.Contains(text, "goroutine 7") {
		t.Errorf("logged: %s", text)
	}
}
