package ort_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"graft/onnx"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

// sums is a model that gives the sum over all pixels of each channel, n×3, and
// twice that.
func sums(t *testing.T) []byte {
	t.Helper()
	b := onnx.NewBuilder("sums")
	x := b.Input("pixels", onnx.Uint8, "n", "h", "w", 3)
	b.Op("Cast", "float", x)
	b.Attr("to", int64(onnx.Float32))
	b.Op("ReduceSum", "features", "float", b.ConstInt64("axes", []int64{2}, []int64{1, 2}))
	b.Attr("keepdims", int64(0))
	b.Op("Add", "twice", "features", "features")
	b.Output("features", onnx.Float32, "n", 3)
	b.Output("twice", onnx.Float32, "n", 3)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	return m.Encode()
}

func TestRunFromManyGoroutines(t *testing.T) {
	s, err := ort.Open(t.Context(), sums(t), ort.Options{Library: orttest.Library(t), Outputs: []string{"features", "twice"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for k := range 50 {
				n, h, w := 1+k%3, 2+g, 3
				pixels := make([]byte, n*h*w*3)
				for i := range pixels {
					pixels[i] = byte(g)
				}
				out := [][]float32{make([]float32, 3*n), make([]float32, 3*n)}
				if err := s.Run(context.Background(), pixels, n, h, w, out); err != nil {
					t.Error(err)
					return
				}
				if want := float32(g * h * w); out[0][3*n-1] != want || out[1][0] != 2*want {
					t.Errorf("%d×%d×%d pixels of %d: got %v, want %v and twice that", n, h, w, g, out, want)
				}
			}
		})
	}
	group.Wait()
}

func TestRunRefuses(t *testing.T) {
	s, err := ort.Open(t.Context(), sums(t), ort.Options{Library: orttest.Library(t)})
	if err != nil {
		t.Fatal(err)
	}
	row := [][]float32{make([]float32, 3)}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range map[string]error{
		"too few pixels":  s.Run(t.Context(), make([]byte, 5), 1, 2, 1, row),
		"no images":       s.Run(t.Context(), nil, 0, 2, 2, row),
		"wrong output":    s.Run(t.Context(), make([]byte, 12), 1, 2, 2, [][]float32{nil}),
		"too few outputs": s.Run(t.Context(), make([]byte, 12), 1, 2, 2, nil),
		"cancelled":       s.Run(cancelled, make([]byte, 12), 1, 2, 2, row),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := s.Run(t.Context(), make([]byte, 12), 1, 2, 2, row); err == nil {
		t.Error("a closed session runs")
	}
}

// TestOpenSessions counts what is opened and closed, and a session that could
// not be opened not at all.
func TestOpenSessions(t *testing.T) {
	o := ort.Options{Library: orttest.Library(t)}
	before := ort.OpenSessions()
	var sessions []*ort.Session
	for range 3 {
		s, err := ort.Open(t.Context(), sums(t), o)
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, s)
	}
	if _, err := ort.Open(t.Context(), nil, o); err == nil {
		t.Error("no model was opened")
	}
	if n := ort.OpenSessions() - before; n != 3 {
		t.Errorf("%d sessions are open, want 3", n)
	}
	for _, s := range sessions {
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	}
	if n := ort.OpenSessions() - before; n != 0 {
		t.Errorf("%d sessions are open, want 0", n)
	}
}

func TestWarm(t *testing.T) {
	s, err := ort.Open(t.Context(), sums(t), ort.Options{Library: orttest.Library(t), Outputs: []string{"features", "twice"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if took, err := s.Warm(t.Context(), 5, 4); err != nil || took <= 0 {
		t.Errorf("%v, %v", took, err)
	}
	if _, err := s.Warm(t.Context(), 0, 4); err == nil {
		t.Error("images without rows were run")
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Warm(cancelled, 5, 4); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestRunOtherInput opens a model that takes features.
func TestRunOtherInput(t *testing.T) {
	b := onnx.NewBuilder("head")
	b.Op("Relu", "out", b.Input("features", onnx.Float32, "n", 3))
	b.Output("out", onnx.Float32, "n", 3)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	s, err := ort.Open(t.Context(), m.Encode(), ort.Options{Library: orttest.Library(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Run(t.Context(), make([]byte, 3), 1, 1, 1, [][]float32{make([]float32, 3)})
	if err == nil || !strings.Contains(err.Error(), "float32 n×3, not pixels") {
		t.Errorf("error %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	library := orttest.Library(t)
	other := filepath.Join(t.TempDir(), "other.so")
	if err := os.Symlink(library, other); err != nil {
		t.Skipf("the same library cannot be given another name: %v", err)
	}
	for name, c := range map[string]struct {
		model []byte
		o     ort.Options
		want  string
	}{
		"not a model":    {[]byte("a shopping list"), ort.Options{}, "onnx"},
		"unknown output": {sums(t), ort.Options{Outputs: []string{"logits"}}, `no output "logits"`},
		"other library":  {sums(t), ort.Options{Library: other}, "a process can hold one library only"},
	} {
		if c.o.Library == "" {
			c.o.Library = library
		}
		if _, err := ort.Open(t.Context(), c.model, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// TestLibraryErrors loads what is no library, or too old, in a process of its
// own each, as a process holds one library.
func TestLibraryErrors(t *testing.T) {
	if path := os.Getenv("ORT_TEST_LOAD"); path != "" {
		_, err := ort.Open(t.Context(), sums(t), ort.Options{Library: path})
		var library *ort.LibraryError
		if !errors.As(err, &library) || library.Flavour != ort.FlavourCPU {
			t.Fatalf("error %v is no LibraryError of the flavour cpu", err)
		}
		t.Logf("error: %v", err)
		return
	}
	dir := t.TempDir()
	text := filepath.Join(dir, "text.so")
	if err := os.WriteFile(text, []byte("a shopping list"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ path, want string }{
		"missing": {filepath.Join(dir, "nowhere.so"), "no such file"},
		"text":    {text, "cannot be loaded"},
		"other":   {compile(t, dir, "other", `int other(void) { return 1; }`), "has no OrtGetApiBase"},
		"too old": {compile(t, dir, "old", oldLibrary), "is version 1.16.0, which is too old: graft needs API 24"},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestLibraryErrors$", "-test.v")
		cmd.Env = append(os.Environ(), "ORT_TEST_LOAD="+c.path)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v, want %q in:\n%s", name, err, c.want, out)
		}
	}
}

// oldLibrary is the part of ONNX Runtime 1.16 that says its version.
const oldLibrary = `
static const void *get_api(unsigned version) { return 0; }
static const char *get_version(void) { return "1.16.0"; }
static const struct { const void *(*api)(unsigned); const char *(*version)(void); } base = { get_api, get_version };
const void *OrtGetApiBase(void) { return &base; }
`

// compile makes a shared library of C source.
func compile(t *testing.T, dir, name, source string) string {
	t.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("there is no C compiler (cc) to make a stand-in library with")
	}
	c, lib := filepath.Join(dir, name+".c"), filepath.Join(dir, name+".so")
	if err := os.WriteFile(c, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(cc, "-shared", "-fPIC", "-o", lib, c).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return lib
}
