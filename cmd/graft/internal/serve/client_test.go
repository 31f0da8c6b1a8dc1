package serve

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"graft/cmd/graft/internal/serve/client"
	"graft/extractor"
	"graft/extractor/dataset"
)

// album writes photographs, of which one is none, and gives their paths.
func album(t testing.TB, n int) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		content := photo(i)
		if i == 3 {
			content = []byte("no photograph")
		}
		path := filepath.Join(dir, string(rune('a'+i%26))+string(rune('a'+i/26))+".jpg")
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return append(paths, filepath.Join(dir, "gone.jpg"))
}

func TestClient(t *testing.T) {
	tokens := writeFile(t, filepath.Join(t.TempDir(), "tokens"), "a-token-0123456789")
	f := loaded(t, &fakeTrunk{}, func(o *Options) { o.Security.Tokens = tokens })
	var busy atomic.Int64
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/classify") && busy.Add(1) == 2 { // once
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		f.Handler().ServeHTTP(w, r)
	}))
	defer web.Close()
	var refused *client.Error
	if _, err := client.New(t.Context(), client.Options{URL: web.URL}); !errors.As(err, &refused) || refused.Status != 401 {
		t.Errorf("without a token: %v", err)
	}
	for _, o := range []client.Options{{URL: "ftp://x"}, {URL: ""}, {URL: web.URL, Model: "moths", Token: "a-token-0123456789"}} {
		if _, err := client.New(t.Context(), o); !errors.As(err, &refused) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	c, err := client.New(t.Context(), client.Options{URL: web.URL + "/", Token: "a-token-0123456789", Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	paths, progress, i := album(t, 30), new(extractor.Progress), 0
	for p, err := range c.ClassifyAll(t.Context(), dataset.Files(paths, dataset.Options{}), progress) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Path != paths[i] {
			t.Errorf("photograph %d is %q", i, p.Path)
		}
		if bad := i == 3 || i == 30; bad != (p.Err != nil) {
			t.Errorf("photograph %d: %v", i, p.Err)
		} else if want := f.expected; !bad && !slices.Equal(p.P, want(t, photo(i))) {
			t.Errorf("photograph %d: %v, want %v", i, p.P, want(t, photo(i)))
		}
		i++
	}
	if i != 31 || progress.Done.Load() != 31 || progress.Failed.Load() != 2 {
		t.Errorf("%d predictions, %d done, %d failed", i, progress.Done.Load(), progress.Failed.Load())
	}
	for range c.ClassifyAll(t.Context(), dataset.Files(paths, dataset.Options{}), nil) {
		break // and nothing stays behind
	}
	writeHead(t, f.head, 2, fakeLabels...)
	if err := f.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, err := range c.ClassifyAll(t.Context(), dataset.Files(paths[:1], dataset.Options{}), nil) {
		if err == nil || !strings.Contains(err.Error(), "another model") {
			t.Errorf("after a reload: %v", err)
		}
	}
}
