package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// host is a server of a few pages, which counts.
type host struct {
	mu        sync.Mutex
	asked     map[string]int
	now, most int // requests at a time
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.asked[r.URL.Path]++
	n := h.asked[r.URL.Path]
	h.now++
	h.most = max(h.most, h.now)
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.now--
	}()
	switch path := r.URL.Path; {
	case path == "/page":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<h1 id="top-of-it">Page</h1><a href="/not-followed">x</a>`)
	case path == "/flaky" && n < 3:
		w.WriteHeader(http.StatusServiceUnavailable)
	case path == "/down":
		w.WriteHeader(http.StatusInternalServerError)
	case path == "/moved":
		http.Redirect(w, r, "/page", http.StatusFound)
	case path == "/slow":
		<-r.Context().Done()
	case strings.HasPrefix(path, "/many/"), path == "/flaky":
		fmt.Fprint(w, "text")
	default:
		http.NotFound(w, r)
	}
}

// TestWeb checks links to a server in both forms.
func TestWeb(t *testing.T) {
	h := &host{}
	s := httptest.NewServer(h)
	defer s.Close()
	gone := httptest.NewServer(h)
	gone.Close()
	t.Chdir(t.TempDir())
	text := "[a](U/page#top-of-it), [b](U/page#nothing), [c](U/missing)\n[d](U/flaky) [e](U/down) [f](U/moved#top-of-it) [g](mailto:a@b)\n[h](GONE/)\n"
	for i := range 50 {
		text += fmt.Sprintf("[x](U/many/%d)\n", i)
	}
	text = strings.NewReplacer("U/", s.URL+"/", "GONE", gone.URL).Replace(text)
	write(t, "a.md", []byte(text))
	write(t, "b.md", []byte(text))
	for form, check := range map[string]func(c *checker) error{
		"goroutines": (*checker).checkTree,
		"tasks":      func(c *checker) error { _, err := rt.BlockOn(c.checkTreeAsync()); return err },
	} {
		t.Run(form, func(t *testing.T) {
			h.asked, h.most = map[string]int{}, 0
			c, err := parseArgs([]string{"-http", "-per-host", "3", "-tries", "4", "-timeout", "1h", "."}, os.Stderr)
			if err != nil {
				t.Fatal(err)
			}
			defer c.web.client.CloseIdleConnections()
			c.web.backoff.First = time.Millisecond
			if err := check(c); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			c.report.print(&out)
			want := ""
			for _, file := range []string{"a.md", "b.md"} {
				want += file + ":1: U/missing: 404 Not Found\n" + file + ":1: U/page#nothing: no such anchor\n" + file + ":2: U/down: 500 Internal Server Error\n" + file + ":3: GONE/: "
				if file == "a.md" {
					want += "\n"
				}
			}
			got := strings.NewReplacer(s.URL, "U", gone.URL, "GONE").Replace(out.String())
			lines := strings.Split(got, "\n")
			for i := range lines { // the text for a server that is not there is the system's
				if at := strings.Index(lines[i], "GONE/: "); at >= 0 {
					lines[i] = lines[i][:at+len("GONE/: ")]
				}
			}
			if got, want := strings.Join(lines, "\n"), want+"\nfiles: 2, links: 114 (2 more not checked), problems: 8\n"; got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
			for path, n := range map[string]int{"/page": 2, "/missing": 1, "/flaky": 3, "/down": 4, "/many/7": 1, "/not-followed": 0} {
				if h.asked[path] != n {
					t.Errorf("%s is asked for %d times, and not %d", path, h.asked[path], n)
				}
			}
			if h.most > 3 {
				t.Errorf("%d requests at a time", h.most)
			}
		})
	}
}

func TestWebTimeout(t *testing.T) {
	h := &host{asked: map[string]int{}}
	s := httptest.NewServer(h)
	defer s.Close()
	dir := t.TempDir()
	write(t, dir+"/a.md", fmt.Appendf(nil, "[a](%s/slow)\n", s.URL))
	var out bytes.Buffer
	status := run(t.Context(), []string{"-http", "-tries", "1", "-timeout", "30ms", dir}, &out, os.Stderr)
	if status != statusBroken || !strings.Contains(out.String(), "/slow: it takes too long\n") {
		t.Errorf("status %d: %s", status, &out)
	}
}
