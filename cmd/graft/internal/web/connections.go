package web

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// connections are those that are open, at most a number. Where there are so many,
// a new one takes the place of one that nobody would miss:
//
//	new        no request has come yet: the one that has said nothing for the longest time
//	idle       between requests, for a second at least
//	receiving  its body has been coming for longer than a header may take
//
// If every connection is being answered the new one is turned away. So who opens
// thousands and says nothing keeps nobody from being heard.
type connections struct {
	limits     Limits
	turnedAway func()

	mu   sync.Mutex
	open int
	in   [answering]list.List // of *conn by state, the longest there first
}

// A state is what a connection is doing.
type state int

const (
	fresh state = iota
	idle
	receiving
	answering // it cannot be pushed out
)

// idleEnough is how long a connection is idle before it may be closed for another:
// a client that asks again at once finds its own.
const idleEnough = time.Second

func newConnections(l Limits, turnedAway func()) *connections {
	if turnedAway == nil {
		turnedAway = func() {}
	}
	return &connections{limits: l, turnedAway: turnedAway}
}

// A conn is one of the connections.
type conn struct {
	net.Conn
	all      *connections
	state    state
	since    time.Time     // of the state
	at       *list.Element // in the list of its state
	requests int           // under way: several with HTTP/2
	closed   bool
}

// admit takes a connection in, if need be at the cost of another; nil if there is
// no room.
func (a *connections) admit(c net.Conn) *conn {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open >= a.limits.Connections {
		missed := a.leastMissed()
		if missed == nil {
			return nil
		}
		missed.leave()
		missed.Conn.Close() // a close never waits
	}
	a.open++
	n := &conn{Conn: c, all: a}
	n.enter(fresh)
	return n
}

// leastMissed is the connection that may be closed for another.
func (a *connections) leastMissed() *conn {
	after := [answering]time.Duration{fresh: 0, idle: idleEnough, receiving: a.limits.HeaderTime}
	for state := range a.in {
		if first := a.in[state].Front(); first != nil {
			if c := first.Value.(*conn); time.Since(c.since) >= after[state] {
				return c
			}
		}
	}
	return nil
}

// dismiss closes the connections on which no request has come for a while, until
// ctx ends: browsers open some in advance, and net/http waits 5 s for each.
func (a *connections) dismiss(ctx context.Context) {
	for tick := time.NewTicker(idleEnough / 10); ; {
		a.mu.Lock()
		for e := a.in[fresh].Front(); e != nil; e = a.in[fresh].Front() {
			c := e.Value.(*conn)
			if time.Since(c.since) < idleEnough {
				break
			}
			c.leave()
			c.Conn.Close()
		}
		a.mu.Unlock()
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}

// enter puts a connection into a state.
func (c *conn) enter(s state) {
	if c.at != nil {
		c.all.in[c.state].Remove(c.at)
		c.at = nil
	}
	c.state, c.since = s, time.Now()
	if s < answering {
		c.at = c.all.in[s].PushBack(c)
	}
}

// leave gives the place of a connection back, once.
func (c *conn) leave() {
	if c.closed {
		return
	}
	c.closed = true
	c.enter(answering) // in no list
	c.all.open--
}

// change puts a connection into another state; of nil, as in tests of handlers,
// nothing.
func (c *conn) change(requests int, to func() state) {
	if c == nil {
		return
	}
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if c.closed {
		return
	}
	c.requests += requests
	if s := to(); s != c.state {
		c.enter(s)
	}
}

// begin says that a request's header has come.
func (c *conn) begin() {
	c.change(1, func() state {
		if c.requests > 1 {
			return answering
		}
		return receiving
	})
}

// received says that its body has, too.
func (c *conn) received() { c.change(0, func() state { return answering }) }

// end says that it was answered.
func (c *conn) end() {
	c.change(-1, func() state {
		if c.requests > 0 {
			return answering
		}
		return idle
	})
}

// Close closes the connection and gives its place back.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.all.mu.Lock()
	c.leave()
	c.all.mu.Unlock()
	return err
}

type connKey struct{}

// withConn remembers the connection of requests.
func withConn(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok { // of TLS
		c = t.NetConn()
	}
	return context.WithValue(ctx, connKey{}, c)
}

// connOf is the connection of a request, nil in tests of handlers.
func connOf(r *http.Request) *conn {
	c, _ := r.Context().Value(connKey{}).(*conn)
	return c
}

// A limitedListener takes in as many connections as there may be.
type limitedListener struct {
	net.Listener
	all    *connections
	speaks bool // not TLS: who is turned away can be told so
}

// Accept gives the next connection that there is room for.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if admitted := l.all.admit(c); admitted != nil {
			return admitted, nil
		}
		l.all.turnedAway()
		l.turnAway(c)
	}
}

const fullHouse = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 33\r\n\r\n" +
	`{"error":"too many connections"}` + "\n"

// turnAway closes a connection. The few bytes fit into the buffer of the socket,
// so nobody waits for who does not read them.
func (l *limitedListener) turnAway(c net.Conn) {
	if l.speaks {
		c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		c.Write([]byte(fullHouse))
	}
	c.Close()
}
