package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// open makes a pool whose connections are those of rtnet, and counts them.
func open(t *testing.T, url string) (pool *pgxpool.Pool, dialed *atomic.Int64) {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	dialed = new(atomic.Int64)
	config.MaxConns = 8
	config.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialed.Add(1)
		c, err := rt.WithContext(ctx, rtnet.DialAsync(network, addr))
		if err != nil {
			return nil, err
		}
		return c, nil
	}
	if pool, err = pgxpool.NewWithConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool, dialed
}

// TestPostgres has pgx, unchanged, use a database over TCP, TLS and a Unix socket.
func TestPostgres(t *testing.T) {
	s := startServer(t)
	for i, way := range []struct{ name, host, ssl string }{
		{"tcp", "127.0.0.1", "disable"},
		{"tls", "127.0.0.1", "require"},
		{"unix", s.dir, "disable"},
	} {
		t.Run(way.name, func(t *testing.T) {
			pool, dialed := open(t, s.url(way.host, way.ssl))
			ctx := t.Context()
			table := fmt.Sprintf("numbers%d", i)
			if _, err := pool.Exec(ctx, "create table "+table+" (n int primary key, text text not null)"); err != nil {
				t.Fatal(err)
			}
			copyAndQuery(t, pool, table)
			together(t, pool, table)
			cancelled(t, pool)
			notified(t, pool)
			if n := dialed.Load(); n == 0 {
				t.Error("pgx has not dialed with rtnet")
			}
			if way.ssl == "require" {
				var ssl bool
				err := pool.QueryRow(ctx, "select ssl from pg_stat_ssl where pid = pg_backend_pid()").Scan(&ssl)
				if err != nil || !ssl {
					t.Errorf("TLS: %v, %v", ssl, err)
				}
			}
		})
	}
}

// rows is how many rows a table has.
const rows = 20_000

func text(n int) string { return fmt.Sprintf("row %d of %d, in some text", n, rows) }

// copyAndQuery sends much at once, and reads it.
func copyAndQuery(t *testing.T, pool *pgxpool.Pool, table string) {
	t.Helper()
	n, err := pool.CopyFrom(t.Context(), pgx.Identifier{table}, []string{"n", "text"}, pgx.CopyFromSlice(rows, func(i int) ([]any, error) {
		return []any{i, text(i)}, nil
	}))
	if err != nil || n != rows {
		t.Fatalf("copy: %d rows, %v", n, err)
	}
	got, err := pool.Query(t.Context(), "select n, text from "+table+" order by n")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	var number int
	var line string
	_, err = pgx.ForEachRow(got, []any{&number, &line}, func() error {
		if number != seen || line != text(seen) {
			return fmt.Errorf("row %d is %d, %q", seen, number, line)
		}
		seen++
		return nil
	})
	if err != nil || seen != rows {
		t.Fatalf("query: %d rows, %v", seen, err)
	}
}

// together has many use the pool at once: transactions, half of which are rolled back, and batches.
func together(t *testing.T, pool *pgxpool.Pool, table string) {
	t.Helper()
	const users, each = 50, 10
	var all rt.Set[int]
	for u := range users {
		all.Spawn(rt.BlockingAsync(t.Context(), func(ctx context.Context) (int, error) {
			kept := 0
			for i := range each {
				tx, err := pool.Begin(ctx)
				if err != nil {
					return kept, err
				}
				batch := new(pgx.Batch)
				for k := range 4 {
					batch.Queue("insert into "+table+" values ($1, $2)", rows+(u*each+i)*4+k, "new")
				}
				if err := tx.SendBatch(ctx, batch).Close(); err != nil {
					return kept, errors.Join(err, tx.Rollback(ctx))
				}
				if i%2 == 0 {
					err = tx.Rollback(ctx)
				} else {
					kept += 4
					err = tx.Commit(ctx)
				}
				if err != nil {
					return kept, err
				}
			}
			return kept, nil
		}))
	}
	want := rows
	for range users {
		r, _ := all.Next()
		if err := r.Err; err != nil {
			t.Error(err)
		}
		want += r.Value
	}
	var count int
	if err := pool.QueryRow(t.Context(), "select count(*) from "+table).Scan(&count); err != nil || count != want {
		t.Errorf("%d rows, %v; want %d", count, err, want)
	}
}

// cancelled cancels queries that take for ever. pgx ends its wait with a deadline in the past.
func cancelled(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error, 1)
		go func() {
			_, err := pool.Exec(ctx, "select pg_sleep(100000)")
			over <- err
		}()
		for sleeps := 0; sleeps == 0; {
			err := pool.QueryRow(t.Context(), "select count(*) from pg_stat_activity where query = 'select pg_sleep(100000)' and state = 'active'").Scan(&sleeps)
			if err != nil {
				t.Fatal(err)
			}
		}
		cancel()
		if err := <-over; !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled query: %v", err)
		}
	}
	var one int
	if err := pool.QueryRow(t.Context(), "select 1").Scan(&one); err != nil || one != 1 {
		t.Errorf("after the cancels: %d, %v", one, err)
	}
}

// notified has a connection wait for what another one says.
func notified(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	c, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	if _, err := c.Exec(t.Context(), "listen news"); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		told := make(chan error, 1)
		go func() {
			_, err := pool.Exec(t.Context(), "select pg_notify('news', $1)", fmt.Sprint(i))
			told <- err
		}()
		n, err := c.Conn().WaitForNotification(t.Context())
		if err != nil || n.Payload != fmt.Sprint(i) {
			t.Errorf("news %d: %+v, %v", i, n, err)
		}
		if err := <-told; err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Exec(t.Context(), "unlisten *"); err != nil {
		t.Error(err)
	}
}
