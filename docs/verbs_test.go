package docs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

//async:func
func fetch(url string) (string, error) {
	rt.Yield()
	return "page " + url, nil
}

//async:func
func size(url string) (int, error) {
	rt.Yield()
	return len(url), nil
}

// verbs has the verbs that README.md lists.
//
//async:func
func verbs(ctx context.Context, a, b, file string) (string, error) {
	page, n, err := rt.Join2(fetchAsync(a), sizeAsync(a))      // both at once; the first error cancels the other
	pages, err1 := rt.JoinAll(fetchAsync(a), fetchAsync(b))    // JoinSettled keeps every result and error
	first, err2 := rt.Race(fetchAsync(a), fetchAsync(b))       // the first to finish; Any: the first without an error
	soon, err3 := rt.Timeout(time.Minute, fetchAsync(a))       // rt.ErrTimeout
	mine, err4 := rt.WithContext(ctx, fetchAsync(a))           // context.Cause(ctx)
	c := rt.Select2(fetchAsync(a), rt.SleepAsync(time.Minute)) // c.Index says which, c.A and c.B have the results
	h := rt.Spawn(fetchAsync(a))                               // a task of its own, in parallel
	task, err5 := rt.Await(h)                                  // as often as you like, by whom you like
	sizes, err6 := rt.Map(8, []string{a, b}, size)             // at most 8 at a time
	data, err7 := rt.Blocking(ctx, func(context.Context) ([]byte, error) { return os.ReadFile(file) })
	rt.Sleep(time.Millisecond)
	rt.Yield()
	for _, err := range []error{err, err1, err2, err3, err4, c.A.Err, err5, err6, err7} {
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprint(page, n, pages, first != "", soon, mine, c.Index, task, sizes, len(data) > 0), nil
}

func TestVerbs(t *testing.T) {
	const want = "page a1 [page a page bcd] truepage apage a0page a[1 3] true"
	for name, f := range map[string]func() (string, error){
		"blocking form": func() (string, error) { return verbs(t.Context(), "a", "bcd", "semantics.md") },
		"async form": func() (string, error) {
			return rt.BlockOn(verbsAsync(t.Context(), "a", "bcd", "semantics.md"))
		},
	} {
		if got, err := f(); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
}

// sumSquares has a task square numbers and takes the squares from it.
//
//async:func
func sumSquares(numbers []int) (sum int, err error) {
	squares := rtsync.NewChan[int](8)
	err = rt.Scope(func(g *rt.Group) error {
		g.Go(func() error {
			defer squares.Close()
			for _, n := range numbers {
				if err := squares.Send(n * n); err != nil {
					return err
				}
			}
			return nil
		})
		for square, err := range rt.Each(squares) {
			if err != nil {
				return err
			}
			sum += square
		}
		return nil
	})
	return sum, err
}

func TestSumSquares(t *testing.T) {
	blocking, err := sumSquares([]int{1, 2, 3, 4})
	if err != nil || blocking != 30 {
		t.Error(blocking, err)
	}
	if async, err := rt.BlockOn(sumSquaresAsync([]int{1, 2, 3, 4})); err != nil || async != 30 {
		t.Error(async, err)
	}
}

// check fetches all pages in parallel. The first error cancels the others, and so does a cancel of
// check; it returns when all have ended.
//
//async:func
func check(urls []string) error {
	return rt.Scope(func(g *rt.Group) error {
		for _, url := range urls {
			g.Go(func() error {
				page, err := fetch(url)
				if err == nil && page == "page " {
					err = errEmpty
				}
				return err
			})
		}
		return nil
	})
}

var errEmpty = errors.New("empty page")

func TestCheck(t *testing.T) {
	for _, urls := range [][]string{{"a", "b"}, {"a", "", "b"}} {
		var want error
		if len(urls) == 3 {
			want = errEmpty
		}
		if err := check(urls); err != want {
			t.Errorf("blocking form of %q: %v", urls, err)
		}
		if _, err := rt.BlockOn(checkAsync(urls)); err != want {
			t.Errorf("async form of %q: %v", urls, err)
		}
	}
}

// retry calls op until it succeeds, n times at most. Its async form takes a function that makes futures.
//
//async:func await=op
func retry[T any](n int, op func() (T, error)) (v T, err error) {
	for range n {
		if v, err = op(); err == nil {
			return v, nil
		}
		rt.Sleep(time.Millisecond)
	}
	return v, err
}

// sizeOf passes retry a literal, which may await like any code of a marked function.
//
//async:func
func sizeOf(url string) (int, error) {
	return retry(3, func() (int, error) {
		page, err := fetch(url)
		return len(page), err
	})
}

func TestRetry(t *testing.T) {
	if n, err := sizeOf("a"); n != len("page a") || err != nil {
		t.Errorf("blocking form: %d, %v", n, err)
	}
	if n, err := rt.BlockOn(sizeOfAsync("a")); n != len("page a") || err != nil {
		t.Errorf("async form: %d, %v", n, err)
	}
	if _, err := rt.BlockOn(retryAsync(2, func() rt.Future[int] { return rt.Fail[int](errEmpty) })); err != errEmpty {
		t.Errorf("a failure: %v", err)
	}
}
