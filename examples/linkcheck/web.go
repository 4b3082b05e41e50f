package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// web looks at pages: each once, a few of a host at a time, and again where it makes sense.
type web struct {
	client  *http.Client
	perHost int64
	backoff rt.Backoff
	timeout time.Duration // of one attempt

	mu    sync.Mutex
	pages map[string]*rt.JoinHandle[*entry] // by URL
	hosts map[string]*rtsync.Semaphore
}

func newWeb(perHost int64, tries int, timeout time.Duration) *web {
	return &web{
		client: &http.Client{}, perHost: perHost, timeout: timeout,
		backoff: rt.Backoff{First: 500 * time.Millisecond, Max: 10 * time.Second, Jitter: 0.5, Attempts: tries, Retry: temporary},
		pages:   map[string]*rt.JoinHandle[*entry]{}, hosts: map[string]*rtsync.Semaphore{},
	}
}

// webFlags declares the flags about the web. What it gives makes a web of them, or nil.
func webFlags(flags *flag.FlagSet) func() (*web, error) {
	pages := flags.Bool("http", false, "look at pages of the web: links that begin with http: or https:")
	perHost := flags.Int64("per-host", 2, "with -http, get `N` pages of a host at a time")
	tries := flags.Int("tries", 3, "with -http, get a page `N` times where that fails")
	timeout := flags.Duration("timeout", 20*time.Second, "with -http, how long a page may take")
	return func() (*web, error) {
		switch {
		case *perHost < 1 || *tries < 1 || *timeout <= 0:
			return nil, errors.New("-per-host, -tries and -timeout have to be more than 0")
		case !*pages:
			return nil, nil
		}
		return newWeb(*perHost, *tries, *timeout), nil
	}
}

// followed reports whether links to u are looked at.
func followed(u *url.URL) bool { return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" }

// page is the task that looks at a page. Whoever asks first starts it; any number may await it.
func (w *web) page(u *url.URL) *rt.JoinHandle[*entry] {
	bare := *u
	bare.Fragment, bare.RawFragment = "", ""
	at := bare.String()
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.pages[at]
	if h == nil {
		h = rt.Spawn(w.lookAsync(at, w.host(u.Host)))
		w.pages[at] = h
	}
	return h
}

// host bounds how many requests a host gets at a time.
func (w *web) host(name string) *rtsync.Semaphore {
	s := w.hosts[name]
	if s == nil {
		s = rtsync.NewSemaphore(w.perHost)
		w.hosts[name] = s
	}
	return s
}

// checkPage says what is wrong with a link to a page; nothing if it is empty.
//
//async:func
func (w *web) checkPage(u *url.URL) string {
	e, err := rt.Await(w.page(u))
	if err != nil {
		return pageReason(err)
	}
	fragment, _, _ := strings.Cut(u.Fragment, ":~:")
	if fragment != "" && e.doc != nil && !e.doc.has(fragment) {
		return "no such anchor"
	}
	return ""
}

// look gets a page, and tries again. It waits between the attempts without a place at the host.
//
//async:func
func (w *web) look(at string, host *rtsync.Semaphore) (*entry, error) {
	return rt.Retry(w.backoff, func() (*entry, error) {
		host.Acquire(1)
		defer host.Release(1)
		return rt.Timeout(w.timeout, rt.BlockingAsync(context.Background(), func(ctx context.Context) (*entry, error) {
			return w.get(ctx, at)
		}))
	})
}

// mostOfPage is how much of a page is read.
const mostOfPage = 4 << 20

// statusError is an answer that says that there is no page.
type statusError int

// Error implements error.
func (s statusError) Error() string { return fmt.Sprintf("%d %s", int(s), http.StatusText(int(s))) }

// get gets a page, in the time of ctx. It blocks.
func (w *web) get(ctx context.Context, at string) (*entry, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "linkcheck")
	resp, err := w.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 400 {
		return nil, statusError(resp.StatusCode)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "text/html" {
		return &entry{}, nil
	}
	src, err := io.ReadAll(io.LimitReader(resp.Body, mostOfPage+1))
	if err != nil || len(src) > mostOfPage {
		return &entry{}, err
	}
	return &entry{doc: parseHTML(src)}, nil
}

// temporary reports whether another attempt may succeed: not where the server knows that there is no page.
func temporary(err error) bool {
	var s statusError
	return !errors.As(err, &s) || s >= 500 || s == http.StatusTooManyRequests || s == http.StatusRequestTimeout
}

// pageReason is what is wrong with a page, without its URL.
func pageReason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it takes too long"
	}
	return err.Error()
}
