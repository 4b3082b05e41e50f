package browser

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/console"
)

// TestConsole looks at tasks with the page of rt/console.
func TestConsole(t *testing.T) {
	path := chromium()
	if path == "" {
		t.Skip("no Chromium here")
	}
	r := rt.New(rt.RuntimeName("shop"), rt.Workers(2), rt.Origins(), rt.Histograms())
	defer r.Shutdown(context.Background())
	never := make(chan bool)
	wait := func() rt.Future[bool] {
		return rt.AsyncValue(func() (bool, error) {
			v, _ := rt.Recv(never)
			return v, nil
		})
	}
	var hs []*rt.JoinHandle[bool]
	for range 3 {
		hs = append(hs, rt.Spawn(wait(), rt.On(r), rt.Name("<img src=x onerror=document.title='run'>")))
	}
	server := httptest.NewServer(console.Handler(r))
	defer server.Close()
	alloc, closeAll := open(path)
	defer closeAll()
	ctx, closePage := chromedp.NewContext(alloc)
	defer closePage()
	p := page{t, ctx}
	p.run(chromedp.Navigate(server.URL))
	p.until("document.getElementById('runtime').textContent === 'shop'")
	p.until("document.querySelector('#places tr td')?.textContent === '3'") // once all of them wait
	p.until("document.querySelectorAll('#figures .figure').length === 18")  // with the histograms
	p.until("document.querySelectorAll('#flame .node').length > 1")
	p.until("[...document.querySelectorAll('#parts a')].map(a => a.textContent).join(' ') === 'dump JSON profile metrics'")
	p.run(chromedp.Click(chromedp.CSS("#places tr")))
	p.until("document.querySelector('#places pre')?.textContent.includes('  <img src=x onerror=')")
	p.until("!document.querySelector('img') && document.title === '3 tasks of shop'")
	p.run(chromedp.SendKeys(chromedp.CSS("#filter"), "no such place"))
	p.until("document.querySelectorAll('#places tr').length === 0")
	p.run(chromedp.SendKeys(chromedp.CSS("#filter"), "\b\b\b\b\b\b\b\b\b\b\b\b\bRECV"))
	p.until("document.querySelectorAll('#places tr').length === 2") // it is open still
	p.run(chromedp.Click(chromedp.CSS("#values")))
	hs[0].Abort()
	p.until("document.querySelector('#places tr td')?.textContent === '2'") // it is live
	p.run(chromedp.Click(chromedp.CSS("#pause")))
	server.CloseClientConnections()
	server.Close()
	p.run(chromedp.Click(chromedp.CSS("#pause")))
	p.until("!document.getElementById('trouble').hidden")
}
