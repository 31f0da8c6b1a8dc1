package serve

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// A service is a fixture that listens.
type service struct {
	*fixture
	url  string
	stop func()
	over chan struct{} // closed when it has ended
	err  error         // of Serve, then
}

// listening starts a service and waits until it is ready.
func listening(t testing.TB, trunk *fakeTrunk, change func(*Options)) *service {
	t.Helper()
	f := newFixture(t, trunk, change)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s := &service{fixture: f, url: "http://" + l.Addr().String(), stop: stop, over: make(chan struct{})}
	ready := make(chan struct{})
	go func() {
		s.err = f.Serve(ctx, l, func() { close(ready) })
		close(s.over)
	}()
	select {
	case <-ready:
	case <-s.over:
		t.Fatal(s.err)
	}
	t.Cleanup(func() {
		stop()
		<-s.over
	})
	return s
}

// post sends a photograph and gives the status, 0 if there was no answer.
func (s *service) post(c *http.Client, body []byte) int {
	r, err := c.Post(s.url+"/classify", "image/jpeg", bytes.NewReader(body))
	if err != nil {
		return 0
	}
	defer r.Body.Close()
	io.Copy(io.Discard, r.Body)
	return r.StatusCode
}

// TestStopAnswersWhatWasAccepted stops with requests in the trunk and in line.
func TestStopAnswersWhatWasAccepted(t *testing.T) {
	trunk := &fakeTrunk{}
	s := listening(t, trunk, nil)
	trunk.gate, trunk.begun = make(chan struct{}), make(chan struct{}, 100)
	const n = 6
	var clients sync.WaitGroup
	answered := make(chan int, n)
	c := &http.Client{Transport: &http.Transport{}}
	defer c.CloseIdleConnections()
	for i := range n {
		clients.Go(func() { answered <- s.post(c, photo(i)) })
	}
	for range 2 { // both slots are full, the others are in line
		<-trunk.begun
	}
	eventually(t, "all are in line", func() bool { return s.flow.Waiting() == n })
	s.stop()
	eventually(t, "it is not ready", func() bool { return !s.Ready() })
	eventually(t, "it accepts nothing", func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	select {
	case <-s.over:
		t.Fatalf("it ended with requests under way: %v", s.err)
	default:
	}
	close(trunk.gate)
	clients.Wait()
	for range n {
		if status := <-answered; status != 200 {
			t.Errorf("status %d", status)
		}
	}
	if <-s.over; s.err != nil {
		t.Error(s.err)
	}
}

// TestGraceEnds cuts off who takes too long.
func TestGraceEnds(t *testing.T) {
	trunk := &fakeTrunk{}
	s := listening(t, trunk, func(o *Options) { o.Grace = time.Millisecond })
	trunk.gate, trunk.begun = make(chan struct{}), make(chan struct{}, 10)
	done := make(chan int, 3)
	for i := range 3 {
		go func() { done <- s.post(&http.Client{}, photo(i)) }()
	}
	for range 2 {
		<-trunk.begun
	}
	eventually(t, "the third waits", func() bool { return s.flow.Waiting() == 3 })
	s.stop()
	for range 3 {
		if status := <-done; status == 200 {
			t.Error("who was cut off has an answer")
		}
	}
	close(trunk.gate)
	if <-s.over; s.err != nil {
		t.Error(s.err)
	}
}

// TestLoadFails ends the service with the reason, and not before it listened.
func TestLoadFails(t *testing.T) {
	f := newFixture(t, &fakeTrunk{}, nil)
	if err := os.WriteFile(f.head, []byte("no head"), 0o666); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Serve(t.Context(), l, nil); err == nil || !strings.Contains(err.Error(), f.head) {
		t.Errorf("the error is %v", err)
	}
}

// TestClientGoesAway frees the place of who does not wait.
func TestClientGoesAway(t *testing.T) {
	trunk := &fakeTrunk{}
	s := listening(t, trunk, nil)
	trunk.gate, trunk.begun = make(chan struct{}), make(chan struct{}, 10)
	defer close(trunk.gate)
	for i := range 2 {
		go s.post(&http.Client{}, photo(i))
		<-trunk.begun
	}
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		r, _ := http.NewRequestWithContext(ctx, "POST", s.url+"/classify", bytes.NewReader(photo(9)))
		_, err := http.DefaultClient.Do(r)
		gone <- err
	}()
	eventually(t, "it waits", func() bool { return s.flow.Waiting() == 3 })
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	eventually(t, "its place is free", func() bool { return s.flow.Waiting() == 2 })
	eventually(t, "the log has it", func() bool { return strings.Contains(s.log.String(), `"status":499`) })
}

// TestTooManyConnections turns away who comes over the limit; the others are
// served, and places come free again.
func TestTooManyConnections(t *testing.T) {
	s := listening(t, &fakeTrunk{}, func(o *Options) { o.Limits.Connections = 3 })
	address := strings.TrimPrefix(s.url, "http://")
	var held []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		held = append(held, c)
		fmt.Fprintf(c, "GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n")
		if r, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || r.StatusCode != 200 {
			t.Fatal(err)
		}
	}
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Fatalf("%v, %v", r, err)
	}
	if b, err := io.ReadAll(r.Body); err != nil || !strings.Contains(string(b), "too many connections") {
		t.Errorf("%q, %v", b, err)
	}
	held[0].Close()
	eventually(t, "a place is free again", func() bool {
		return s.post(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, photo(1)) == 200
	})
}

// TestSlowClients are cut off: a header, or a body, that does not come.
func TestSlowClients(t *testing.T) {
	s := listening(t, &fakeTrunk{}, func(o *Options) {
		o.Limits.HeaderTime, o.Limits.BodyTime = 50*time.Millisecond, 50*time.Millisecond
	})
	for name, c := range map[string]struct {
		sent string
		want string // how the answer begins; "" for none
	}{
		"half a header":       {"POST /classify HTTP/1.1\r\nHost: x\r\n", ""},
		"nothing":             {"", ""},
		"half a body":         {"POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf", "HTTP/1.1 408"},
		"half a chunk":        {"POST /classify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nhalf", "HTTP/1.1 408"},
		"half a form":         {"POST /classify HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b\r\n", "HTTP/1.1 408"},
		"a body for nobody":   {"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf", "HTTP/1.1 404"},
		"a body in no time":   {"POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nhalf", "HTTP/1.1 413"},
		"no such thing":       {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "HTTP/1.1 400"},
		"two lengths":         {"POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 400"},
		"a header for ever":   {"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("x", 1<<16) + "\r\n\r\n", "HTTP/1.1 431"},
		"a path for ever":     {"GET /" + strings.Repeat("x", 1<<16) + " HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 431"},
		"a chunk of no size":  {"POST /classify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 400"},
		"a client that waits": {"POST /classify HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n", "HTTP/1.1 413"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(30 * time.Second))
			go io.WriteString(conn, c.sent)
			got, err := io.ReadAll(conn) // ends when the service closes the connection
			if err != nil && !strings.Contains(err.Error(), "reset") {
				t.Fatalf("the connection stays open: %v", err)
			}
			if !strings.HasPrefix(string(got), c.want) || c.want == "" && len(got) > 0 && !strings.HasPrefix(string(got), "HTTP/1.1 408") {
				t.Errorf("it answers %.100q, want %q", got, c.want)
			}
		})
	}
	if status := s.post(http.DefaultClient, photo(1)); status != 200 {
		t.Errorf("afterwards: status %d", status)
	}
}

// TestConnectionUsedAgain: the time for writing an answer says nothing of the next
// request on the connection, also if its client waits for leave to send a body.
func TestConnectionUsedAgain(t *testing.T) {
	s := listening(t, &fakeTrunk{}, func(o *Options) { o.Limits.WriteTime = time.Millisecond })
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for range 3 {
		body := photo(1)
		fmt.Fprintf(conn, "POST /classify HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body))
		r, err := http.ReadResponse(answers, nil)
		if err != nil || r.StatusCode != http.StatusContinue {
			t.Fatalf("%v, %v", r, err)
		}
		conn.Write(body)
		if r, err = http.ReadResponse(answers, nil); err != nil {
			t.Skipf("the machine is too slow for a millisecond: %v", err)
		}
		io.Copy(io.Discard, r.Body)
		if r.StatusCode != 200 {
			t.Fatalf("status %d", r.StatusCode)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// eventually waits for something that another goroutine brings about.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after 30 s it is not so that %s", what)
		}
	}
}
