//go:build !rtnet_plain

package rttest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// counted is what has come of the packets of all runs.
type counted struct{ lost, twice, overtaken int }

// numbered sends packets with numbers, and counts what has come of them. An echo of each comes back.
//
//async:func
func numbered(network, addr string, packets int, n *counted) error {
	server, err := rtnet.ListenPacket(network, addr)
	if err != nil {
		return err
	}
	defer server.Close()
	c, err := rtnet.Dial(network, server.LocalAddr().String())
	if err != nil {
		return err
	}
	defer c.Close()
	var g rt.Group
	defer g.Cancel()
	g.Go(func() error {
		p := make([]byte, 4)
		for i := range packets {
			binary.BigEndian.PutUint32(p, uint32(i))
			if _, err := c.Write(p); err != nil {
				return err
			}
			rt.Sleep(time.Millisecond)
		}
		return nil
	})
	if err := server.SetReadDeadline(rt.Now().Add(time.Minute)); err != nil {
		return err
	}
	seen := map[uint32]int{}
	last := uint32(0)
	for {
		p := make([]byte, 10)
		k, from, err := server.ReadFrom(p)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil || k != 4 || from.String() != c.LocalAddr().String() {
			return fmt.Errorf("%d from %v, not %v: %w", k, from, c.LocalAddr(), err)
		}
		i := binary.BigEndian.Uint32(p)
		if seen[i]++; seen[i] == 2 {
			n.twice++
		} else if i < last {
			n.overtaken++
		}
		last = i
	}
	n.lost += packets - len(seen)
	return g.Wait()
}

// TestPacketsFaults has what Faults say happen to packets of UDP, about as often, and nothing to those of Unix sockets.
func TestPacketsFaults(t *testing.T) {
	slow := Faults{MinLatency: time.Millisecond, MaxLatency: 10 * time.Millisecond}
	bad := slow
	bad.Loss, bad.Duplicate = 10, 5
	for _, c := range []struct {
		network, addr           string
		faults                  Faults
		lost, twice, overtaking bool
	}{
		{"udp", "db:53", Faults{}, false, false, false},
		{"udp4", ":0", slow, false, false, true},
		{"udp", "[::1]:0", bad, true, true, true},
		{"unixgram", "/run/log", Faults{}, false, false, false},
		{"unixgram", "/run/log", bad, false, false, false},
	} {
		var n counted
		const runs, packets = 20, 50
		Explore(t, runs, func() rt.Future[rt.Unit] { return numberedAsync(c.network, c.addr, packets, &n) }, Network(c.faults))
		if n.lost > 0 != c.lost || n.twice > 0 != c.twice || n.overtaken > 0 != c.overtaking {
			t.Errorf("%s %s %+v: %+v", c.network, c.addr, c.faults, n)
		}
		if c.lost && (n.lost < runs*packets/20 || n.lost > runs*packets/5) {
			t.Errorf("once in 10, and of %d packets %d are lost", runs*packets, n.lost)
		}
	}
}

// TestPacketsTrace runs seeds twice.
func TestPacketsTrace(t *testing.T) {
	different := map[uint64]bool{}
	for seed := range uint64(10) {
		var hashes [2]uint64
		for i := range hashes {
			f := Faults{MaxLatency: 20 * time.Millisecond, Loss: 5, Duplicate: 5}
			x := &simulated{config: config{turns: manyTurns, faults: f}, chooser: uniform{newRand(seed)}}
			if err := x.run(numberedAsync("udp", "db:53", 20, new(counted))); err != nil || len(x.problems) > 0 {
				t.Fatal(err, x.problems)
			}
			hashes[i] = x.hash
		}
		if hashes[0] != hashes[1] {
			t.Errorf("seed %d: %x, %x", seed, hashes[0], hashes[1])
		}
		different[hashes[0]] = true
	}
	if len(different) < 10 {
		t.Errorf("10 seeds, and only %d runs", len(different))
	}
}

// takes reads a packet, which is to be what it is to be.
//
//async:func
func takes(c *rtnet.PacketConn, want string, from net.Addr) error {
	p := make([]byte, 8)
	n, addr, err := c.ReadFrom(p)
	if err != nil || string(p[:n]) != want || addr.String() != from.String() {
		return fmt.Errorf("%q from %v, %w; want %q from %v", p[:n], addr, err, want, from)
	}
	return nil
}

