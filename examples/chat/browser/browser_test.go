package browser

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromium is the path of the browser; empty: there is none.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// open gives a browser, and what closes it.
func open(path string) (context.Context, context.CancelFunc) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WSURLReadTimeout(0))
	return chromedp.NewExecAllocator(context.Background(), options...)
}

// startChat builds and starts the program, and gives the address of the page.
func startChat(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "chat")
	build := exec.Command("go", "build", "-o", program, "./examples/chat")
	build.Dir = "../../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(program, "-listen", "127.0.0.1:0")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 {
			t.Errorf("after the interrupt: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// page is a page in which somebody has entered the chat.
type page struct {
	t   *testing.T
	ctx context.Context
}

func (p page) run(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

func (p page) say(text string) {
	p.t.Helper()
	p.run(chromedp.SendKeys(chromedp.CSS("#text"), text+"\r"))
}

// until waits for an expression to be true in the page.
func (p page) until(expression string) {
	p.t.Helper()
	p.run(chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(0)))
}

// heard gives the lines of the page, once there are so many.
func (p page) heard(n string) string {
	p.t.Helper()
	p.until("document.querySelectorAll('#log li').length >= " + n)
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("[...document.querySelectorAll('#log li')].map(li => li.firstChild.textContent + ': ' + li.lastChild.textContent).join('\\n')"))
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// TestTwoPages has two pages of a browser talk.
func TestTwoPages(t *testing.T) {
	path := chromium()
	if path == "" {
		t.Skip("no Chromium here")
	}
	url := startChat(t)
	alloc, closeAll := open(path)
	defer closeAll()
	first, closeFirst := chromedp.NewContext(alloc)
	defer closeFirst()
	second, closeSecond := chromedp.NewContext(first)
	ann, bob := page{t, first}, page{t, second}
	for name, p := range map[string]page{"Ann": ann, "Bob": bob} {
		p.run(chromedp.Navigate(url), chromedp.SendKeys(chromedp.CSS("#name"), name+"\r"))
		p.until("document.getElementById('state').textContent === 'connected'")
	}
	ann.until("document.getElementById('members').textContent === '2'")
	ann.say("hello, Bob")
	bob.heard("1")
	bob.say("<b>hello</b>, Ann & all")
	for _, p := range []page{ann, bob} {
		if got, want := p.heard("2"), "Ann: hello, Bob\nBob: <b>hello</b>, Ann & all"; got != want {
			t.Errorf("there is %q, and not %q", got, want)
		}
	}
	closeSecond()
	ann.until("document.getElementById('members').textContent === '1'")
}
