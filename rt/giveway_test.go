package rt

import "testing"

// TestBlockOnTakesItsTurns has a future woken while the goroutine that waits for it gives way, and then only ask for its next
// turn, several times: nobody wakes it then.
func TestBlockOnTakesItsTurns(t *testing.T) {
	for range 100 {
		polls := 0
		n, err := BlockOn(PollFunc(func(cx *Context) (int, bool, error) {
			switch polls++; polls {
			case 1:
				w := cx.Waker()
				go w.Wake()
			case 20:
				return polls, true, nil
			default:
				_, _, _ = YieldAsync().Poll(cx)
			}
			return 0, false, nil
		}))
		if n != 20 || err != nil {
			t.Fatal(n, err)
		}
	}
}