// parted has hosts that are cut off: packets that would arrive meanwhile are lost, and no others.
//
//async:func
func parted() error {
	db, err := rtnet.ListenPacket("udp", "db:53")
	if err != nil {
		return err
	}
	defer db.Close()
	web, err := rtnet.ListenPacket("udp", "web:0")
	if err != nil {
		return err
	}
	defer web.Close()
	for _, text := range []string{"before", "lost", "after"} {
		if text == "lost" {
			Cut("db")
		}
		if _, err := web.WriteTo([]byte(text), db.LocalAddr()); err != nil {
			return err
		}
		rt.Sleep(time.Second)
		Heal()
		if text == "lost" {
			continue
		}
		if err := takes(db, text, web.LocalAddr()); err != nil {
			return err
		}
	}
	if err := db.SetReadDeadline(rt.Now().Add(time.Second)); err != nil {
		return err
	}
	_, _, err = db.ReadFrom(nil)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("one more: %w", err)
	}
	return nil
}

func TestPacketsCut(t *testing.T) {
	Explore(t, 20, partedAsync)
	Explore(t, 20, partedAsync, Network(Faults{MinLatency: time.Millisecond, MaxLatency: 30 * time.Millisecond}))
}

// addressed looks at who gets what from whom.
//
//async:func
func addressed() error {
	all, err := rtnet.ListenPacket("udp", ":53") // on every host
	if err != nil {
		return err
	}
	defer all.Close()
	if _, err := rtnet.ListenPacket("udp", ":53"); !errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("two at one address: %w", err)
	}
	one := rtnet.Dialer{LocalAddr: &net.UDPAddr{IP: net.IPv4(10, 1, 1, 1), Port: 99}}
	c, err := one.Dial("udp", "db:53")
	if err != nil {
		return err
	}
	defer c.Close()
	if c.LocalAddr().String() != "10.1.1.1:99" {
		return fmt.Errorf("the local address is %v", c.LocalAddr())
	}
	if _, err := c.Write([]byte("too long for them")); err != nil {
		return err
	}
	if err := takes(all, "too long", c.LocalAddr()); err != nil {
		return err
	}
	// The answer comes from the host that was asked, and nobody else is heard.
	if _, err := all.WriteTo(nil, c.LocalAddr()); err != nil {
		return err
	}
	if n, err := c.Read(make([]byte, 8)); n != 0 || err != nil {
		return fmt.Errorf("an empty packet: %d, %w", n, err)
	}
	other, err := rtnet.ListenPacket("udp", "web:0")
	if err != nil {
		return err
	}
	defer other.Close()
	if _, err := other.WriteTo([]byte("hello"), c.LocalAddr()); err != nil {
		return err
	}
	if s := rt.Select2(c.ReadableAsync(), rt.SleepAsync(time.Minute)); s.Index != 1 {
		return errors.New("a packet of somebody else")
	}
	if _, err := all.WriteTo([]byte("me"), all.LocalAddr()); err != nil {
		return err
	}
	return takes(all, "me", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 53})
}

func TestPacketsAddresses(t *testing.T) {
	Explore(t, 20, addressedAsync)
	Explore(t, 20, addressedAsync, Network(Faults{MinLatency: time.Millisecond, MaxLatency: 30 * time.Millisecond}))
}

// packetErrors looks at the errors of sockets of packets.
//
//async:func
func packetErrors() error {
	c, err := rtnet.Dial("udp", "db:53")
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write([]byte("nobody")); err != nil {
		return err
	}
	if err := c.Readable(); err != nil {
		return err
	}
	if _, err := c.Read(nil); !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("nobody listens: %w", err)
	}
	if s := rt.Select2(c.ReadAsync(nil), rt.SleepAsync(time.Minute)); s.Index != 1 {
		return fmt.Errorf("the refusal comes twice: %w", s.A.Err)
	}
	l, err := rtnet.ListenPacket("udp", "db:53")
	if err != nil {
		return err
	}
	defer l.Close()
	for _, w := range []struct {
		size int
		to   net.Addr
		want error
	}{
		{65508, c.LocalAddr(), syscall.EMSGSIZE},
		{0, &net.UDPAddr{IP: net.IPv4(10, 0, 0, 1)}, syscall.EINVAL},
		{0, &net.UnixAddr{Name: "/run/db"}, syscall.EINVAL},
	} {
		if _, err := l.WriteTo(make([]byte, w.size), w.to); !errors.Is(err, w.want) {
			return fmt.Errorf("%d to %v: %w, want %w", w.size, w.to, err, w.want)
		}
	}
	if _, err := l.WriteTo(nil, nil); err == nil {
		return errors.New("a packet to nobody")
	}
	if _, err := rtnet.Dial("unixgram", "/run/none"); !errors.Is(err, syscall.ENOENT) {
		return fmt.Errorf("no such socket: %w", err)
	}
	if err := l.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return err
	}
	if _, _, err := l.ReadFrom(nil); !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("after the deadline: %w", err)
	}
	if err := l.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	read := rt.Spawn(l.ReadFromAsync(nil))
	rt.Yield()
	if err := l.Close(); err != nil {
		return err
	}
	if _, err := rt.Await(read); !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("ReadFrom and Close: %w", err)
	}
	if _, err := l.WriteTo(nil, c.LocalAddr()); !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("WriteTo after Close: %w", err)
	}
	return nil
}

