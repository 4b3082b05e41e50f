package rt

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// at is a stream on the clock of the runtime that polls it: the value i comes at times[i] milliseconds after
// the first poll. It ends with err.
func at(err error, times ...int) Stream[int] {
	var start time.Time
	var sleep Future[Unit]
	i := 0
	return StreamFunc(func(cx *Context) (int, bool, error) {
		now := task.EngineOf(cx).Time()
		if start.IsZero() {
			start = now
		}
		if i == len(times) {
			return 0, true, err
		}
		if sleep == nil {
			sleep = SleepUntilAsync(start.Add(time.Duration(times[i]) * time.Millisecond))
		}
		if _, ready, _ := sleep.Poll(cx); !ready {
			return 0, false, nil
		}
		sleep = nil
		i++
		return i - 1, true, nil
	})
}

// schedule takes all of s, and says what came when, in milliseconds.
func schedule[T any](t *testing.T, make func() Stream[T]) []string {
	t.Helper()
	r, clock := onVirtual(t)
	var got []string
	start := clock.Now()
	note := func(v any) {
		got = append(got, fmt.Sprintf("%v@%d", v, (clock.Now()-start)/int64(time.Millisecond)))
	}
	_, err := BlockOn[Unit](Spawn(PollFunc(func() func(cx *Context) (Unit, bool, error) {
		s := make()
		return func(cx *Context) (Unit, bool, error) {
			for {
				v, ready, err := s.PollNext(cx)
				switch {
				case !ready:
					return Pending[Unit]()
				case err != nil:
					note(err)
					return Done(Unit{})
				}
				note(v)
			}
		}
	}()), On(r)), On(r))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestPacedStreams(t *testing.T) {
	broken := errors.New("broken")
	const ms = time.Millisecond
	for _, x := range []struct {
		name string
		got  func(t *testing.T) []string
		want []string
	}{
		{"chunks of two", func(t *testing.T) []string {
			return schedule(t, func() Stream[[]int] { return Chunks(2, 0, at(io.EOF, 0, 10, 20, 90, 95)) })
		}, []string{"[0 1]@10", "[2 3]@90", "[4]@95", "EOF@95"}},
		{"chunks within a time", func(t *testing.T) []string {
			return schedule(t, func() Stream[[]int] { return Chunks(3, 15*ms, at(broken, 0, 10, 20, 90)) })
		}, []string{"[0 1]@15", "[2]@35", "[3]@90", "broken@90"}},
		{"rate limit", func(t *testing.T) []string {
			return schedule(t, func() Stream[int] { return RateLimit(10*ms, at(io.EOF, 0, 0, 3, 50)) })
		}, []string{"0@0", "1@10", "2@20", "3@50", "EOF@60"}},
		{"throttle", func(t *testing.T) []string {
			return schedule(t, func() Stream[int] { return Throttle(10*ms, at(io.EOF, 0, 5, 9, 12, 15, 40)) })
		}, []string{"0@0", "3@12", "5@40", "EOF@40"}},
		{"debounce", func(t *testing.T) []string {
			return schedule(t, func() Stream[int] { return Debounce(10*ms, at(io.EOF, 0, 5, 20, 50, 51)) })
		}, []string{"1@15", "2@30", "4@51", "EOF@51"}},
		{"debounce and an error", func(t *testing.T) []string {
			return schedule(t, func() Stream[int] { return Debounce(10*ms, at(broken, 0, 50)) })
		}, []string{"0@10", "broken@50"}},
		{"timeout of each", func(t *testing.T) []string {
			return schedule(t, func() Stream[int] { return TimeoutEach(20*ms, at(io.EOF, 0, 15, 30, 60)) })
		}, []string{"0@0", "1@15", "2@30", "rt: timeout@50"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := x.got(t); !slices.Equal(got, x.want) {
				t.Errorf("got  %v\nwant %v", got, x.want)
			}
		})
	}
}

// TestPacedStreamsPassACancelOn: whoever is cancelled cancels its source, and waits for its cleanup.
func TestPacedStreamsPassACancelOn(t *testing.T) {
	j, h := &journal{}, newHand()
	for name, make := range map[string]func(Stream[string]) any{
		"Chunks":      func(s Stream[string]) any { return Chunks(2, time.Hour, s) },
		"RateLimit":   func(s Stream[string]) any { return RateLimit(time.Hour, s) },
		"Throttle":    func(s Stream[string]) any { return Throttle(time.Hour, s) },
		"Debounce":    func(s Stream[string]) any { return Debounce(time.Hour, s) },
		"TimeoutEach": func(s Stream[string]) any { return TimeoutEach(time.Hour, s) },
	} {
		p := &probe{name: name, j: j, cleanup: 1}
		s := make(&probeStream{stream[string]{}, p}).(task.PollCanceler)
		if s.PollCancel(h.cx) {
			t.Errorf("%s does not wait for the cleanup of its source", name)
		}
		if !s.PollCancel(h.cx) {
			t.Errorf("%s waits for ever", name)
		}
		j.want(t, "cancel "+name, "cancel "+name)
	}
}

// probeStream is a stream whose cancel is that of a probe.
type probeStream struct {
	stream[string]
	p *probe
}

func (s *probeStream) PollCancel(cx *Context) bool { return s.p.PollCancel(cx) }

func TestRetry(t *testing.T) {
	r, clock := onVirtual(t)
	broken, fatal := errors.New("broken"), errors.New("fatal")
	for _, x := range []struct {
		name string
		b    Backoff
		errs []error
		want string
	}{
		{"first try", Backoff{First: time.Second}, []error{nil}, "1 <nil> 0s"},
		{"grows", Backoff{First: time.Second, Max: 3 * time.Second}, []error{broken, broken, broken, broken, nil}, "5 <nil> 9s"},
		{"factor", Backoff{First: time.Second, Factor: 1}, []error{broken, broken, nil}, "3 <nil> 2s"},
		{"attempts", Backoff{First: time.Second, Attempts: 2}, []error{broken, broken, nil}, "2 broken 1s"},
		{"refused", Backoff{First: time.Second, Retry: func(err error) bool { return err == broken }}, []error{broken, fatal, nil}, "2 fatal 1s"},
		{"jitter", Backoff{First: time.Second, Jitter: 0.5, rand: func(max int64) int64 { return max - 1 }}, []error{broken, broken, nil}, "3 <nil> 1.5s"},
		{"zero", Backoff{}, []error{broken, broken, nil}, "3 <nil> 0s"},
	} {
		start, n := clock.Now(), 0
		v, err := BlockOn(RetryAsync(x.b, func() Future[int] {
			n++
			return Settled(n, x.errs[n-1])
		}), On(r))
		if got := fmt.Sprint(v, " ", err, " ", time.Duration(clock.Now()-start)); got != x.want {
			t.Errorf("%s: got %s, want %s", x.name, got, x.want)
		}
	}
}

func TestRetryCancelsTheAttempt(t *testing.T) {
	j, h := &journal{}, newHand()
	p := &probe{name: "try", j: j, cleanup: 1}
	f := RetryAsync(Backoff{}, func() Future[string] { return p })
	pending(t, h, f)
	c := f.(task.PollCanceler)
	if c.PollCancel(h.cx) || !c.PollCancel(h.cx) {
		t.Error("the cleanup is not waited for, or for too long")
	}
	j.want(t, "poll try", "cancel try", "cancel try")
	wantPanic(t, "rt: Retry is polled after it was cancelled or has panicked", func() { f.Poll(h.cx) })
}

func TestBackoffOverflow(t *testing.T) {
	b := Backoff{First: time.Hour, Factor: 1e6}
	if d := b.wait(1000); d <= 0 {
		t.Error(d)
	}
}

func TestDeadline(t *testing.T) {
	r, clock := onVirtual(t)
	start := clock.Now()
	at := r.engine.Time().Add(time.Minute)
	if _, err := BlockOn(DeadlineAsync(at, Never[int]()), On(r)); err != ErrTimeout {
		t.Error(err)
	}
	if d := time.Duration(clock.Now() - start); d < time.Minute || d > time.Minute+time.Second {
		t.Error("after", d)
	}
	if v, err := BlockOn(DeadlineAsync(at.Add(-time.Hour), Ready(1)), On(r)); v != 1 || err != nil {
		t.Error(v, err)
	}
}
