package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"graft/onnx/ort/orttest"
)

// A spoken buffer is what a command says while it runs.
type spoken struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *spoken) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *spoken) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestServe serves a head, has predict ask it, which must say what predict says
// with the head, and stops it.
func TestServe(t *testing.T) {
	orttest.Library(t)
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	graft := func(args ...string) string {
		t.Helper()
		var out, said bytes.Buffer
		if code := run(t.Context(), append([]string{"graft"}, args...), nil, &out, &said); code != exitOK {
			t.Fatalf("graft %s: exit code %d: %s", strings.Join(args, " "), code, &said)
		}
		return out.String()
	}
	const pictures = "../../testdata/demo"
	graft("trunk", "build", "--seed", "1", "--width", "0.1", "--out", file("trunk.onnx"))
	graft("fit", pictures, "--trunk", file("trunk.onnx"), "--features", file("features"), "--out", file("head.onnx"))

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	said, code := new(spoken), make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"graft", "serve", "insects=" + file("head.onnx"), "--trunk", file("trunk.onnx"), "--addr", "127.0.0.1:0"}, nil, io.Discard, said)
	}()
	var url string
	for end := time.Now().Add(time.Minute); url == ""; time.Sleep(10 * time.Millisecond) {
		if m := regexp.MustCompile(`graft: listening on (\S+)\n`).FindStringSubmatch(said.String()); m != nil {
			url = m[1]
		} else if time.Now().After(end) {
			t.Fatalf("it does not listen: %s", said)
		}
	}
	r, err := http.Get(url + "/v2/health/ready")
	if err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("it says that it listens, and is not ready: %v", err)
	}
	photographs := pictures + "/val/butterflies"
	for _, format := range []string{"csv", "jsonl"} {
		here := graft("predict", file("head.onnx"), photographs, "--trunk", file("trunk.onnx"), "--format", format, "--top-k", "2")
		there := graft("predict", "--server", url, photographs, "--format", format, "--top-k", "2")
		if here != there || here == "" {
			t.Errorf("the service says\n%s\nthe head\n%s", there, here)
		}
	}
	stop()
	if c := <-code; c != exitOK {
		t.Errorf("exit code %d: %s", c, said)
	}
}

// TestServeUsage is what is wrong with command lines.
func TestServeUsage(t *testing.T) {
	for line, want := range map[string]string{
		"serve":                                     "takes one HEAD or CLASSIFIER or more",
		"serve größe.onnx":                          "cannot be called",
		"serve a=x.onnx a=y.onnx":                   "two models",
		"serve x.onnx --cache lots":                 "must be a size",
		"serve x.onnx --queue-timeout 0s":           "longer than nothing",
		"serve x.onnx --tls-cert c.pem":             "need each other",
		"serve x.onnx --log loud":                   "one of json, text, none",
		"predict --server http://127.0.0.1:1":       "one PATH or more",
		"predict x.onnx y.jpg --model m":            "for --server",
		"predict --server http://x y --device cuda": "not for --server",
	} {
		var said bytes.Buffer
		if code := run(t.Context(), append([]string{"graft"}, strings.Fields(line)...), nil, io.Discard, &said); code != exitUsage || !strings.Contains(said.String(), want) {
			t.Errorf("graft %s: exit code %d, %q; want %q", line, code, said.String(), want)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "1000": 1000, "64MiB": 64 << 20, "2 GiB": 2 << 30, "3kB": 3000, "7B": 7} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "1.5GiB", "1TiB", "99999999999GiB"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}
