package load

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// A Panic is what work on a function panicked with, on whatever goroutine that was.
type Panic struct {
	Func  *Func // the first one of its file, where the work was on the file
	Value any
	Stack []byte // of the goroutine that panicked
}

// Error implements error, for those who do not recover.
func (p *Panic) Error() string { return fmt.Sprintf("%v\n%s", p.Value, p.Stack) }

// Each gives work the marked functions, i being their place in Funcs: those of a file one after the
// other, those of several files at once, on all cores. So work may change the file of its function and
// what belongs to the function, and nothing else of the package.
//
// What comes out does not depend on who ran first: the problems are in order, and of several panics
// that of the first function is thrown, as a *[Panic].
func (p *Package) Each(work func(i int, fn *Func, errs *diag.List)) error {
	lists := make([]diag.List, len(p.Funcs))
	p.EachFile(func(first int, funcs []*Func) {
		for n, fn := range funcs {
			func() {
				defer Blame(fn)
				work(first+n, fn, &lists[first+n])
				lists[first+n].In(fn.Decl)
			}()
		}
	})
	all := slices.Concat(lists...)
	if all.Failed() {
		all.Sort()
		return all
	}
	return nil
}

// EachFile is Each for work on whole files: it gets all marked functions of one, and the place of the
// first.
func (p *Package) EachFile(work func(first int, funcs []*Func)) {
	var starts []int
	for i, fn := range p.Funcs {
		if i == 0 || fn.File != p.Funcs[i-1].File {
			starts = append(starts, i)
		}
	}
	panics := make([]*Panic, len(starts))
	turn := func(n int) {
		end := len(p.Funcs)
		if n+1 < len(starts) {
			end = starts[n+1]
		}
		funcs := p.Funcs[starts[n]:end]
		defer func() { panics[n], _ = recover().(*Panic) }()
		defer Blame(funcs[0])
		work(starts[n], funcs)
	}
	concurrently(len(starts), turn)
	for _, v := range panics {
		if v != nil {
			panic(v)
		}
	}
}

// A FuncError is an error that belongs to a function.
type FuncError struct {
	Func *Func
	Err  error
}

// Error implements error.
func (e *FuncError) Error() string { return e.Err.Error() }

// Unwrap is for package errors.
func (e *FuncError) Unwrap() error { return e.Err }

// Blame makes a panic one that names fn, unless it names one already. It is to be deferred.
func Blame(fn *Func) {
	switch v := recover().(type) {
	case nil:
	case *Panic:
		panic(v)
	default:
		panic(&Panic{Func: fn, Value: v, Stack: debug.Stack()})
	}
}

// concurrently calls turn with 0 to n-1, on all cores.
func concurrently(n int, turn func(int)) {
	var next atomic.Int64
	run := func() {
		for i := next.Add(1); i <= int64(n); i = next.Add(1) {
			turn(int(i - 1))
		}
	}
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) - 1 {
		wg.Go(run)
	}
	run()
	wg.Wait()
}
