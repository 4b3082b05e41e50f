// Package task is the engine below rt: the life of a task, from its spawn to the end of its cleanup, and the workers that
// run tasks. It takes no name from the packages above it. What rt and machine offer is made of what is exported here.
//
// # The life of a task
//
// A task is a box: a lazy future that has been spawned. Its state is one word, see state.go.
//
//	      (1) Spawn
//	          │
//	          ▼          (2) start             (3) resume
//	┌──▶ in a queue ──────────────▶ running ──────────────▶ leaf … root
//	│         ▲                        │                        │
//	│         │ (5) wake               │ (4) pause              │ (7) end
//	│         │                        ▼                        ▼
//	│      waiting ◀───────────────────┘                      ended
//	│         │                                                 │
//	└─────────┘ (6) abort                                       │ (8) watchers
//	                                                            ▼
//	                                                    who awaits the handle
//
// (1) Task.Spawn counts the task (registry.go) and submits it: to the worker that
// the caller is on, else to the injector.
//
// (2) Runner.serve takes turns: Runner.find gives the next task, Runner.turn
// begins its turn with Word.Start, which also reports whether the task is to be
// polled, cancelled, or dropped before it has begun.
//
// (3) Task.advance resumes the leaf, the innermost call that waits, and goes
// from call to caller as calls finish (resume.go). A wake thus costs the same at
// any await depth. A panic that leaves a resumed call is thrown into the nearest
// caller that has deferred calls.
//
// (4) When a call waits again the turn ends with Word.Pause. At the end of its
// first turn the task is listed in a shard (registry.go), so that Shutdown finds
// it while it waits; one that never waits is never listed, nor is one that sleeps,
// to which a wheel leads (asleep.go). If the task was
// woken during its turn it goes to the end of the queue at once: no wake is lost.
// Word.Yield ends the turn of a task that only wants its next one.
//
// (5) Task.wake notes the wake; the one who finds the task waiting submits it.
// Any number of wakes before the next turn are one. On a worker's goroutine the
// task goes to the worker's slot and is next.
//
// (6) An abort is noted, and wakes. The next turn begins the cancel: the frames
// are marked, the leaf is resumed to leave, then each caller with deferred calls.
// Deferred calls may await, so a task that is being cancelled is paused and woken
// like any other. Cleanup that has begun before is let finish.
//
// (7) Task.end puts the outcome in place of the leaf, for ever: the frame with
// the results, or an outcome object. It sets StateDone, which publishes it.
//
// (8) wakeWatchers wakes who waits for the handle. Who begins to wait adds itself
// first and looks at StateDone second, and we do it in the other order: one of
// the two sees the other.
//
// # Workers
//
// A worker (worker.go) is a place: a ring of 256 tasks with a slot for the one
// that is next, a timing wheel, free frames, a shard of the registry. The
// goroutine that runs it, its runner, can be replaced. A runner that is about to
// block, in WaitOn, in a blocking verb, or because Goexit ends it, first hands
// the worker to a new goroutine (Runner.detach) and finishes its turn without:
// then its Context has no worker, what it wakes goes to the injector, and its
// timers into the wheel of any worker.
//
// A worker takes its tasks from the slot (three times in a row at most, if others
// wait), from its ring, every 61st turn from the injector, and then looks
// elsewhere: in the injector, and in the rings of the others, of which it takes
// half. At most half of the workers search at once. A worker that finds nothing
// parks on a channel. Who pushes a task wakes a parked worker unless one is
// searching; who parks looks once more at all queues after it has counted itself
// out (notify, park). So either the one sees the sleeper or the other the task.
//
// # Timers
//
// Each worker has a wheel (timers.go, rt/internal/timer) with a lock, since tasks
// move between workers and cancel their timers from there. A sleeping frame has
// an entry that says which wheel it is in. The worker parks until the next tick
// that has timers; who arms an earlier one from outside wakes it.
//
// # Shutdown
//
// shutdown.go, in this order: later spawns are refused; goroutines in BlockOn are
// told; all listed tasks are aborted, the others at their next turn, and run their
// cleanup as always, calls of Blocking included; when the last has ended, so do the
// goroutines of the blocking pool and the workers. All cleanup has one time of grace
// (grace.go). A tenth of it later, in real time, Shutdown returns a *ShutdownError that
// names what does not end; the rest goes on by itself.
//
// Workers start with the first task of the runtime, or the first goroutine that waits
// on it. One of the current-thread flavour runs only while a goroutine is in BlockOn or
// Await, and while it shuts down.
//
// # Who is calling
//
// Functions without a Context find out on which goroutine they are, and to which
// runtime it belongs: current.go and labels.go.
package task
