package rt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Main is a program: it runs f on the default runtime, and ends the process when f has ended.
//
//	func main() { rt.Main(serveAsync()) }
//
// SIGINT and SIGTERM cancel f: the process ends when its deferred calls have run, and those of all other
// tasks, which are cancelled when f has ended. A second signal ends the process at once.
//
// The exit status is 0; 1 if f fails, with the error on standard error; 128 plus the number of the signal if
// there was one. If nothing can wake f any more it is cancelled, and the error is a [*DeadlockError]. A panic that leaves f ends the process as that of a goroutine does.
//
// SIGQUIT writes what all tasks wait for (see [Runtime.Dump]) to standard error, and then ends the process as
// it ends every Go program, with the stacks of all goroutines.
func Main(f Future[Unit]) {
	if f == nil {
		panic(task.NilFuture("Main"))
	}
	os.Exit(program(Default(), f, os.Stderr, os.Exit))
}

// program is Main but for its end: it gives the exit status. abandon ends the process at once.
func program(r *Runtime, f Future[Unit], stderr io.Writer, abandon func(status int)) (status int) {
	quit := make(chan os.Signal, 1)
	signal.Notify(quit, syscall.SIGQUIT)
	go func() {
		if _, ok := <-quit; ok {
			dumpAndQuit(r, stderr, abandon)
		}
	}()
	defer func() {
		signal.Stop(quit)
		close(quit)
	}()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	root := Spawn(f, On(r), Name("main"))
	var (
		got  os.Signal
		dead *DeadlockError
	)
	e := &r.engine
	s := task.NewWaiter(e)
	letGo := func() {}
	if e.Hold(s, root) {
		letGo = sync.OnceFunc(func() { e.LetGo(s) })
	}
	ended, closing := root.Done(), e.Closing
	task.StandsStill()
	for down := false; !down; {
		select {
		case s := <-signals:
			if got != nil {
				abandon(statusOf(s))
			}
			got = s
			root.Abort()
		case <-s.P.Ch:
			dead = s.Dead.Load()
			root.Abort()
		case <-closing:
			closing = nil
			letGo()
		case <-ended:
			letGo()
			ended, closing = nil, nil
			go func() {
				defer close(signals)
				_ = r.Shutdown(context.Background()) // with no end but that of all cleanup
				signal.Stop(signals)                 // before it is closed
			}()
			for s := range signals {
				if got != nil {
					abandon(statusOf(s))
				}
				got = s
			}
			down = true
		}
	}
	_, _, err := root.Poll(task.NewContext(Waker{}))
	var p *PanicError
	switch {
	case errors.As(err, &p) && err == error(p):
		panic(fmt.Sprintf("%v\n\n%s", p.Value, p.Stack()))
	case got != nil:
		return statusOf(got)
	case dead != nil:
		fmt.Fprintln(stderr, dead)
		return 1
	case err != nil:
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// dumpAndQuit writes the tasks of r, and has SIGQUIT do what it does in other programs.
func dumpAndQuit(r *Runtime, stderr io.Writer, abandon func(status int)) {
	_ = r.Dump(stderr) // there is nobody to tell
	signal.Reset(syscall.SIGQUIT)
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Signal(syscall.SIGQUIT)
	}
	if err != nil {
		abandon(2)
	}
}

// statusOf is the exit status of a process that the signal s has ended.
func statusOf(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return 1
}
