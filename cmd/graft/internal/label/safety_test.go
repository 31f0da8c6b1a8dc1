package label

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/cmd/graft/internal/label/session"
	"graft/extractor/extractortest"
)

// asked sends a request through a connection of its own, byte for byte as it is given.
func asked(t *testing.T, address, request string) (status int, body string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(c)
	if _, err := fmt.Sscanf(string(text), "HTTP/1.1 %d", &status); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return status, string(text)
}

// TestNobodyElseCanLabel tries what a page of another origin, another program and another name of this
// machine can send.
func TestNobodyElseCanLabel(t *testing.T) {
	data, _ := heap(t, 6)
	l := newLab(t, data, session.Options{}, ingestOptions(t))
	u, err := url.Parse(l.url)
	if err != nil {
		t.Fatal(err)
	}
	body := `{"do":"class","label":"mine"}`
	act := func(host, path, method string, headers ...string) int {
		t.Helper()
		request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\nContent-Length: %d\r\n\r\n%s", method, path, host, strings.Join(headers, "\r\n"), len(body), body)
		status, _ := asked(t, u.Host, request)
		return status
	}
	json := "Content-Type: application/json"
	for _, c := range []struct {
		what, host, path, method string
		headers                  []string
		want                     int
	}{
		{"no token", u.Host, "/act", "POST", []string{json}, 307}, // to /act/, where nothing is
		{"still no token", u.Host, "/act/", "GET", nil, 404},
		{"a wrong token", u.Host, "/" + strings.Repeat("x", 32) + "/act", "POST", []string{json}, 404},
		{"another origin", u.Host, u.Path + "act", "POST", []string{json, "Origin: http://evil.example", "Sec-Fetch-Site: cross-site"}, 403},
		{"another origin, old browser", u.Host, u.Path + "act", "POST", []string{json, "Origin: http://evil.example"}, 403},
		{"another port of this machine", u.Host, u.Path + "act", "POST", []string{json, "Origin: http://127.0.0.1:1", "Sec-Fetch-Site: same-site"}, 403},
		{"a form", u.Host, u.Path + "act", "POST", []string{"Content-Type: text/plain"}, 415},
		{"GET", u.Host, u.Path + "act", "GET", []string{json}, 405},
		{"rebinding", "evil.example", u.Path + "act", "POST", []string{json}, 421},
	} {
		if status := act(c.host, c.path, c.method, c.headers...); status != c.want {
			t.Errorf("%s: status %d, want %d", c.what, status, c.want)
		}
		if n := len(l.session.State().Classes); n != 0 {
			t.Fatalf("%s has made a class", c.what)
		}
	}
	status, answer := asked(t, u.Host, fmt.Sprintf("OPTIONS %sact HTTP/1.1\r\nHost: %s\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\nConnection: close\r\n\r\n", u.Path, u.Host))
	if status == 200 || status == 204 || strings.Contains(strings.ToLower(answer), "access-control-allow") {
		t.Errorf("another origin may ask: %s", answer)
	}
	if status := act(u.Host, u.Path+"act", "POST", json, "Origin: http://"+u.Host, "Sec-Fetch-Site: same-origin"); status != 200 {
		t.Errorf("the page itself: status %d", status)
	}
}

