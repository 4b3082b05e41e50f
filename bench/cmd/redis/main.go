// Command redis compares examples/miniredis with redis-server, each on one processor, by redis-benchmark, which has
// another one, and prints a Markdown table:
//
//	go run ./bench/cmd/redis
//	go run ./bench/cmd/redis -write examples/miniredis/README.md    # puts it between two lines that are there
//
// It needs Linux, taskset, and redis-server and redis-benchmark of Redis. The servers take turns, and a line is the
// medians of some rounds. Beside the throughput, which is bounded by redis-benchmark too, it has the time of the
// processor that the server takes for a request.
package main

import (
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/bench/internal/document"
)

func main() {
	file := flag.String("write", "", "put the table into this `FILE`")
	rounds := flag.Int("rounds", 5, "how often to measure")
	n := flag.Int("n", 50_000, "requests in a round, and as many times more as are sent at once")
	flag.Parse()
	if err := run(*file, *rounds, *n); err != nil {
		fmt.Fprintf(os.Stderr, "redis: %v\n", err)
		os.Exit(1)
	}
}

// server is one of the two.
type server struct {
	*exec.Cmd
	port string
}

func run(file string, rounds, n int) error {
	place, err := document.Find(file, "table")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ours := filepath.Join(dir, "miniredis")
	if out, err := exec.Command("go", "build", "-o", ours, "./examples/miniredis").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	var servers [2]*server
	for i, command := range [][]string{
		{ours, "-maxclients", "20000", "-addr", "127.0.0.1:PORT"},
		{"redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir, "--port", "PORT"},
	} {
		if servers[i], err = start(command); err != nil {
			return err
		}
		defer servers[i].stop()
	}
	var table strings.Builder
	about, err := describe(rounds)
	if err != nil {
		return err
	}
	fmt.Fprintf(&table, "%s\n\n| redis-benchmark | miniredis | redis-server | ratio | CPU of the server | of redis-server | ratio |\n"+
		"|---|--:|--:|--:|--:|--:|--:|\n", about)
	idle, err := idleLine(servers)
	if err != nil {
		return err
	}
	for _, clients := range []int{50, 1000} {
		for _, pipeline := range []int{1, 16} {
			for _, test := range []string{"SET", "GET"} {
				line, err := compare(servers, test, pipeline, clients, rounds, n*pipeline)
				if err != nil {
					return err
				}
				fmt.Fprint(os.Stderr, line)
				table.WriteString(line)
			}
		}
	}
	table.WriteString(idle)
	return place.Put(table.String())
}

// describe is a line about the machine.
func describe(rounds int) (string, error) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", err
	}
	_, model, _ := strings.Cut(string(info), "model name\t: ")
	model, _, _ = strings.Cut(model, "\n")
	version, err := exec.Command("redis-server", "--version").Output()
	if err != nil {
		return "", err
	}
	fields := strings.Fields(string(version))
	return fmt.Sprintf("%s, one processor for the server, %s, Redis %s, medians of %d rounds", model, runtime.Version(),
		strings.TrimPrefix(fields[2], "v="), rounds), nil
}

// start starts a server on the first processor, at a free port.
func start(command []string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	args := []string{"-c", "0"}
	for _, arg := range command {
		args = append(args, strings.Replace(arg, "PORT", port, 1))
	}
	s := &server{exec.Command("taskset", args...), port}
	s.Stderr = os.Stderr
	if err := s.Start(); err != nil {
		return nil, err
	}
	for range 1000 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return s, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("%s does not listen", command[0])
}

func (s *server) stop() {
	_ = s.Process.Kill()
	_ = s.Wait()
}

// cpu is the time of the processor that the server has taken.
func (s *server) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("/proc has no times")
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	const tick = 10 * time.Millisecond // USER_HZ is 100 on all that Go runs on
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// measure runs redis-benchmark, and gives requests a second and the server's time for one.
func (s *server) measure(test string, pipeline, clients, n int) (rate, cpu float64, err error) {
	before, err := s.cpu()
	if err != nil {
		return 0, 0, err
	}
	out, err := exec.Command("taskset", "-c", strconv.Itoa(min(1, runtime.NumCPU()-1)), "redis-benchmark", "-p", s.port,
		"--csv", "-r", "100000", "-t", strings.ToLower(test), "-P", strconv.Itoa(pipeline), "-c", strconv.Itoa(clients),
		"-n", strconv.Itoa(n)).Output()
	if err != nil {
		return 0, 0, fmt.Errorf("redis-benchmark: %w", err)
	}
	after, err := s.cpu()
	if err != nil {
		return 0, 0, err
	}
	records, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil {
		return 0, 0, err
	}
	for _, r := range records {
		if r[0] == test {
			rate, err = strconv.ParseFloat(r[1], 64)
			return rate, float64(after-before) / float64(n), err
		}
	}
	return 0, 0, fmt.Errorf("redis-benchmark says nothing about %s:\n%s", test, out)
}

// compare measures both servers in turn, and gives a line of the table.
func compare(servers [2]*server, test string, pipeline, clients, rounds, n int) (string, error) {
	var rates, cpus [2][]float64
	var ratios, cpuRatios []float64
	for round := range rounds {
		for k := range servers {
			i := (k + round) % 2
			rate, cpu, err := servers[i].measure(test, pipeline, clients, n)
			if err != nil {
				return "", err
			}
			rates[i], cpus[i] = append(rates[i], rate), append(cpus[i], cpu)
		}
		ratios = append(ratios, rates[0][round]/rates[1][round])
		cpuRatios = append(cpuRatios, cpus[0][round]/cpus[1][round])
	}
	return fmt.Sprintf("| %s -P %d -c %d | %.0f/s | %.0f/s | %.2f | %.2f µs | %.2f µs | %.2f |\n", test, pipeline, clients,
		median(rates[0]), median(rates[1]), median(ratios), median(cpus[0])/1000, median(cpus[1])/1000, median(cpuRatios)), nil
}

// idleClients is how many clients do nothing while we look how much memory they take.
const idleClients = 5000

// idleLine says how much memory of the servers a client takes that has asked once and does nothing.
func idleLine(servers [2]*server) (string, error) {
	var each [2]int
	for i, s := range servers {
		var err error
		if each[i], err = s.idle(); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("\nA client that has asked once and is idle takes %d bytes of memory in miniredis, and %d in redis-server "+
		"(resident, %d clients).\n", each[0], each[1], idleClients), nil
}

func (s *server) idle() (int, error) {
	before, err := s.resident()
	if err != nil {
		return 0, err
	}
	for range idleClients {
		c, err := net.Dial("tcp", "127.0.0.1:"+s.port)
		if err != nil {
			return 0, err
		}
		defer c.Close()
		if _, err := c.Write([]byte("PING\r\n")); err != nil {
			return 0, err
		}
		if _, err := io.ReadFull(c, make([]byte, len("+PONG\r\n"))); err != nil {
			return 0, err
		}
	}
	after, err := s.resident()
	return (after - before) / idleClients, err
}

// resident is how many bytes of memory the server has.
func (s *server) resident() (int, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat))
	if len(fields) < 2 {
		return 0, errors.New("/proc has no memory")
	}
	pages, err := strconv.Atoi(fields[1])
	return pages * os.Getpagesize(), err
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
