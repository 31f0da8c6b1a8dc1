package checkpoint

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A shop serves one file, and misbehaves as told.
type shop struct {
	content  []byte
	etag     string // "": no validator at all
	noRanges bool
	cut      int64 // bytes after which a body breaks off; 0: never
	cuts     int   // how many bodies break off
	stall    bool  // a body that would break off says nothing more instead
	requests []string
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests = append(s.requests, strings.TrimSuffix(r.Header.Get("Range")+" "+r.Header.Get("If-Range"), " "))
	if s.etag != "" {
		w.Header().Set("ETag", s.etag)
	}
	body, status := s.content, http.StatusOK
	var from int
	if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); n == 1 && !s.noRanges && r.Header.Get("If-Range") == s.etag {
		if from >= len(body) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", len(body)))
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(body)-1, len(body)))
		body, status = body[from:], http.StatusPartialContent
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if s.cut == 0 || s.cuts == 0 || int64(len(body)) <= s.cut {
		w.Write(body)
		return
	}
	s.cuts--
	w.Write(body[:s.cut])
	w.(http.Flusher).Flush()
	if s.stall {
		<-r.Context().Done()
		return
	}
	panic(http.ErrAbortHandler)
}

// weights are 1 MB, and a file name with the hash prefix of them.
func weights() (content []byte, name string) {
	content = bytes.Repeat([]byte("graft "), 1<<20/6)
	return content, fmt.Sprintf("net-%x.pth", sha256.Sum256(content))[:len("net-")+8] + ".pth"
}

var impatient = DownloadOptions{Retries: -1, Pause: time.Millisecond, Stall: time.Minute}

// fetchFrom downloads name from a shop into dir.
func fetchFrom(t *testing.T, s *shop, dir, name string, o DownloadOptions) (Downloaded, error) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return fetchURL(server.URL+"/models/"+name, dir, o)
}

func fetchURL(address, dir string, o DownloadOptions) (Downloaded, error) {
	return Download(context.Background(), address, filepath.Join(dir, filepath.Base(address)), o)
}

// left lists a directory.
func left(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func checkWhole(t *testing.T, dir, name string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s has %d bytes (%v), want the %d served", name, len(got), err, len(want))
	}
	if l := left(t, dir); l != name {
		t.Errorf("left: %s", l)
	}
}

func TestDownloadWhole(t *testing.T) {
	content, name := weights()
	dir, s := t.TempDir(), &shop{content: content, etag: `"1"`}
	var done, total int64
	o := DownloadOptions{Progress: func(d, all int64) { done, total = d, all }}
	got, err := fetchFrom(t, s, dir, name, o)
	if err != nil || !got.Verified || got.Resumed != 0 || got.Bytes != int64(len(content)) {
		t.Fatalf("%+v, %v", got, err)
	}
	checkWhole(t, dir, name, content)
	if done != int64(len(content)) || total != done {
		t.Errorf("progress ended at %d of %d", done, total)
	}
	if again, err := fetchFrom(t, s, dir, name, o); err != nil || !again.Present || len(s.requests) != 1 {
		t.Errorf("a second time: %+v, %v, requests %q", again, err, s.requests)
	}
}

func TestDownloadResumes(t *testing.T) {
	content, name := weights()
	dir, s := t.TempDir(), &shop{content: content, etag: `"1"`, cut: 300_000, cuts: 1}
	server := httptest.NewServer(s)
	defer server.Close()
	_, err := fetchURL(server.URL+"/"+name, dir, impatient)
	if err == nil || !strings.Contains(err.Error(), "300000 bytes are kept") || !strings.Contains(err.Error(), "announced") {
		t.Fatalf("cut off: %v", err)
	}
	if l := left(t, dir); l != name+".partial "+name+".partial.json" {
		t.Fatalf("left: %s", l)
	}
	got, err := fetchURL(server.URL+"/"+name, dir, impatient)
	if err != nil || got.Resumed != 300_000 || !got.Verified {
		t.Fatalf("%+v, %v", got, err)
	}
	checkWhole(t, dir, name, content)
	if s.requests[1] != `bytes=300000- "1"` {
		t.Errorf("requests %q", s.requests)
	}
}

// TestDownloadPersists needs one call for a connection that breaks thrice.
func TestDownloadPersists(t *testing.T) {
	content, name := weights()
	dir, s := t.TempDir(), &shop{content: content, etag: `"1"`, cut: 200_000, cuts: 3}
	got, err := fetchFrom(t, s, dir, name, DownloadOptions{Retries: 1, Pause: time.Millisecond})
	if err != nil || got.Resumed != 0 || len(s.requests) != 4 {
		t.Fatalf("%+v, %v, requests %q", got, err, s.requests)
	}
	checkWhole(t, dir, name, content)
}

