package task

import (
	"bytes"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/alarms"
)

// DeadlockError is the error of [BlockOn] and [Await], on an ordinary goroutine, if nothing can wake what they wait
// for. What was awaited is cancelled then, and its cleanup has run.
//
// It is given only where it is certain, so not at once, and only if in all of the process
//
//   - no task is ready or runs, on no runtime, no timer is armed, and no call of [Blocking] runs;
//   - all that waits waits for what only rt and its packages end: locks, channels and the like of rtsync, handles,
//     groups. A future that a program has written itself may be woken by anybody, and so may one that waits for a
//     native channel, a context or the network;
//   - no other goroutine could do anything: each waits in rt, in package testing or for signals. A goroutine that
//     computes, sleeps or waits for a channel of its own may come to wake somebody;
//   - no function of time.AfterFunc waits for its time, and no C code was ever called.
//
// What Go itself may yet call is not seen: a finalizer that would wake somebody.
type DeadlockError struct {
	// Dump is what each task waits for; see [Runtime.Dump].
	Dump string
}

// Error implements error.
func (e *DeadlockError) Error() string {
	return "rt: deadlock: nothing can wake what is awaited\n\n" + e.Dump
}

const (
	firstLook = 50 * time.Millisecond
	lastLook  = 2 * time.Minute
)

// StandsStill is called where nothing is to do in a runtime.
func StandsStill() {
	if stalls.waiting.Load() == 0 {
		return
	}
	if !stalls.asked.Load() {
		stalls.asked.Store(true) // before the CompareAndSwap: pairs with lookForDeadlock
	}
	// In a bubble of testing/synctest it is the bubble that sees a deadlock.
	if !stalls.armed.Load() && bubble() == 0 && stalls.armed.CompareAndSwap(false, true) {
		lookAfter(firstLook)
	}
}

// lookAfter has somebody look after d.
func lookAfter(d time.Duration) {
	time.AfterFunc(d, func() { lookForDeadlock(d) })
}

// lookForDeadlock looks, and comes again if it has found none; d is how long it has waited.
func lookForDeadlock(d time.Duration) {
	stalls.asked.Store(false)
	var s stillness
	if stalls.waiting.Load() > 0 && s.certain() {
		s.tell()
		d = firstLook
	} else {
		d *= 4
	}
	if d <= lastLook {
		lookAfter(d)
		return
	}
	stalls.armed.Store(false)
	if stalls.asked.Load() { // it has come between
		StandsStill()
	}
}

// stillness is what is known of a process that stands still.
type stillness struct {
	runtimes []*Runtime
	waiters  []*waiter
	in       Inspector
}

// certain reports whether nothing can wake what waits. What is looked at first may change until all goroutines are seen
// to stand still; from then on nothing does, but for functions of time.AfterFunc, which come last.
func (s *stillness) certain() bool {
	// In a program with C its runtime is told once that Go has started. On Windows system calls are calls of C.
	if runtime.GOOS != "windows" && runtime.NumCgoCall() > 1 {
		return false
	}
	Labelled.Range(func(_, o any) bool {
		if r := o.(*owner).rt; r != nil {
			s.runtimes = append(s.runtimes, r)
		}
		return true
	})
	if !s.still() || !goroutinesStill() || !s.still() || !s.Inside() {
		return false
	}
	pending, known := alarms.Pending()
	return known && !pending && s.still()
}

// still reports whether no runtime has anything to do.
func (s *stillness) still() bool {
	for _, r := range s.runtimes {
		if !r.still() {
			return false
		}
	}
	return true
}

// still reports whether r has nothing to do, and no timer.
func (r *Runtime) still() bool {
	if r.Refuses.Load() || r.Sim != nil && r.drivers.Load() > 0 || r.Queue.Len() > 0 || r.Stuck.Load() > 0 {
		return false
	}
	if r.Begun.Load() && (r.Idle.Load() != 0 || r.pending()) {
		return false
	}
	for _, w := range r.Workers {
		w.Timers.Mu.Lock()
		n := w.Timers.Wheel.Count()
		w.Timers.Mu.Unlock()
		if n > 0 {
			return false
		}
	}
	p := &r.Pool
	p.Mu.Lock()
	defer p.Mu.Unlock()
	return p.First == nil && p.Free == p.Threads
}

// Inside reports whether all that waits waits for what is in rt, and collects the goroutines in BlockOn.
func (s *stillness) Inside() bool {
	for _, r := range s.runtimes {
		if !r.looks.TryRLock() { // somebody looks for lost tasks
			return false
		}
		for _, w := range r.Workers {
			w.Shard.each(func(t *Task) {
				if info := s.in.task(t); info != nil && (info.Status == "ready" || info.Status == "running") {
					s.in.Foreign++
				}
			})
		}
		r.looks.RUnlock()
		for _, t := range r.waitingGoroutines() {
			s.in.goroutine(t)
			s.waiters = append(s.waiters, t.waiter)
		}
	}
	return s.in.Foreign == 0 && len(s.waiters) > 0
}

