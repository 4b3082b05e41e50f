package rtsync_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

var _ rt.Stream[int] = (*rtsync.Chan[int])(nil)

func TestChanKeepsOrder(t *testing.T) {
	c := rtsync.NewChan[int](2)
	c.Send(1)
	c.Send(2)
	three, four := poll(t, c.SendAsync(3)), poll(t, c.SendAsync(4))
	if c.TrySend(9) || c.Len() != 2 || c.Cap() != 2 {
		t.Fatal("it takes more than its capacity")
	}
	if v, _ := c.Recv(); v != 1 {
		t.Fatalf("first %d", v)
	}
	three.woken(1)
	four.woken(0)
	if c.TrySend(9) {
		t.Fatal("TrySend passes those who wait")
	}
	gives(three, rt.Unit{}, nil)
	for want := 2; want <= 3; want++ {
		if v, _ := c.Recv(); v != want {
			t.Fatalf("%d, want %d", v, want)
		}
	}
	gives(four, rt.Unit{}, nil)
	if v, ok := c.TryRecv(); v != 4 || !ok {
		t.Fatal(v, ok)
	}
	if _, ok := c.TryRecv(); ok {
		t.Fatal("a value out of nothing")
	}
}

// Where there is room for all who wait and for more, nobody has to queue; what was granted is kept.
func TestChanRoomBesideThoseWhoWait(t *testing.T) {
	c := rtsync.NewChan[int](3)
	for i := range 3 {
		c.Send(i)
	}
	a, b := poll(t, c.SendAsync(3)), poll(t, c.SendAsync(4))
	for range 2 {
		c.Recv()
	}
	a.woken(1)
	b.woken(1)
	if c.TrySend(9) {
		t.Fatal("TrySend takes room that was granted")
	}
	c.Recv()
	if !c.TrySend(5) || c.TrySend(9) {
		t.Fatal("there is room for one beside the two that wait")
	}
	gives(a, rt.Unit{}, nil)
	gives(b, rt.Unit{}, nil)
	for _, want := range []int{5, 3, 4} {
		if v, ok := c.TryRecv(); v != want || !ok {
			t.Fatalf("%d, %v; want %d", v, ok, want)
		}
	}
}

func TestChanSendThatIsCancelledIsNotDelivered(t *testing.T) {
	c := rtsync.NewChan[int](1)
	c.Send(1)
	two, three := poll(t, c.SendAsync(2)), poll(t, c.SendAsync(3))
	c.Recv()
	two.woken(1)
	two.cancel() // it had room, and has not used it
	three.woken(1)
	gives(three, rt.Unit{}, nil)
	if v, _ := c.Recv(); v != 3 {
		t.Fatalf("received %d, want 3", v)
	}
}

func TestChanRecvThatIsCancelledLosesNothing(t *testing.T) {
	c := rtsync.NewChan[int](4)
	a, b := poll(t, c.RecvAsync()), poll(t, c.RecvAsync())
	c.Send(1)
	a.woken(1)
	b.woken(0)
	c.Send(2)
	b.woken(1)
	c.Send(3)
	if _, ok := c.TryRecv(); ok {
		t.Fatal("TryRecv passes those who wait")
	}
	a.cancel() // it was about to get 1
	gives(b, 1, nil)
	for want := 2; want <= 3; want++ {
		if v, ok := c.TryRecv(); v != want || !ok {
			t.Fatalf("%d, %v; want %d", v, ok, want)
		}
	}
}

func TestRendezvous(t *testing.T) {
	var c rtsync.Chan[string]
	if c.TrySend("x") || c.Cap() != 0 {
		t.Fatal("nobody receives")
	}
	r := poll(t, c.RecvAsync())
	if !c.TrySend("a") {
		t.Fatal("somebody receives")
	}
	if c.TrySend("b") {
		t.Fatal("one receives, two have sent")
	}
	gives(r, "a", nil)

	s1, s2 := poll(t, c.SendAsync("b")), poll(t, c.SendAsync("c"))
	r = poll(t, c.RecvAsync())
	s1.woken(1)
	s1.cancel() // is not delivered
	s2.woken(1)
	gives(s2, rt.Unit{}, nil)
	gives(r, "c", nil)
}

func TestRendezvousReceiverGoesAway(t *testing.T) {
	var c rtsync.Chan[int]
	s := poll(t, c.SendAsync(1))
	r := poll(t, c.RecvAsync())
	s.woken(1)
	r.cancel()
	s.pending() // nobody receives any more

	r1, r2 := poll(t, c.RecvAsync()), poll(t, c.RecvAsync())
	gives(s, rt.Unit{}, nil)
	r1.woken(1)
	r1.cancel() // it was about to get 1
	r2.woken(1)
	gives(r2, 1, nil)

	r3 := poll(t, c.RecvAsync())
	c.TrySend(2)
	r3.cancel() // 2 was sent, so it is not lost
	if v, err := now(t, c.RecvAsync()); v != 2 || err != nil {
		t.Fatal(v, err)
	}
}

