package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fsouza/fake-gcs-server/fakestorage"
)

// serveS3 has a handler be the S3 server of a test, and opens a folder of its bucket.
func serveS3(t *testing.T, h http.Handler) *store {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	toServer(t, server.URL)
	s, err := open(t.Context(), "s3://photos/below")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// toServer sets the variables that name it.
func toServer(t *testing.T, url string) {
	t.Helper()
	for k, v := range map[string]string{
		"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1",
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(k, v)
	}
}

// TestStore does every operation while a server of S3 fails at every fifth request.
func TestStore(t *testing.T) {
	f := newFaulty(5)
	everyOperation(t, serveS3(t, f), f)
}

// TestGoogle does so with a server of Google's storage.
func TestGoogle(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	host := server.Listener.Addr().String()
	google, err := fakestorage.NewServerWithOptions(fakestorage.Options{NoListener: true, PublicHost: host, ExternalURL: "http://" + host})
	if err != nil {
		t.Fatal(err)
	}
	defer google.Stop()
	google.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: "photos"})
	f := &faulty{inner: google.HTTPHandler(), every: 5}
	server.Config.Handler = f
	server.Start()
	defer server.Close()
	t.Setenv("STORAGE_EMULATOR_HOST", host)
	s, err := open(t.Context(), "gs://photos/below")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	everyOperation(t, s, f)
	nowhere, err := open(t.Context(), "gs://nowhere/below")
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	if kind, text, _ := look(nowhere.do(t.Context(), request{Op: "list"}, nil)); kind != container {
		t.Errorf("a missing bucket: kind %s, %s", kind, text)
	}
}

// everyOperation does each of them, some twice.
func everyOperation(t *testing.T, s *store, f *faulty) {
	t.Helper()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	want := map[string][]byte{}
	for i := range 24 {
		name := fmt.Sprintf("f/%02d", i)
		want[name] = randomBytes(random, random.IntN(100_000))
		ask(t, s, request{Op: "new", Name: name, File: write(t, dir, want[name])}, "")
		ask(t, s, request{Op: "new", Name: name, File: write(t, dir, []byte("another"))}, exists)
		ask(t, s, request{Op: "new", Name: name, File: write(t, dir, want[name])}, "") // it could be an attempt whose answer was lost
	}
	seen := 0
	for _, o := range ask(t, s, request{Op: "list", Name: "f/"}, "") {
		if int64(len(want[o.Name])) != o.Bytes {
			t.Errorf("%s has %d bytes", o.Name, o.Bytes)
		}
		seen++
		if got := get(t, s, o.Name); !bytes.Equal(got, want[o.Name]) {
			t.Errorf("%s: %d bytes", o.Name, len(got))
		}
	}
	if seen != len(want) {
		t.Errorf("%d objects, want %d", seen, len(want))
	}
	ask(t, s, request{Op: "put", Name: "f/01", File: write(t, dir, []byte("replaced"))}, "")
	if got := get(t, s, "f/01"); string(got) != "replaced" {
		t.Errorf("got %.20q", got)
	}
	ask(t, s, request{Op: "get", Name: "nothing", File: filepath.Join(dir, "down")}, missing)
	ask(t, s, request{Op: "get", Name: "f/02", File: filepath.Join(dir, "no", "folder")}, disk)
	ask(t, s, request{Op: "put", Name: "f/02", File: filepath.Join(dir, "nothing")}, disk)
	ask(t, s, request{Op: "delete", Name: "f/00"}, "")
	ask(t, s, request{Op: "delete", Name: "f/00"}, "")
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left over %q", left)
	}
	for kind := range f.counts {
		if n := f.counts[kind].Load(); n < 3 {
			t.Errorf("%d faults of kind %d", n, kind)
		}
	}
}

// TestLarge has a part that the store's client would divide: it is one request, which is there whole
// or not at all.
func TestLarge(t *testing.T) {
	var puts, others atomic.Int32
	inner := newFaulty(0)
	s := serveS3(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && r.ContentLength >= 17<<20 {
			puts.Add(1)
		} else if r.Method == http.MethodPost || r.URL.RawQuery != "" && strings.Contains(r.URL.RawQuery, "upload") {
			others.Add(1)
		}
		inner.ServeHTTP(w, r)
	}))
	b := randomBytes(rand.New(rand.NewPCG(3, 4)), 17<<20)
	ask(t, s, request{Op: "new", Name: "part", File: write(t, t.TempDir(), b)}, "")
	if got := get(t, s, "part"); !bytes.Equal(got, b) || puts.Load() != 1 || others.Load() != 0 {
		t.Errorf("%d bytes, %d puts, %d requests of pieces", len(got), puts.Load(), others.Load())
	}
}

// TestChanging replaces an object while it is read, over and over: what comes is one of its contents.
func TestChanging(t *testing.T) {
	f := newFaulty(7)
	s := serveS3(t, f)
	dir := t.TempDir()
	contents := map[string]bool{}
	var files []string
	for i := range 4 {
		b := bytes.Repeat([]byte{byte('a' + i)}, 300_000+i)
		contents[string(b)] = true
		files = append(files, write(t, dir, b))
	}
	ask(t, s, request{Op: "put", Name: "changing", File: files[0]}, "")
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				s.put(context.Background(), "below/changing", files[i%len(files)], replacing) // it may fail
			}
		}
	}()
	seen := map[byte]bool{}
	for range 60 {
		got := get(t, s, "changing")
		if !contents[string(got)] {
			t.Fatalf("%d bytes that are none of its contents", len(got))
		}
		seen[got[0]] = true
	}
	close(stop)
	<-done
	if len(seen) < 2 {
		t.Errorf("it was never seen to change")
	}
}

func randomBytes(random *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// write makes a file of its own.
func write(t *testing.T, dir string, b []byte) string {
	t.Helper()
	f, err := os.CreateTemp(dir, "up")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// get reads an object.
func get(t *testing.T, s *store, name string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "down")
	ask(t, s, request{Op: "get", Name: name, File: file}, "")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ask sends one request through the protocol; its answer must be of that kind.
func ask(t *testing.T, s *store, r request, kind string) (list []object) {
	t.Helper()
	line, _ := json.Marshal(r)
	var out bytes.Buffer
	if err := serve(context.Background(), s, strings.NewReader(string(line)+"\n"), &out); err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(&out); d.More(); {
		var a answer
		if err := d.Decode(&a); err != nil {
			t.Fatal(err)
		}
		list = append(list, a.Objects...)
		if !a.More && a.Kind != kind {
			t.Errorf("%+v: %+v, want %q", r, a, kind)
		}
	}
	return list
}
