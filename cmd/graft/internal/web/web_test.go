package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ask sends a request to a handler alone.
func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// routes are some for tests.
func routes() []Route {
	return []Route{
		{Endpoint: "hello", Method: "GET", Paths: []string{"/hello"}, Answer: func(w http.ResponseWriter, r *http.Request) error {
			VisitOf(r).Note("who", "me")
			Answers{}.JSON(w, 200, "hello")
			return nil
		}},
		{Endpoint: "open", Method: "GET", Paths: []string{"/open"}, Open: true, Quiet: true, Answer: func(w http.ResponseWriter, _ *http.Request) error {
			Answers{}.Write(w, 200, "text/plain", nil)
			return nil
		}},
		{Endpoint: "mark", Method: "POST", Paths: []string{"/mark"}, Answer: func(http.ResponseWriter, *http.Request) error {
			return Later(http.StatusTooManyRequests, 1500*time.Millisecond, "wait")
		}},
		{Endpoint: "wrong", Method: "GET", Paths: []string{"/wrong"}, Answer: func(http.ResponseWriter, *http.Request) error {
			return errors.New("/secret/path is wrong")
		}},
		{Endpoint: "panic", Method: "GET", Paths: []string{"/panic"}, Answer: func(http.ResponseWriter, *http.Request) error { panic("help") }},
	}
}

// TestAnswers holds status, form, headers and log line of answers.
func TestAnswers(t *testing.T) {
	var log bytes.Buffer
	h := (&Site{Routes: routes(), Log: slog.New(slog.NewJSONHandler(&log, nil))}).Handler()
	for _, c := range []struct {
		method, path string
		status       int
		body, logged string
	}{
		{"GET", "/hello", 200, `"hello"`, `"who":"me"`},
		{"HEAD", "/hello", 200, "", `"endpoint"`},
		{"PUT", "/hello", 405, "takes GET", `"status":405`},
		{"GET", "/none", 404, "nothing here", `"status":404`},
		{"POST", "/mark", 429, `{"error":"wait"}`, `"status":429`},
		{"GET", "/wrong", 500, ErrInternal.Error(), `"level":"ERROR"`},
		{"GET", "/panic", 500, ErrInternal.Error(), `"panic":"help"`},
		{"GET", "/open", 200, "", ""},
	} {
		log.Reset()
		w := ask(h, c.method, c.path, "X-Request-Id", "mine")
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.body) || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
		}
		if c.logged == "" && log.Len() > 0 || c.logged != `"endpoint"` && !strings.Contains(log.String(), c.logged) {
			t.Errorf("%s %s: the log has %s", c.method, c.path, &log)
		}
		if w.Header().Get("X-Request-Id") != "mine" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s %s: %v", c.method, c.path, w.Header())
		}
	}
	if w := ask(h, "POST", "/mark"); w.Header().Get("Retry-After") != "2" {
		t.Errorf("%v", w.Header())
	}
	if w := ask(h, "GET", "/hello", "X-Request-Id", "not\nmine"); len(w.Header().Get("X-Request-Id")) != 16 {
		t.Errorf("%v", w.Header())
	}
}

