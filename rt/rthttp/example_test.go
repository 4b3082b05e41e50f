package rthttp_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rthttp"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// hello is a handler, which waits for a while.
//
//async:func
func hello(w *rthttp.Response, r *http.Request) error {
	rt.Sleep(time.Millisecond)
	_, err := fmt.Fprintf(w, "hello, %s", r.URL.Path[1:])
	return err
}

// A marked function is a handler. In ordinary code its async form is.
func Example() {
	l, err := rtnet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var s rthttp.Server
	serving := rt.Spawn(s.ServeAsync(l, helloAsync))

	resp, err := http.Get("http://" + l.Addr().String() + "/gopher")
	if err != nil {
		panic(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	fmt.Println(string(body))

	http.DefaultClient.CloseIdleConnections()
	_ = s.Shutdown(context.Background())
	_, err = rt.Await(serving)
	fmt.Println(err)
	// Output:
	// hello, gopher
	// http: Server closed
}
