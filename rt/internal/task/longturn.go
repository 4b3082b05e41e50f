package task

import (
	"log"
	"runtime"
	"runtime/debug"
	"time"
)

// TurnReport is what is told of a long turn; the LongTurn of package rt says what each field is.
type TurnReport struct {
	Task, Function, Pos string
	Took                time.Duration
	Stacks              []byte
}

// longTurn counts and reports a turn of t, which has just ended; it was seen at since. The
// caller has polled t and may look at its frames.
func (m *monitor) longTurn(t *Task, since int64) {
	m.Turns.Add(1)
	if m.report == nil {
		return
	}
	l := TurnReport{Task: t.Title(), Took: time.Duration(m.rt.Clock.Now() - since)}
	if l.Function, l.Pos = position(t.Leaf); l.Function == "" {
		l.Function = t.name()
	}
	go m.tell(l)
}

// endless reports a turn that goes on. Only its goroutine may look at its frames: so all stacks are shown.
func (m *monitor) endless(took time.Duration) {
	const most = 16 << 20
	stacks := make([]byte, 64<<10)
	n := runtime.Stack(stacks, true)
	for n == len(stacks) && n < most {
		stacks = make([]byte, 2*len(stacks))
		n = runtime.Stack(stacks, true)
	}
	m.tell(TurnReport{Took: took, Stacks: stacks[:n]})
}

// tell calls the function of the user. A panic of it goes no further.
func (m *monitor) tell(l TurnReport) {
	defer func() {
		if p := recover(); p != nil {
			log.Printf("rt: panic in a function for LongTurns: %v\n\n%s", p, debug.Stack())
		}
	}()
	m.report(l)
}

// position is where in the source the innermost call of a marked function is that m waits
// in, or has ended in.
func position(m Machine) (function, pos string) {
	for ; m != nil; m = Head(m).parent {
		if pos := stateOf(m).Pos; pos != "" {
			return m.Func().Name, pos
		}
	}
	return "", ""
}