func TestPacketsErrors(t *testing.T) {
	Explore(t, 50, packetErrorsAsync)
	Explore(t, 50, packetErrorsAsync, Network(Faults{MaxLatency: 30 * time.Millisecond}))
}

// full sends more than there is room for: UDP loses it, and who sends to a Unix socket waits.
//
//async:func
func full(network, addr string) error {
	l, err := rtnet.ListenPacket(network, addr)
	if err != nil {
		return err
	}
	defer l.Close()
	const packets = 1000
	text := bytes.Repeat([]byte("x"), 1000)
	send := rt.Spawn(rt.AsyncFunc(func() error {
		c, err := rtnet.Dial(network, addr)
		if err != nil {
			return err
		}
		defer c.Close()
		for range packets {
			if _, err := c.Write(text); err != nil {
				return err
			}
		}
		return nil
	}))
	rt.Sleep(time.Minute)
	if network == "udp" != send.Finished() {
		return fmt.Errorf("%s: all are sent: %t", network, send.Finished())
	}
	got, p := 0, make([]byte, 2000)
	for {
		s := rt.Select2(l.ReadFromAsync(p), rt.SleepAsync(time.Minute))
		if s.Index == 1 {
			break
		}
		if s.A.Err != nil || s.A.Value.A != len(text) {
			return fmt.Errorf("%d, %w", s.A.Value.A, s.A.Err)
		}
		got++
	}
	if network == "udp" && (got == 0 || got >= packets) || network != "udp" && got != packets {
		return fmt.Errorf("%s: %d packets have come", network, got)
	}
	_, err = rt.Await(send)
	return err
}

func TestPacketsFull(t *testing.T) {
	for network, addr := range map[string]string{"udp": "db:53", "unixgram": "/run/log"} {
		Explore(t, 10, func() rt.Future[rt.Unit] { return fullAsync(network, addr) })
		Explore(t, 10, func() rt.Future[rt.Unit] { return fullAsync(network, addr) }, Network(rough))
	}
}

// gives waits for a packet and for something else in turns, and misses none.
//
//async:func
func gives() error {
	l, err := rtnet.ListenPacket("udp", "db:53")
	if err != nil {
		return err
	}
	defer l.Close()
	send := rt.Spawn(rt.AsyncFunc(func() error {
		c, err := rtnet.ListenPacket("udp", "web:0")
		if err != nil {
			return err
		}
		defer c.Close()
		for i := range 50 {
			if _, err := c.WriteTo([]byte(fmt.Sprint(i)), l.LocalAddr()); err != nil {
				return err
			}
			rt.Sleep(time.Millisecond)
		}
		return nil
	}))
	var got []string
	for p := make([]byte, 10); len(got) < 50; {
		s := rt.Select2(l.ReadFromAsync(p), rt.SleepAsync(time.Millisecond))
		if s.Index == 0 {
			got = append(got, string(p[:s.A.Value.A]))
		}
	}
	for i, text := range got {
		if text != fmt.Sprint(i) {
			return fmt.Errorf("%s", strings.Join(got, " "))
		}
	}
	_, err = rt.Await(send)
	return err
}

// TestPacketsCancel has a read of a packet lose a select again and again: no packet is lost.
func TestPacketsCancel(t *testing.T) { Explore(t, 50, givesAsync) }
