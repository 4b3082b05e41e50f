//lint:file-ignore SA1012 what is nil is what is tested

package rt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// exportData gives an importer for the packages that those in dirs import.
func exportData(t *testing.T, fset *token.FileSet, dirs ...string) types.Importer {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}, dirs...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for line := range bytes.Lines(out) {
		if path, file, ok := strings.Cut(strings.TrimSpace(string(line)), " "); ok {
			files[path] = file
		}
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
}

// loaded type-checks the package in dir.
func loaded(t *testing.T, fset *token.FileSet, imp types.Importer, dir string) *types.Package {
	t.Helper()
	bp, err := build.ImportDir(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range bp.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	pkg, err := (&types.Config{Importer: imp}).Check(bp.Name, fset, files, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

// canBeNil reports whether a value of type t can be nil, or, if t is a slice, an element can. A slice
// itself may always be nil: it is empty.
func canBeNil(t types.Type) bool {
	if _, ok := t.(*types.TypeParam); ok {
		return false // a value of the user's
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Signature, *types.Interface, *types.Chan, *types.Map:
		return true
	case *types.Slice:
		return canBeNil(u.Elem())
	case *types.Basic, *types.Array, *types.Struct:
		return false
	default:
		panic(fmt.Sprintf("%T", u))
	}
}

// nilable has the parameters of the exported functions and methods of pkg that can be nil, as
// rt.Spawn(f) or rt.(*Group).Spawn(f). Receivers count as parameters without a name.
func nilable(pkg *types.Package) (all []string) {
	add := func(f *types.Func) {
		sig := f.Signature()
		name := pkg.Name() + "." + f.Name()
		if recv := sig.Recv(); recv != nil {
			_, pointer := recv.Type().(*types.Pointer)
			named, star := recv.Type(), ""
			if pointer {
				named, star = recv.Type().(*types.Pointer).Elem(), "*"
			}
			name = fmt.Sprintf("%s.(%s%s).%s", pkg.Name(), star, named.(*types.Named).Obj().Name(), f.Name())
			if canBeNil(recv.Type()) {
				all = append(all, name+"()")
			}
		}
		for v := range sig.Params().Variables() {
			if canBeNil(v.Type()) {
				all = append(all, fmt.Sprintf("%s(%s)", name, v.Name()))
			}
		}
	}
	for _, name := range pkg.Scope().Names() {
		switch obj := pkg.Scope().Lookup(name).(type) {
		case *types.Func:
			if obj.Exported() {
				add(obj)
			}
		case *types.TypeName:
			named, ok := types.Unalias(obj.Type()).(*types.Named)
			if !ok || !obj.Exported() {
				continue
			}
			if types.IsInterface(named) {
				continue
			}
			for m := range named.Methods() {
				if m.Exported() {
					add(m)
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// onlyGenerated are the functions that only generated code calls, beside those whose names end in Run,
// and methods of its types: nobody writes nil there.
var onlyGenerated = map[string]bool{}

func init() {
	for _, name := range strings.Fields(`
		AwaitDeferred AwaitFuture Copy EachOf Kept Leaf Leave MakeFrame NewFrame NewLike NextTurn Park Raise Recover RecoverDue
		Rethrow Returned Returned2 Returned3 ReturnedLike ReturnedLike2 ReturnedLike3 Spend Suspend Unused Unwind Value
		Value2 Value3 ValueLike ValueLike2 ValueLike3
		(*Box).Cancel (*Box).Init (*Box).PollCancel (*Context).Drop (*Context).Spend (*Context).Unwind (*EachIter).Next
		(*EachIter).NextAsync (*EachIter).Stop (*EachIter).StopAsync (*Frame).State (*FrameErr).Done (*FrameOf).Done (*FrameVal).Done (*HeldEach).Stop (*HeldEach).StopAsync
		(*HeldIter).Unwind (*MapIter).Key (*MapIter).Next (*MapIter).Value (*Puller).Next (*Puller0).Next (*Puller2).Next
		(*StreamBox).Init (*StreamBox).Next (*StreamBox).NextAsync (*StreamBox).Yielder (*Yielder).Run`) {
		onlyGenerated["machine."+name] = true
		onlyGenerated["rt."+name] = true
	}
}

type (
	unit   = rt.Unit
	future = rt.Future[int]
	source = rt.Stream[int]
)

var (
	ready  = func() future { return rt.Ready(1) }
	stream = func() source { return rt.Merge[int]() }
	bg     = context.Background()
)

// withNil has, for each parameter that can be nil, a call with nil there. It panics with a message that
// names the function and says what to do.
var withNil = map[string]func(){
	"machine.(*Box).Poll()":       func() { _, _, _ = (*machine.Box[int])(nil).Poll(rt.NewContext(rt.Waker{})) },
	"machine.(*Box).Poll(cx)":     func() { _, _, _ = rt.SleepAsync(1).Poll(nil) },
	"rt.(*Context).Waker()":       func() { (*rt.Context)(nil).Waker() },
	"rt.(*Group).Cancel()":        func() { (*rt.Group)(nil).Cancel() },
	"rt.(*Group).Go()":            func() { (*rt.Group)(nil).Go(func() error { return nil }) },
	"rt.(*Group).Go(f)":           func() { new(rt.Group).Go(nil) },
	"rt.(*Group).Spawn()":         func() { (*rt.Group)(nil).Spawn(rt.Ready(unit{})) },
	"rt.(*Group).Spawn(f)":        func() { new(rt.Group).Spawn(nil) },
	"rt.(*Group).Wait()":          func() { _ = (*rt.Group)(nil).Wait() },
	"rt.(*Group).WaitAsync()":     func() { (*rt.Group)(nil).WaitAsync() },
	"rt.(*JoinHandle).Abort()":    func() { (*rt.JoinHandle[int])(nil).Abort() },
	"rt.(*JoinHandle).Done()":     func() { (*rt.JoinHandle[int])(nil).Done() },
	"rt.(*JoinHandle).Finished()": func() { (*rt.JoinHandle[int])(nil).Finished() },
	"rt.(*JoinHandle).ID()":       func() { (*rt.JoinHandle[int])(nil).ID() },
	"rt.(*JoinHandle).Name()":     func() { _ = (*rt.JoinHandle[int])(nil).Name() },
	"rt.(*JoinHandle).Poll()":     func() { _, _ = rt.Await[int]((*rt.JoinHandle[int])(nil)) },
	"rt.(*JoinHandle).Poll(cx)":   func() { _, _, _ = rt.Spawn(ready()).Poll(nil) },
	"rt.(*Runtime).Shutdown()":    func() { _ = (*rt.Runtime)(nil).Shutdown(bg) },
	"rt.(*Runtime).Shutdown(ctx)": func() { _ = rt.New().Shutdown(nil) },
	"rt.(*Runtime).Dump()":        func() { _ = (*rt.Runtime)(nil).Dump(io.Discard) },
	"rt.(*Runtime).Dump(w)":       func() { _ = rt.Default().Dump(nil) },
	"rt.(*Runtime).Dump(opts)":    func() { _ = rt.Default().Dump(io.Discard, nil) },
	"rt.(*Runtime).FindLost()":    func() { _, _ = (*rt.Runtime)(nil).FindLost() },
	"rt.(*Runtime).Metrics()":     func() { (*rt.Runtime)(nil).Metrics() },
	"rt.(*Runtime).Profile()":     func() { _ = (*rt.Runtime)(nil).Profile(io.Discard) },
	"rt.(*Runtime).Profile(w)":    func() { _ = rt.Default().Profile(nil) },
	"rt.(*Set).Abort()":           func() { (*rt.Set[int])(nil).Abort() },
	"rt.(*Set).Len()":             func() { (*rt.Set[int])(nil).Len() },
	"rt.(*Set).Next()":            func() { (*rt.Set[int])(nil).Next() },
	"rt.(*Set).NextAsync()":       func() { (*rt.Set[int])(nil).NextAsync() },
	"rt.(*Set).Stop()":            func() { (*rt.Set[int])(nil).Stop() },
	"rt.(*Set).StopAsync()":       func() { (*rt.Set[int])(nil).StopAsync() },
	"rt.(*Set).TryNext()":         func() { (*rt.Set[int])(nil).TryNext() },
	"rt.(*Set).Spawn()":           func() { (*rt.Set[int])(nil).Spawn(ready()) },
	"rt.(*Set).Spawn(f)":          func() { new(rt.Set[int]).Spawn(nil) },
	"rt.(*Set).Spawn(opts)":       func() { new(rt.Set[int]).Spawn(ready(), nil) },
	"rt.(*Ticker).Reset()":        func() { (*rt.Ticker)(nil).Reset(1) },
	"rt.(*Ticker).ResetAfter()":   func() { (*rt.Ticker)(nil).ResetAfter(1) },
	"rt.(*Ticker).Tick()":         func() { (*rt.Ticker)(nil).Tick() },
	"rt.(*Ticker).TickAsync()":    func() { (*rt.Ticker)(nil).TickAsync() },

	"rt.Any(fs)":                  func() { _, _ = rt.Any[int](nil) },
	"rt.AnyAsync(fs)":             func() { rt.AnyAsync[int](nil) },
	"rt.AsyncFunc(f)":             func() { rt.AsyncFunc(nil) },
	"rt.AsyncValue(f)":            func() { rt.AsyncValue[int](nil) },
	"rt.Await(f)":                 func() { _, _ = rt.Await[int](nil) },
	"rt.BlockOn(f)":               func() { _, _ = rt.BlockOn[int](nil) },
	"rt.BlockOn(opts)":            func() { _, _ = rt.BlockOn(ready(), nil) },
	"rt.Blocking(ctx)":            func() { _, _ = rt.Blocking(nil, func(context.Context) (int, error) { return 1, nil }) },
	"rt.Blocking(f)":              func() { _, _ = rt.Blocking[int](bg, nil) },
	"rt.BlockingAsync(ctx)":       func() { rt.BlockingAsync(nil, func(context.Context) (int, error) { return 1, nil }) },
	"rt.BlockingAsync(f)":         func() { rt.BlockingAsync[int](bg, nil) },
	"rt.Buffer(s)":                func() { rt.Buffer[int](1, nil) },
	"rt.Chunks(s)":                func() { rt.Chunks[int](1, 1, nil) },
	"rt.Deadline(f)":              func() { _, _ = rt.Deadline[int](time.Now(), nil) },
	"rt.DeadlineAsync(f)":         func() { rt.DeadlineAsync[int](time.Now(), nil) },
	"rt.Debounce(s)":              func() { rt.Debounce[int](1, nil) },
	"rt.Each(s)":                  func() { rt.Each[int](nil) },
	"rt.Flatten(s)":               func() { rt.Flatten[int](nil) },
	"rt.Go(f)":                    func() { rt.Go[int](nil) },
	"rt.Go(opts)":                 func() { rt.Go(ready(), nil) },
	"rt.Join2(a)":                 func() { _, _, _ = rt.Join2[int](nil, ready()) },
	"rt.Join2(b)":                 func() { _, _, _ = rt.Join2[int, int](ready(), nil) },
	"rt.Join2Async(a)":            func() { rt.Join2Async[int](nil, ready()) },
	"rt.Join2Async(b)":            func() { rt.Join2Async[int, int](ready(), nil) },
	"rt.Join3(a)":                 func() { _, _, _, _ = rt.Join3[int](nil, ready(), ready()) },
	"rt.Join3(b)":                 func() { _, _, _, _ = rt.Join3[int, int](ready(), nil, ready()) },
	"rt.Join3(c)":                 func() { _, _, _, _ = rt.Join3[int, int, int](ready(), ready(), nil) },
	"rt.Join3Async(a)":            func() { rt.Join3Async[int](nil, ready(), ready()) },
	"rt.Join3Async(b)":            func() { rt.Join3Async[int, int](ready(), nil, ready()) },
	"rt.Join3Async(c)":            func() { rt.Join3Async[int, int, int](ready(), ready(), nil) },
	"rt.JoinAll(fs)":              func() { _, _ = rt.JoinAll(ready(), nil) },
	"rt.JoinAllAsync(fs)":         func() { rt.JoinAllAsync(ready(), nil) },
	"rt.JoinSettled(fs)":          func() { rt.JoinSettled(ready(), nil) },
	"rt.JoinSettledAsync(fs)":     func() { rt.JoinSettledAsync(ready(), nil) },
	"rt.Main(f)":                  func() { rt.Main(nil) },
	"rt.Map(f)":                   func() { _, _ = rt.Map[int, int](1, nil, nil) },
	"rt.MapAsync(f)":              func() { rt.MapAsync[int, int](1, nil, nil) },
	"rt.New(opts)":                func() { rt.New(nil) },
	"rt.NewWaker(f)":              func() { rt.NewWaker(nil) },
	"rt.On(r)":                    func() { rt.On(nil) },
	"rt.PollFunc(f)":              func() { rt.PollFunc[int](nil) },
	"rt.Race(fs)":                 func() { _, _ = rt.Race[int](nil, nil) },
	"rt.RaceAsync(fs)":            func() { rt.RaceAsync[int](nil, nil) },
	"rt.RateLimit(s)":             func() { rt.RateLimit[int](1, nil) },
	"rt.Retry(op)":                func() { _, _ = rt.Retry[int](rt.Backoff{}, nil) },
	"rt.RetryAsync(op)":           func() { rt.RetryAsync[int](rt.Backoff{}, nil) },
	"rt.Scope(body)":              func() { _ = rt.Scope(nil) },
	"rt.ScopeAsync(body)":         func() { rt.ScopeAsync(nil) },
	"rt.SelectAll(fs)":            func() { _, _ = rt.SelectAll[int](nil) },
	"rt.SelectAllAsync(fs)":       func() { rt.SelectAllAsync[int](nil) },
	"rt.SelectAllBiased(fs)":      func() { _, _ = rt.SelectAllBiased[int](nil) },
	"rt.SelectAllBiasedAsync(fs)": func() { rt.SelectAllBiasedAsync[int](nil) },
	"rt.Shield(f)":                func() { _, _ = rt.Shield[int](nil) },
	"rt.ShieldAsync(f)":           func() { rt.ShieldAsync[int](nil) },
	"rt.Spawn(f)":                 func() { rt.Spawn[int](nil) },
	"rt.Spawn(opts)":              func() { rt.Spawn(ready(), nil) },
	"rt.SpawnBlocking(f)":         func() { rt.SpawnBlocking[int](nil) },
	"rt.SpawnBlocking(opts)":      func() { rt.SpawnBlocking(func() (int, error) { return 1, nil }, nil) },
	"rt.SpawnIn(f)":               func() { rt.SpawnIn[int](new(rt.Group), nil) },
	"rt.SpawnIn(g)":               func() { rt.SpawnIn(nil, ready()) },
	"rt.SpawnIn(opts)":            func() { rt.SpawnIn(new(rt.Group), ready(), nil) },
	"rt.StreamFunc(poll)":         func() { rt.StreamFunc[int](nil) },
	"rt.Throttle(s)":              func() { rt.Throttle[int](1, nil) },
	"rt.Timeout(f)":               func() { _, _ = rt.Timeout[int](1, nil) },
	"rt.TimeoutAsync(f)":          func() { rt.TimeoutAsync[int](1, nil) },
	"rt.TimeoutCause(f)":          func() { _, _ = rt.TimeoutCause[int](1, io.EOF, nil) },
	"rt.TimeoutCauseAsync(f)":     func() { rt.TimeoutCauseAsync[int](1, io.EOF, nil) },
	"rt.TimeoutEach(s)":           func() { rt.TimeoutEach[int](1, nil) },
	"rt.Unconstrained(f)":         func() { _, _ = rt.Unconstrained[int](nil) },
	"rt.UnconstrainedAsync(f)":    func() { rt.UnconstrainedAsync[int](nil) },
	"rt.WithContext(ctx)":         func() { _, _ = rt.WithContext(nil, ready()) },
	"rt.WithContext(f)":           func() { _, _ = rt.WithContext[int](bg, nil) },
	"rt.WithContextAsync(ctx)":    func() { rt.WithContextAsync(nil, ready()) },
	"rt.WithContextAsync(f)":      func() { rt.WithContextAsync[int](bg, nil) },
	"rt.Within(f)":                func() { rt.Within(rt.Default(), nil) },
	"rt.Within(r)":                func() { rt.Within(nil, func() {}) },

	"rtsync.(*Once).Do(f)":           func() { _, _ = new(rtsync.Once[int]).Do(nil) },
	"rtsync.(*Once).DoAsync(f)":      func() { _, _ = rt.Await(new(rtsync.Once[int]).DoAsync(nil)) },
	"rtsync.(*WaitGroup).Go(f)":      func() { new(rtsync.WaitGroup).Go(nil) },
	"rtsync.(*WaitGroup).Spawn(f)":   func() { new(rtsync.WaitGroup).Spawn(nil) },
	"rtsync.(*Watch).Update(f)":      func() { rtsync.NewWatch(1).Update(nil) },
	"rtsync.(*Watch).Until(is)":      func() { _, _ = rtsync.NewWatch(1).Until(nil) },
	"rtsync.(*Watch).UntilAsync(is)": func() { _, _ = rt.Await(rtsync.NewWatch(1).UntilAsync(nil)) },
	"rtsync.(*Chan).PollNext(cx)":    func() { _, _, _ = rtsync.NewChan[int](1).PollNext(nil) },
}

// namedAs has the parameters where the message names another function, or the future.
var namedAs = map[string]string{
	"machine.(*Box).Poll()":     "a nil future",
	"machine.(*Box).Poll(cx)":   "Sleep",
	"rt.(*Set).Spawn(opts)":     "Spawn",
	"rt.(*JoinHandle).Poll(cx)": "JoinHandle",
	"rt.SpawnIn(opts)":          "Spawn",
}

// meansNil has calls where nil has a meaning, which the doc comment says.
var meansNil = map[string]func(t *testing.T){
	"rt.Borrow(f)": func(t *testing.T) {
		if rt.Borrow[int](nil) != nil {
			t.Error("not nil")
		}
	},
	"rt.Cancel(f)":      func(*testing.T) { rt.Cancel(nil); rt.Cancel((*rt.JoinHandle[int])(nil)) },
	"rt.CancelAsync(f)": func(*testing.T) { _, _ = rt.Await(rt.CancelAsync(nil)) },
	"rt.Error(err)":     func(t *testing.T) { _, ready, err := rt.Error[int](nil); is(t, ready, err) },
	"rt.Fail(err)":      func(t *testing.T) { _, err := rt.Await(rt.Fail[int](nil)); is(t, true, err) },
	"rt.Settled(err)":   func(t *testing.T) { v, err := rt.Await(rt.Settled(1, nil)); is(t, v == 1, err) },
	"rt.Must(err)":      func(t *testing.T) { is(t, rt.Must(1, nil) == 1, nil) },
	"rt.LongTurns(f)":   func(t *testing.T) { is(t, true, rt.New(rt.LongTurns(nil)).Shutdown(bg)) },
	"rt.LostTasks(f)":   func(t *testing.T) { is(t, true, rt.New(rt.LostTasks(nil)).Shutdown(bg)) },
	"rt.TaskValue(key)": func(t *testing.T) { is(t, rt.TaskValue(nil) == nil, nil) },
	"rt.WithValues(v)":  func(t *testing.T) { v, err := rt.BlockOn(ready(), rt.WithValues(nil)); is(t, v == 1, err) },
	"rt.Merge(streams)": func(t *testing.T) {
		if _, err := rt.Merge(nil, stream()).Next(); err != io.EOF {
			t.Error(err)
		}
	},
	"rt.Recv(ch)":            never(func() rt.Future[rt.Pair[int, bool]] { return rt.RecvAsync[int](nil) }),
	"rt.RecvAsync(ch)":       never(func() rt.Future[rt.Pair[int, bool]] { return rt.RecvAsync[int](nil) }),
	"rt.Send(ch)":            never(func() rt.Future[rt.Unit] { return rt.SendAsync[int](nil, 1) }),
	"rt.SendAsync(ch)":       never(func() rt.Future[rt.Unit] { return rt.SendAsync[int](nil, 1) }),
	"rt.TimeoutCause(cause)": causeless(func() error { _, err := rt.TimeoutCause(0, nil, rt.Never[int]()); return err }),
	"rt.TimeoutCauseAsync(cause)": causeless(func() error {
		_, err := rt.Await(rt.TimeoutCauseAsync(0, nil, rt.Never[int]()))
		return err
	}),
}

func is(t *testing.T, ok bool, err error) {
	t.Helper()
	if !ok || err != nil {
		t.Error(ok, err)
	}
}

func never[T any](async func() rt.Future[T]) func(t *testing.T) {
	return func(t *testing.T) {
		if c := rt.Select2Biased(async(), rt.YieldAsync()); c.Index != 1 {
			t.Error("it has ended")
		}
	}
}

func causeless(f func() error) func(t *testing.T) {
	return func(t *testing.T) {
		if err := f(); !errors.Is(err, rt.ErrTimeout) || err.Error() != "rt: timeout (timeout after 0s)" {
			t.Error(err)
		}
	}
}

// A nil among the futures of a choice never wins: choices has those with futures of their own parameters.
func init() {
	for name, choose := range map[string]func(fs [4]future) (won int){
		"Select2": func(fs [4]future) int { return rt.Select2(fs[0], fs[1]).Index },
		"Select2Biased": func(fs [4]future) int {
			return rt.Select2Biased(fs[0], fs[1]).Index
		},
		"Select2Async":       func(fs [4]future) int { return rt.Must(rt.Await(rt.Select2Async(fs[0], fs[1]))).Index },
		"Select2BiasedAsync": func(fs [4]future) int { return rt.Must(rt.Await(rt.Select2BiasedAsync(fs[0], fs[1]))).Index },
		"Select3":            func(fs [4]future) int { return rt.Select3(fs[0], fs[1], fs[2]).Index },
		"Select3Biased":      func(fs [4]future) int { return rt.Select3Biased(fs[0], fs[1], fs[2]).Index },
		"Select3Async":       func(fs [4]future) int { return rt.Must(rt.Await(rt.Select3Async(fs[0], fs[1], fs[2]))).Index },
		"Select3BiasedAsync": func(fs [4]future) int {
			return rt.Must(rt.Await(rt.Select3BiasedAsync(fs[0], fs[1], fs[2]))).Index
		},
		"Select4":       func(fs [4]future) int { return rt.Select4(fs[0], fs[1], fs[2], fs[3]).Index },
		"Select4Biased": func(fs [4]future) int { return rt.Select4Biased(fs[0], fs[1], fs[2], fs[3]).Index },
		"Select4Async": func(fs [4]future) int {
			return rt.Must(rt.Await(rt.Select4Async(fs[0], fs[1], fs[2], fs[3]))).Index
		},
		"Select4BiasedAsync": func(fs [4]future) int {
			return rt.Must(rt.Await(rt.Select4BiasedAsync(fs[0], fs[1], fs[2], fs[3]))).Index
		},
	} {
		n := int(name[len("Select")] - '0')
		for i := range n {
			meansNil[fmt.Sprintf("rt.%s(%c)", name, 'a'+i)] = func(t *testing.T) {
				for won := range n {
					if won == i {
						continue
					}
					fs := [4]future{}
					for k := range n {
						if fs[k] = rt.Never[int](); k == won {
							fs[k] = ready()
						}
					}
					fs[i] = nil
					if got := choose(fs); got != won {
						t.Errorf("%d has won, not %d", got, won)
					}
				}
			}
		}
	}
}

// TestNil calls each exported function and method with nil, in each place where that can be. No new one
// can be forgotten.
func TestNil(t *testing.T) {
	fset := token.NewFileSet()
	imp := exportData(t, fset, ".", "./rtsync", "./machine")
	seen := 0
	for _, dir := range []string{".", "rtsync", "machine"} {
		for _, place := range nilable(loaded(t, fset, imp, dir)) {
			name, param, _ := strings.Cut(strings.TrimSuffix(place, ")"), "(")
			if strings.HasPrefix(param, "*") {
				i := strings.LastIndexByte(place, '(')
				name, param = place[:i], strings.TrimSuffix(place[i+1:], ")")
			}
			who := strings.NewReplacer("(*", "", ")", "").Replace(name)
			pkg, who, _ := strings.Cut(who, ".")
			call, panics := withNil[place]
			means, documented := meansNil[place]
			switch {
			case panics:
				seen++
				if other, ok := namedAs[place]; ok {
					who = other
				}
				if pkg == "machine" {
					pkg = "rt"
				}
				t.Run(place, func(t *testing.T) { wantNilPanic(t, pkg, strings.TrimSuffix(who, "Async"), call) })
			case documented:
				seen++
				t.Run(place, means)
			case onlyGenerated[name], strings.HasSuffix(name, "Run"), strings.HasSuffix(name, "Arm"), strings.HasSuffix(who, "Error.Error"),
				strings.HasSuffix(who, "Error.Unwrap"), strings.HasSuffix(who, "Error.Stack"):
			case pkg == "rtsync" && param == "": // as in package sync: see the doc comment of rtsync
			default:
				t.Errorf("%s: what does nil do there?", place)
			}
		}
	}
	if want := len(withNil) + len(meansNil); seen != want {
		t.Errorf("%d of %d calls belong to a parameter that there is", seen, want)
	}
}

// wantNilPanic wants f to panic with a message that names the function who, and what to do.
func wantNilPanic(t *testing.T, pkg, who string, f func()) {
	t.Helper()
	defer func() {
		p := recover()
		text, _ := p.(string)
		if !strings.HasPrefix(text, pkg+": "+who+" ") || strings.Count(text, ": ") < 2 {
			t.Errorf("panic %v: it does not name %s, or what to do", p, who)
		}
	}()
	f()
}

// All messages of rt about misuse are made by the functions in misuse.go, which give them their form. A
// panic with a text of its own is one that users cannot cause.
func TestMessagesHaveOneForm(t *testing.T) {
	internal := []string{": not a call", " does not come first in its struct", "the stack does not begin with"}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("internal/task/*.go")
	if err != nil {
		t.Fatal(err)
	}
	texts := 0
	for _, name := range append(files, more...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(src)) {
			_, text, ok := strings.Cut(line, `panic("rt: `)
			if _, format, also := strings.Cut(line, `panic(fmt.Sprintf("rt: `); also {
				text, ok = format, true
			}
			if !ok {
				continue
			}
			texts++
			if !slices.ContainsFunc(internal, func(s string) bool { return strings.Contains(text, s) }) {
				t.Errorf("%s: use misuse: %s", name, line)
			}
		}
	}
	if texts == 0 {
		t.Error("no panic was looked at")
	}
}
