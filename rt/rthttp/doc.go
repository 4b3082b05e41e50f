// Package rthttp is a small HTTP/1.1 server whose connections are tasks: one that is idle costs bytes, not a goroutine
// and two buffers.
//
//	// hello is a handler.
//	//
//	//async:func
//	func hello(w *rthttp.Response, r *http.Request) error {
//		rt.Sleep(time.Millisecond) // a handler may wait
//		_, err := w.Write([]byte("hello, " + r.URL.Path[1:] + "\n"))
//		return err
//	}
//
//	//async:func
//	func serve(addr string) error {
//		l, err := rtnet.Listen("tcp", addr)
//		if err != nil {
//			return err
//		}
//		var s rthttp.Server
//		return s.Serve(l, hello)
//	}
//
// Requests are those of net/http, parsed by it once all bytes of a header are there. A handler is a marked function; for
// one [Server.Serve] takes it as it is, and [Server.ServeAsync] takes its async form. Any [http.Handler] runs on the
// blocking pool: see [Std].
//
// # Handlers
//
// What a handler writes is sent when it returns, when it is more than a few kilobytes, or when it calls
// [Response.Flush]. A short response has a Content-Length, a long one is sent in chunks. An error that a handler
// returns, or a panic, is a line in the log and the status 500, if nothing was sent yet, and else the end of the connection;
// a [*StatusError] is a status of the handler's choice, and no line in the log. A handler is cancelled as any task is: by an
// abort of the task in Serve, or when [Server.Shutdown] has no more time.
//
// The Read of a request's body waits in its blocking form, as [http.Request] has it. In a handler [ReadAll] and [BodyOf]
// read it as a task.
//
// # What is refused
//
// Requests that two servers may take for two different ones are refused with status 400, and the connection is closed:
// those with several lengths or with a length and chunks, header lines that are continued, that have space before the
// colon or end without a carriage return, sizes of chunks that are no plain hexadecimal numbers. A client that takes too
// long for a header is cut off, and so is one that sends too much: see the fields of [Server].
package rthttp

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen
