package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// server is a server in a process of its own.
type server struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	addr string
}

func start(kind string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{cmd: exec.Command(self, "-serve", kind)}
	s.cmd.Stderr = os.Stderr
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	line, err := s.out.ReadString('\n')
	if err != nil {
		_ = s.stop()
		return nil, fmt.Errorf("the server %s does not start: %w", kind, err)
	}
	s.addr = "127.0.0.1:" + strings.TrimSpace(line)
	return s, nil
}

// stop ends the process.
func (s *server) stop() error {
	_ = s.in.Close()
	return s.cmd.Wait()
}

// loaded is what a load has shown.
type loaded struct{ rate, cpu float64 }

var (
	requests = regexp.MustCompile(`(\d+) requests in`)
	perSec   = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
)

// load has wrk ask a server for a while.
func load(kind string, conns int, long time.Duration) (loaded, error) {
	s, err := start(kind)
	if err != nil {
		return loaded{}, err
	}
	out, err := exec.Command("wrk", "-t", "1", "-c", strconv.Itoa(conns), "-d", long.String(), "--timeout", "60s", "http://"+s.addr+"/").CombinedOutput()
	if err != nil {
		_ = s.stop()
		return loaded{}, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	if err := s.stop(); err != nil {
		return loaded{}, err
	}
	n, rate := requests.FindSubmatch(out), perSec.FindSubmatch(out)
	if n == nil || rate == nil || strings.Contains(string(out), "Socket errors") || strings.Contains(string(out), "Non-2xx") {
		return loaded{}, fmt.Errorf("wrk says:\n%s", out)
	}
	count, _ := strconv.ParseFloat(string(n[1]), 64)
	l := loaded{}
	l.rate, _ = strconv.ParseFloat(string(rate[1]), 64)
	l.cpu = (s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime()).Seconds() * 1e6 / count
	return l, nil
}

// resident is how much memory the server has, after garbage collections.
func (s *server) resident() (float64, error) {
	if _, err := s.in.Write([]byte("g")); err != nil {
		return 0, err
	}
	if _, err := s.out.ReadString('\n'); err != nil {
		return 0, err
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, fmt.Errorf("statm: %q", text)
	}
	pages, err := strconv.Atoi(fields[1])
	return float64(pages * os.Getpagesize()), err
}

// idleBytes is what a connection costs that has had a response, and waits.
func idleBytes(kind, request string, n int) (float64, error) {
	s, err := start(kind)
	if err != nil {
		return 0, err
	}
	defer s.stop()
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	open := func(n int) error {
		for range n {
			c, err := net.Dial("tcp", s.addr)
			if err != nil {
				return err
			}
			conns = append(conns, c)
			if _, err := io.WriteString(c, request); err != nil {
				return err
			}
			if _, err := c.Read(make([]byte, 1000)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := open(200); err != nil {
		return 0, err
	}
	before, err := s.resident()
	if err != nil {
		return 0, err
	}
	if err := open(n); err != nil {
		return 0, err
	}
	after, err := s.resident()
	return (after - before) / float64(n), err
}
