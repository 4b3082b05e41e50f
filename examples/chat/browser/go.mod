module github.com/asyncgen/asyncgen/examples/chat/browser

go 1.26.0

require github.com/chromedp/chromedp v0.23.1

require (
	github.com/VictoriaMetrics/metrics v1.45.0 // indirect
	github.com/chromedp/cdproto v0.160.1 // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/valyala/fastrand v1.1.0 // indirect
	github.com/valyala/histogram v1.2.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

require github.com/asyncgen/asyncgen v0.0.0

replace github.com/asyncgen/asyncgen => ../../..
