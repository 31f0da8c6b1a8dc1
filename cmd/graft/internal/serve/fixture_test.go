package serve

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"graft/cmd/graft/internal/serve/reply"
	"graft/extractor/pixels"
	"graft/head/classify"
	"graft/onnx"
	"graft/onnx/headmodel"
)

// fakeDim is the width of the fake trunk's features.
const fakeDim = 6

// fakeTransform is what heads of the fake trunk want.
var fakeTransform = pixels.Transform{Resize: 20, Crop: 16, EXIF: pixels.ApplyEXIF}

// A fakeTrunk gives sums over parts of a crop, and waits at a gate before, if it
// has one.
type fakeTrunk struct {
	batch   int
	gate    chan struct{} // nil: open
	begun   chan struct{} // gets a value when a run begins, if it is not nil
	runs    atomic.Int64
	open    *atomic.Int64 // trunks that are open
	failing atomic.Bool
	mu      sync.Mutex
	sizes   []int // images in each run, as far as they are not black
	dims    []int // nil: one output of fakeDim
}

func (f *fakeTrunk) Dims() []int {
	if f.dims != nil {
		return f.dims
	}
	return []int{fakeDim}
}
func (f *fakeTrunk) Workers() int { return 2 }
func (f *fakeTrunk) Batch() int   { return max(f.batch, 1) }
func (f *fakeTrunk) Close() error { f.open.Add(-1); return nil }

func (f *fakeTrunk) Run(ctx context.Context, px []byte, n, h, w int, out [][]float32) error {
	f.runs.Add(1)
	if f.begun != nil {
		f.begun <- struct{}{}
	}
	if f.gate != nil {
		<-f.gate
	}
	if f.failing.Load() {
		return fmt.Errorf("/secret/path: out of order")
	}
	size, filled := h*w*3, 0
	for i := range n {
		crop := px[i*size : (i+1)*size]
		if bytes.ContainsFunc(crop, func(r rune) bool { return r != 0 }) {
			filled++
		}
		for d := range fakeDim {
			total := 0
			for _, v := range crop[d*size/fakeDim : (d+1)*size/fakeDim] {
				total += int(v)
			}
			out[0][i*fakeDim+d] = float32(total) / float32(255*size/fakeDim)
		}
	}
	f.mu.Lock()
	f.sizes = append(f.sizes, filled)
	f.mu.Unlock()
	return nil
}

// writeHead writes a head for the fake trunk, another one for every seed.
func writeHead(t testing.TB, path string, seed uint64, labels ...string) string {
	t.Helper()
	return writeHeadOf(t, strings.Repeat("ab", 32), path, seed, labels...)
}

// writeOtherHead writes a head for another trunk.
func writeOtherHead(t testing.TB, path string) string {
	t.Helper()
	return writeHeadOf(t, strings.Repeat("cd", 32), path, 1, fakeLabels...)
}

// next is the trunk for what is loaded from now on.
func (f *fixture) next(trunk *fakeTrunk) {
	f.start = func(context.Context, *classify.Model, classify.Options) (*classify.Started, error) {
		f.opened.Add(1)
		return &classify.Started{Trunk: trunk}, nil
	}
}

func writeHeadOf(t testing.TB, trunk, path string, seed uint64, labels ...string) string {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	l := headmodel.Linear{Labels: labels, Dim: fakeDim, Properties: map[string]string{
		onnx.KeyFingerprint: trunk, onnx.KeyTap: "features", onnx.KeyTransform: fakeTransform.JSON(),
	}}
	for range labels {
		l.Bias = append(l.Bias, float32(r.NormFloat64()))
		for range fakeDim {
			l.Weights = append(l.Weights, float32(r.NormFloat64()))
		}
	}
	m, err := l.Model()
	if err != nil {
		t.Fatal(err)
	}
	encoded := m.Encode()
	if err := os.WriteFile(path+".new", encoded, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	return onnx.Fingerprint(encoded)
}

// A fixture is a loaded server on a fake trunk.
type fixture struct {
	*Server
	trunk  *fakeTrunk
	head   string // path
	sum    string // its fingerprint
	opened atomic.Int64
	log    *safeBuffer
}

var fakeLabels = []string{"ants", "bees", "größe, \"quoted\""}

// newFixture makes a server that is not loaded. change may be nil.
func newFixture(t testing.TB, trunk *fakeTrunk, change func(*Options)) *fixture {
	t.Helper()
	f := &fixture{trunk: trunk, head: filepath.Join(t.TempDir(), "head.onnx"), log: new(safeBuffer)}
	f.sum = writeHead(t, f.head, 1, fakeLabels...)
	o := Options{Models: []Source{{"insects", f.head}}, Classify: classify.Options{Workers: 2}, Log: slog.New(slog.NewJSONHandler(f.log, nil)), Version: "test"}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	trunk.open = &f.opened
	s.start = func(context.Context, *classify.Model, classify.Options) (*classify.Started, error) {
		f.opened.Add(1)
		return &classify.Started{Trunk: trunk, Warnings: []string{"a fake"}}, nil
	}
	f.Server = s
	t.Cleanup(func() {
		s.Close()
		if n := f.opened.Load(); n != 0 {
			t.Errorf("%d trunks are still open", n)
		}
		if left := s.bodies.Free(); left != s.options.Limits.Memory {
			t.Errorf("%d bytes of bodies were not given back", s.options.Limits.Memory-left)
		}
		if n := s.flow.Waiting(); n != 0 {
			t.Errorf("%d places were not given back", n)
		}
	})
	return f
}

// loaded makes a server that is ready.
func loaded(t testing.TB, trunk *fakeTrunk, change func(*Options)) *fixture {
	t.Helper()
	f := newFixture(t, trunk, change)
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// ask sends a request to the handler alone.
func (f *fixture) ask(method, path string, body []byte, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, r)
	return w
}

// answer is ask for JSON with a status.
func (f *fixture) answer(t testing.TB, status int, method, path string, body []byte, headers ...string) reply.Answer {
	t.Helper()
	w := f.ask(method, path, body, headers...)
	var a reply.Answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != status {
		t.Fatalf("%s %s: status %d, want %d; %v: %.300s", method, path, w.Code, status, err, w.Body)
	}
	return a
}

// photo is a JPEG that shows something else for every n.
func photo(n int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for y := range 30 {
		for x := range 40 {
			m.Set(x, y, color.RGBA{uint8(n * 37), uint8(x * 6), uint8(y*8 + n), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// form is a multipart form of files, and its content type.
func form(names []string, files ...[]byte) (body []byte, kind string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.WriteField("note", "this is no file")
	for i, f := range files {
		part, err := w.CreateFormFile("file", names[i])
		if err != nil {
			panic(err)
		}
		part.Write(f)
	}
	w.Close()
	return b.Bytes(), w.FormDataContentType()
}

// zipOf is a zip of files.
func zipOf(names []string, files ...[]byte) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, f := range files {
		part, err := w.Create(names[i])
		if err != nil {
			panic(err)
		}
		part.Write(f)
	}
	w.Close()
	return b.Bytes()
}

// A safeBuffer may be written by many.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

var _ io.Writer = (*safeBuffer)(nil)
var _ http.Handler = http.HandlerFunc(nil)
