package task

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
	"weak"
)

// A task is lost if it waits and nobody can wake it any more: who has its waker, its handle, or what it waits for is in
// memory that only lost tasks lead to. The garbage collector knows that, and nobody else. But it marks all that is in use
// with one bit: what a finalizer, or a list of ours, keeps for the cleanup of the task it marks too, and a task leads to
// itself, by the queue in which it waits. So there it would never be lost; and if only weak pointers lead to it, it is gone
// when it is found, with its deferred calls.
//
// In one case the collector marks twice. To find goroutines that leak it first marks what the others lead to. Of those
// that wait for a channel which is not marked then it says that they leak, and marks what is on their stacks. So
// while we look each task has a goroutine of that kind, its guard, and the registry forgets the task:
//
//	guard ──▶ task ──leaf──▶ probe ──▶ channel ◀──waits── guard
//
// The guard leaks if and only if nothing else leads to the task. It keeps the task, which can be cancelled then as any other.

// errNoLeaks says why nothing can be found.
var errNoLeaks = fmt.Errorf("rt: lost tasks are found by the garbage collector of Go 1.27, or of Go 1.26 if the program is built with GOEXPERIMENT=goroutineleakprofile: %w", errors.ErrUnsupported)

// FindsLost is nil if lost tasks can be found by this program.
func FindsLost() error {
	if pprof.Lookup("goroutineleak") == nil {
		return errNoLeaks
	}
	return nil
}

// mostGuarded is how many tasks are looked at together: a guard takes about three kilobytes.
const mostGuarded = 1 << 15

// FindLost finds the tasks of r that are lost, and has them cancelled.
func (r *Runtime) FindLost() (lost []*TaskInfo, err error) {
	switch err := FindsLost(); {
	case err != nil:
		return nil, err
	case r.Sim != nil || bubble() != 0:
		return nil, fmt.Errorf("rt: in a simulation, or in a bubble of testing/synctest, lost tasks are not looked for: %w", errors.ErrUnsupported)
	}
	r.looks.Lock()
	defer r.looks.Unlock()
	for all := r.listed(); len(all) > 0; {
		some := all[:min(len(all), mostGuarded)]
		all = all[len(some):]
		l := &look{rt: r}
		for _, p := range some {
			l.at(p)
		}
		lost = append(lost, l.end()...)
	}
	return lost, nil
}

// listed is the tasks that are listed, without leading to them.
func (r *Runtime) listed() (all []weak.Pointer[Task]) {
	for _, w := range r.Workers {
		w.Shard.each(func(t *Task) { all = append(all, weak.Make(t)) })
	}
	return all
}

// look is one look at some tasks. It must not lead to them.
type look struct {
	rt     *Runtime
	guards []weak.Pointer[guard]
	stand  sync.WaitGroup // guards that do not wait yet
	wait   sync.WaitGroup // those that have not ended
}

// guard waits in place of who looks at t.
type guard struct {
	t     *Task
	shard *shard // where it is listed
	probe *probe
}

// probe is the leaf of a task while somebody looks whether it is lost. When the task is polled it has ended, and the call
// that waits goes on as if it had been the leaf.
type probe struct {
	Frame
	ch chan struct{}
}

var probeFunc = Func{Name: "rt.FindLost", Inner: true}

// Func implements [Machine].
func (p *probe) Func() *Func { return &probeFunc }

// Reset implements [Machine]. A probe is used once.
func (p *probe) Reset() {}

// Resume implements [Machine].
func (p *probe) Resume(*Context) Machine { return nil }

// unprobed is m, or the call that waits if m is a probe.
func unprobed(m Machine) Machine {
	for m != nil && m.Func() == &probeFunc {
		m = Head(m).parent
	}
	return m
}

// at has the task of p looked at, if it may be lost.
func (l *look) at(p weak.Pointer[Task]) {
	t := p.Value()
	if t == nil || !t.hold() {
		return // it has ended, or runs, or is about to
	}
	if !t.mayBeLost() || !t.shard.Load().hide(t) { // it may have gone to sleep since it was found
		t.letGo()
		return
	}
	g := &guard{t, t.shard.Load(), &probe{ch: make(chan struct{})}}
	g.probe.parent = t.Leaf
	t.Leaf = g.probe
	t.letGo()
	l.guards = append(l.guards, weak.Make(g))
	l.stand.Add(1)
	l.wait.Add(1)
	go l.guard(g, len(l.guards)-1)
}

