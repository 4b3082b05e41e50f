package rt

import (
	"errors"
	"io"
	"slices"
	"testing"
)

// all takes every value of s, and the error that ends it.
func all[T any](s Stream[T]) (values []T, err error) {
	for {
		v, err := s.Next()
		if err != nil {
			return values, err
		}
		values = append(values, v)
	}
}

func TestMergeGivesAllValues(t *testing.T) {
	got, err := all(Merge(count(3, io.EOF), nil, count(2, io.EOF), count(0, io.EOF)))
	slices.Sort(got)
	if want := []int{1, 1, 2, 2, 3}; !slices.Equal(got, want) || err != io.EOF {
		t.Errorf("Merge gives %v, %v; want %v", got, err, want)
	}
	if got, err := all(Merge[int]()); len(got) != 0 || err != io.EOF {
		t.Errorf("Merge of nothing gives %v, %v", got, err)
	}
}

func TestMergeErrorCancelsTheOthers(t *testing.T) {
	boom := errors.New("boom")
	endless := count(1<<30, io.EOF)
	_, err := all(Merge(endless, count(1, boom)))
	if err != boom {
		t.Errorf("Merge ends with %v; want %v", err, boom)
	}
	if _, err := endless.Next(); err != io.EOF {
		t.Errorf("the other stream goes on: %v", err)
	}
}

func TestMergeTakesTurns(t *testing.T) {
	always := func(v int) Stream[int] {
		return StreamFunc(func(*Context) (int, bool, error) { return v, true, nil })
	}
	s := Merge(always(0), always(1), always(2))
	for i := range 9 {
		if v, _ := s.Next(); v != i%3 {
			t.Errorf("value %d comes from stream %d", i, v)
		}
	}
}

func TestFlatten(t *testing.T) {
	i := 0
	outer := StreamFunc(func(*Context) (Stream[int], bool, error) {
		if i == 3 {
			return nil, true, io.EOF
		}
		i++
		return count(i, io.EOF), true, nil
	})
	got, err := all(Flatten(outer))
	if want := []int{1, 1, 2, 1, 2, 3}; !slices.Equal(got, want) || err != io.EOF {
		t.Errorf("Flatten gives %v, %v; want %v", got, err, want)
	}
}

func TestBufferRunsAhead(t *testing.T) {
	asked := make(chan int, 100)
	n := 0
	src := StreamFunc(func(*Context) (int, bool, error) {
		n++
		if n > 10 {
			return 0, true, io.EOF
		}
		asked <- n
		return n, true, nil
	})
	s := Buffer(3, src)
	if v, _ := s.Next(); v != 1 {
		t.Fatalf("the first value is %d", v)
	}
	for want := 1; want <= 4; want++ { // one taken, three ahead
		if got := <-asked; got != want {
			t.Fatalf("asked for %d; want %d", got, want)
		}
	}
	got, err := all(s)
	if want := []int{2, 3, 4, 5, 6, 7, 8, 9, 10}; !slices.Equal(got, want) || err != io.EOF {
		t.Errorf("Buffer gives %v, %v; want %v", got, err, want)
	}
}

func TestBufferCancelEndsTheSource(t *testing.T) {
	src := count(1<<30, io.EOF)
	s := Buffer(2, src)
	s.Next()
	Cancel(s)
	if _, err := src.Next(); err != io.EOF {
		t.Errorf("the source goes on: %v", err)
	}
}

func TestBufferPanicOfTheSource(t *testing.T) {
	s := Buffer(2, StreamFunc(func(*Context) (int, bool, error) { panic("boom") }))
	defer func() {
		if p := recover(); p != "boom" {
			t.Errorf("panic %v", p)
		}
	}()
	s.Next()
	t.Error("Next returned")
}
