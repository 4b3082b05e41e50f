package leaktest

import (
	"runtime"
	"strings"
	"testing"
)

func waits(until <-chan bool) { <-until }

func TestLeft(t *testing.T) {
	until := make(chan bool)
	go waits(until)
	const function = "github.com/asyncgen/asyncgen/rt/internal/leaktest.waits"
	main := "testing.(*T).Run" // waits for this test
	for {
		if left := Left(main); len(left) == 1 && strings.Contains(left[0], function) {
			break
		}
		runtime.Gosched()
	}
	if left := Left(main, function); len(left) != 0 {
		t.Errorf("what is to be ignored is left: %q", left)
	}
	close(until)
	for len(Left(main)) > 0 {
		runtime.Gosched()
	}
}
