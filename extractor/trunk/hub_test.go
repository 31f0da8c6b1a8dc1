package trunk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"graft/onnx/checkpoint"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// A fakeHub answers as a hub of models does: it names hash and commit and leads
// to another server, which serves ranges.
type fakeHub struct {
	files  map[string][]byte // by name in the repository
	token  string            // that it wants; "": none
	busy   int               // answers 429 so often
	cut    int               // closes the connection in the middle so often
	change bool              // the file changes after the first cut
	wrong  bool              // the hash it names is another one

	mu    sync.Mutex
	asked []string // paths, with the revision
	leak  bool     // the token came to the other server
}

func (h *fakeHub) start(t *testing.T) string {
	t.Helper()
	storage := httptest.NewServer(http.HandlerFunc(h.serveStorage))
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.serveHub(w, r, storage.URL) }))
	t.Cleanup(storage.Close)
	t.Cleanup(hub.Close)
	return strings.Replace(hub.URL, "127.0.0.1", "localhost", 1)
}

func (h *fakeHub) serveHub(w http.ResponseWriter, r *http.Request, storage string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, r.URL.Path)
	_, rest, _ := strings.Cut(r.URL.Path, "/owner/model/resolve/")
	_, name, _ := strings.Cut(rest, "/")
	content, ok := h.files[name]
	switch {
	case h.token != "" && r.Header.Get("Authorization") != "Bearer "+h.token:
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
	case !ok:
		http.Error(w, "Entry not found", http.StatusNotFound)
	case h.busy > 0:
		h.busy--
		w.Header().Set("Retry-After", "1")
		http.Error(w, "Too Many Requests", http.StatusTooManyRequests)
	default:
		sum := sha256.Sum256(content)
		if h.wrong {
			sum[0]++
		}
		w.Header().Set("X-Linked-Etag", `"`+hex.EncodeToString(sum[:])+`"`)
		w.Header().Set("X-Repo-Commit", commit)
		http.Redirect(w, r, storage+"/"+name, http.StatusFound)
	}
}

func (h *fakeHub) serveStorage(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leak = h.leak || r.Header.Get("Authorization") != ""
	name := strings.TrimPrefix(r.URL.Path, "/")
	content := h.files[name]
	sum := sha256.Sum256(content)
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sum[:8]))
	if h.cut > 0 && strings.HasSuffix(name, ".onnx") {
		h.cut--
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:len(content)/2])
		if h.change {
			h.files[name] = append(bytes.Clone(content), 0xda, 0x06, 0) // an unknown field
		}
		panic(http.ErrAbortHandler)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

func hubFiles(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{"preprocessor_config.json": []byte(`{"image_processor_type": "ViTImageProcessor", "size": 32, "image_mean": [0.5], "image_std": [0.5], "resample": 3}`)}
	for name, path := range map[string]string{"onnx/model.onnx": "external/model.onnx", "onnx/model.onnx.data": "external/model.onnx.data"} {
		content, err := os.ReadFile(filepath.Join(nets, path))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = content
	}
	return files
}