// TestDownloadStartsOver: a part of what can no longer be had is worthless.
func TestDownloadStartsOver(t *testing.T) {
	content, name := weights()
	for what, change := range map[string]func(*shop){
		"server without ranges": func(s *shop) { s.noRanges = true },
		"changed file":          func(s *shop) { s.etag = `"2"` },
		"no validator":          func(s *shop) { s.etag = "" },
		"weak validator":        func(s *shop) { s.etag = `W/"1"` },
	} {
		t.Run(what, func(t *testing.T) {
			dir, s := t.TempDir(), &shop{content: bytes.ToUpper(content), etag: `"1"`, cut: 400_000, cuts: 1}
			server := httptest.NewServer(s)
			defer server.Close()
			if what == "no validator" || what == "weak validator" {
				change(s) // from the beginning
			}
			if _, err := fetchURL(server.URL+"/"+name, dir, impatient); err == nil {
				t.Fatal("cut off without an error")
			}
			s.content = content
			change(s)
			got, err := fetchURL(server.URL+"/"+name, dir, impatient)
			if err != nil || got.Resumed != 0 {
				t.Fatalf("%+v, %v, requests %q", got, err, s.requests)
			}
			checkWhole(t, dir, name, content)
		})
	}
}

func TestDownloadWrongHash(t *testing.T) {
	content, name := weights()
	dir, s := t.TempDir(), &shop{content: bytes.ToUpper(content), etag: `"1"`}
	_, err := fetchFrom(t, s, dir, name, impatient)
	var wrong *HashError
	if !errors.As(err, &wrong) || wrong.Want != name[4:12] || left(t, dir) != "" {
		t.Errorf("%v, left: %s", err, left(t, dir))
	}
}

// TestDownloadComplete: everything was fetched, but not yet renamed.
func TestDownloadComplete(t *testing.T) {
	content, name := weights()
	dir, s := t.TempDir(), &shop{content: content, etag: `"1"`}
	server := httptest.NewServer(s)
	defer server.Close()
	part := filepath.Join(dir, name+".partial")
	state := fmt.Sprintf(`{"url":%q,"etag":"\"1\""}`, server.URL+"/"+name)
	if err := errors.Join(os.WriteFile(part, content, 0o600), os.WriteFile(part+".json", []byte(state), 0o600)); err != nil {
		t.Fatal(err)
	}
	if got, err := fetchURL(server.URL+"/"+name, dir, impatient); err != nil || got.Resumed != int64(len(content)) {
		t.Fatalf("%+v, %v", got, err)
	}
	checkWhole(t, dir, name, content)
}

func TestDownloadStatus(t *testing.T) {
	for code, want := range map[int]string{404: "no such file", 403: "credentials", 400: "check the address", 503: "try again later"} {
		dir := t.TempDir()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }))
		_, err := fetchURL(server.URL+"/x.pth", dir, impatient)
		server.Close()
		var status *StatusError
		if !errors.As(err, &status) || status.Code != code || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", code, err)
		}
		if l := left(t, dir); l != "" {
			t.Errorf("%d: left: %s", code, l)
		}
	}
}

func TestDownloadPage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte("<html>please log in</html>"))
	}))
	defer server.Close()
	if _, err := fetchURL(server.URL+"/x.pth", t.TempDir(), impatient); err == nil || !strings.Contains(err.Error(), "web page") {
		t.Errorf("%v", err)
	}
}

func TestDownloadStalls(t *testing.T) {
	content, name := weights()
	s := &shop{content: content, etag: `"1"`, cut: 100_000, cuts: 1, stall: true}
	_, err := fetchFrom(t, s, t.TempDir(), name, DownloadOptions{Retries: -1, Stall: 100 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "nothing came for 100ms") {
		t.Errorf("%v", err)
	}
}

func TestDownloadCancelled(t *testing.T) {
	content, name := weights()
	s := &shop{content: content, etag: `"1"`, cut: 100_000, cuts: 1, stall: true}
	server := httptest.NewServer(s)
	defer server.Close()
	ctx, cancel := context.WithCancel(context.Background())
	dir := t.TempDir()
	_, err := Download(ctx, server.URL+"/"+name, filepath.Join(dir, name), DownloadOptions{Progress: func(done, _ int64) { cancel() }})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "kept") {
		t.Fatalf("%v", err)
	}
	if got, err := fetchURL(server.URL+"/"+name, dir, impatient); err != nil || got.Resumed == 0 {
		t.Errorf("afterwards: %+v, %v", got, err)
	}
}

func TestDownloadDiskFull(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /dev/full")
	}
	content, name := weights()
	dir := t.TempDir()
	if err := os.Symlink("/dev/full", filepath.Join(dir, name+".partial")); err != nil {
		t.Fatal(err)
	}
	_, err := fetchFrom(t, &shop{content: content, etag: `"1"`}, dir, name, impatient)
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "bytes more are needed") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
		t.Error("the final file is there")
	}
}

func TestDownloadAddress(t *testing.T) {
	for _, address := range []string{"", "x.pth", "ftp://host/x.pth", "http:///x.pth", "http://[bad/x"} {
		if _, err := fetchURL(address, t.TempDir(), impatient); err == nil || !strings.Contains(err.Error(), "address") {
			t.Errorf("%q: %v", address, err)
		}
	}
	server := httptest.NewServer(nil)
	server.Close()
	if _, err := fetchURL(server.URL+"/x.pth", t.TempDir(), impatient); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("nobody there: %v", err)
	}
}

func TestHashPrefix(t *testing.T) {
	for name, want := range map[string]string{
		"inception_v3_google-0cc3c7bd.pth": "0cc3c7bd", "x-0cc3c7bd1234.tar.gz": "0cc3c7bd1234",
		"x-0cc3c7b.pth": "", "x.pth": "", "x-notahash.pth": "", "0cc3c7bd.pth": "",
	} {
		if got := hashPrefix(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