// TestGuard lets in whom it should.
func TestGuard(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	os.WriteFile(path, []byte("# ours\n\na-token-0123456789\n"), 0o600)
	g, err := NewGuard(Security{Tokens: path, Hosts: Local, Origins: []string{"https://app.example"}})
	if err != nil {
		t.Fatal(err)
	}
	h := (&Site{Routes: routes(), Guard: g}).Handler()
	const right = "Bearer a-token-0123456789"
	for _, c := range []struct {
		name    string
		path    string
		headers []string
		status  int
	}{
		{"token", "/hello", []string{"Host", "localhost:80", "Authorization", right}, 200},
		{"no token", "/hello", []string{"Host", "127.0.0.1"}, 401},
		{"wrong token", "/hello", []string{"Host", "localhost", "Authorization", "Bearer a-token-0123456780"}, 401},
		{"no scheme", "/hello", []string{"Host", "localhost", "Authorization", "a-token-0123456789"}, 401},
		{"open", "/open", []string{"Host", "[::1]:80"}, 200},
		{"another name", "/open", []string{"Host", "evil.example"}, 421},
		{"a name that begins right", "/open", []string{"Host", "localhost.evil.example"}, 421},
	} {
		if w := ask(h, "GET", c.path, c.headers...); w.Code != c.status {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	for origin, status := range map[string]int{"https://app.example": 429, "https://evil.example": 403, "null": 403} {
		if w := ask(h, "POST", "/mark", "Host", "localhost", "Authorization", right, "Origin", origin); w.Code != status {
			t.Errorf("a page of %s: %d", origin, w.Code)
		}
	}
	os.WriteFile(path, []byte("short\n"), 0o600)
	if err := g.Read(); err == nil || strings.Contains(err.Error(), "short\n") {
		t.Errorf("%v", err)
	}
	if w := ask(h, "GET", "/hello", "Host", "localhost", "Authorization", right); w.Code != 200 {
		t.Errorf("a file that cannot be used took the old tokens away: %d", w.Code)
	}
	token, own := NewToken()
	g.Require(own)
	if w := ask(h, "GET", "/hello", "Host", "localhost", "Authorization", "Bearer "+token); w.Code != 200 || own.Has("") || own.Has(right) {
		t.Errorf("a token of its own: %d", w.Code)
	}
}

// TestPage is allowed what it has, and nothing else.
func TestPage(t *testing.T) {
	p := NewPage(Parts{HTML: `<style>{{.Style}}</style><p>{{.Data}}</p><script>{{.Script}}</script>`, Style: "p{margin:0}", Script: `"use strict";`, Data: "<b>", Allow: []string{"img-src data:"}})
	w := ask((&Site{Routes: []Route{{Method: "GET", Paths: []string{"/{$}"}, Answer: p.Show}}}).Handler(), "GET", "/")
	policy, html := w.Header().Get("Content-Security-Policy"), w.Body.String()
	for _, want := range []string{"default-src 'none'", hashOf(Style + "p{margin:0}"), hashOf(`"use strict";`), "img-src data:", "form-action 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q has no %q", policy, want)
		}
	}
	if !strings.Contains(html, "<p>&lt;b&gt;</p>") || !strings.Contains(html, "<style>"+Style+"p{margin:0}</style>") || strings.Contains(policy, "unsafe") {
		t.Errorf("%s\n%s", policy, html)
	}
}

// listening starts a server of a site.
func listening(t *testing.T, site *Site, o ServerOptions) (addr string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- NewServer(site, o).Serve(ctx, l) }()
	t.Cleanup(cancel)
	return l.Addr().String(), func() error { cancel(); return <-over }
}

// say sends the beginning of a request, on a connection of its own.
func say(t *testing.T, addr, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	io.WriteString(c, text)
	return c, bufio.NewReader(c)
}

const whole = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"

