package rttest

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// block is a body of ordinary code.
func block(f func()) rt.Future[rt.Unit] {
	return rt.AsyncFunc(func() error {
		f()
		return nil
	})
}

// recorder is a test that may fail.
type recorder struct {
	testing.TB
	name   string
	failed bool
	log    strings.Builder
}

func (r *recorder) Helper()      {}
func (r *recorder) Name() string { return r.name }
func (r *recorder) Failed() bool { return r.failed }
func (r *recorder) Logf(format string, args ...any) {
	fmt.Fprintf(&r.log, format+"\n", args...)
}
func (r *recorder) Errorf(format string, args ...any) {
	r.failed = true
	r.Logf(format, args...)
}

// failing runs f with a test that may fail, and gives what it has said.
func failing(t *testing.T, f func(t testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t, name: "TestIt/case"}
	f(r)
	if !r.failed {
		t.Errorf("it has not failed: %s", r.log.String())
	}
	return r.log.String()
}

// mixture uses all that can wait: tasks, sleeps, choices, groups, blocks of ordinary code, nested BlockOn,
// SpawnBlocking, native channels. What happens goes to the log.
func mixture(log func(string)) rt.Future[rt.Unit] {
	return rt.AsyncFunc(func() error {
		var g rt.Group
		ch := rtsync.NewChan[int](1)
		native := make(chan int)
		for i := range 3 {
			g.Go(func() error {
				rt.Sleep(time.Duration(i%2) * time.Second)
				log(fmt.Sprint("sends ", i))
				return ch.Send(i)
			})
			rt.Go(rt.AsyncFunc(func() error {
				_, err := rt.BlockOn(rt.SleepAsync(time.Second))
				log(fmt.Sprint("nested ", i))
				rt.Yield()
				_, _ = rt.BlockOn(rt.YieldAsync(), rt.Name("again"))
				log(fmt.Sprint("nested ends ", i))
				return err
			}))
		}
		for range 3 {
			v, err := ch.Recv()
			if err != nil {
				return err
			}
			log(fmt.Sprint("received ", v))
		}
		g.Go(func() error {
			rt.Send(native, 1)
			return nil
		})
		rt.Recv(native)
		c := rt.Select2(rt.Ready(1), rt.Ready(2))
		log(fmt.Sprint("chosen ", c))
		h := rt.SpawnBlocking(func() (int, error) {
			rt.Sleep(time.Minute)
			log("called")
			return 1, nil
		})
		if _, err := rt.Await(h); err != nil {
			return err
		}
		_, err := rt.Timeout(time.Second, rt.SleepAsync(time.Hour))
		log(fmt.Sprint(err))
		rt.Sleep(time.Second)
		return g.Wait()
	})
}

func TestA6_89_SameSeedSameTrace(t *testing.T) {
	traces := map[string]bool{}
	for seed := range uint64(50) {
		var hashes [2]uint64
		var logs [2]string
		for i := range 2 {
			x := &simulated{config: config{turns: manyTurns}, chooser: uniform{newRand(seed)}}
			var lines []string
			if err := x.run(mixture(func(s string) { lines = append(lines, s) })); err != nil || len(x.problems) > 0 {
				t.Fatalf("seed %d: %v %v\n%s", seed, err, x.problems, x.timeline())
			}
			hashes[i], logs[i] = x.hash, strings.Join(lines, "\n")
		}
		if hashes[0] != hashes[1] || logs[0] != logs[1] {
			t.Errorf("seed %d: two traces: %x %x\n%s\n\n%s", seed, hashes[0], hashes[1], logs[0], logs[1])
		}
		traces[logs[0]] = true
	}
	if len(traces) < 40 {
		t.Errorf("50 seeds have given %d logs", len(traces))
	}
}

