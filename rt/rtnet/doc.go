// Package rtnet is the network for tasks: a connection costs bytes, not a goroutine.
//
//	// echo sends back what comes.
//	//
//	//async:func
//	func echo(c *rtnet.Conn) error {
//		defer c.Close()
//		_, err := rtnet.Copy(c, c)
//		return err
//	}
//
//	//async:func
//	func serve(l *rtnet.Listener) error {
//		for {
//			c, err := l.Accept()
//			if err != nil {
//				return err
//			}
//			go echo(c) // a task
//		}
//	}
//
// Each operation that waits has the two forms of rt: X waits, XAsync is its future. In a marked function a call of
// X is an await; one that need not wait costs a call and its system call. In their blocking forms a [Conn] is a
// [net.Conn], a [PacketConn] is a [net.PacketConn] and [Listener.NetListener] gives a [net.Listener], with the
// errors of package net: [net.OpError], [net.ErrClosed], [os.ErrDeadlineExceeded].
//
// # TLS
//
// [TLSServer] and [TLSClient] put TLS over a Conn, with package crypto/tls. A [TLSConn] has a goroutine only while it
// shakes hands, so a handshake that is not to take for ever wants a deadline.
//
// # Cancel
//
// Whoever waits may be cancelled at any moment: by an abort, a timeout, a lost select. A cancelled Accept, Read,
// ReadFrom, Readable or Dial has taken nothing. A cancelled Write may have written a part: nobody knows how much,
// and most protocols then have to close the connection. A buffer belongs to an operation until that is over or
// cancelled.
//
// # How it waits
//
// On Linux all descriptors of the process are registered with one epoll descriptor, once and edge-triggered; Go's
// own poller waits for that, so there is one goroutine that waits, and no thread. Elsewhere a call that waits has
// a goroutine in package net, for as long as it waits; the build tag rtnet_plain has it so on Linux, too.
package rtnet

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen
