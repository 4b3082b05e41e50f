package alarms

import (
	"context"
	"testing"
	"time"
)

func TestPending(t *testing.T) {
	want := func(what string, want bool) {
		t.Helper()
		if got, known := Pending(); !known || got != want {
			t.Errorf("%s: Pending() = %v, known %v; want %v", what, got, known, want)
		}
	}
	want("nothing", false)
	channel := time.NewTimer(time.Hour)
	want("a timer with a channel", false)
	channel.Stop()
	n := 0
	a := time.AfterFunc(time.Hour, func() { n++ })
	want("a function", true)
	a.Reset(2 * time.Hour)
	want("a function, reset", true)
	a.Stop()
	want("a function that was stopped", false)
	fired := make(chan bool)
	b := time.AfterFunc(0, func() { close(fired) })
	<-fired
	want("a function that was called", false)
	b.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	want("a context with a deadline", true)
	cancel()
	want("one that was cancelled", false)
	<-ctx.Done()
	static := time.AfterFunc(time.Hour, func() {})
	want("a function without variables", true)
	static.Stop()
}