// TestFetchHub: redirects, tokens, broken connections, busy servers, and files
// that change in the middle.
func TestFetchHub(t *testing.T) {
	for _, c := range []struct {
		name, ref, want string
		hub             *fakeHub
		token           string
		check           func(f *Fetched, h *fakeHub) bool
	}{
		{name: "as it should be", check: func(f *Fetched, h *fakeHub) bool {
			return f.Revision == commit && f.Files[0].Promised == f.Files[0].SHA256 && len(f.Files) == 3 &&
				strings.HasPrefix(h.asked[len(h.asked)-1], "/owner/model/resolve/"+commit+"/")
		}},
		{name: "a revision", ref: "hf:owner/model@v1.0/onnx/model.onnx", check: func(f *Fetched, h *fakeHub) bool {
			return h.asked[0] == "/owner/model/resolve/v1.0/onnx/model.onnx" && strings.HasPrefix(f.Trunk.Source, "hf:owner/model@v1.0/onnx/model.onnx, commit "+commit)
		}},
		{name: "a token", hub: &fakeHub{token: "hf_secret"}, token: "hf_secret", check: func(f *Fetched, h *fakeHub) bool { return !h.leak }},
		{name: "no token", hub: &fakeHub{token: "hf_secret"}, want: `server answered "401 Unauthorized": the server or a proxy wants credentials`},
		{name: "a wrong token", hub: &fakeHub{token: "hf_secret"}, token: "hf_other", want: "401 Unauthorized"},
		{name: "no such file", ref: "hf:owner/model/other.onnx", want: "404 Not Found"},
		{name: "no such model", ref: "hf:owner/nothing", want: "404 Not Found"},
		{name: "busy", hub: &fakeHub{busy: 1}, check: func(f *Fetched, _ *fakeHub) bool { return true }},
		{name: "always busy", hub: &fakeHub{busy: 99}, want: "429 Too Many Requests"},
		{name: "broken", hub: &fakeHub{cut: 1}, check: func(f *Fetched, _ *fakeHub) bool { return f.Trunk.Dim("") == 8 }},
		{name: "changed in the middle", hub: &fakeHub{cut: 1, change: true}, check: func(f *Fetched, _ *fakeHub) bool { return f.Trunk.Dim("") == 8 }},
		{name: "another hash", hub: &fakeHub{wrong: true}, want: "the file is damaged or was replaced"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := c.hub
			if h == nil {
				h = new(fakeHub)
			}
			h.files = hubFiles(t)
			s := HubSettings{URL: h.start(t), Token: c.token, Cache: Cache{Dir: t.TempDir()}}
			s.NoTrial = true
			s.Download = checkpoint.DownloadOptions{Retries: 2, Pause: time.Millisecond}
			if c.name == "always busy" {
				s.Download.Retries = -1
			}
			ref := c.ref
			if ref == "" {
				ref = "hf:owner/model"
			}
			r, err := ParseReference(ref)
			if err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(t.TempDir(), "t.onnx")
			f, err := FetchHub(t.Context(), r, s, out)
			var download *DownloadError
			if c.want != "" {
				if err == nil || !errors.As(err, &download) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hf_") {
					t.Errorf("got %v, want %q in it", err, c.want)
				}
				return
			}
			if err != nil || !c.check(f, h) {
				t.Fatalf("%+v, %v", f, err)
			}
			if got, err := Read(out); err != nil || got.Crop != 32 || got.Asked.Interpolation != "bicubic" {
				t.Errorf("%+v, %v", got, err)
			}
			if left, _ := filepath.Glob(filepath.Join(s.Cache.Dir, "downloads", "hub", "*")); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

func TestParseReference(t *testing.T) {
	for text, want := range map[string]Reference{
		"hf:a/b":                         {"a/b", "", ""},
		"hf:onnx-community/x_1.e2-ONNX":  {"onnx-community/x_1.e2-ONNX", "", ""},
		"hf:a/b@main":                    {"a/b", "main", ""},
		"hf:a/b@" + commit:               {"a/b", commit, ""},
		"hf:a/b/onnx/vision_model.onnx":  {"a/b", "", "onnx/vision_model.onnx"},
		"hf:a/b@v1/onnx/model_fp16.onnx": {"a/b", "v1", "onnx/model_fp16.onnx"},
	} {
		if got, err := ParseReference(text); err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a/b", "hf:a", "hf:a/../b", "hf:a/b/../../x.onnx", "hf:a/b/model.safetensors", "hf:a/b?x=1", "hf:/a/b", "hf:a/b@../x"} {
		if r, err := ParseReference(text); err == nil {
			t.Errorf("%q was read as %+v", text, r)
		}
	}
	for _, k := range KnownTrunks {
		if _, err := ParseReference(k.Reference.String()); err != nil || k.Licence == "" || k.Megabytes == 0 {
			t.Errorf("%+v, %v", k, err)
		}
	}
}