// traceOf is what happens in ten thousand turns and more, as a number.
func traceOf(t *testing.T, seed uint64) string {
	t.Helper()
	x := &simulated{config: config{turns: manyTurns}, chooser: uniform{newRand(seed)}}
	err := x.run(rt.AsyncFunc(func() error {
		var g rt.Group
		for i := range 20 {
			g.Go(func() error {
				for n := range 500 {
					if (n+i)%100 == 0 {
						rt.Sleep(time.Duration(i%3) * time.Millisecond)
					}
					if c := rt.Select2(rt.YieldAsync(), rt.SleepAsync(0)); c.Index > 0 {
						rt.Yield()
					}
				}
				return nil
			})
		}
		return g.Wait()
	}))
	if err != nil || len(x.problems) > 0 || x.turn < 10_000 {
		t.Fatal(err, x.problems, x.turn)
	}
	return fmt.Sprintf("%x after %d turns", x.hash, x.turn)
}

// A seed gives the same trace in another process, too, where all is at other addresses.
func TestA6_89_AnotherProcess(t *testing.T) {
	const env = "ASYNCGEN_TEST_TRACE"
	if text := os.Getenv(env); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("trace", traceOf(t, seed))
		return
	}
	want := traceOf(t, 1)
	if traceOf(t, 2) == want {
		t.Error("two seeds have one trace")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), env+"=1")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "trace "+want+"\n") {
		t.Errorf("%s, and in another process %v:\n%s", want, err, out)
	}
}

// The clock jumps from one timer to the next, and all that is due then, and what follows from it, runs before it goes on. There is no
// more time between two timers than they say.
func TestA7_100_TimersFireInOrder(t *testing.T) {
	Explore(t, 50, func() rt.Future[rt.Unit] {
		return block(func() {
			start := rt.Now()
			var woken []time.Duration
			var g rt.Group
			for i := range 30 {
				d := time.Duration(1+i*7%10) * time.Second
				g.Go(func() error {
					rt.Sleep(d)
					for range 3 { // who is woken has its turns now
						if now := rt.Since(start); now != d {
							t.Errorf("slept until %v, and it is %v", d, now)
						}
						woken = append(woken, d)
						rt.Yield()
					}
					_, _ = rt.Await(rt.Spawn(block(func() { woken = append(woken, rt.Since(start)) })))
					return nil
				})
			}
			if err := g.Wait(); err != nil {
				t.Error(err)
			}
			if len(woken) != 30*4 || !slices.IsSorted(woken) {
				t.Errorf("woken at %v", woken)
			}
		})
	})
}

// The clock stands while anything is ready, and goes on from where it has stood.
func TestA7_101_ClockStandsWhileSomethingIsReady(t *testing.T) {
	Explore(t, 20, func() rt.Future[rt.Unit] {
		return block(func() {
			start := rt.Now()
			slept := rt.Spawn(rt.SleepAsync(time.Second))
			for i := range 3 {
				passed := time.Duration(i) * 400 * time.Millisecond
				for range 500 {
					rt.Yield()
					if d := rt.Since(start); d != passed {
						t.Fatalf("%v have passed, want %v", d, passed)
					}
				}
				if slept.Finished() {
					t.Error("the other one wakes before its time")
				}
				if i < 2 {
					rt.Sleep(400 * time.Millisecond) // from where it has stood
				}
			}
			if _, err := rt.Await(slept); err != nil || rt.Since(start) != time.Second {
				t.Errorf("%v, after %v", err, rt.Since(start))
			}
		})
	})
}

func TestVirtualTime(t *testing.T) {
	Run(t, block(func() {
		start := rt.Now()
		rt.Sleep(1000 * time.Hour)
		if d := rt.Since(start); d != 1000*time.Hour {
			t.Errorf("slept %v", d)
		}
	}))
}

// Whose deadlines are equal are ready at once: each order comes.
func TestEqualDeadlines(t *testing.T) {
	orders := map[string]bool{}
	n := Exhaustive(t, func() rt.Future[rt.Unit] {
		return block(func() {
			var order string
			a := rt.Spawn(block(func() { rt.Sleep(time.Second); order += "a" }))
			b := rt.Spawn(block(func() { rt.Sleep(time.Second); order += "b" }))
			_, _ = rt.Await(a)
			_, _ = rt.Await(b)
			orders[order] = true
		})
	})
	if !orders["ab"] || !orders["ba"] {
		t.Errorf("orders %v of %d schedules", orders, n)
	}
}

