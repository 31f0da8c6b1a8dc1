package classify

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/ebitengine/purego"

	"graft/extractor/ingest"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

// Rounds of the tests of leaks: what a process needs once it has after the
// first ones.
const (
	firstRounds = 20
	allRounds   = 200
)

// maxGrowth is how many bytes of memory may be more after the last rounds than
// after the first. It was 2 MB, and 11 with the race detector, which remembers
// addresses. The weights of a session are 1.2 MB: one left in ten rounds is more.
const maxGrowth = 20 << 20

// TestNothingIsLeft opens and closes sessions in both of the ways there are, as a
// service does that runs for months.
func TestNothingIsLeft(t *testing.T) {
	library := orttest.Library(t)
	l := newLab(t)
	l.tiny(t)
	head := l.write(t, "head.onnx", l.linear(onnx.Features))
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "a.png"), painted(t, 0.5), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Run("classifier", func(t *testing.T) {
		stays(t, func(int) {
			c, err := Open(head, l.options(library))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Classify(t.Context(), painted(t, 0.5)); err != nil {
				t.Error(err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("ingest", func(t *testing.T) {
		stays(t, func(n int) {
			r, err := ingest.Run(t.Context(), data, ingest.Options{
				Trunk: l.trunk.Path, Cache: l.cache, Device: l.options(library).Device,
				Folder: filepath.Join(l.dir, strconv.Itoa(n)), // so that there is something to compute
			})
			if err != nil || len(r.Failed) > 0 {
				t.Fatal(err, r)
			}
		})
	})
}

// stays runs the rounds, after which there must be no session, and no more memory
// than after the first ones.
func stays(t *testing.T, round func(n int)) {
	t.Helper()
	var first int
	for n := range allRounds {
		round(n)
		if n == firstRounds-1 {
			first = resident(t)
		}
	}
	if n := ort.OpenSessions(); n != 0 {
		t.Errorf("%d sessions are open", n)
	}
	if runtime.GOOS != "linux" {
		return
	}
	last := resident(t)
	t.Logf("resident memory: %.1f MB after %d rounds, %.1f MB after %d", float64(first)/1e6, firstRounds, float64(last)/1e6, allRounds)
	if last-first > maxGrowth {
		t.Errorf("it grew by %d bytes, more than %d", last-first, maxGrowth)
	}
}

// resident is how many bytes of memory the process has, everything given back
// that is not used; 0 where that cannot be read.
func resident(t *testing.T) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	debug.FreeOSMemory()
	trim()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// trim lets glibc give back what C++ has freed, which it keeps a changing part of.
func trim() {
	libc, err := purego.Dlopen("libc.so.6", purego.RTLD_NOW)
	if err != nil {
		return
	}
	if trim, err := purego.Dlsym(libc, "malloc_trim"); err == nil {
		purego.SyscallN(trim, 0)
	}
}

// tiny gives the lab a trunk of few nodes and 1.2 MB of weights, which starts in
// no time.
func (l *lab) tiny(t *testing.T) {
	t.Helper()
	const wide, d = 1 << 14, 16
	b := onnx.NewBuilder("tiny")
	x := b.Op("Cast", "floats", b.Input(onnx.Pixels, onnx.Uint8, "n", "h", "w", 3))
	b.Attr("to", int64(onnx.Float32))
	x = b.Op("ReduceMean", "mean", x)
	b.Attr("axes", []int64{1, 2})
	b.Attr("keepdims", 0)
	x = b.Op("MatMul", "wide", x, b.Const("up", []int64{3, wide}, made(3*wide)))
	b.Op("MatMul", onnx.Features, x, b.Const("down", []int64{wide, d}, made(wide*d)))
	b.Output(onnx.Features, onnx.Float32, "n", d)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	onnx.Trunk{Name: "tiny", Trained: true, Resize: 86, Crop: crop, Taps: []onnx.Tap{{Name: onnx.Features, Dim: d}}}.Describe(m)
	if _, err = trunk.WriteModel(l.trunk.Path, m); err == nil {
		l.trunk, err = trunk.Read(l.trunk.Path)
	}
	if err != nil {
		t.Fatal(err)
	}
}