func TestChanClose(t *testing.T) {
	c := rtsync.NewChan[int](1)
	c.Send(1)
	s := poll(t, c.SendAsync(2))
	c.Close()
	c.Close()
	s.woken(1)
	gives(s, rt.Unit{}, rtsync.ErrClosed)
	if err := c.Send(3); err != rtsync.ErrClosed || c.TrySend(3) {
		t.Fatal("sent to a closed channel", err)
	}
	if v, err := c.Recv(); v != 1 || err != nil {
		t.Fatal("what was sent is lost", v, err)
	}
	if _, err := c.Recv(); err != rtsync.ErrClosed {
		t.Fatal(err)
	}
	d := rtsync.NewChan[int](0)
	r1, r2 := poll(t, d.RecvAsync()), poll(t, d.RecvAsync())
	d.Close()
	gives(r1, 0, rtsync.ErrClosed)
	gives(r2, 0, rtsync.ErrClosed)
}

func TestPermit(t *testing.T) {
	c := rtsync.NewChan[int](1)
	p, err := c.Reserve()
	if err != nil || c.TrySend(1) {
		t.Fatal("reserved room is used by others", err)
	}
	q := poll(t, c.ReserveAsync())
	p.Send(7)
	q.pending()
	r := poll(t, c.SendAsync(8))
	c.Recv()
	q.woken(1)
	r.woken(0)
	pq, _ := q.ready()
	r.pending()
	pq.Release()
	pq.Release() // again, as a deferred one may be
	r.woken(1)
	gives(r, rt.Unit{}, nil)
	c.Recv()
	panics(t, "rtsync: Permit.Send of a permit that was used: Reserve another", func() { p.Send(1) })
	panics(t, "rtsync: Permit.Send of a zero Permit: Reserve makes permits", func() { rtsync.Permit[int]{}.Send(1) })
	panics(t, "rtsync: Permit.Release of a zero Permit: Reserve makes permits", func() { rtsync.Permit[int]{}.Release() })

	last, _ := c.Reserve()
	wait := poll(t, c.RecvAsync())
	c.Close()
	wait.pending() // the permit outlives Close
	last.Send(9)
	gives(wait, 9, nil)
	if _, err := c.Recv(); err != rtsync.ErrClosed {
		t.Fatal(err)
	}

	d := rtsync.NewChan[int](1)
	gone, _ := d.Reserve()
	wait = poll(t, d.RecvAsync())
	d.Close()
	gone.Release()
	gives(wait, 0, rtsync.ErrClosed)
	if _, err := d.Reserve(); err != rtsync.ErrClosed {
		t.Fatal(err)
	}
}

func TestReserveThatIsCancelledKeepsNothing(t *testing.T) {
	c := rtsync.NewChan[int](1)
	c.Send(1)
	p := poll(t, c.ReserveAsync())
	c.Recv()
	p.cancel()
	if !c.TrySend(2) {
		t.Fatal("a cancelled Reserve keeps the room")
	}
}

func TestChanAsStream(t *testing.T) {
	c := rtsync.NewChan[int](3)
	for i := range 3 {
		c.Send(i)
	}
	sum := 0
	for v, err := range rt.Each[int](c) {
		if err != nil {
			t.Fatal(err)
		}
		if sum += v; v == 1 {
			break
		}
	}
	if v, err := c.Next(); v != 2 || err != nil || sum != 1 {
		t.Fatal("leaving the loop has ended the channel", v, err, sum)
	}
	if !c.TrySend(5) {
		t.Fatal("leaving the loop has closed the channel")
	}
	c.Close()
	var got []string
	for v, err := range rt.Each[int](c) {
		got = append(got, fmt.Sprint(v, err))
	}
	if fmt.Sprint(got) != "[5 <nil>]" {
		t.Fatal(got)
	}
	if _, err := c.Next(); err != io.EOF {
		t.Fatal(err)
	}
	if _, ready, err := c.PollNext(rt.NewContext(rt.Waker{})); !ready || err != io.EOF {
		t.Fatal(ready, err)
	}
}

func TestStreamsOfOneChanAreApart(t *testing.T) {
	c := rtsync.NewChan[int](0)
	a, b := poll(t, next(c.Stream())), poll(t, next(c.Stream()))
	if !c.TrySend(1) {
		t.Fatal("two wait")
	}
	a.woken(1)
	b.woken(0)
	gives(a, 1, nil)
	b.f.(rt.Canceler).Cancel()
	if c.TrySend(2) {
		t.Fatal("nobody waits any more")
	}
}

// next asks s itself for a value, and not for a future of one.
func next(s rt.Stream[int]) rt.Future[int] { return &nextOf{s} }

type nextOf struct{ rt.Stream[int] }

func (n *nextOf) Poll(cx *rt.Context) (int, bool, error) { return n.PollNext(cx) }

func TestNewChanOfNegativeCapacity(t *testing.T) {
	panics(t, "rtsync: NewChan(-1): the capacity is negative", func() { rtsync.NewChan[int](-1) })
}

func TestOneshot(t *testing.T) {
	var o rtsync.Oneshot[int]
	a, b := poll(t, o.RecvAsync()), poll(t, o.RecvAsync())
	c := poll(t, o.RecvAsync())
	c.cancel()
	if _, ok := o.TryRecv(); ok {
		t.Fatal("a value out of nothing")
	}
	if !o.Send(1) || o.Send(2) {
		t.Fatal("the first Send is the one that counts")
	}
	o.Close()
	gives(a, 1, nil)
	gives(b, 1, nil)
	if v, err := o.Recv(); v != 1 || err != nil {
		t.Fatal(v, err)
	}
	c.woken(0)

	var never rtsync.Oneshot[int]
	a = poll(t, never.RecvAsync())
	never.Close()
	gives(a, 0, rtsync.ErrClosed)
	if never.Send(1) {
		t.Fatal("sent after Close")
	}
}

func TestWatch(t *testing.T) {
	w := rtsync.NewWatch(1)
	s := w.Subscribe()
	a := poll(t, s.ChangedAsync())
	w.Set(2)
	w.Update(func(v int) int { return v + 1 })
	a.woken(1)
	gives(a, 3, nil)
	b := poll(t, s.ChangedAsync())
	w.Set(4)
	b.cancel() // has seen nothing
	if v, err := s.Changed(); v != 4 || err != nil {
		t.Fatal(v, err)
	}
	w.Set(5)
	w.Close()
	if v, err := s.Changed(); v != 5 || err != nil {
		t.Fatal("the last value is lost", v, err)
	}
	if _, err := s.Changed(); err != rtsync.ErrClosed {
		t.Fatal(err)
	}
	if w.Set(6); w.Get() != 5 || s.Get() != 5 {
		t.Fatal("changed after Close")
	}
}

func TestWatchUntil(t *testing.T) {
	w := rtsync.NewWatch(1)
	atLeast := func(n int) func(int) bool { return func(v int) bool { return v >= n } }
	if v, err := now(t, w.UntilAsync(atLeast(1))); v != 1 || err != nil {
		t.Fatal("the value that there is:", v, err)
	}
	a, b, c := poll(t, w.UntilAsync(atLeast(2))), poll(t, w.UntilAsync(atLeast(4))), poll(t, w.UntilAsync(atLeast(9)))
	w.Set(2)
	w.Set(3)
	gives(a, 3, nil) // the newest
	b.pending()
	c.pending()
	b.cancel()
	w.Set(4)
	c.pending()
	w.Set(8)
	w.Close()
	gives(c, 0, rtsync.ErrClosed)
	if v, err := w.Until(atLeast(8)); v != 8 || err != nil {
		t.Fatal("the last value:", v, err)
	}
	if v, err := w.Until(atLeast(9)); v != 0 || err != rtsync.ErrClosed {
		t.Fatal(v, err)
	}
	last := rtsync.NewWatch(1)
	d := poll(t, last.UntilAsync(atLeast(2)))
	last.Set(2)
	last.Close()
	gives(d, 2, nil) // though it is closed meanwhile
	panics(t, "rtsync: Watch.Until of a nil function: give it what says whether to go on waiting", func() { _, _ = w.Until(nil) })
}

func TestBroadcast(t *testing.T) {
	b := rtsync.NewBroadcast[int](2)
	if n := b.Send(0); n != 0 {
		t.Fatal(n)
	}
	x, y := b.Subscribe(), b.Subscribe()
	wait := poll(t, x.RecvAsync())
	if n := b.Send(1); n != 2 {
		t.Fatal(n)
	}
	gives(wait, 1, nil)
	b.Send(2)
	b.Send(3)
	var lagged *rtsync.LaggedError
	if _, err := y.Recv(); !errors.As(err, &lagged) || lagged.Missed != 1 {
		t.Fatal(err)
	}
	for want := 2; want <= 3; want++ {
		if v, err := y.Recv(); v != want || err != nil {
			t.Fatal(v, err)
		}
	}
	y.Close()
	y.Close()
	if _, err := y.Recv(); err != rtsync.ErrClosed {
		t.Fatal(err)
	}
	if v, ok := x.TryRecv(); v != 2 || !ok {
		t.Fatal(v, ok)
	}
	b.Close()
	if v, err := x.Recv(); v != 3 || err != nil {
		t.Fatal(v, err)
	}
	if _, err := x.Recv(); err != rtsync.ErrClosed || b.Send(4) != 0 {
		t.Fatal(err)
	}
}
