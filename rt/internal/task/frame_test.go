package task

import (
	"math/rand/v2"
	"testing"
)

// Frames of some functions, of two instances of a generic one, and large ones.
type (
	frameA        struct{ Frame }
	frameB        struct{ FrameErr }
	frameG[T any] struct {
		FrameVal[T]
	}
	frameMiddle struct {
		Frame
		_ [2 << 10]byte
	}
	frameHuge struct {
		Frame
		_ [64 << 10]byte
	}
)

var (
	funcA      = Func{Name: "a"}
	funcB      = Func{Name: "b", Result: ResultErr}
	funcG      = Func{Name: "g", Result: ResultVal}
	funcMiddle = Func{Name: "middle"}
	funcHuge   = Func{Name: "huge"}
)

func (m *frameA) Func() *Func                  { return &funcA }
func (m *frameA) Reset()                       { *m = frameA{} }
func (m *frameA) Resume(*Context) Machine      { return nil }
func (m *frameB) Func() *Func                  { return &funcB }
func (m *frameB) Reset()                       { *m = frameB{} }
func (m *frameB) Resume(*Context) Machine      { return nil }
func (m *frameG[T]) Func() *Func               { return &funcG }
func (m *frameG[T]) Reset()                    { *m = frameG[T]{} }
func (m *frameG[T]) Resume(*Context) Machine   { return nil }
func (m *frameMiddle) Func() *Func             { return &funcMiddle }
func (m *frameMiddle) Reset()                  { *m = frameMiddle{} }
func (m *frameMiddle) Resume(*Context) Machine { return nil }
func (m *frameHuge) Func() *Func               { return &funcHuge }
func (m *frameHuge) Reset()                    { *m = frameHuge{} }
func (m *frameHuge) Resume(*Context) Machine   { return nil }

// kinds makes a frame of each kind.
var kinds = []func(cx *Context) Machine{
	func(cx *Context) Machine { return NewFrame[frameA, *frameA](cx) },
	func(cx *Context) Machine { return NewFrame[frameB, *frameB](cx) },
	func(cx *Context) Machine { return NewFrame[frameG[int], *frameG[int]](cx) },
	func(cx *Context) Machine { return NewFrame[frameG[string], *frameG[string]](cx) },
	func(cx *Context) Machine { return NewFrame[frameMiddle, *frameMiddle](cx) },
	func(cx *Context) Machine { return NewFrame[frameHuge, *frameHuge](cx) },
}

// TestFramesInOrder has a chain of calls wait, end and wait again: each call has the frame that it has had, and when the
// pool has seen a few such rounds it allocates nothing, however deep the chain is.
func TestFramesInOrder(t *testing.T) {
	for _, depth := range []int{1, 3, 50, 300, 1000, 4000} {
		for name, p := range map[string]*framePool{"worker": newFramePool(), "goroutine": new(framePool)} {
			cx := &Context{frames: p}
			chain := make([]Machine, depth)
			round := func() {
				for i := range chain {
					chain[i] = kinds[i*i%4](cx)
				}
				for _, m := range chain {
					Release(cx, m)
				}
			}
			for range 12 {
				round()
			}
			if n := testing.AllocsPerRun(100, round); n != 0 {
				t.Errorf("%s: a chain %d deep allocates %v times", name, depth, n)
			}
		}
	}
}

// TestFramesLoop has a call that waits in a loop of another one: its frame is used again each time.
func TestFramesLoop(t *testing.T) {
	cx := &Context{frames: newFramePool()}
	caller := kinds[1](cx)
	first := kinds[0](cx)
	for range 10 {
		Release(cx, first)
		if again := kinds[0](cx); again != first {
			t.Fatal("another frame")
		}
	}
	Release(cx, caller)
}

// TestFramesRandom takes and releases frames of all kinds at random: no frame is handed out twice, each is
// clear, and what the pool keeps is bounded by bytes.
func TestFramesRandom(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := newFramePool()
		cx := &Context{frames: p}
		inUse := map[Machine]bool{}
		var list []Machine
		for step := range 20_000 {
			most := 1 + r.IntN(1<<(step/2_000))
			if len(list) < most {
				m := kinds[min(r.IntN(8), r.IntN(len(kinds)))%len(kinds)](cx)
				f := Head(m)
				if inUse[m] || f.parent != nil || f.state != 0 || f.flags&^marksMask != 0 {
					t.Fatalf("seed %d: a frame in use, or one that is not clear: %+v", seed, f)
				}
				inUse[m], list = true, append(list, m)
				f.state, f.parent = 7, m
				continue
			}
			i := r.IntN(len(list))
			m := list[i]
			list[i] = list[len(list)-1]
			list = list[:len(list)-1]
			delete(inUse, m)
			Release(cx, m)
		}
		kept := int(p.n) * smallFrame
		sizes := [...]int{smallFrame, middleFrame, largeFrame, 64 << 10}
		for _, l := range p.lists {
			n := 0
			for m := l.head; m != nil; m = Head(m).parent {
				n++
				kept += sizes[Head(m).flags&sizeMask>>sizeShift]
			}
			if n != l.n {
				t.Fatalf("seed %d: %d frames in a list of %d", seed, n, l.n)
			}
		}
		if most := mostRecent*smallFrame + 5*(256<<10); kept > most {
			t.Errorf("seed %d: %d bytes are kept, at most %d may be", seed, kept, most)
		}
	}
}
