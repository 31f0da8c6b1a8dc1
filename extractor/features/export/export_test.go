package export

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/klauspost/compress/zstd"

	"graft/extractor/dataset"
	"graft/extractor/features"
)

// dim is d of the golden folder.
const dim = 5

// goldenSet is the four photographs with features of the golden folder, three views of each.
func goldenSet(t *testing.T) *features.Set {
	t.Helper()
	s, err := features.OpenExisting("../../../testdata/golden/features", features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	table, err := s.ReadTable("samples.arrow")
	if err != nil {
		t.Fatal(err)
	}
	set, err := s.Set(table)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// exported is a set and the folder that its exports go to.
func exported(t *testing.T, format string) (*features.Set, string) {
	t.Helper()
	set := goldenSet(t)
	out := filepath.Join(t.TempDir(), "out."+format)
	e, err := Write(t.Context(), set, out, format)
	if err != nil {
		t.Fatal(err)
	}
	if e.Rows != 12 || e.Dim != dim {
		t.Errorf("exported %+v", e)
	}
	return set, out
}

func TestCSV(t *testing.T) {
	set, out := exported(t, "csv")
	lines := readCSV(t, out)
	if got := strings.Join(lines[0], ","); got != "path,label,split,key,view,f0,f1,f2,f3,f4" {
		t.Fatalf("columns %s", got)
	}
	x := make([]float32, dim)
	for n, line := range lines[1:] {
		r := set.Records[n/3]
		if dataset.Unescape(line[0]) != r.Path || line[1] != r.Label || line[2] != r.Split || line[3] != r.Key.String() || line[4] != strconv.Itoa(n%3) {
			t.Errorf("line %d is %q", n, line[:5])
		}
		if err := set.View(n/3, n%3, x); err != nil {
			t.Fatal(err)
		}
		for k, want := range x {
			if v, err := strconv.ParseFloat(line[5+k], 32); err != nil || float32(v) != want {
				t.Errorf("line %d: f%d is %s, want %v", n, k, line[5+k], want)
			}
		}
	}
}

// TestCompressed: the same text, and a name that says so.
func TestCompressed(t *testing.T) {
	_, plain := exported(t, "csv")
	want, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	for format, open := range map[string]func(io.Reader) (io.Reader, error){
		"csv.gz":  func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"csv.zst": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		_, out := exported(t, format)
		f, err := os.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		in, err := open(f)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(in); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes (%v), want the %d of csv", format, len(got), err, len(want))
		}
		if got := FormatOf(strings.ToUpper(out)); got != format {
			t.Errorf("%s is %q by its name", out, got)
		}
	}
	for name, want := range map[string]string{"f.npy": "npy", "f.parquet": "parquet", "f.csv": "csv", "f.gz": "", "f.parquet.gz": "", "f": "", "fcsv": "", "f.tsv": ""} {
		if got := FormatOf(name); got != want {
			t.Errorf("%s is %q by its name, want %q", name, got, want)
		}
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestNPY(t *testing.T) {
	_, out := exported(t, "npy")
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	head, data, _ := strings.Cut(string(b), "\n")
	if (len(head)+1)%64 != 0 || !strings.Contains(head, "'shape': (12, 5)") || len(data) != 12*dim*4 {
		t.Errorf("header %q, %d bytes of data", head, len(data))
	}
	lines := readCSV(t, strings.TrimSuffix(out, ".npy")+".csv")
	if len(lines) != 13 || len(lines[0]) != 5 {
		t.Errorf("%d lines of %q beside it", len(lines), lines[0])
	}
}

func TestParquet(t *testing.T) {
	set, out := exported(t, "parquet")
	f, err := file.OpenParquetFile(out, false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := r.ReadTable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	f2 := table.Column(7).Data().Chunk(0).(*array.Float32)
	x := make([]float32, dim)
	for n := range 12 {
		if err := set.View(n/3, n%3, x); err != nil {
			t.Fatal(err)
		}
		if f2.Value(n) != x[2] {
			t.Errorf("row %d: f2 is %v, want %v", n, f2.Value(n), x[2])
		}
	}
}

func TestRefuses(t *testing.T) {
	set := goldenSet(t)
	dir := t.TempDir()
	for path, format := range map[string]string{"x.csv": "npy", "x.xls": "xls"} {
		if _, err := Write(t.Context(), set, filepath.Join(dir, path), format); err == nil {
			t.Errorf("%s as %s was exported", path, format)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Write(cancelled, set, filepath.Join(dir, "y.csv"), "csv"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if names, _ := os.ReadDir(dir); len(names) != 0 {
		t.Errorf("left are %v", names)
	}
}
