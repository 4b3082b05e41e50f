//go:build !rtnet_plain

package rtnet

import "testing"

// TestSure checks what a side knows without asking the kernel: only what the poller was told after the operation had
// become the first who waits.
func TestSure(t *testing.T) {
	var s side
	var a, b waiter
	want := func(step string, w *waiter, want bool) {
		t.Helper()
		if got := s.sure(w); got != want {
			t.Errorf("%s: %v", step, got)
		}
	}
	look := func() uint32 { return poller.begun.Add(1) }

	early := look()
	s.push(&a)
	want("nothing was told", &a, false)
	s.notify(bitReady, early)
	want("a look that had begun before", &a, false)
	s.notify(bitReady, look())
	want("a look after", &a, true)
	s.push(&b)
	want("who is not the first makes no difference", &a, true)
	s.notify(bitReady, look())
	s.leave(&a, true)
	want("what was told may have been taken by who was the first", &b, false)
	s.notify(bitReady|bitOver, 0)
	want("an error", &b, false)
	s.notify(bitReady, look())
	want("a look after all that", &b, true)
	s.leave(&b, true)

	s.notify(bitReady, look())
	s.push(&a)
	want("a look before", &a, false)
	s.leave(&a, true)
	want("who does not wait", &a, false)
}
