package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/leaktest"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

func TestMain(m *testing.M) {
	leaktest.Main(m, func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		_ = rt.Default().Shutdown(context.Background())
	})
}

// newRuntime makes a runtime that ends with the test.
func newRuntime(t *testing.T) *rt.Runtime {
	r := rt.New(rt.RuntimeName("watched"), rt.Workers(2), rt.Origins(), rt.Histograms())
	t.Cleanup(func() {
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// waiting returns when n tasks of r wait, and none is in a queue or runs.
func waiting(r *rt.Runtime, n int) {
	var text bytes.Buffer
	for {
		text.Reset()
		if m := r.Metrics(); r.Dump(&text) == nil && m.Waiting == n && m.Alive() == n && !moves.Match(text.Bytes()) {
			return
		}
		rt.Yield()
	}
}

// moves finds in a dump that a task does not wait.
var moves = regexp.MustCompile(`ready|running`)

// get asks a server for something.
func get(t *testing.T, url string) (string, *http.Response) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), answer
}

// stateOf is what the page would show.
func stateOf(t *testing.T, url string) (s state) {
	t.Helper()
	text, answer := get(t, url)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s\n%s", answer.Status, text)
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return s
}

//async:func
func receive(ch *rtsync.Chan[string], room string) (string, error) {
	text, err := ch.Recv()
	return room + text, err
}

func TestState(t *testing.T) {
	r := newRuntime(t)
	ch := rtsync.NewChan[string](0)
	defer ch.Close()
	for range 3 {
		rt.Spawn(receiveAsync(ch, "kitchen"), rt.On(r), rt.Name("guest"))
	}
	waiting(r, 3)
	server := httptest.NewServer(Handler(r))
	defer server.Close()
	s := stateOf(t, server.URL+"/state")
	if s.Metrics.Waiting != 3 || s.Tasks.Runtime != "watched" || s.Tasks.Listed != 3 || s.LeftOff != 0 || s.Time.IsZero() || s.Times["turn"].P99 <= 0 {
		t.Errorf("got %+v", s)
	}
	p := s.Tasks.Places
	if len(p) != 1 || p[0].Count != 3 || p[0].Function != "console.receive" || len(p[0].Some) != 3 || p[0].Some[0].Name != "guest" || p[0].MostWait <= 0 {
		t.Errorf("got %+v", p)
	}
	room := rt.Local{Name: "room", Value: `"kitchen"`}
	has := func(s state) bool {
		return slices.ContainsFunc(s.Tasks.Places[0].Some[0].Chain, func(c rt.Call) bool { return slices.Contains(c.Locals, room) })
	}
	if has(s) || !has(stateOf(t, server.URL+"/state?values=1")) {
		t.Error("the values of variables are there if they are asked for")
	}
}

// TestLeftOff: a page gets so many places and no more.
func TestLeftOff(t *testing.T) {
	r := newRuntime(t)
	const n = mostPlaces + 7
	locks := make([]rtsync.Mutex, n)
	stay := rtsync.NewChan[string](0)
	for i := range locks {
		name := "holder " + strings.Repeat("x", i) // which the wait of the other one has
		rt.Spawn(holdAsync(&locks[i], stay), rt.On(r), rt.Name(name))
	}
	waiting(r, n)
	for i := range locks {
		rt.Spawn(holdAsync(&locks[i], stay), rt.On(r))
	}
	waiting(r, 2*n)
	server := httptest.NewServer(Handler(r))
	defer server.Close()
	s := stateOf(t, server.URL+"/state")
	if len(s.Tasks.Places) != mostPlaces || s.LeftOff != n+1-mostPlaces || s.Tasks.Listed != 2*n || s.Tasks.Places[0].Count != n {
		t.Errorf("%d places, %d left off, of %d tasks", len(s.Tasks.Places), s.LeftOff, s.Tasks.Listed)
	}
	stay.Close()
}

//async:func
func hold(l *rtsync.Mutex, stay *rtsync.Chan[string]) {
	l.Lock()
	defer l.Unlock()
	stay.Recv()
}

// TestLookIsShared: who looks soon after another one gets what that one has seen.
func TestLookIsShared(t *testing.T) {
	clock := time.Unix(0, 0)
	v := newViewer(newRuntime(t))
	v.now = func() time.Time { clock = clock.Add(time.Second); return clock } // so each look takes a second
	look := func(after time.Duration) *byte {
		clock = clock.Add(after)
		text, err := v.look()
		if err != nil {
			t.Fatal(err)
		}
		return &text[0]
	}
	first := look(0)
	if look(0) != first || look(5*time.Second) != first {
		t.Error("a look of a second is not fresh for nine")
	}
	if look(9*time.Second) == first {
		t.Error("the same after nine seconds more")
	}
}

func TestParts(t *testing.T) {
	r := newRuntime(t)
	ch := rtsync.NewChan[string](0)
	defer ch.Close()
	rt.Spawn(receiveAsync(ch, "kitchen"), rt.On(r))
	waiting(r, 1)
	mux := http.NewServeMux()
	mux.Handle("/debug/tasks/", http.StripPrefix("/debug/tasks", Handler(r)))
	server := httptest.NewServer(mux)
	defer server.Close()
	at := server.URL + "/debug/tasks/"
	for _, part := range []struct{ path, kind, has string }{
		{"", "text/html; charset=utf-8", `<script src="script.js"`},
		{"style.css", "text/css; charset=utf-8", "--accent"},
		{"script.js", "text/javascript; charset=utf-8", `"use strict"`},
		{"dump", "text/plain; charset=utf-8", "console.receive console_test.go:"},
		{"dump?values=1", "text/plain; charset=utf-8", `room = "kitchen"`},
		{"dump.json", "application/json", `"function":"console.receive"`},
		{"dump.json?values=1", "application/json", `"value":"\"kitchen\""`},
		{"metrics", "text/plain; version=0.0.4; charset=utf-8", `rt_tasks_waiting{runtime="watched"} 1`},
	} {
		text, answer := get(t, at+part.path)
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != part.kind || !strings.Contains(text, part.has) {
			t.Errorf("%s: %s, %s, no %s in\n%s", part.path, answer.Status, answer.Header.Get("Content-Type"), part.has, text)
		}
		if answer.Header.Get("Content-Security-Policy") == "" || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", part.path, answer.Header)
		}
	}
	if _, answer := get(t, at+"nothing"); answer.StatusCode != http.StatusNotFound {
		t.Error(answer.Status)
	}
	answer, err := http.Post(at+"state", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusMethodNotAllowed {
		t.Error(answer.Status)
	}
	answer, err = http.Head(at + "dump")
	if err != nil || answer.StatusCode != http.StatusOK || answer.ContentLength > 0 {
		t.Error(err, answer)
	}
}

// TestProfile: go tool pprof reads it.
func TestProfile(t *testing.T) {
	r := newRuntime(t)
	ch := rtsync.NewChan[string](0)
	defer ch.Close()
	rt.Spawn(receiveAsync(ch, "kitchen"), rt.On(r))
	waiting(r, 1)
	server := httptest.NewServer(Handler(r))
	defer server.Close()
	cmd := exec.Command("go", "tool", "pprof", "-traces", server.URL+"/profile")
	cmd.Env = append(cmd.Environ(), "PPROF_TMPDIR="+filepath.Join(t.TempDir(), "pprof"))
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("console.receive")) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestServe(t *testing.T) {
	r := newRuntime(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	done := make(chan error)
	go func() { done <- serve(ctx, l, Handler(r)) }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for host, want := range map[string]int{
		"127.0.0.1:" + port: http.StatusOK,
		"localhost:" + port: http.StatusOK,
		"localhost":         http.StatusOK,
		"[::1]:" + port:     http.StatusOK,
		"evil.test:" + port: http.StatusForbidden,
		"evil.test":         http.StatusForbidden,
		"10.1.1.1":          http.StatusForbidden,
	} {
		req, err := http.NewRequest("GET", "http://"+l.Addr().String()+"/state", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: %s", host, answer.Status)
		}
	}
	because := errors.New("enough")
	cancel(because)
	if err := <-done; err != because {
		t.Error(err)
	}
}

// TestServeAsync: it is cancelled as every await is, and fails where it can't listen.
func TestServeAsync(t *testing.T) {
	r := newRuntime(t)
	h := rt.Spawn(ServeAsync("127.0.0.1:0"), rt.On(r))
	for r.Metrics().BlockingThreads == 0 {
		rt.Yield()
	}
	h.Abort()
	if _, err := rt.Await(h); !errors.Is(err, rt.ErrAborted) {
		t.Error(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var op *net.OpError
	if err := Serve(l.Addr().String()); !errors.As(err, &op) {
		t.Error(err)
	}
}

func TestNil(t *testing.T) {
	defer func() {
		if v, _ := recover().(string); !strings.HasPrefix(v, "console: Handler of a nil runtime") {
			t.Error(v)
		}
	}()
	Handler(nil)
}
