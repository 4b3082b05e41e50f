package goid

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/pprof"
	"sync"
	"testing"
)

// TestIDs: goroutines that live at the same time have different identities, and each keeps its own.
func TestIDs(t *testing.T) {
	const n = 1000
	var begun, wg sync.WaitGroup
	begun.Add(n)
	ids := make([]uintptr, n)
	for i := range ids {
		wg.Go(func() {
			ids[i] = ID()
			begun.Done()
			begun.Wait()
			for range 10 {
				runtime.Gosched()
				deep(100)
				if id := ID(); id != ids[i] {
					t.Errorf("%x has become %x", ids[i], id)
				}
			}
		})
	}
	wg.Wait()
	seen := map[uintptr]bool{}
	for _, id := range ids {
		if seen[id] || id == 0 {
			t.Fatalf("%x twice", id)
		}
		seen[id] = true
	}
}

// deep has the stack of the goroutine move.
func deep(n int) (sum int) {
	var a [100]int
	if n > 0 {
		a[n%100] = deep(n - 1)
	}
	return a[n%100] + n
}

// TestTableAgainstModel has goroutines say what they are, and takes that back, in any order.
func TestTableAgainstModel(t *testing.T) {
	var table Table[int]
	if table.Lookup(ID()) != nil {
		t.Error("something is known of a goroutine of which nothing was said")
	}
	var wg sync.WaitGroup
	for seed := range uint64(2000) { // so that the table grows and shrinks meanwhile
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, 0))
			var said []int
			for step := 0; step < 100 || len(said) > 0; step++ {
				if step < 100 && r.IntN(2) == 0 {
					said = append(said, r.Int())
					table.Add(said[len(said)-1])
				} else if len(said) > 0 {
					said = said[:len(said)-1]
					table.Drop(ID())
				}
				if r.IntN(4) == 0 {
					runtime.Gosched()
				}
				if err := same(&table, said); err != nil {
					t.Errorf("seed %d: %v", seed, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n, longest := table.Buckets(); n != minBuckets || longest != 0 {
		t.Errorf("%d buckets are left, with up to %d entries", n, longest)
	}
}

// same compares what the table knows of the calling goroutine with what was said, the last last.
func same(table *Table[int], said []int) error {
	switch last := table.Lookup(ID()); {
	case len(said) == 0 && last != nil:
		return fmt.Errorf("%d was taken back", *last)
	case len(said) > 0 && (last == nil || *last != said[len(said)-1]):
		return fmt.Errorf("not what was said last: %v", last)
	}
	i := len(said)
	for what := range table.All(ID()) {
		if i--; i < 0 || *what != said[i] {
			return fmt.Errorf("All yields %d", *what)
		}
	}
	if i != 0 {
		return fmt.Errorf("All leaves out %d", i)
	}
	return nil
}

func TestLabelsAreHandedDown(t *testing.T) {
	pprof.Do(t.Context(), pprof.Labels("a", "b"), func(context.Context) {
		own := Labels()
		done := make(chan bool)
		go func() { done <- Labels() == own && own != nil }()
		if !<-done {
			t.Error("a goroutine has other labels than who has started it")
		}
		SetLabels(nil)
		if Labels() != nil {
			t.Error("SetLabels sets nothing")
		}
		SetLabels(own)
	})
}

// TestGoexitDepth: calls of Goexit are counted while their deferred calls run, one in another one too.
func TestGoexitDepth(t *testing.T) {
	var depths []int
	var cleans []bool
	say := func() {
		depths = append(depths, GoexitDepth())
		cleans = append(cleans, CleansUp())
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer say()
		say()
		defer func() {
			defer say()
			say()
			runtime.Goexit()
		}()
		runtime.Goexit()
	}()
	<-done
	func() {
		defer func() { _ = recover() }()
		defer say()
		panic(1)
	}()
	if got := fmt.Sprint(depths, cleans); got != "[0 1 2 2 0] [false true true true true]" {
		t.Error(got)
	}
}
