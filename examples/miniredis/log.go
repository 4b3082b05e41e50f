package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/redcon"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// policy says when the log is made safe against a crash of the machine.
type policy int

const (
	syncAlways policy = iota // before anything is answered
	syncEverySecond
	syncNever // the system decides
)

// parsePolicy reads the name of a policy.
func parsePolicy(s string) (policy, error) {
	for p := syncAlways; p <= syncNever; p++ {
		if p.String() == s {
			return p, nil
		}
	}
	return 0, fmt.Errorf("%q is no policy: always, everysec and no are", s)
}

// String is the name.
func (p policy) String() string { return [...]string{"always", "everysec", "no"}[p] }

// logFile is where the log goes to: an [os.File].
type logFile interface {
	Write(p []byte) (int, error)
	Sync() error
	Close() error
}

// appendLog is the append-only file: the commands that have changed something. They are collected in memory, and a task
// writes what there is, as one piece, on the blocking pool. Meanwhile more is collected, so that any number of clients
// wait for one call of the system.
//
//	append ─ buf ─ run: batch ─ file ─ done ─ settle
type appendLog struct {
	file   logFile
	policy policy
	retry  time.Duration // after an error
	done   atomic.Int64  // so much of the log is where the policy wants it before an answer
	state  *rtsync.Watch[logState]
	more   rtsync.Notify // there is something in buf, or it ends
	ended  atomic.Bool   // nothing more will come

	mu    *sync.Mutex // guards what follows: the lock of the server
	buf   []byte
	last  int64 // where the log ends, with buf
	spare []byte

	batch []byte      // is written; of the task alone
	at    int64       // where it ends
	dirty atomic.Bool // something was written and not synced
}

// logState is what those wait for who wait for the log.
type logState struct {
	done int64
	err  error // nil: all is well
	dead bool  // and it will not be well again
}

// mostUnwritten is how many bytes of the log may be in memory before clients wait, whatever the policy.
const mostUnwritten = 32 << 20

// newLog makes a log that goes on at size.
func newLog(file logFile, p policy, size int64, mu *sync.Mutex) *appendLog {
	l := &appendLog{file: file, policy: p, retry: time.Second, mu: mu, last: size}
	l.done.Store(size)
	l.state = rtsync.NewWatch(logState{done: size})
	return l
}

// append adds a command.
func (l *appendLog) append(args ...[]byte) {
	before := len(l.buf)
	l.buf = redcon.AppendArray(l.buf, len(args))
	for _, arg := range args {
		l.buf = redcon.AppendBulk(l.buf, arg)
	}
	l.last += int64(len(l.buf) - before)
	if before == 0 {
		l.more.NotifyOne()
	}
}

// end says that nothing more will come. run ends then, when all is written.
func (l *appendLog) end() {
	l.ended.Store(true)
	l.more.NotifyOne()
}

// failing is what keeps the log from being written; nil if nothing does.
func (l *appendLog) failing() error { return l.state.Get().err }

// settle waits until the log is safe up to an offset, as far as the policy wants that.
//
//async:func
func (l *appendLog) settle(upTo int64) error {
	if l.policy != syncAlways {
		upTo -= mostUnwritten
	}
	if l.done.Load() >= upTo {
		return nil
	}
	w := l.state.Subscribe()
	for s := w.Get(); ; {
		if s.done >= upTo {
			return nil
		}
		if s.err != nil {
			return s.err
		}
		var err error
		if s, err = w.Changed(); err != nil {
			return err
		}
	}
}

// take makes a batch of what was collected, and says whether there is one.
func (l *appendLog) take() bool {
	if len(l.batch) > 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if cap(l.spare) > 1<<20 {
		l.spare = nil
	}
	l.batch, l.buf, l.spare = l.buf, l.spare[:0], l.buf
	l.at = l.last
	return len(l.batch) > 0
}

// run writes the log until end.
//
//async:func
func (l *appendLog) run() error {
	if l.policy != syncEverySecond {
		return l.write()
	}
	r := rt.Select2(l.writeAsync(), l.syncEverySecondAsync())
	return errors.Join(ignore(r.A.Err), ignore(r.B.Err))
}

// ignore makes nothing of the error of what has not won.
func ignore(err error) error {
	if errors.Is(err, rt.ErrNotChosen) {
		return nil
	}
	return err
}

// write writes what there is whenever there is something.
//
//async:func
func (l *appendLog) write() error {
	for {
		for l.take() {
			if _, err := rt.Blocking(context.Background(), l.writeBatch); err != nil {
				l.fail(err)
				if l.ended.Load() {
					return errors.Join(err, l.file.Close())
				}
				rt.Sleep(l.retry)
				continue
			}
			l.done.Store(l.at)
			l.state.Set(logState{done: l.at})
		}
		if l.ended.Load() {
			return errors.Join(l.failing(), l.file.Sync(), l.file.Close())
		}
		l.more.Wait()
	}
}

// writeBatch writes the batch, and syncs it where it has to be before an answer. What was not written stays in the
// batch: the next attempt goes on there.
func (l *appendLog) writeBatch(ctx context.Context) (rt.Unit, error) {
	if s := l.state.Get(); s.dead {
		return rt.Unit{}, s.err
	}
	n, err := l.file.Write(l.batch)
	l.batch = l.batch[n:]
	if err == nil && l.policy == syncAlways {
		return l.sync(ctx)
	}
	l.dirty.Store(true)
	return rt.Unit{}, err
}

// sync has the system write the file to the disk. When that fails it is not known what is there, and a second attempt
// would not tell: so it is the end of the log.
func (l *appendLog) sync(context.Context) (rt.Unit, error) {
	l.dirty.Store(false)
	err := l.file.Sync()
	if err != nil {
		l.state.Update(func(s logState) logState { return logState{s.done, err, true} })
	}
	return rt.Unit{}, err
}

// fail says that the log is not written for now.
func (l *appendLog) fail(err error) {
	l.state.Update(func(s logState) logState {
		if !s.dead {
			s.err = err
		}
		return s
	})
}

// syncEverySecond syncs what was written.
//
//async:func
func (l *appendLog) syncEverySecond() error {
	for {
		rt.Sleep(time.Second)
		if l.dirty.Load() {
			if _, err := rt.Blocking(context.Background(), l.sync); err != nil {
				return err
			}
		}
	}
}
