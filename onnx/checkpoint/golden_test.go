package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const goldens = "../../testdata/golden/checkpoint"

type expectation struct {
	Format  string
	Error   string
	Tensors map[string]struct {
		DType elementType
		Dims  []int64
		Bits  []uint32 // of the values as float32; none for integers
	}
}

func expectations(t testing.TB) map[string]expectation {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(goldens, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]expectation
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestGolden reads what torch.save and safetensors wrote, strided, shared,
// expanded and empty tensors among it (scripts/reference.py trunk files).
func TestGolden(t *testing.T) {
	for name, want := range expectations(t) {
		t.Run(name, func(t *testing.T) {
			f, err := Open(filepath.Join(goldens, name))
			if want.Error != "" {
				if err == nil || !strings.Contains(err.Error(), want.Error) || !strings.Contains(err.Error(), name) {
					t.Fatalf("error %v, want one with %q", err, want.Error)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			checkGolden(t, f, want)
		})
	}
}

func checkGolden(t *testing.T, f *File, want expectation) {
	if f.format != want.Format || len(f.Names()) != len(want.Tensors) {
		t.Errorf("%s with %d tensors, want %s with %d", f.format, len(f.Names()), want.Format, len(want.Tensors))
	}
	for _, name := range f.Names() {
		w := want.Tensors[name]
		if e := f.tensors[name]; e.dtype != w.DType || !slices.Equal(e.dims, w.Dims) {
			t.Errorf("%s: %s %v, want %s %v", name, e.dtype, e.dims, w.DType, w.Dims)
		}
		dims, data, err := f.Tensor(name)
		if w.DType == "I64" {
			if err == nil || !strings.Contains(err.Error(), "I64") {
				t.Errorf("%s: error %v, want one that names I64", name, err)
			}
			continue
		}
		got := make([]uint32, len(data))
		for i, v := range data {
			got[i] = math.Float32bits(v)
		}
		if err != nil || !slices.Equal(dims, w.Dims) || !slices.Equal(got, w.Bits) {
			t.Errorf("%s: %v %x (%v), want %v %x", name, dims, got, err, w.Dims, w.Bits)
		}
	}
	if _, _, err := f.Tensor("nothing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing tensor: %v", err)
	}
}

func TestMetadata(t *testing.T) {
	f, err := Open(filepath.Join(goldens, "plain.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.Metadata()["made by"]; got != "safetensors" {
		t.Errorf("metadata says %q", got)
	}
	sum, err := f.SHA256()
	if want, _ := sumFile(filepath.Join(goldens, "plain.safetensors")); err != nil || sum != want || len(sum) != 64 {
		t.Errorf("SHA-256 %q (%v), want %q", sum, err, want)
	}
}

// TestTruncated cuts every golden after every byte: Open must fail, or every
// tensor still be the whole one's.
func TestTruncated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut")
	for name, want := range expectations(t) {
		if want.Error != "" {
			continue
		}
		whole, err := os.ReadFile(filepath.Join(goldens, name))
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(whole); n += 7 {
			if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			if f, err := Open(path); err == nil {
				f.Close()
				t.Errorf("%s cut after %d of %d bytes is accepted", name, n, len(whole))
			} else if !strings.HasPrefix(err.Error(), "checkpoint ") {
				t.Errorf("%s cut after %d bytes: %v", name, n, err)
			}
		}
	}
}

// TestDamagedStorage flips a bit of a tensor in a zip, which its checksum tells.
func TestDamagedStorage(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(goldens, "zip.pth"))
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(b), "\x00\x00\xc0\x3f\x00\x00\x10\xc0") // 1.5, -2.25: "plain"
	if at < 0 {
		t.Fatal("no such values")
	}
	b[at] ^= 1
	path := filepath.Join(t.TempDir(), "x.pth")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, _, err := f.Tensor("plain"); err == nil || !strings.Contains(err.Error(), "checksum") || !strings.Contains(err.Error(), `"plain"`) {
		t.Errorf("error %v, want one of the checksum of \"plain\"", err)
	}
}

func FuzzOpen(f *testing.F) {
	for name := range expectations(f) {
		b, err := os.ReadFile(filepath.Join(goldens, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, _, err := read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		d.stripPrefixes()
		for _, name := range d.names {
			e := d.tensors[name]
			if e.count > 1<<20 {
				continue
			}
			data, err := e.floats()
			if n, bad := product(e.dims); err == nil && (bad != nil || n != int64(len(data))) {
				t.Errorf("%q: shape %v with %d values", name, e.dims, len(data))
			}
		}
	})
}