// TestCrowd opens many connections that say nothing: who does is heard, and the
// oldest of the others have gone.
func TestCrowd(t *testing.T) {
	addr, stop := listening(t, &Site{Routes: routes(), Limits: Limits{Connections: 4, HeaderTime: time.Hour}}, ServerOptions{})
	var first *bufio.Reader
	for i := range 20 {
		_, r := say(t, addr, "GET /hello HTTP/1.1\r\n")
		if i == 0 {
			first = r
		}
	}
	_, r := say(t, addr, whole)
	if answer, err := http.ReadResponse(r, nil); err != nil || answer.StatusCode != 200 {
		t.Errorf("%v, %v", answer, err)
	}
	if _, err := first.ReadByte(); err == nil {
		t.Error("the oldest of the crowd was answered")
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestFull turns away who comes while all others are being answered, and says so;
// what was accepted is answered when the server stops.
func TestFull(t *testing.T) {
	begun, gate, away := make(chan struct{}), make(chan struct{}), make(chan struct{}, 9)
	slow := Route{Method: "POST", Paths: []string{"/slow"}, Answer: func(w http.ResponseWriter, r *http.Request) error {
		io.Copy(io.Discard, r.Body)
		Received(w, r)
		begun <- struct{}{}
		<-gate
		Answers{}.JSON(w, 200, "slow")
		return nil
	}}
	addr, stop := listening(t, &Site{Routes: []Route{slow}, Limits: Limits{Connections: 2}}, ServerOptions{TurnedAway: func() { away <- struct{}{} }})
	var answers []*bufio.Reader
	for range 2 {
		_, r := say(t, addr, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")
		answers = append(answers, r)
		<-begun
	}
	_, r := say(t, addr, whole)
	<-away
	answer, err := http.ReadResponse(r, nil)
	if err != nil || answer.StatusCode != 503 || answer.Header.Get("Retry-After") == "" {
		t.Fatalf("%v, %v", answer, err)
	}
	var said struct{ Error string }
	if json.NewDecoder(answer.Body).Decode(&said); said.Error != "too many connections" {
		t.Errorf("%+v", said)
	}
	stopped := make(chan error)
	go func() { stopped <- stop() }()
	close(gate)
	for _, r := range answers {
		if answer, err := http.ReadResponse(r, nil); err != nil || answer.StatusCode != 200 {
			t.Errorf("%v, %v", answer, err)
		}
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestLeastMissed names the connection that makes room: one that has said nothing
// before one that is idle, before one whose body does not come.
func TestLeastMissed(t *testing.T) {
	all := newConnections(Limits{Connections: 3, HeaderTime: time.Second}, nil)
	var list []*conn
	for range 3 {
		_, there := net.Pipe()
		list = append(list, all.admit(there))
	}
	age := func(c *conn) { c.since = c.since.Add(-time.Minute) }
	list[0].begin()
	list[1].begin()
	list[1].received()
	list[1].end()
	if c := all.leastMissed(); c != list[2] {
		t.Error("not the one that has said nothing")
	}
	list[2].begin()
	list[2].received()
	if c := all.leastMissed(); c != nil {
		t.Error("one that was idle, or receiving, for a moment only")
	}
	age(list[0])
	age(list[1])
	if c := all.leastMissed(); c != list[1] {
		t.Error("not the idle one")
	}
	list[1].begin()
	if c := all.leastMissed(); c != list[0] {
		t.Error("not the one whose body does not come")
	}
	list[0].received()
	if c := all.leastMissed(); c != nil {
		t.Error("one that is being answered")
	}
	for _, c := range list {
		c.Close()
		c.Close()
	}
	if all.open != 0 {
		t.Errorf("%d are open", all.open)
	}
}

// TestURL is one that this machine can open.
func TestURL(t *testing.T) {
	for addr, want := range map[string]string{"127.0.0.1:80": "http://127.0.0.1:80", "[::]:80": "http://localhost:80", "0.0.0.0:80": "http://localhost:80"} {
		a, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := URL(a, false); got != want {
			t.Errorf("%s: %s", addr, got)
		}
	}
}

func Example() {
	site := &Site{Routes: []Route{{
		Endpoint: "hello", Method: "GET", Paths: []string{"/{$}"},
		Answer: func(w http.ResponseWriter, _ *http.Request) error {
			Answers{}.JSON(w, http.StatusOK, "hello")
			return nil
		},
	}}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan error)
	go func() { over <- NewServer(site, ServerOptions{}).Serve(ctx, l) }()
	answer, err := http.Get(URL(l.Addr(), false))
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	fmt.Print(answer.StatusCode, " ", string(text))
	stop()
	fmt.Println(<-over)
	// Output:
	// 200 "hello"
	// <nil>
}
