package bench

import (
	"errors"
	"io"
	"net"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// echoBytes is the size of a message.
const echoBytes = 64

// echoBack sends back what comes, and holds no buffer while nothing does.
//
//async:func
func echoBack(c *rtnet.Conn) error {
	defer c.Close()
	_, err := rtnet.Copy(c, c)
	return err
}

// echoServe has a task for each connection.
//
//async:func
func echoServe(l *rtnet.Listener) error {
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		rt.Go(echoBackAsync(c))
	}
}

// echoClient sends n messages, one after the other, and waits for each to come back.
//
//async:func
func echoClient(addr string, n int) (int, error) {
	c, err := rtnet.Dial("tcp", addr)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	r := rtnet.NewReader(c)
	p := make([]byte, echoBytes)
	for range n {
		if _, err := c.Write(p); err != nil {
			return 0, err
		}
		if _, err := r.ReadFull(p); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// echoAll has clients, each of which sends n messages.
//
//async:func
func echoAll(clients, n int) (total int, err error) {
	l, err := rtnet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := rt.Spawn(echoServeAsync(l))
	all := make([]*rt.JoinHandle[int], clients)
	for i := range all {
		all[i] = rt.Spawn(echoClientAsync(l.Addr().String(), n))
	}
	for _, h := range all {
		n, err := rt.Await(h)
		if err != nil {
			return 0, err
		}
		total += n
	}
	if err := l.Close(); err != nil {
		return 0, err
	}
	_, err = rt.Await(server)
	return total, err
}

// plainEchoServe is echoServe with package net and a goroutine for each connection.
func plainEchoServe(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			p := make([]byte, echoBytes)
			for {
				n, err := c.Read(p)
				if err != nil {
					return
				}
				if _, err := c.Write(p[:n]); err != nil {
					return
				}
			}
		}()
	}
}

// plainEchoAll is echoAll with package net and goroutines.
func plainEchoAll(clients, n int) (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	go plainEchoServe(l)
	ended := make(chan error, clients)
	for range clients {
		go func() { ended <- plainEchoClient(l.Addr().String(), n) }()
	}
	for range clients {
		if err := <-ended; err != nil {
			return 0, err
		}
	}
	return clients * n, nil
}

func plainEchoClient(addr string, n int) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	p := make([]byte, echoBytes)
	for range n {
		if _, err := c.Write(p); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, p); err != nil {
			return err
		}
	}
	return nil
}
