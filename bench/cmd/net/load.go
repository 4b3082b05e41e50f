//go:build unix

package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// process is a server that runs.
type process struct {
	cmd  *exec.Cmd
	port string
}

// start starts s, and waits until it listens: it says the port.
func start(s server, m measure) (*process, error) {
	args := s.args
	if m.tls {
		args = append(args[:len(args):len(args)], s.tls...)
	}
	if *profile != "" && s.name == "rtnet" {
		args = append(args[:len(args):len(args)], "-profile", *profile)
	}
	mine := "0-" + strconv.Itoa(processors-1)
	if m.pinned {
		args = append([]string{"taskset", "-c", "0"}, args...)
		mine = "1"
	}
	if err := exec.Command("taskset", "-apc", mine, strconv.Itoa(os.Getpid())).Run(); err != nil {
		return nil, fmt.Errorf("taskset: %w", err)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd}
	r := bufio.NewReader(out)
	for p.port == "" { // between other things that it may say
		line, err := r.ReadString('\n')
		if err != nil {
			p.stop()
			return nil, fmt.Errorf("it has not said where it listens: %w", err)
		}
		if _, err := strconv.Atoi(strings.TrimSpace(line)); err == nil {
			p.port = strings.TrimSpace(line)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	return p, p.ready()
}

// ready waits until p takes connections.
func (p *process) ready() error {
	for try := 0; ; try++ {
		c, err := net.Dial("tcp", "127.0.0.1:"+p.port)
		if err == nil {
			return c.Close()
		}
		if try == 500 {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// cpu is how much processor time p has taken.
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err := strconv.Atoi(f[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

// rss is how much memory p has, in bytes.
func (p *process) rss() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kb) * 1024, err
		}
	}
	return 0, fmt.Errorf("no VmRSS")
}

// settle is how long a server has for what it does behind a connection, and for its garbage.
const settle = 500 * time.Millisecond

// quietRSS is rss when p has collected its garbage, twice: some of it is in pools.
func (p *process) quietRSS() (float64, error) {
	for range 2 {
		time.Sleep(settle)
		if err := p.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
			return 0, err
		}
	}
	time.Sleep(settle)
	return p.rss()
}

// onePort is how many connections there are to one address at most.
const onePort = 8000

// dial makes n connections, to as many addresses as they need, and has each echo once.
func (p *process) dial(n int, secure bool) (conns []net.Conn, err error) {
	defer func() {
		if err != nil {
			hangUp(conns)
		}
	}()
	buf := make([]byte, size)
	for i := range n {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.%d:%s", 1+i/onePort, p.port))
		if err != nil {
			return conns, err
		}
		if secure {
			c = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
		}
		conns = append(conns, c)
		if err := echoOnce(c, buf); err != nil {
			return conns, err
		}
	}
	return conns, nil
}

func hangUp(conns []net.Conn) {
	for _, c := range conns {
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0) // no TIME_WAIT: there are only so many ports
		}
		_ = c.Close()
	}
}

// size is that of a message.
const size = 64

func echoOnce(c net.Conn, buf []byte) error {
	if _, err := c.Write(buf); err != nil {
		return err
	}
	_, err := io.ReadFull(c, buf)
	return err
}

// idleRSS is the memory of each of n idle connections.
func idleRSS(p *process, n int, secure bool) ([]float64, error) {
	first, err := p.dial(1, secure)
	if err != nil {
		return nil, err
	}
	defer hangUp(first)
	before, err := p.quietRSS()
	if err != nil {
		return nil, err
	}
	conns, err := p.dial(n, secure)
	if err != nil {
		return nil, err
	}
	defer hangUp(conns)
	after, err := p.quietRSS()
	return []float64{(after - before) / float64(n)}, err
}

// echo64 has n connections echo for some time. It gives the server's processor time for an echo, in µs, and the echoes per
// second.
func echo64(p *process, n int, long time.Duration) ([]float64, error) {
	conns, err := p.dial(n, false)
	if err != nil {
		return nil, err
	}
	defer hangUp(conns)
	var count atomic.Int64
	var stop atomic.Bool
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for _, c := range conns {
		all.Go(func() {
			buf := make([]byte, size)
			for !stop.Load() {
				if err := echoOnce(c, buf); err != nil {
					failed.Store(&err)
					return
				}
				count.Add(1)
			}
		})
	}
	time.Sleep(long / 4)
	begin, echoed := time.Now(), count.Load()
	used, err := p.cpu()
	if err != nil {
		return nil, err
	}
	time.Sleep(long)
	took, more := time.Since(begin), count.Load()-echoed
	now, err := p.cpu()
	stop.Store(true)
	all.Wait()
	if e := failed.Load(); e != nil {
		err = *e
	}
	return []float64{float64((now - used).Nanoseconds()) / 1000 / float64(more), float64(more) / took.Seconds()}, err
}