// TestNothingOutsideIsSent asks for files in every way that has ever worked somewhere.
func TestNothingOutsideIsSent(t *testing.T) {
	data, _ := heap(t, 6)
	secret := "nobody may see this"
	for _, dir := range []string{filepath.Dir(data), data} {
		if err := os.WriteFile(filepath.Join(dir, "secret.txt"), []byte(secret), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	l := newLab(t, data, session.Options{}, ingestOptions(t))
	if err := l.session.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(l.url)
	abs := filepath.Join(data, "secret.txt")
	var tries []string
	for _, end := range []string{"thumb/", "photo/", "crop/", ""} {
		for _, path := range []string{
			"../secret.txt", "../../secret.txt", "..%2fsecret.txt", "..%252fsecret.txt", "%2e%2e/secret.txt", "%2e%2e%2fsecret.txt", "....//secret.txt",
			"..\\secret.txt", "..%5csecret.txt", "secret.txt", "./secret.txt", abs, url.PathEscape(abs), "file://" + abs, "0/../../secret.txt", "0%00/../secret.txt",
			"0;secret.txt", "-1", "6", "999999999999999999999", "0x0", "1e0", " 1", "%30%2f..%2fsecret.txt", "..%c0%afsecret.txt", "%252e%252e%252fsecret.txt", "0?k=../../secret.txt", "0?path=" + abs,
			"..;/secret.txt", "/" + abs, "//" + abs, "0#/../secret.txt",
		} {
			tries = append(tries, u.Path+end+path)
		}
	}
	for _, try := range tries {
		request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", strings.ReplaceAll(try, " ", "%20"), u.Host)
		if _, answer := asked(t, u.Host, request); strings.Contains(answer, secret) || strings.Contains(answer, "root:") {
			t.Errorf("%s gives the file", try)
		}
	}
	t.Logf("%d ways tried", len(tries))
	// Every photograph is sent as the picture that it is, and nothing else.
	for i := range 6 {
		for _, end := range []string{"thumb", "photo", "crop"} {
			r, err := http.Get(fmt.Sprintf("%s%s/%d", l.url, end, i))
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			if r.StatusCode != 200 || r.Header.Get("Content-Type") != "image/jpeg" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s of photograph %d: %s, %v", end, i, r.Status, r.Header)
			}
		}
	}
}

// TestNoGETChangesAnything asks everything that can be asked, and compares.
func TestNoGETChangesAnything(t *testing.T) {
	data, _ := heap(t, 6)
	l := newLab(t, data, session.Options{Classes: []string{"a", "b"}}, ingestOptions(t))
	if err := l.session.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.session.Save(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(session.JournalOf(l.list))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "state", "order?view=groups", "order?view=near", "items?ids=0,1,2", "act?do=class&label=x", "make?what=head", "act", "make", "thumb/0", "photo/0", "crop/0"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", l.url+path, strings.NewReader(`{"do":"class","label":"x"}`))
		l.handler.Handler().ServeHTTP(w, r)
	}
	if err := l.session.Save(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(session.JournalOf(l.list)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the journal has changed: %s", after)
	}
	if entries, _ := filepath.Glob(filepath.Join(filepath.Dir(l.list), "*")); len(entries) != 2 {
		t.Errorf("there are %q", entries)
	}
	entries, _ := os.ReadDir(data)
	if len(entries) != 6 {
		t.Errorf("the photographs are %v", entries)
	}
}

// TestFilesThatGoAndChange: the page says what is wrong, and labels stay.
func TestFilesThatGoAndChange(t *testing.T) {
	data, truth := heap(t, 12)
	extractortest.Write(t, filepath.Join(data, "letter.jpg"), []byte("Dear picture"))
	odd := []string{"a,b.jpg", "quote\".jpg", "line\nfeed.jpg", "ünïcode ✓.jpg", "<img src=x onerror=alert(1)>.jpg", "byte\xff.jpg", " blank .jpg", "-dash.jpg", "100%.jpg", "#hash?.jpg"}
	files, _ := filepath.Glob(filepath.Join(data, "0*.jpg"))
	for i, name := range odd {
		if err := os.Rename(files[i], filepath.Join(data, name)); err != nil {
			t.Fatal(err)
		}
	}
	_ = truth
	in := ingestOptions(t)
	l := newLab(t, data, session.Options{Classes: []string{"<b>bold</b>", "plain"}}, in)
	if err := l.session.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	paths := l.session.Paths()
	var ids []int
	letter := -1
	for i, p := range paths {
		if p == "letter.jpg" {
			letter = i
			continue
		}
		ids = append(ids, i)
	}
	for k, i := range ids {
		if _, err := l.session.Act(session.Act{Do: "label", IDs: []int{i}, Label: []string{"<b>bold</b>", "plain"}[k%2]}); err != nil {
			t.Errorf("%q: %v", paths[i], err)
		}
	}
	if _, items := l.session.Items([]int{letter}); items[0].Why == "" {
		t.Error("nothing is said of a file that is no picture")
	}
	gone, changed := filepath.Join(data, paths[ids[0]]), filepath.Join(data, paths[ids[1]])
	if err := os.Remove(gone); err != nil {
		t.Skip(err) // a name that is escaped
	}
	extractortest.Write(t, changed, []byte("another file"))
	for _, i := range ids[:2] {
		r, err := http.Get(fmt.Sprintf("%sphoto/%d", l.url, i))
		if err != nil || r.StatusCode != 422 {
			t.Fatalf("%v, %v", r, err)
		}
		r.Body.Close()
	}
	_, items := l.session.Items(ids[:2])
	if items[0].Why == "" || items[1].Why == "" || items[0].Kind != "labelled" {
		t.Errorf("of files that went and changed: %+v", items)
	}
	if n := l.session.State().Labelled; n != len(ids) {
		t.Errorf("%d labels, want %d", n, len(ids))
	}
	if err := l.session.Save(); err != nil {
		t.Fatal(err)
	}
	l.end()
	text, err := os.ReadFile(l.list)
	if err != nil {
		t.Fatal(err)
	}
	again := newLab(t, data, session.Options{List: l.list}, in)
	if err := again.session.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := again.session.State().Labelled; n != len(ids)-2 {
		t.Errorf("after a restart %d photographs have labels, want %d; the list was\n%s", n, len(ids)-2, text)
	}
}