// tell tells all that wait in BlockOn.
func (s *stillness) tell() {
	var dump bytes.Buffer
	for _, r := range s.runtimes {
		if r.Alive() > 0 || len(r.waitingGoroutines()) > 0 {
			_ = r.Dump(&dump, new(Dumper)) // a buffer takes all
		}
	}
	e := &DeadlockError{Dump: dump.String()}
	for _, t := range s.waiters {
		t.Dead.Store(e) // pairs with the Load in driveOn
		t.t.wake()
	}
}

// waitingGoroutine is a goroutine that waits in BlockOn, with what it waited for when we looked: a waiter is used again.
type waitingGoroutine struct {
	*waiter
	what string
}

// waitingGoroutines is the goroutines that wait in BlockOn on r.
func (r *Runtime) waitingGoroutines() (all []waitingGoroutine) {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	for s := r.waiters; s != nil; s = s.next {
		all = append(all, waitingGoroutine{s, s.described()})
	}
	return all
}

// goroutine describes what s waits for.
func (in *Inspector) goroutine(s waitingGoroutine) *TaskInfo {
	info := &TaskInfo{Name: s.what, Status: "running"}
	if !s.polling.TryLock() {
		in.Foreign++
		return info
	}
	defer s.polling.Unlock()
	if s.awaits == nil || len(s.P.Ch) > 0 { // it is not known, or it is about to go on
		in.Foreign++
	}
	in.on, in.depth = nil, 0
	info.Status, info.Chain = "waiting", in.Future(s.awaits)
	return info
}

// inside is implemented by futures that are not described by what is inside of them: it reports whether only rt ends
// what they wait for.
type inside interface{ Inside() bool }

func (a *Alarm) Inside() bool { return true } // timers are counted

func (b *BlockCore) Inside() bool { return b.awaits != nil }

// end notes the end of a chain, which is a future, and whether something else than rt may wake it.
func (in *Inspector) end(f any) {
	if i, ok := f.(inside); !ok || !i.Inside() {
		in.Foreign++
	}
}

// rtPath is the path of package rt, below which its packages are.
var rtPath = func() string {
	path := reflect.TypeFor[Runtime]().PkgPath() + "/"
	return strings.TrimSuffix(path[:strings.Index(path, "/rt/")+len("/rt/")], "/")
}()

// ofRT reports whether a function is of the package that this is, or of rt.
func ofRT(function string) bool {
	return strings.HasPrefix(function, rtPath+".") || strings.HasPrefix(function, reflect.TypeFor[Runtime]().PkgPath()+".")
}

// goroutinesStill reports whether all other goroutines of the process wait for us.
func goroutinesStill() bool {
	const most = 64 << 20
	stacks := make([]byte, 64<<10)
	n := runtime.Stack(stacks, true)
	for n == len(stacks) && n < most {
		stacks = make([]byte, 2*len(stacks))
		n = runtime.Stack(stacks, true)
	}
	if n == len(stacks) {
		return false
	}
	all := strings.Split(string(stacks[:n]), "\n\n")
	for _, stack := range all[1:] { // the first is this one
		if !waitsForUs(stack) {
			return false
		}
	}
	return true
}

// waitsForUs reports whether a goroutine does nothing unless rt does: its innermost call is rt's, and is a wait for another
// goroutine; or it is one of those that are in every test or program.
//
//	goroutine 7 [chan receive]:
//	github.com/asyncgen/asyncgen/rt.(*realClock).wait(…)
//		/home/…/rt/clock.go:56 +0x1b
func waitsForUs(stack string) bool {
	head, rest, _ := strings.Cut(stack, "\n")
	call, rest, _ := strings.Cut(rest, "\n")
	file, _, _ := strings.Cut(rest, "\n")
	_, state, ok := strings.Cut(head, "[")
	state, _, _ = strings.Cut(state, "]")
	state, _, _ = strings.Cut(state, ",")
	switch {
	case !ok:
		return false
	case strings.HasPrefix(call, "os/signal."): // who receives signals has a goroutine
		return state == "syscall"
	case state == "coroutine": // it goes on when another goroutine has it go on, which is here too
		return true
	case state != "chan receive" && state != "select" && state != "select (no cases)":
		return false
	case strings.HasPrefix(call, "testing."):
		return true
	}
	return (strings.HasPrefix(call, rtPath+".") || strings.HasPrefix(call, rtPath+"/")) && !strings.Contains(file, "_test.go:")
}