func TestBodyOnTheTestsGoroutine(t *testing.T) {
	inner := &recorder{TB: t, name: "TestInner"}
	over := make(chan bool)
	go func() {
		defer close(over)
		Run(inner, rt.PollFunc(func(*rt.Context) (rt.Unit, bool, error) {
			inner.Errorf("it fails")
			runtime.Goexit()
			panic("not reached")
		}), Seed(42))
		t.Error("Run has returned")
	}()
	<-over
	if got := inner.log.String(); !strings.Contains(got, "go test -run '^TestInner$' -rttest.seed=42") {
		t.Errorf("no seed in %s", got)
	}
}

func TestFailureHasItsSeed(t *testing.T) {
	got := failing(t, func(t testing.TB) {
		Run(t, rt.AsyncFunc(func() error {
			rt.Sleep(time.Second)
			return errors.New("so it is")
		}), Seed(17))
	})
	for _, want := range []string{"so it is", "go test -run '^TestIt$/^case$' -rttest.seed=17", "the test", "1s"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

func TestDeadlock(t *testing.T) {
	got := failing(t, func(t testing.TB) {
		Run(t, block(func() {
			var mu rtsync.Mutex
			mu.Lock()
			h := rt.Spawn(mu.LockAsync(), rt.Name("second"))
			_, _ = rt.Await(h)
		}))
	})
	for _, want := range []string{"deadlock", "second: waits in rtsync.(*Mutex).Lock (Lock)"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

// idle is a driver that says when the runtime has nothing to do.
type idle struct {
	*simulated
	once sync.Once
	now  chan bool
}

func (x *idle) Outside() bool {
	x.once.Do(func() { close(x.now) })
	return false
}

// An ordinary goroutine may wake what waits: while there is one it is no deadlock, also if it waits for a lock.
// Who stands in a deadlock is told with what it waits for and who has that, also inside of a block of ordinary code.
func TestDeadlockSaysWhere(t *testing.T) {
	got := failing(t, func(t testing.TB) {
		Run(t, rt.AsyncFunc(func() error {
			var m, other rtsync.Mutex
			ch := rtsync.NewChan[int](0)
			held := false
			h := rt.Spawn(block(func() { _, _ = rt.Await(m.LockAsync()); held = true; _, _ = ch.Recv() }), rt.Name("holder"))
			rt.Go(block(func() { _, _ = rt.Await(h) }))
			rt.Go(rt.PollFunc(func(*rt.Context) (rt.Unit, bool, error) { return rt.Unit{}, false, nil }))
			for !held {
				rt.Yield()
			}
			other.Lock()
			_, _, _ = rt.Join2(m.LockAsync(), other.LockAsync())
			return nil
		}), Seed(1))
	})
	for _, want := range []string{
		"\t1 the test: waits in rt.Join2 {rtsync.(*Mutex).Lock (Lock) [held by task holder]; rtsync.(*Mutex).Lock (Lock)",
		"}, called by rt.AsyncFunc (run_test.go:",
		"holder: waits in rtsync.(*Chan).Recv (Recv), called by rt.AsyncFunc (run_test.go:",
		"): waits in rt.JoinHandle [of task holder], called by rt.AsyncFunc (run_test.go:",
		"rt.PollFunc: waits in rt.PollFunc\n",
		"holder: waits in rtsync.(*Chan).Recv\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %s", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

// The timeline says how each task has ended, and has one line for turns that are the same.
func TestTimelineSaysHowTasksEnd(t *testing.T) {
	got := failing(t, func(t testing.TB) {
		Run(t, rt.AsyncFunc(func() error {
			ends := map[string]rt.Future[int]{
				"well":   rt.Ready(1),
				"failed": rt.AsyncValue(func() (int, error) { rt.Yield(); return 0, errors.New("no luck\ntoday") }),
				"panics": rt.AsyncValue(func() (int, error) { rt.Yield(); panic("a mistake") }),
				"exits":  rt.AsyncValue(func() (int, error) { rt.Yield(); runtime.Goexit(); return 0, nil }),
				"reads":  rt.PollFunc(func(*rt.Context) (int, bool, error) { return 0, true, io.EOF }),
			}
			for _, name := range slices.Sorted(maps.Keys(ends)) {
				_, _ = rt.Await(rt.Spawn(ends[name], rt.Name(name)))
			}
			h := rt.Spawn(rt.Never[int](), rt.Name("aborted"))
			rt.Yield()
			h.Abort()
			_, _ = rt.Await(h)
			_, _ = rt.Await(rt.Spawn(rt.AsyncFunc(func() error { return errors.New(strings.Repeat("long ", 50)) }), rt.Name("long")))
			for range 50 {
				rt.Yield()
			}
			return errors.New("over")
		}), Seed(1))
	})
	for _, want := range []string{
		" well: ends\n", " failed: ends with an error: no luck …\n", " panics: panics: a mistake\n", " exits: ends by runtime.Goexit\n",
		" reads: ends with an error: EOF\n", " aborted: ends, aborted\n", " long long …\n", " the test: gives way\n", "  49 more of these\n", " the test: ends\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %s", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestGoroutineIsNoDeadlock(t *testing.T) {
	for range 20 {
		x := &idle{simulated: &simulated{config: config{turns: manyTurns}, chooser: uniform{newRand(1)}}, now: make(chan bool)}
		err := x.runOn(task.NewSim(x), block(func() {
			var mu sync.Mutex
			var n rtsync.Notify
			mu.Lock()
			go func() {
				mu.Lock()
				n.NotifyOne()
			}()
			go func() {
				<-x.now
				mu.Unlock()
			}()
			n.Wait()
		}))
		if err != nil || len(x.problems) > 0 {
			t.Fatal(err, x.problems)
		}
	}
}

func TestLeaks(t *testing.T) {
	begun, cleaned := false, false
	leak := func() rt.Future[rt.Unit] {
		return block(func() {
			rt.Spawn(rt.AsyncFunc(func() error {
				begun = true
				defer func() {
					rt.Sleep(time.Second)
					cleaned = true
				}()
				rt.Sleep(time.Hour)
				return nil
			}), rt.Name("left"))
			rt.Yield()
		})
	}
	got := failing(t, func(t testing.TB) { Run(t, leak(), Seed(1)) })
	if !strings.Contains(got, "left") || !strings.Contains(got, "the body has ended") {
		t.Errorf("no leak in:\n%s", got)
	}
	for seed := range uint64(20) {
		begun, cleaned = false, false
		Run(t, leak(), AllowLeaks(), Seed(seed))
		if cleaned != begun {
			t.Errorf("seed %d: begun %v, cleaned up %v", seed, begun, cleaned)
		}
	}
}

func TestRunForever(t *testing.T) {
	got := failing(t, func(t testing.TB) {
		Run(t, rt.AsyncFunc(func() error {
			_, err := rt.Await(rt.Spawn(rt.PollFunc(func(cx *rt.Context) (rt.Unit, bool, error) {
				cx.Waker().Wake()
				return rt.Unit{}, false, nil
			})))
			return err
		}), MaxTurns(1000))
	})
	if !strings.Contains(got, "still runs after 1000 turns") {
		t.Errorf("%s", got)
	}
}

// Of two tasks that each read, wait and write, some order loses one of the writes.
func lostUpdate(t testing.TB) rt.Future[rt.Unit] {
	return rt.AsyncFunc(func() error {
		n := 0
		add := func() error {
			v := n
			rt.Yield()
			n = v + 1
			return nil
		}
		var g rt.Group
		g.Go(add)
		g.Go(add)
		if err := g.Wait(); err != nil {
			return err
		}
		if n != 2 {
			return fmt.Errorf("n = %d", n)
		}
		return nil
	})
}

func TestExploreFinds(t *testing.T) {
	got := failing(t, func(t testing.TB) {
		Explore(t, 1000, func() rt.Future[rt.Unit] { return lostUpdate(t) })
	})
	if !strings.Contains(got, "n = 1") || !strings.Contains(got, "-rttest.seed=") {
		t.Errorf("%s", got)
	}
}

func TestExhaustiveFinds(t *testing.T) {
	got := failing(t, func(t testing.TB) {
		Exhaustive(t, func() rt.Future[rt.Unit] { return lostUpdate(t) })
	})
	_, choices, _ := strings.Cut(got, "-rttest.choices=")
	choices, _, _ = strings.Cut(choices, "\n")
	if !strings.Contains(got, "n = 1") || choices == "" {
		t.Fatalf("%s", got)
	}
	defer func(old string) { *choicesFlag = old }(*choicesFlag)
	*choicesFlag = choices
	again := failing(t, func(t testing.TB) {
		if n := Exhaustive(t, func() rt.Future[rt.Unit] { return lostUpdate(t) }); n != 1 {
			t.Logf("%d schedules, not one", n)
		}
	})
	if again != got {
		t.Errorf("the second time it is\n%s\nand not\n%s", again, got)
	}
}

func TestSeedFlag(t *testing.T) {
	defer func(old uint64) { *seedFlag = old }(*seedFlag)
	got := failing(t, func(t testing.TB) {
		Explore(t, 1000, func() rt.Future[rt.Unit] { return lostUpdate(t) })
	})
	_, seed, _ := strings.Cut(got, "-rttest.seed=")
	if _, err := fmt.Sscan(seed, seedFlag); err != nil {
		t.Fatal(err)
	}
	if again := failing(t, func(t testing.TB) {
		Explore(t, 1000, func() rt.Future[rt.Unit] { return lostUpdate(t) })
	}); again != got {
		t.Errorf("the second time it is\n%s\nand not\n%s", again, got)
	}
}

// Two tasks of one await each have so many orders.
func TestExhaustiveCounts(t *testing.T) {
	seen := map[string]bool{}
	n := Exhaustive(t, func() rt.Future[rt.Unit] {
		var order []byte
		step := func(name byte) rt.Future[rt.Unit] {
			return block(func() {
				order = append(order, name)
				rt.Yield()
				order = append(order, name)
			})
		}
		return block(func() {
			a, b := rt.Spawn(step('a')), rt.Spawn(step('b'))
			_, _ = rt.Await(a)
			_, _ = rt.Await(b)
			seen[string(order)] = true
		})
	})
	if len(seen) != 6 { // 4 over 2
		t.Errorf("%d orders in %d schedules: %v", len(seen), n, seen)
	}
}

func TestNotTheSameEachTime(t *testing.T) {
	runs := 0
	got := failing(t, func(t testing.TB) {
		Exhaustive(t, func() rt.Future[rt.Unit] {
			runs++
			n := 3 - min(runs, 2)
			return block(func() {
				for range n {
					rt.Go(rt.YieldAsync())
				}
				rt.Sleep(time.Second)
			})
		})
	})
	if !strings.Contains(got, "not the same each time") {
		t.Errorf("%s", got)
	}
}

// A function that blocks holds the clock, however long it takes: whoever sleeps meanwhile wakes when it has ended.
func TestA5_71_ClockStandsDuringABlockingCall(t *testing.T) {
	Explore(t, 50, func() rt.Future[rt.Unit] {
		return block(func() {
			start := rt.Now()
			slept := rt.Spawn(rt.SleepAsync(time.Nanosecond))
			call := rt.SpawnBlocking(func() (int, error) {
				begun, done := rt.Now(), make(chan bool)
				go func() { // it may take its time on the wall
					for range 100 {
						runtime.Gosched()
					}
					close(done)
				}()
				<-done
				for range 10 { // others have their turns
					rt.Yield()
					if !rt.Now().Equal(begun) {
						t.Errorf("time passes, from %v to %v", begun, rt.Now())
					}
				}
				return 1, nil
			})
			if v, err := rt.Await(call); v != 1 || err != nil {
				t.Error(v, err)
			}
			if _, err := rt.Await(slept); err != nil || rt.Since(start) <= 0 {
				t.Errorf("%v, %v after the start", err, rt.Since(start))
			}
		})
	})
}
