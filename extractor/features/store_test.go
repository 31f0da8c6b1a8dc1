package features

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"graft/extractor/pixels"
)

const testDim = 5

func testMeta() Meta {
	return Meta{
		Trunk:     Trunk{Name: "tiny", SHA256: strings.Repeat("ab", 32), Tap: "features", Dim: testDim},
		Transform: pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF},
		Runtime:   Runtime{Device: "cpu", Precision: "float32"},
	}
}

// testRow is a row that its number alone decides.
func testRow(n int) Row {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	x := make([]float32, testDim)
	for i := range x {
		x[i] = 2*r.Float32() - 1
	}
	return Row{ID{pixels.KeyOf(fmt.Appendf(nil, "photo %d", n)), int32(n % 3)}, x}
}

func testRows(from, to int) []Row {
	var list []Row
	for n := from; n < to; n++ {
		list = append(list, testRow(n))
	}
	return list
}

func mustOpen(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, testMeta(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustAppend(t *testing.T, s *Store, rows ...Row) {
	t.Helper()
	if err := s.Append(rows...); err != nil {
		t.Fatal(err)
	}
}

func mustClose(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// wantRows fails unless the store has exactly the rows of these numbers, bit by bit.
func wantRows(t *testing.T, s *Store, from, to int) {
	t.Helper()
	got := make([]float32, testDim)
	for n := from; n < to; n++ {
		want := testRow(n)
		if err := s.Row(want.Key, int(want.View), got); err != nil {
			t.Fatalf("row %d: %v", n, err)
		}
		if !slices.EqualFunc(got, want.Features, sameBits) {
			t.Fatalf("row %d is %v, want %v", n, got, want.Features)
		}
		if !s.Has(want.Key, int(want.View)) {
			t.Fatalf("row %d can be read but Has denies it", n)
		}
	}
	if s.Len() != to-from {
		t.Fatalf("%d rows, want %d", s.Len(), to-from)
	}
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

func partFiles(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "part-*.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestRowsComeBack(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{SealRows: 7})
	mustAppend(t, s, testRows(0, 20)...)
	wantRows(t, s, 0, 20) // 14 sealed, 6 pending
	mustClose(t, s)
	if got := len(partFiles(t, dir)); got != 3 {
		t.Errorf("%d parts, want 3", got)
	}
	s = mustOpen(t, dir, Options{})
	wantRows(t, s, 0, 20)
	if p := s.Problems(); len(p) > 0 {
		t.Errorf("problems %v", p)
	}
	mustAppend(t, s, testRows(0, 20)...) // known already
	mustClose(t, s)
	if got := len(partFiles(t, dir)); got != 3 {
		t.Errorf("%d parts after appending what was there, want 3", got)
	}
	if err := s.Row(testRow(0).Key, 0, make([]float32, testDim)); err == nil {
		t.Error("a closed store was read")
	}
}

func TestSpecialValuesComeBack(t *testing.T) {
	dir := t.TempDir()
	row := Row{ID{pixels.KeyOf(nil), 0}, []float32{float32(math.NaN()), float32(math.Inf(-1)), float32(math.Copysign(0, -1)), 1e-45, math.MaxFloat32}}
	s := mustOpen(t, dir, Options{})
	mustAppend(t, s, row)
	mustClose(t, s)
	got := make([]float32, testDim)
	if err := mustOpen(t, dir, Options{}).Row(row.Key, 0, got); err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(got, row.Features, sameBits) {
		t.Errorf("got %v, want %v", got, row.Features)
	}
}

func TestMissingRow(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	if err := s.Row(pixels.KeyOf(nil), 0, make([]float32, testDim)); !errors.Is(err, ErrMissing) {
		t.Errorf("error %v, want ErrMissing", err)
	}
}

func TestSealedByTime(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{SealAfter: 10 * time.Millisecond})
	mustAppend(t, s, testRow(1))
	for range 12000 {
		if len(partFiles(t, dir)) == 1 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("not sealed after two minutes")
}

func TestWrongWidthAndReading(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	if err := s.Append(Row{Features: make([]float32, testDim+1)}); err == nil {
		t.Error("a row of another width was taken")
	}
	r, err := OpenExisting(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Append(testRow(0)); err == nil {
		t.Error("a store opened for reading took a row")
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	mustClose(t, mustOpen(t, dir, Options{}))
	for name, change := range map[string]func(*Meta){
		"trunk":     func(m *Meta) { m.Trunk.SHA256 = strings.Repeat("cd", 32) },
		"tap":       func(m *Meta) { m.Trunk.Tap, m.Trunk.Dim = "Mixed_6e", 768 },
		"transform": func(m *Meta) { m.Transform.Resize = 300 },
		"seed":      func(m *Meta) { m.ViewsSeed = 1 },
		"precision": func(m *Meta) { m.Runtime.Precision = "int8" },
		"options":   func(m *Meta) { m.Runtime.Options = "batch 8" },
	} {
		m := testMeta()
		change(&m)
		_, err := Open(dir, m, Options{})
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), " there, ") {
			t.Errorf("another %s: error %v", name, err)
		}
	}
	m := testMeta()
	m.Trunk.Name = "renamed"
	s, err := Open(dir, m, Options{})
	if err != nil {
		t.Fatalf("the same features under another name: %v", err)
	}
	s.Close()
}

func TestOpenForeignFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, testMeta(), Options{}); err == nil || !strings.Contains(err.Error(), "thesis.txt") {
		t.Errorf("error %v, want one that names the file", err)
	}
	if _, err := OpenExisting(dir, Options{}); err == nil || !strings.Contains(err.Error(), "graft.json") {
		t.Errorf("error %v, want one that names graft.json", err)
	}
	if _, err := OpenExisting(filepath.Join(dir, "nowhere"), Options{}); err == nil {
		t.Error("a folder that is not there was opened")
	}
}
