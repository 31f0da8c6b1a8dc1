package trunk_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"graft/extractor"
	"graft/extractor/trunk"
)

// A weightsServer serves a small checkpoint under a name with the right hash,
// and under one with a wrong one. Its first answer to the right name breaks off
// in the middle.
type weightsServer struct {
	url, name string
	bytes     int64
	ranges    []string // that were asked for of the right name
}

const wrongName = "small-00000000.safetensors"

func newWeightsServer(t *testing.T) *weightsServer {
	t.Helper()
	file := checkpointFile(t, nil)
	sum := sha256.Sum256(file)
	s := &weightsServer{name: fmt.Sprintf("small-%x.safetensors", sum[:4]), bytes: int64(len(file))}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		switch r.URL.Path {
		case "/" + s.name:
			s.ranges = append(s.ranges, r.Header.Get("Range"))
			if len(s.ranges) == 1 {
				w.Header().Set("Content-Length", fmt.Sprint(len(file)))
				w.Write(file[:len(file)/2]) // and the connection is closed
				return
			}
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file))
		case "/" + wrongName:
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// TestFetch downloads from a server that breaks off: the rest is fetched, the
// trunk is built and says where its weights come from, and the download is gone.
func TestFetch(t *testing.T) {
	server := newWeightsServer(t)
	s := trunk.FetchSettings{
		URL: server.url + "/", Weights: server.name, Width: width, Cache: trunk.Cache{Dir: t.TempDir()}, Progress: new(extractor.Progress),
	}
	out := filepath.Join(t.TempDir(), "trunk.onnx")
	built, got, err := trunk.Fetch(t.Context(), s, out)
	if err != nil {
		t.Fatal(err)
	}
	if len(server.ranges) != 2 || !strings.HasPrefix(server.ranges[1], "bytes=") {
		t.Errorf("requests for the ranges %q, want everything and then the rest", server.ranges)
	}
	if p := s.Progress; p.Stage() != "download" || p.Done.Load() != server.bytes || p.Total.Load() != server.bytes || got.Bytes != server.bytes {
		t.Errorf("stage %q: %d of %d bytes; downloaded %+v", p.Stage(), p.Done.Load(), p.Total.Load(), got)
	}
	f := read(t, out)
	if !f.Trained || !strings.Contains(f.Source, server.name) || built.SHA256 != f.SHA256 {
		t.Errorf("the trunk says %+v; built %+v", f.Trunk, built)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Cache.Dir, "downloads", "*")); len(left) > 0 {
		t.Errorf("left over: %q", left)
	}
}

// TestFetchFails, and leaves no trunk.
func TestFetchFails(t *testing.T) {
	server := newWeightsServer(t)
	for weights, want := range map[string]string{
		"nowhere-00000000.pth": `server answered "404 Not Found": there is no such file`,
		wrongName:              "its name promises 00000000",
	} {
		out := filepath.Join(t.TempDir(), "trunk.onnx")
		_, _, err := trunk.Fetch(t.Context(), trunk.FetchSettings{URL: server.url, Weights: weights, Width: width, Cache: trunk.Cache{Dir: t.TempDir()}}, out)
		var failed *trunk.DownloadError
		if !errors.As(err, &failed) || failed.Weights != weights {
			t.Errorf("%s: error %v, want a DownloadError", weights, err)
		}
		wantError(t, weights, err, want)
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a failed fetch left a trunk", weights)
		}
	}
}
