package rt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/leaktest"
)

// programs are what TestMainEndsTheProcess runs in a process of its own.
var programs = map[string]func() error{
	"succeeds": func() error { return nil },
	"fails":    func() error { return errors.New("it is broken") },
	"panics":   func() error { panic("no way") },
	"waits": func() error {
		defer func() {
			Sleep(time.Millisecond)
			fmt.Println("cleaned up")
		}()
		fmt.Println("ready")
		Sleep(time.Hour)
		return nil
	},
	"sleeps": func() error {
		Go(AsyncFunc(func() error {
			for {
				var dump strings.Builder
				if _ = Default().Dump(&dump); strings.Contains(dump.String(), "1 task (main) waiting:") {
					fmt.Println("ready")
					return nil
				}
				Yield()
			}
		}))
		Sleep(time.Hour)
		return nil
	},
	"hangs": func() error {
		defer func() {
			fmt.Println("cleaning")
			Sleep(time.Hour)
		}()
		fmt.Println("ready")
		Sleep(time.Hour)
		return nil
	},
	"leaves a task": func() error {
		Spawn(AsyncFunc(func() error {
			defer fmt.Println("the other, too")
			Sleep(time.Hour)
			return nil
		}))
		Yield()
		return nil
	},
}

const programVar = "ASYNCGEN_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if f, ok := programs[os.Getenv(programVar)]; ok {
		Main(AsyncFunc(f))
	}
	leaktest.Main(m, func() { _ = Default().Shutdown(context.Background()) })
}

// program starts one of the programs. What it prints comes line by line.
func startProgram(t *testing.T, name string) (cmd *exec.Cmd, out *bytes.Buffer, lines func() string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(self)
	cmd.Env = append(os.Environ(), programVar+"="+name)
	out = new(bytes.Buffer)
	cmd.Stderr = out
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out, func() string {
		var line []byte
		for b := []byte{0}; ; {
			if _, err := stdout.Read(b); err == io.EOF || b[0] == '\n' {
				return string(line)
			} else if err != nil {
				t.Fatal(err)
			}
			line = append(line, b[0])
		}
	}
}

func TestMainEndsTheProcess(t *testing.T) {
	for _, x := range []struct {
		name    string
		status  int
		signal  syscall.Signal
		signals []string // what it prints before each signal
		after   string   // what it prints then
		stderr  string
	}{
		{name: "succeeds"},
		{name: "fails", status: 1, stderr: "it is broken"},
		{name: "panics", status: 2, stderr: "no way"},
		{name: "waits", status: 128 + 15, signals: []string{"ready"}, after: "cleaned up"},
		{name: "hangs", status: 128 + 15, signals: []string{"ready", "cleaning"}},
		{name: "leaves a task", after: "the other, too"},
		{name: "sleeps", status: 2, signal: syscall.SIGQUIT, signals: []string{"ready"}, stderr: "1 task (main) waiting:"},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			cmd, stderr, line := startProgram(t, x.name)
			for _, want := range x.signals {
				if got := line(); got != want {
					t.Errorf("printed %q, want %q", got, want)
				}
				s := x.signal
				if s == 0 {
					s = syscall.SIGTERM
				}
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			if got := line(); got != x.after {
				t.Errorf("printed %q, want %q", got, x.after)
			}
			_ = cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != x.status {
				t.Errorf("exit status %d, want %d\n%s", got, x.status, stderr)
			}
			if !strings.Contains(stderr.String(), x.stderr) {
				t.Errorf("standard error is %q, want %q in it", stderr, x.stderr)
			}
		})
	}
}
