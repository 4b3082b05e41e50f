// Package rt runs async functions: futures, tasks, and the runtime that
// schedules them. People use futures and verbs ([Await], [Join2], [Select2],
// [Timeout], …), tasks ([Spawn], [Go], [JoinHandle]) and the [Runtime]. What is
// in seam.go is for the code that asyncgen generates.
//
// # Happens before
//
// Spawn happens before the first poll of the task; each poll of a task before
// the next, whatever worker makes it; a wake before the poll that it causes; and
// the end of a task, its cleanup included, before an await of its handle
// returns, and before [JoinHandle.Done] is closed.
//
// # The life of a task
//
// The rest of this comment is for those who read the code. A task is a box: a
// lazy future that has been spawned. Its state is one word, see state.go.
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
// (1) task.spawn counts the task (registry.go) and submits it: to the worker that
// the caller is on, else to the injector.
//
// (2) runner.serve takes turns: runner.find gives the next task, runner.turn
// begins its turn with state.start, which also says whether the task is to be
// polled, cancelled, or dropped before it has begun.
//
// (3) task.advance resumes the leaf, the innermost call that waits, and climbs
// from call to caller as calls finish (climb.go). A wake thus costs the same at
// any await depth. A panic that leaves a resumed call is thrown into the nearest
// caller that has deferred calls.
//
// (4) When a call waits again the turn ends with state.pause. At the end of its
// first turn the task is listed in a shard (registry.go), so that Shutdown finds
// it while it waits; one that never waits is never listed. If the task was
// woken during its turn it goes to the end of the queue at once: no wake is lost.
// state.yield ends the turn of a task that only wants its next one.
//
// (5) task.wake notes the wake; the one who finds the task waiting submits it.
// Any number of wakes before the next turn are one. On a worker's goroutine the
// task goes to the worker's slot and is next.
//
// (6) An abort is noted, and wakes. The next turn begins the cancel: the frames
// are marked, the leaf is resumed to leave, then each caller with deferred calls.
// Deferred calls may await, so a task that is being cancelled is paused and woken
// like any other. Cleanup that has begun before is let finish.
//
// (7) task.end puts the outcome in place of the leaf, for ever: the frame with
// the results, or an outcome object. It sets stateDone, which publishes it.
//
// (8) wakeWatchers wakes who waits for the handle. Who begins to wait adds itself
// first and looks at stateDone second, and we do it in the other order: one of
// the two sees the other.
//
// # Workers
//
// A worker (worker.go) is a place: a ring of 256 tasks with a slot for the one
// that is next, a timing wheel, free frames, a shard of the registry. The
// goroutine that runs it, its runner, can be replaced. A runner that is about to
// block, in [BlockOn], in a blocking verb, or because Goexit ends it, first hands
// the worker to a new goroutine (runner.detach) and finishes its turn without:
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
// Each worker has a wheel (timers.go, internal/timer) with a lock, since tasks
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
package rt
