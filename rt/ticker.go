package rt

import (
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// MissedTicks says how a [Ticker] goes on when its owner comes late for a tick.
// With a period of 10, ticks due at 0, 10, 20, … and an owner who after the first is
// busy until 45, the next ones come at
//
//	Burst  45 45 45 45 50 …  every tick, those that were missed at once
//	Delay  45 55 65 …        a period apart from now on
//	Skip   45 50 60 …        on the old beat, without those that were missed
type MissedTicks uint8

// The policies for missed ticks.
const (
	Burst MissedTicks = iota
	Delay
	Skip
)

// lateTick is how late a tick may be before it counts as missed: timers and queues
// take a moment, and a Delay ticker must not drift by it.
const lateTick = 5 * time.Millisecond

// Ticker gives ticks at a fixed period. The first comes at once. It costs nothing
// between ticks and needs no end. It belongs to one task, which may change it
// while a tick is awaited in another branch.
type Ticker struct {
	period time.Duration
	policy MissedTicks
	next   time.Time // when the next tick is due
	waker  Waker     // of who awaits it
	now    func() time.Time
	until  func(time.Time) Future[Unit]
}

// NewTicker makes a Ticker with the given period, which must be positive. The
// policy for missed ticks is [Burst] if none is given.
func NewTicker(period time.Duration, policy ...MissedTicks) *Ticker {
	t := &Ticker{now: Now, until: SleepUntilAsync}
	t.setPeriod("NewTicker", period)
	for _, p := range policy {
		t.policy = p
	}
	t.next = t.now()
	return t
}

func (t *Ticker) setPeriod(what string, period time.Duration) {
	if period <= 0 {
		panic(task.Misuse(what, "with the period "+period.String(), "it has to be positive"))
	}
	t.period = period
}

// need panics if t is nil, for its method who.
func (t *Ticker) need(who string) {
	if t == nil {
		panic(task.NilReceiver(who, "NewTicker makes a Ticker"))
	}
}

// Reset sets the period, and the next tick to one period from now.
func (t *Ticker) Reset(period time.Duration) {
	t.need("Ticker.Reset")
	t.setPeriod("Ticker.Reset", period)
	t.ResetAfter(period)
}

// ResetAfter sets the next tick to d from now, and those after it to a period
// apart from there.
func (t *Ticker) ResetAfter(d time.Duration) {
	t.need("Ticker.ResetAfter")
	t.next = t.now().Add(d)
	t.waker.Wake() // a tick that is awaited is awaited for another time now
}

// Tick waits for the next tick, and gives the time when it was due. A cancelled
// Tick loses no tick: it is there for the next call.
func (t *Ticker) Tick() time.Time {
	start := time.Now()
	due, err := Await(t.TickAsync())
	if err != nil { // the runtime is shut down while a goroutine waits
		due = t.next
		task.Here().Outlasts(start, due.Sub(t.now())+time.Since(start))
		t.next = t.after(due, t.now())
	}
	return due
}

// TickAsync is the async form of [Ticker.Tick]. It never fails.
func (t *Ticker) TickAsync() Future[time.Time] {
	t.need("Ticker.Tick")
	return &tickFuture{t: t}
}

// after is when the tick after the one due at due comes, taken at now.
func (t *Ticker) after(due, now time.Time) time.Time {
	if now.Sub(due) > lateTick {
		switch t.policy {
		case Delay:
			return now.Add(t.period)
		case Skip:
			return now.Add(t.period - now.Sub(due)%t.period)
		case Burst:
		}
	}
	return due.Add(t.period)
}

// tickFuture is one tick as a future.
type tickFuture struct {
	t     *Ticker
	due   time.Time    // what sleep waits for
	sleep Future[Unit] // nil: does not wait
	done  bool
	task.Claim
}

// Own implements owned.
func (k *tickFuture) Own(by string) { k.Take("Tick", by) }

// Poll implements [Future].
func (k *tickFuture) Poll(cx *Context) (due time.Time, ready bool, err error) {
	if k.done {
		task.Misused("Ticker.Tick", "polled", task.AfterReady)
	}
	task.NeedContext(cx, "Ticker.Tick")
	t := k.t
	if k.sleep != nil && !k.due.Equal(t.next) { // the ticker was reset
		k.PollCancel(cx)
	}
	if k.sleep == nil {
		k.due, k.sleep = t.next, t.until(t.next)
	}
	if _, ready, _ := k.sleep.Poll(cx); !ready {
		t.waker = cx.Waker()
		return due, false, nil
	}
	k.sleep, k.done, t.waker = nil, true, Waker{}
	t.next = t.after(k.due, t.now())
	return k.due, true, nil
}

// PollCancel ends the sleep: it has no cleanup that waits.
func (k *tickFuture) PollCancel(cx *Context) bool {
	if k.sleep != nil {
		task.Cancelling(cx, k.sleep)
		k.sleep, k.t.waker = nil, Waker{}
	}
	return true
}

// Cancel implements [Canceler].
func (k *tickFuture) Cancel() { task.Dismiss(k) }
