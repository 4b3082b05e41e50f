package rt

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// TestA3_43_ResultsInTheOrderOfTheEnds takes results as the tasks end. An empty set has none at once.
func TestA3_43_ResultsInTheOrderOfTheEnds(t *testing.T) {
	r, _ := onVirtual(t)
	var s Set[int]
	if _, ok := s.Next(); ok {
		t.Error("a result of an empty set")
	}
	for _, n := range []int{3, 1, 2} {
		s.Spawn(AsyncValue(func() (int, error) {
			Sleep(time.Duration(n) * time.Second)
			return n, nil
		}), On(r))
	}
	for want := 1; want <= 3; want++ {
		if p, err := BlockOn(s.NextAsync(), On(r)); p.A.Value != want || p.A.Err != nil || !p.B || err != nil {
			t.Errorf("got %v, %v; want %d", p, err, want)
		}
	}
}

// TestA3_44_LenCountsWhatWasNotRead aborts: Len stays until the results are read, of which those that had ended are values.
func TestA3_44_LenCountsWhatWasNotRead(t *testing.T) {
	var s Set[int]
	ended := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.ended)
	}
	for i := range 3 {
		for s.Spawn(Ready(i)); ended() <= i; { // a task may have ended a moment before the set knows
			runtime.Gosched()
		}
	}
	for range 2 {
		s.Spawn(Never[int]())
	}
	s.Abort()
	if s.Len() != 5 {
		t.Error("after Abort it has", s.Len())
	}
	for want := range 5 {
		p, ok := s.Next()
		if !ok || want < 3 && (p.Value != want || p.Err != nil) || want >= 3 && p.Err != ErrAborted {
			t.Errorf("result %d: %v, %t", want, p, ok)
		}
		if s.Len() != 4-want {
			t.Error("it has", s.Len())
		}
	}
}

// TestA3_45_StopEndsAll stops a set whose tasks have cleanup that waits, and start others.
func TestA3_45_StopEndsAll(t *testing.T) {
	var s Set[int]
	first, second, cleaned := make(chan struct{}), new(gate), 0
	slow := s.Spawn(AsyncValue(func() (int, error) {
		defer func() {
			s.Spawn(AsyncValue(func() (int, error) { t.Error("it was started in a Stop, and runs"); return 0, nil }))
			_, _ = Await[Unit](second)
			cleaned++
		}()
		close(first)
		_, err := Await(Never[Unit]())
		return 0, err
	}))
	s.Spawn(Ready(1))
	<-first
	stop, h := s.StopAsync(), newHand()
	pending(t, h, stop)
	if slow.Finished() {
		t.Error("it has ended before its cleanup")
	}
	second.Open()
	if _, err := Await(stop); err != nil || cleaned != 1 || !slow.Finished() || s.Len() != 0 {
		t.Errorf("%v, %d cleaned, %d left", err, cleaned, s.Len())
	}
	s.Stop() // an empty one
	again := s.Spawn(Ready(2))
	if n, err := Await(again); n != 2 || err != nil {
		t.Errorf("after Stop: %d, %v", n, err)
	}
}

// TestA3_45_StopIsCancelled gives up a Stop: the tasks that there were are aborted, and later ones are not.
func TestA3_45_StopIsCancelled(t *testing.T) {
	var s Set[int]
	hold := make(chan struct{})
	blocked := s.Spawn(AsyncValue(func() (int, error) { <-hold; Yield(); return 0, nil }))
	stop, h := s.StopAsync(), newHand()
	pending(t, h, stop)
	stop.(Canceler).Cancel()
	if n, err := Await(s.Spawn(Ready(2))); n != 2 || err != nil {
		t.Errorf("after the Stop that was given up: %d, %v", n, err)
	}
	close(hold)
	if _, err := Await(blocked); err != ErrAborted {
		t.Error(err)
	}
}

// TestA3_46_MembersOfASetAreIndependent has one panic and one fail: the others go on.
func TestA3_46_MembersOfASetAreIndependent(t *testing.T) {
	var s Set[int]
	failed := errors.New("failed")
	<-s.Spawn(AsyncValue(func() (int, error) { panic("one") })).Done()
	<-s.Spawn(Fail[int](failed)).Done()
	s.Spawn(AsyncValue(func() (int, error) { Yield(); return 3, nil }))
	for i := range 3 {
		p, ok := s.Next()
		switch pe, _ := p.Err.(*PanicError); {
		case !ok, i == 0 && (pe == nil || pe.Value != "one"), i == 1 && p.Err != failed, i == 2 && (p.Err != nil || p.Value != 3):
			t.Errorf("result %d: %v, %t", i, p, ok)
		}
	}
}

// TestA3_47_TryNextDoesNotWait gives nothing where nothing has ended, and leaves nothing behind.
func TestA3_47_TryNextDoesNotWait(t *testing.T) {
	var s Set[int]
	if _, ok := s.TryNext(); ok {
		t.Error("a result of an empty set")
	}
	h := s.Spawn(Never[int]())
	if _, ok := s.TryNext(); ok || s.waiters.first != nil {
		t.Error("a result of a task that runs, or somebody waits for it")
	}
	h.Abort()
	<-h.Done()
	for {
		if p, ok := s.TryNext(); ok {
			if p.Err != ErrAborted {
				t.Error(p)
			}
			break
		}
		runtime.Gosched()
	}
	if _, ok := s.TryNext(); ok || s.Len() != 0 {
		t.Error("a result twice")
	}
}

// TestA3_48_ReadingASetGivesWay reads many results that are there: who is beside it has its turns meanwhile. So it is in a marked
// function as in a block of ordinary code.
func TestA3_48_ReadingASetGivesWay(t *testing.T) {
	const n = 5 * task.TurnBudget
	r := byHand(t, task.Config{Workers: 1, Current: true})
	for name, read := range map[string]func(s *Set[int], left *int) Future[Unit]{
		"marked": func(s *Set[int], left *int) Future[Unit] {
			return spinningAsync(new(int), func(cx *Context) task.Machine {
				_, _, w := task.AwaitFuture(cx, s.NextAsync())
				*left = s.Len()
				return w
			})
		},
		"ordinary": func(s *Set[int], left *int) Future[Unit] {
			return AsyncFunc(func() error {
				for _, ok := s.Next(); ok; _, ok = s.Next() {
					*left = s.Len()
				}
				return nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			var s Set[int]
			for i := range n {
				wait(t, r, s.Spawn(Ready(i), On(r)))
			}
			left, turns := n, 0
			reader := Spawn(read(&s, &left), On(r))
			last := n
			wait(t, r, Spawn(PollFunc(func(cx *Context) (Unit, bool, error) {
				if last-left > task.TurnBudget+1 { // one waits for its next turn, and goes on there
					t.Errorf("%d results without a turn of another task", last-left)
				}
				last = left
				turns++
				cx.Waker().Wake()
				return Unit{}, left == 0, nil
			}), On(r)))
			if turns < n/task.TurnBudget {
				t.Errorf("%d turns of another task", turns)
			}
			reader.Abort()
			_ = outcomeOfTask(r, reader) // the marked one goes on for ever, the other one has ended
		})
	}
}

// TestSetLetsGo gives up waiting: the set does not keep who has waited.
func TestSetLetsGo(t *testing.T) {
	var s Set[int]
	s.Spawn(Never[int]())
	defer s.Stop()
	for range 10 {
		if _, err := Timeout(0, s.NextAsync()); err != ErrTimeout {
			t.Error(err)
		}
	}
	if s.waiters.first != nil {
		t.Error("it knows who has waited")
	}
}
