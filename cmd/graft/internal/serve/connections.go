package serve

import (
	"net"
	"sync"
	"time"
)

// limited closes connections over the limit at once, with a word if they can be
// spoken to.
func (s *Server) limited(l net.Listener) net.Listener {
	return &limitedListener{Listener: l, server: s, free: make(chan struct{}, s.options.Limits.Connections)}
}

type limitedListener struct {
	net.Listener
	server *Server
	free   chan struct{} // a token for every open connection
}

// Accept gives the next connection that is within the limit.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.free <- struct{}{}:
			return &countedConn{Conn: c, release: sync.OnceFunc(func() { <-l.free })}, nil
		default:
			l.server.metrics.refusedConn.Inc()
			l.server.turnAway(c)
		}
	}
}

const fullHouse = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 33\r\n\r\n" +
	`{"error":"too many connections"}` + "\n"

// turnAway closes a connection. The few bytes fit into the buffer of the socket,
// so nobody waits for who does not read them.
func (s *Server) turnAway(c net.Conn) {
	if s.guard.Certificate == "" {
		c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		c.Write([]byte(fullHouse))
	}
	c.Close()
}

// A countedConn gives its place back when it is closed.
type countedConn struct {
	net.Conn
	release func()
}

// Close closes the connection.
func (c *countedConn) Close() error {
	err := c.Conn.Close()
	c.release()
	return err
}