// mayBeLost reports whether it is worth while to look whether t is lost, which the caller holds.
func (t *Task) mayBeLost() bool {
	switch m := t.Leaf.(type) {
	case *probe: // it is looked at, as a task may be listed twice by each
		return false
	case *SleepFrame:
		if m.timer.Armed() { // its wheel leads to it
			return false
		}
	}
	return t.Load()&(StateCleaning|StateAbort) == 0 // else it is being cancelled
}

// guardLabel is the label of a guard, with its number.
const guardLabel = "rt.FindLost"

func (l *look) guard(g *guard, number int) {
	defer l.wait.Done()
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels(guardLabel, strconv.Itoa(number))))
	l.stand.Done()
	<-g.probe.ch
	runtime.KeepAlive(g)
}

// end finds out which of the tasks are lost, and has things be as before.
func (l *look) end() (lost []*TaskInfo) {
	if len(l.guards) == 0 {
		return nil
	}
	l.stand.Wait()
	leaks := l.leaks()
	var guards []*guard
	for _, g := range l.guards {
		guards = append(guards, g.Value()) // its goroutine has it
	}
	if len(leaks) > 0 {
		l.leaks() // now nobody leaks, for we lead to all of them: only so can they be woken
	}
	in := new(Inspector)
	for i, g := range guards {
		alone := g.t.unprobe(g.probe) && leaks[i]
		g.shard.show(g.t)
		if alone {
			lost = append(lost, in.lost(g.t))
			g.t.Ask(Word.Abort, nil)
		}
		close(g.probe.ch)
	}
	l.wait.Wait()
	return lost
}

// leaks has the garbage collector look for goroutines that leak, and gives the numbers of the guards among them.
func (l *look) leaks() map[int]bool {
	var text bytes.Buffer
	if err := pprof.Lookup("goroutineleak").WriteTo(&text, 1); err != nil {
		return nil
	}
	found := map[int]bool{}
	for {
		line, err := text.ReadString('\n')
		if _, label, ok := bytes.Cut([]byte(line), []byte(`"`+guardLabel+`":"`)); ok {
			number, _, _ := bytes.Cut(label, []byte(`"`))
			if n, err := strconv.Atoi(string(number)); err == nil {
				found[n] = true
			}
		}
		if err == io.EOF {
			return found
		}
	}
}

// unprobe takes p away, and reports whether the task has waited all the time.
func (t *Task) unprobe(p *probe) bool {
	if !t.hold() {
		return false // p ends by itself
	}
	defer t.letGo()
	if t.Leaf != Machine(p) {
		return false
	}
	t.Leaf = p.parent
	return true
}

// lost is what is told of t, which is lost.
func (in *Inspector) lost(t *Task) *TaskInfo {
	info := in.task(t)
	info.Chain = append([]Call(nil), info.Chain...) // the next one has its memory
	info.task, info.waitsOn = nil, nil              // who reads it must not keep them
	return info
}

// hidden is the Index of a task that its shard does not list for now.
const hidden = 1<<31 - 1

// hide has s not list t any more, which the caller holds, and reports whether it did.
func (s *shard) hide(t *Task) bool {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	i := atomic.LoadUint32(&t.Index)
	if !s.has(t, i) {
		return false
	}
	s.take(i)
	atomic.StoreUint32(&t.Index, hidden)
	return true
}

// show undoes hide, unless t has ended.
func (s *shard) show(t *Task) {
	s.Mu.Lock()
	if atomic.LoadUint32(&t.Index) == hidden { // pairs with the Store in add: it may be listed elsewhere by now
		atomic.StoreUint32(&t.Index, s.put(t))
	}
	s.Mu.Unlock()
	if s.rt.Refuses.Load() { // as in list
		t.shutdown()
	}
}
