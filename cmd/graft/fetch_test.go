package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"graft/onnx/checkpoint/checkpointtest"
	"graft/onnx/inception"
)

// weightsServer serves a small checkpoint under a name with the right hash,
// and under one with a wrong one. The first answer to the right name breaks
// off in the middle.
func weightsServer(t *testing.T) (url, name string, requests *[]string) {
	t.Helper()
	file := smallCheckpoint(t)
	sum := sha256.Sum256(file)
	name = fmt.Sprintf("small-%x.safetensors", sum[:4])
	requests = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests = append(*requests, r.Header.Get("Range"))
		w.Header().Set("ETag", `"1"`)
		switch {
		case r.URL.Path == "/"+name && len(*requests) == 1:
			w.Header().Set("Content-Length", fmt.Sprint(len(file)))
			w.Write(file[:len(file)/2]) // and the connection is closed
		case r.URL.Path == "/"+name, r.URL.Path == "/small-00000000.safetensors":
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, name, requests
}

// smallCheckpoint is seeded weights of a sixteenth of the width.
func smallCheckpoint(t *testing.T) []byte {
	t.Helper()
	const width = 0.0625
	list, err := inception.Parameters(width)
	if err != nil {
		t.Fatal(err)
	}
	var tensors []checkpointtest.Tensor
	for _, p := range list {
		_, data, err := inception.Seeded{Width: width}.Tensor(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		tensors = append(tensors, checkpointtest.Tensor{Name: p.Name, Dims: p.Dims, Data: data})
	}
	var b bytes.Buffer
	if err := checkpointtest.Write(&b, tensors, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTrunkFetch(t *testing.T) {
	url, name, requests := weightsServer(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("GRAFT_WEIGHTS_URL", url)
	out := filepath.Join(t.TempDir(), "trunk.onnx")
	fetch := func(args ...string) (code int, said string) {
		var stderr bytes.Buffer
		code = run(t.Context(), append([]string{"graft", "trunk", "fetch", "--width", "0.0625", "--out", out}, args...), nil, io.Discard, &stderr)
		return code, stderr.String()
	}

	for weights, want := range map[string]string{
		"nowhere-00000000.pth":       `server answered "404 Not Found": there is no such file`,
		"small-00000000.safetensors": "its name promises 00000000",
	} {
		*requests = append(*requests, "") // not the first
		if code, said := fetch("--weights", weights); code != exitFailure || !strings.Contains(said, want) {
			t.Errorf("%s: exit code %d, want 1 and %q; it said:\n%s", weights, code, want, said)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Fatal("a failed fetch left a trunk")
	}

	*requests = nil // the next answer breaks off, and the rest is fetched
	if code, said := fetch("--weights", name); code != exitOK {
		t.Fatalf("exit code %d; it said:\n%s", code, said)
	}
	if len(*requests) != 2 || !strings.HasPrefix((*requests)[1], "bytes=") {
		t.Errorf("requests for the ranges %q, want everything and then the rest", *requests)
	}
	trunk, err := readTrunk(out)
	if err != nil {
		t.Fatal(err)
	}
	if !trunk.Trained || !strings.Contains(trunk.Source, name) {
		t.Errorf("the trunk says trained %v, source %q", trunk.Trained, trunk.Source)
	}
}
