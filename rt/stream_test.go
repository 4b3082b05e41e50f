package rt

import (
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// count is a stream of 1, 2, …, n, each pending once, and then err.
func count(n int, err error) Stream[int] {
	i, waited := 0, false
	return StreamFunc(func(cx *Context) (int, bool, error) {
		if !waited {
			waited = true
			cx.Waker().Wake()
			return 0, false, nil
		}
		waited = false
		if i == n {
			return 0, true, err
		}
		i++
		return i, true, nil
	})
}

func TestStreamNextGivesEachValueAndThenTheSameError(t *testing.T) {
	boom := errors.New("boom")
	s := count(2, boom)
	for want := 1; want <= 2; want++ {
		if v, err := s.Next(); v != want || err != nil {
			t.Fatalf("Next() = %d, %v; want %d", v, err, want)
		}
	}
	for range 2 {
		if v, err := s.Next(); v != 0 || err != boom {
			t.Errorf("Next() after the end = %d, %v; want %v", v, err, boom)
		}
	}
}

func TestStreamIsOverAfterCancel(t *testing.T) {
	s := count(5, io.EOF)
	s.Next()
	s.Cancel()
	s.Cancel()
	if _, err := s.Next(); err != io.EOF {
		t.Errorf("Next() after Cancel = %v; want %v", err, io.EOF)
	}
}

func TestStreamDroppedNextLosesNothing(t *testing.T) {
	s := count(3, io.EOF)
	next := s.NextAsync()
	if _, ready, _ := next.Poll(task.NewContext(task.NewWaker(func() {}))); ready {
		t.Fatal("the first poll is not pending")
	}
	Cancel(next)
	if v, err := s.Next(); v != 1 || err != nil {
		t.Errorf("Next() = %d, %v; want 1", v, err)
	}
}

func TestEach(t *testing.T) {
	boom := errors.New("boom")
	var got []int
	var last error
	for v, err := range Each(count(3, boom)) {
		got, last = append(got, v), err
	}
	if want := []int{1, 2, 3, 0}; !slices.Equal(got, want) || last != boom {
		t.Errorf("Each gives %v, %v; want %v, %v", got, last, want, boom)
	}
	s := count(9, io.EOF)
	for v := range Each(s) {
		if v == 2 {
			break
		}
	}
	if _, err := s.Next(); err != io.EOF {
		t.Errorf("Next() after break = %v; want %v", err, io.EOF)
	}
}
