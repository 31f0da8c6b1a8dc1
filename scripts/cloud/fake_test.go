package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// faulty serves S3 from memory, and answers every few requests with 500, with 503 SlowDown, or
// cuts the transfer.
func faulty(every int32) (http.Handler, *atomic.Int32) {
	backend := s3mem.New()
	backend.CreateBucket("photos")
	s3 := gofakes3.New(backend).Server()
	var n, faults atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if k := n.Add(1); every > 0 && k%every == 0 {
			faults.Add(1)
			switch k / every % 4 {
			case 0:
				http.Error(w, "<Error><Code>InternalError</Code></Error>", 500)
			case 1:
				http.Error(w, "<Error><Code>SlowDown</Code></Error>", 503)
			case 2: // the answer is cut in the middle
				rec := httptest.NewRecorder()
				s3.ServeHTTP(rec, r)
				body := rec.Body.Bytes()
				for key, v := range rec.Header() {
					w.Header()[key] = v
				}
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
				w.WriteHeader(rec.Code)
				w.Write(body[:len(body)/2])
				panic(http.ErrAbortHandler)
			case 3: // the request is not answered
				panic(http.ErrAbortHandler)
			}
			return
		}
		s3.ServeHTTP(w, r)
	}), &faults
}

// TestServeFake is a server for scripts/test-scale: it prints its address and serves until standard
// input ends.
func TestServeFake(t *testing.T) {
	if os.Getenv("GRAFT_FAKE_S3") == "" {
		t.Skip("it serves scripts/test-scale s3")
	}
	h, faults := faulty(17)
	s := httptest.NewServer(h)
	defer s.Close()
	fmt.Println("serving", s.URL)
	io.Copy(io.Discard, os.Stdin)
	fmt.Println("faults", faults.Load())
}

// TestStore does every operation while the server fails now and then.
func TestStore(t *testing.T) {
	h, faults := faulty(5)
	server := httptest.NewServer(h)
	defer server.Close()
	for k, v := range map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"} {
		t.Setenv(k, v)
	}
	s, err := open(t.Context(), "s3://photos/below")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	want := map[string][]byte{}
	for i := range 40 {
		b := make([]byte, random.IntN(100_000))
		for k := range b {
			b[k] = byte(random.Uint32())
		}
		name := fmt.Sprintf("f/%02d", i)
		want[name] = b
		if err := os.WriteFile(filepath.Join(dir, "up"), b, 0o666); err != nil {
			t.Fatal(err)
		}
		ask(t, s, request{Op: "new", Name: name, File: filepath.Join(dir, "up")}, "")
		ask(t, s, request{Op: "new", Name: name, File: os.Args[0]}, "exist")
	}
	seen := 0
	for _, o := range ask(t, s, request{Op: "list", Name: "f/"}, "") {
		if int64(len(want[o.Name])) != o.Bytes {
			t.Errorf("%s has %d bytes", o.Name, o.Bytes)
		}
		seen++
		ask(t, s, request{Op: "get", Name: o.Name, File: filepath.Join(dir, "down")}, "")
		if got, err := os.ReadFile(filepath.Join(dir, "down")); err != nil || !bytes.Equal(got, want[o.Name]) {
			t.Errorf("%s: %d bytes, error %v", o.Name, len(got), err)
		}
	}
	if seen != len(want) {
		t.Errorf("%d objects, want %d", seen, len(want))
	}
	ask(t, s, request{Op: "get", Name: "nothing", File: filepath.Join(dir, "down")}, "missing")
	ask(t, s, request{Op: "delete", Name: "f/00"}, "")
	ask(t, s, request{Op: "delete", Name: "f/00"}, "")
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 || faults.Load() < 20 {
		t.Errorf("left over %q; %d faults", left, faults.Load())
	}
}

// ask sends one request through the protocol.
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
