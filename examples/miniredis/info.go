package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

var serverCommands = map[string]command{
	"INFO":     {arity: -1, run: info},
	"CONFIG":   {arity: -2, flags: parent},
	"TIME":     {arity: 1, run: timeCommand},
	"SHUTDOWN": {arity: -1, flags: noTx, run: shutdown},
	"DEBUG":    {arity: -2, flags: parent},

	// We do not describe our commands: clients can do without.
	"COMMAND":       {arity: 1, run: func(c *client, _ [][]byte) { c.out.array(0) }, flags: parent},
	"COMMAND|COUNT": {arity: 2, run: func(c *client, _ [][]byte) { c.out.int(int64(len(commands))) }},
	"COMMAND|DOCS":  {arity: -2, run: func(c *client, _ [][]byte) { c.out.mapOf(0) }},

	"CONFIG|GET":       {arity: -3, run: configGet},
	"CONFIG|SET":       {arity: -4, run: func(c *client, _ [][]byte) { c.out.fail("ERR settings are flags of the command line here") }},
	"CONFIG|RESETSTAT": {arity: 2, run: configResetStat},
	"DEBUG|TASKS":      {arity: 2, run: debugTasks},
}

// version is that of the Redis whose commands we have.
const version = "7.0.15"

// info is INFO [section…].
func info(c *client, args [][]byte) {
	var b strings.Builder
	for _, section := range infoSections {
		want := len(args) == 1
		for _, arg := range args[1:] {
			want = want || is(arg, strings.ToUpper(section.name)) || is(arg, "ALL") || is(arg, "EVERYTHING") || is(arg, "DEFAULT")
		}
		if want {
			if b.Len() > 0 {
				b.WriteString("\r\n")
			}
			b.WriteString("# " + section.name + "\r\n")
			section.write(c.s, &b)
		}
	}
	c.out.text(b.String())
}

var infoSections = []struct {
	name  string
	write func(s *server, b *strings.Builder)
}{
	{"Server", infoServer},
	{"Clients", infoClients},
	{"Memory", infoMemory},
	{"Persistence", infoPersistence},
	{"Stats", infoStats},
	{"Tasks", infoTasks},
	{"Keyspace", infoKeyspace},
}

func line(b *strings.Builder, name string, value any) { fmt.Fprintf(b, "%s:%v\r\n", name, value) }

func infoServer(s *server, b *strings.Builder) {
	line(b, "redis_version", version)
	line(b, "redis_mode", "standalone")
	line(b, "server_name", "miniredis")
	line(b, "os", runtime.GOOS+" "+runtime.GOARCH)
	line(b, "multiplexing_api", "rtnet")
	line(b, "go_version", runtime.Version())
	line(b, "process_id", os.Getpid())
	line(b, "uptime_in_seconds", int(time.Since(s.began).Seconds()))
}

func infoClients(s *server, b *strings.Builder) {
	waiting, listening := 0, 0
	for _, c := range s.clients {
		if c.waiting != nil {
			waiting++
		}
		if c.sub != nil {
			listening++
		}
	}
	line(b, "connected_clients", len(s.clients))
	line(b, "maxclients", s.maxClients)
	line(b, "blocked_clients", waiting)
	line(b, "pubsub_clients", listening)
}

func infoMemory(_ *server, b *strings.Builder) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}}
	metrics.Read(samples)
	line(b, "used_memory", samples[0].Value.Uint64())
	line(b, "used_memory_rss", samples[1].Value.Uint64())
	line(b, "maxmemory", 0)
	line(b, "client_buffers", held.Load())
}

func infoPersistence(s *server, b *strings.Builder) {
	if s.log == nil {
		line(b, "aof_enabled", 0)
		return
	}
	status := "ok"
	if s.log.failing() != nil {
		status = "err"
	}
	line(b, "aof_enabled", 1)
	line(b, "aof_current_size", s.log.last)
	line(b, "aof_buffer_length", s.log.last-s.log.done.Load())
	line(b, "aof_last_write_status", status)
}

func infoStats(s *server, b *strings.Builder) {
	line(b, "total_connections_received", s.stats.connections)
	line(b, "total_commands_processed", s.stats.commands)
	line(b, "rejected_connections", s.stats.rejected)
	line(b, "expired_keys", s.db.expired)
	line(b, "pubsub_channels", len(s.db.subs.channels))
	line(b, "pubsub_patterns", len(s.db.subs.patterns))
}

// infoTasks has what Redis has not: what the runtime does.
func infoTasks(_ *server, b *strings.Builder) {
	m := rt.Default().Metrics()
	line(b, "tasks", m.Alive())
	line(b, "tasks_spawned", m.Spawned)
	line(b, "task_turns", m.Turns)
	line(b, "workers", m.Workers)
	line(b, "goroutines", runtime.NumGoroutine())
}

func infoKeyspace(s *server, b *strings.Builder) {
	if n := s.db.keys.len(); n > 0 {
		line(b, "db0", fmt.Sprintf("keys=%d,expires=%d,avg_ttl=0", n, s.db.volatile.len()))
	}
}

func configGet(c *client, args [][]byte) {
	var found []string
	for _, s := range c.s.settings() {
		for _, pattern := range args[2:] {
			if match(strings.ToLower(string(pattern)), s[0]) {
				found = append(found, s[0], s[1])
				break
			}
		}
	}
	c.out.mapOf(len(found) / 2)
	for _, s := range found {
		c.out.text(s)
	}
}

func configResetStat(c *client, _ [][]byte) {
	c.s.stats, c.s.db.expired = stats{}, 0
	c.out.ok()
}

// settings are what CONFIG GET knows.
func (s *server) settings() [][2]string {
	on, fsync := "no", syncEverySecond
	if s.log != nil {
		on, fsync = "yes", s.log.policy
	}
	return [][2]string{
		{"appendonly", on},
		{"appendfsync", fsync.String()},
		{"save", ""},
		{"databases", "1"},
		{"maxclients", fmt.Sprint(s.maxClients)},
		{"maxmemory", "0"},
		{"proto-max-bulk-len", fmt.Sprint(s.limits.bulk)},
		{"client-query-buffer-limit", fmt.Sprint(s.limits.query)},
	}
}

func timeCommand(c *client, _ [][]byte) {
	now := time.Now()
	c.out.texts([]string{fmt.Sprint(now.Unix()), fmt.Sprint(now.Nanosecond() / 1000)})
}

func shutdown(c *client, args [][]byte) {
	for _, arg := range args[1:] {
		if !is(arg, "NOSAVE") && !is(arg, "SAVE") && !is(arg, "NOW") && !is(arg, "FORCE") {
			c.out.fail(badSyntax)
			return
		}
	}
	c.closing = true
	c.s.stop.NotifyOne()
}

// debugTasks is DEBUG TASKS: what all tasks wait for.
func debugTasks(c *client, _ [][]byte) {
	var b strings.Builder
	_ = rt.Default().Dump(&b)
	c.out.text(b.String())
}
