package task

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
)

// This is all state that is the process's and not a runtime's, with the reason why. Beside it there are only what init
// computes and what never changes; a test sees to that.

// ByDefault is the default runtime: code that belongs to no runtime, in main or in a goroutine, must find one.
var ByDefault = sync.OnceValue(func() *Runtime {
	c := NewConfig()
	c.Name = "default"
	return NewRuntime(c)
})

// someEnded is the runtime of goroutines whose own has ended and is forgotten: one of them asks, and there is nobody to
// give it another.
var someEnded = sync.OnceValue(func() *Runtime {
	c := NewConfig()
	c.Name = "ended"
	r := NewRuntime(c)
	_, _, _ = r.End(context.Background()) // it has nothing to wait for
	return r
})

// bubbles has the default runtimes of bubbles of testing/synctest, by their numbers. A bubble is a thing of the process,
// and gives nothing to keep something with.
var bubbles struct {
	mu sync.Mutex
	of map[int]*Runtime
}

// Goroutines says what goroutines are. It is the process's since who asks does not know of which runtime the
// goroutine is: that is the question.
var Goroutines goid.Table[special]

// Labelled has the runtimes by the addresses of their label sets, as owners: a goroutine inherits labels, and
// no more.
var Labelled sync.Map // uintptr → *owner

// wheels has the workers by the number of their wheel: an entry says with it
// which lock to take. The list is replaced under mu and read without it. A number takes two bytes of each sleeping task
// where a pointer takes eight, and a timer may be in the wheel of another runtime than its task is of.
var wheels struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*worker]
}

// functions has the functions by their numbers. The list is replaced under mu and read without it. A state word has
// two bytes for a function, which belongs to the program.
var functions struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*Func]
}

// callFuncs has a Func for each function that was called on the blocking pool, by its address, and by
// whether [Blocking] has called it. Functions belong to the program.
var callFuncs sync.Map // of *Func by callKey

// pools numbers the free lists of functions, the same in all workers, so that a frame may go from one to another.
var pools struct {
	mu   sync.Mutex
	next uint32
}

// stalls is for deadlocks, which are the process's: tasks of one runtime may wait for those of another.
//
// While goroutines wait in BlockOn and nothing runs, we look now and then whether anything can come to run again. As a
// look stops the program for a moment it is taken after a while, and then at longer and longer intervals, and not
// for ever: then Go, which sees no sleeper any more, may find that all goroutines are asleep.
var stalls struct {
	waiting atomic.Int32 // goroutines in BlockOn that wait
	armed   atomic.Bool  // a look will come
	asked   atomic.Bool  // something has stood still since the last look
}

// outlook is where workers look for what has come from outside, without waiting: the network. It reports whether something has.
// A process has one poller for all its runtimes.
var outlook atomic.Pointer[func() bool]

// What numbers things that people see, of all runtimes: no two tasks, and no two runtimes, have the same.
var (
	taskIDs     atomic.Uint64
	runtimes    atomic.Int64 // made so far, for their names
	simulations atomic.Int64 // the same
)

// endedLocked says that the code of a block, or an iterator, has ended on a thread that it had locked. It is the
// program that does so, and the thread that it ends is the process's.
var endedLocked atomic.Bool
