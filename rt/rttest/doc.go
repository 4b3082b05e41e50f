// Package rttest runs concurrent code of package rt one step at a time, in an order and at a time that a number
// decides, so that a test of it fails every time or never:
//
//	func TestRetry(t *testing.T) {
//		rttest.Run(t, rt.AsyncFunc(func() error {
//			h := rt.Spawn(retryAsync())
//			rt.Sleep(time.Hour) // takes no time
//			if !h.Finished() {
//				t.Fatal("retry goes on after an hour")
//			}
//			return nil
//		}))
//	}
//
// [Run] makes a simulated runtime. Its clock is virtual: it stands while a task is ready, and jumps to the next
// timer otherwise. One goroutine at a time runs, and at each await the seed picks who goes on, of all that are
// ready. It picks where a choice is between futures that are ready, too, and whose turn it is of those whose time
// comes at the same moment. A failure prints the seed and a timeline of the tasks, and
//
//	go test -run TestRetry -rttest.seed=8191
//
// does the same again.
//
// A test of one order proves little. [Explore] runs many, [Exhaustive] all that there are, where they are few, and
// [CancelEverywhere] one for each await, with a cancel there, and one with a panic:
//
//	rttest.Exhaustive(t, func() rt.Future[rt.Unit] { return transferAsync(new(account)) })
//	rttest.CancelEverywhere(t, func() rt.Future[rt.Unit] { return transferAsync(new(account)) })
//
// # The network
//
// Package rtnet has a network of its own in a simulation, whose bytes take time, come in pieces and are lost with their
// connections, and whose packets are lost, doubled and overtaken, as the seed decides: see [Network]. The code is the
// same: Dial, Listen, ListenPacket, Conn, TLSConn, deadlines.
//
// # What fails
//
// A run fails if its body gives an error, or the test fails in it; if tasks are left when the body has ended, see
// [AllowLeaks]; if nothing can go on; and if a [Check] says so. When nothing is ready and no timer is left, nothing
// can go on: it is a deadlock, and the failure says where each task waits. An ordinary goroutine that the code has
// started, or that uses the runtime, may still wake a task, whether it runs, waits, or holds a lock: while there is
// one we wait for it. For others there is [Outside].
//
// A timeline has a line for each turn: its number, the time, of how many ready tasks it was picked, and how it has ended.
//
//	rttest: deadlock: nothing can wake these:
//		1 the test: waits in rt.JoinAll {rt.JoinHandle [of task a]; rt.JoinHandle [of task b]}, called by rt.AsyncFunc (bank_test.go:12)
//		2 a: waits in rtsync.(*Mutex).Lock (Lock) [held by task b], called by bank.transfer (Lock2, bank.go:37)
//		3 b: waits in rtsync.(*Mutex).Lock (Lock) [held by task a], called by bank.transfer (Lock2, bank.go:37)
//	to repeat it: go test -run '^TestTransfer$' -rttest.choices=0,1
//	  turn       time  of  task
//	     1         0s   1  1 the test: waits in rt.JoinAll
//	     2         0s   2  2 a: gives way, in bank.transfer (Yield, bank.go:36)
//	     3         0s   2  3 b: gives way, in bank.transfer (Yield, bank.go:36)
//	     4         0s   2  2 a: waits in rtsync.(*Mutex).Lock, in bank.transfer (Lock2, bank.go:37)
//	     5         0s   1  3 b: waits in rtsync.(*Mutex).Lock, in bank.transfer (Lock2, bank.go:37)
//
// # What is repeated
//
// All that happens in tasks and in BlockOn, in its order and at its time. Functions of SpawnBlocking and Blocking
// are called one at a time, as a task, and what they block on must not need another task. Native channels are
// looked at between turns. Ordinary goroutines run when they like: where their order matters use [Bubble], in which
// time is that of testing/synctest. A package that looks at time.Now or at math/rand by itself goes round us.
package rttest
