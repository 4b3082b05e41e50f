package task

import (
	"context"
	"testing"
)

// watching is a clock that is asked while a runtime is made, and looks then whether others see the runtime.
type watching struct {
	clock
	name string
	seen bool
}

func (c *watching) Now() int64 {
	Labelled.Range(func(_, o any) bool {
		if r := o.(*owner).rt; r != nil && r.Name == c.name {
			c.seen = true
		}
		return true
	})
	return c.clock.Now()
}

// TestRuntimeIsSeenWhenItIsMade: who looks at all runtimes, for a deadlock, sees none that is half made.
func TestRuntimeIsSeenWhenItIsMade(t *testing.T) {
	c := NewConfig()
	w := &watching{clock: c.Clock, name: t.Name()}
	c.Name, c.Clock = t.Name(), w
	r := NewRuntime(c)
	if w.seen {
		t.Error("it is seen before it is made")
	}
	if w.Now(); !w.seen {
		t.Error("it is not seen")
	}
	if _, _, ok := r.End(context.Background()); !ok {
		t.Error("it has not ended")
	}
}
