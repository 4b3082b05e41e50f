//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// spare is how many descriptors a process has for other things than the connections.
const spare = 500

// runMany has n idle connections at once, to one port, and says what they take. If a process may not have so many descriptors
// there are several: the servers listen on the port together, and the kernel spreads the connections.
func runMany(n int) (table string, err error) {
	most := descriptors(n + spare)
	servers, clients := 1, (n+most-spare-1)/(most-spare)
	if clients > 1 {
		servers = (n*5/4 + most - spare - 1) / (most - spare) // they are not spread evenly
	}
	var all []*process
	defer func() {
		for _, p := range all {
			p.stop()
		}
	}()
	port := "0"
	for range servers {
		p, err := start(server{"rtnet", []string{os.Args[0], "-serve", "-share", port}, nil}, measure{})
		if err != nil {
			return "", err
		}
		all, port = append(all, p), p.port
	}
	before, err := rssOf(all)
	if err != nil {
		return "", err
	}
	began := time.Now()
	holders, err := hold(n, clients, port)
	defer func() {
		for _, h := range holders {
			h.stop()
		}
	}()
	if err != nil {
		return "", err
	}
	took := time.Since(began)
	after, err := rssOf(all)
	if err != nil {
		return "", err
	}
	for _, h := range holders { // all of them are still there
		if err := h.ask("again"); err != nil {
			return "", err
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d processors, %s %s/%s, %d descriptors a process at most\n\n", processors, runtime.Version(), runtime.GOOS, runtime.GOARCH, most)
	fmt.Fprintf(&b, "| connections to one port | processes of the server | RSS of the server | of it for each connection | time to connect, each with an echo |\n|--:|--:|--:|--:|--:|\n")
	fmt.Fprintf(&b, "| %d | %d | %.1f MB | %.0f B | %.1f s |\n", n, servers, after/1e6, (after-before)/float64(n), took.Seconds())
	return b.String(), nil
}

// descriptors is how many descriptors this process and its children may have: as many as wanted, if it may raise its limit.
func descriptors(want int) int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 1024
	}
	if int64(l.Cur) >= 0 && int64(l.Cur) < int64(want) { // the fields are signed on some systems; without a limit it is -1, or the largest
		higher := l
		raise(&higher.Cur, want)
		raise(&higher.Max, want)
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &higher) == nil {
			return want
		}
	}
	return int(min(l.Cur, 1<<20))
}

// raise makes a limit at least this.
func raise[N int64 | uint64](limit *N, least int) { *limit = max(*limit, N(least)) }

// rssOf is the memory of all of them, without garbage.
func rssOf(all []*process) (sum float64, err error) {
	for _, p := range all {
		rss, err := p.quietRSS()
		if err != nil {
			return 0, err
		}
		sum += rss
	}
	return sum, nil
}

// holder is a process that holds connections.
type holder struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// hold starts the processes that hold n connections to the port, and waits until they have them.
func hold(n, processes int, port string) (all []*holder, err error) {
	for i, part := range parts(n, processes) {
		h := &holder{cmd: exec.Command(os.Args[0], "-hold", strconv.Itoa(part), "-share", port, "-from", strconv.Itoa(i*(1+n/processes/onePort)))}
		h.cmd.Stderr = os.Stderr
		if h.in, err = h.cmd.StdinPipe(); err != nil {
			return all, err
		}
		out, err := h.cmd.StdoutPipe()
		if err != nil {
			return all, err
		}
		h.out = bufio.NewReader(out)
		if err := h.cmd.Start(); err != nil {
			return all, err
		}
		all = append(all, h)
	}
	for _, h := range all {
		if err := h.done(); err != nil {
			return all, err
		}
	}
	return all, nil
}

// parts shares n out.
func parts(n, among int) (all []int) {
	for i := range among {
		all = append(all, n*(i+1)/among-n*i/among)
	}
	return all
}

func (h *holder) ask(what string) error {
	if _, err := fmt.Fprintln(h.in, what); err != nil {
		return err
	}
	return h.done()
}

// done waits until h has done what it was to do.
func (h *holder) done() error {
	line, err := h.out.ReadString('\n')
	if err == nil && line != "ok\n" {
		err = errors.New(line)
	}
	if err != nil {
		return fmt.Errorf("who holds connections: %w", err)
	}
	return nil
}

func (h *holder) stop() {
	_ = h.in.Close()
	_ = h.cmd.Wait()
}

// holdConns is such a process: it makes n connections, each with an echo, and for each line that it reads they echo once more.
func holdConns(n int, port string, from int) error {
	var conns []net.Conn
	defer func() { hangUp(conns) }()
	buf := make([]byte, size)
	for i := range n {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.%d:%s", 1+from+i/onePort, port))
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		conns = append(conns, c)
		if err := echoOnce(c, buf); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
	}
	fmt.Println("ok")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		for i, c := range slices.Backward(conns) {
			if err := echoOnce(c, buf); err != nil {
				return fmt.Errorf("connection %d: %w", i, err)
			}
		}
		fmt.Println("ok")
	}
	return nil
}
