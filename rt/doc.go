// Package rt runs async functions: lazy futures, tasks, and the runtime that schedules them.
//
//	//async:func
//	func total(pages ...string) (int, error) {
//		sum := 0
//		for _, page := range pages {
//			size, err := fetch(page) // an await, as fetch is marked, too
//			if err != nil {
//				return 0, err
//			}
//			sum += size
//		}
//		return sum, nil
//	}
//
//	func main() {
//		h := rt.Spawn(totalAsync("one", "two")) // a task
//		sum, err := rt.Timeout(time.Second, h)  // waits for it
//		fmt.Println(sum, err)
//	}
//
// A [Future] does nothing until it is polled. [Await] waits for one in a marked function, and so do the verbs: [JoinAll],
// [Select2], [Race], [Timeout], [Map], [Scope] and others, each with a form XAsync that is a future. On an ordinary
// goroutine all of them block. [Spawn] makes a task of a future, [Go] one that nobody awaits, [BlockOn] runs one here.
//
// Whoever stops waiting cancels what they waited for: it leaves at the await where it is, as by [runtime.Goexit], and its
// deferred calls run, which may await. A future has one owner; [Borrow] lends it.
//
// Tasks run on the workers of a [Runtime]: [Default], unless [On] says another one. [Runtime.Shutdown] ends its tasks.
// [Runtime.Dump], [Runtime.Profile] and [Runtime.Metrics] show what they do.
//
// # Happens before
//
// Spawn happens before the first poll of the task; each poll of a task before
// the next, whatever worker makes it; a wake before the poll that it causes; and
// the end of a task, its cleanup included, before an await of its handle
// returns, and before [JoinHandle.Done] is closed.
//
// Package rtsync has locks and channels for tasks, rtnet the network, rttest a simulated clock and schedules,
// rtmetrics the figures for monitoring, and console shows tasks in a browser. Package machine is for generated code.
package rt
