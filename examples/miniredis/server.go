package main

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// server has the data, and a task for each client.
type server struct {
	limits     limits
	maxClients int
	maxPending int           // bytes of messages that a client may leave
	grace      time.Duration // that clients have when it ends
	log        *appendLog    // nil: none
	began      time.Time
	stop       rtsync.Notify // SHUTDOWN was there
	draining   atomic.Bool   // no command is read any more
	tasks      rtsync.WaitGroup

	mu      sync.Mutex // guards what follows
	db      db
	clients map[int64]*client
	lastID  int64
	stats   stats
	group   group
}

// stats are counters.
type stats struct {
	connections, rejected, commands int64
}

// newServer makes a server without clients, data and a log.
func newServer() *server {
	s := &server{
		limits:     limits{bulk: 512 << 20, args: 1 << 20, query: 1 << 30},
		maxClients: 10000,
		maxPending: 8 << 20,
		grace:      5 * time.Second,
		began:      time.Now(),
		clients:    map[int64]*client{},
	}
	s.db = db{
		watched: map[string][]*client{},
		blocked: map[string][]*blocked{},
		subs:    topics{map[string]map[*client]struct{}{}, map[string]map[*client]struct{}{}},
		gone:    func(key string) { s.append([]byte("DEL"), []byte(key)) },
	}
	return s
}

// run serves until SHUTDOWN, or until it is cancelled. Then clients get the answers to what they have sent, and the log
// is closed.
//
//async:func
func (s *server) run(l *rtnet.Listener) (err error) {
	var log *rt.JoinHandle[rt.Unit]
	if s.log != nil {
		log = rt.Spawn(s.log.runAsync(), rt.Name("log"))
	}
	defer func() {
		s.drain(l)
		if s.log != nil {
			s.log.end()
			if _, failed := rt.Await(log); err == nil {
				err = failed
			}
		}
	}()
	r := rt.Select3(s.acceptAsync(l), s.expireAsync(), s.stop.WaitAsync())
	if r.Index == 0 {
		return r.A.Err
	}
	return nil
}

// accept starts a task for each connection.
//
//async:func
func (s *server) accept(l *rtnet.Listener) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		if c := s.enter(conn); c != nil {
			s.tasks.Add(1)
			rt.Go(c.serveAsync())
		}
	}
}

// enter makes a client of a connection, unless there are too many.
func (s *server) enter(conn *rtnet.Conn) *client {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.connections++
	if len(s.clients) >= s.maxClients {
		s.stats.rejected++
		rt.Go(rejectAsync(conn))
		return nil
	}
	s.lastID++
	c := &client{s: s, conn: conn, id: s.lastID, since: time.Now()}
	s.clients[c.id] = c
	return c
}

// reject tells a client that there are too many.
//
//async:func
func reject(conn *rtnet.Conn) {
	defer conn.Close()
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write([]byte("-ERR max number of clients reached\r\n"))
}

// forget forgets a client that has gone.
func (s *server) forget(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.forget()
	c.unlistenAll()
	delete(s.clients, c.id)
	s.tasks.Done()
}

// expire removes keys whose time is up and that nobody asks for.
//
//async:func
func (s *server) expire() {
	for {
		rt.Sleep(100 * time.Millisecond)
		for s.expireSome() {
			rt.Yield()
		}
	}
}

func (s *server) expireSome() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.db.expireSome()
}

// drain ends all clients: what they have sent is answered, and nothing more is read. Who does not take the answers in
// time is cut off.
//
//async:func
func (s *server) drain(l *rtnet.Listener) {
	_ = l.Close()
	s.draining.Store(true)
	s.each(func(c *client) { _ = c.conn.CloseRead() }) // who waits for a command sees the end
	if _, err := rt.Timeout(s.grace, s.tasks.WaitAsync()); err != nil {
		s.each(func(c *client) { _ = c.conn.Close() })
		s.tasks.Wait()
	}
}

// each calls f for all clients.
func (s *server) each(f func(*client)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.clients {
		f(c)
	}
}

// group says whether what is logged now has to be there as a whole or not at all.
type group int

const (
	groupNone group = iota
	groupOpen       // but nothing was logged yet
	groupBegun
)

// append logs a command.
func (s *server) append(args ...[]byte) {
	if s.log == nil {
		return
	}
	if s.group == groupOpen {
		s.group = groupBegun
		s.log.append([]byte("MULTI"))
	}
	s.log.append(args...)
}

// endGroup ends what EXEC has begun.
func (s *server) endGroup() {
	if s.group == groupBegun {
		s.log.append([]byte("EXEC"))
	}
	s.group = groupNone
}

// logEnd is where the log ends.
func (s *server) logEnd() int64 {
	if s.log == nil {
		return 0
	}
	return s.log.last
}
