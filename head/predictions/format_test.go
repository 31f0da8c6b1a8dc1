package predictions

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/klauspost/compress/zstd"
)

func TestFormatOf(t *testing.T) {
	for name, want := range map[string]string{
		"labels.csv": "csv", "dir.json/labels.TSV": "tsv", "a.jsonl": "jsonl", "a.ndjson": "jsonl", "a.NDJSON": "jsonl",
		"a.json": "json", "a.parquet": "parquet", "a.b.csv.gz": "csv.gz", "A.JSONL.GZ": "jsonl.gz", "a.ndjson.zst": "jsonl.zst",
		"a.tsv.zst": "tsv.zst", "a.json.gz": "json.gz", ".csv": "csv",
		"labels": "", "": "", "labels.xml": "", "p.xlsx": "", "p.txt": "", "a.gz": "", "a.csv.xz": "", "a.csv.zip": "",
		"a.parquet.gz": "", "a.csv.gz.gz": "", "a.csv.": "", "csv": "", "a.csv/b": "",
	} {
		if got := FormatOf(name); got != want {
			t.Errorf("%s: format %q, want %q", name, got, want)
		}
	}
	for _, c := range [][3]string{{"csv", "", "csv"}, {"ndjson", "gz", "jsonl.gz"}, {"parquet", "", "parquet"}, {"parquet", "gz", ""}, {"csv", "xz", ""}, {"xml", "", ""}} {
		if got := Compressed(c[0], c[1]); got != c[2] {
			t.Errorf("%s with %q: format %q, want %q", c[0], c[1], got, c[2])
		}
	}
	var unknown *FormatError
	for _, format := range []string{"xml", "", "csv.xz", "parquet.gz", "a.csv", "csv.gz.gz"} {
		if w, err := NewWriter(format, nil, Columns{}); w != nil || !errors.As(err, &unknown) {
			t.Errorf("%s: %v, %v", format, w, err)
		}
	}
}

// TestCompressed: the same text, compressed; the same bytes each time.
func TestCompressed(t *testing.T) {
	r := Rule{Top: 2}
	p := r.Predict("a.jpg", []string{"ants", "bees"}, []float64{0.75, 0.25})
	for _, format := range []string{"csv", "tsv", "jsonl", "json", "ndjson"} {
		want := written(t, format, r, p, p)
		for compression, open := range map[string]func(io.Reader) (io.Reader, error){
			"gz":  func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
			"zst": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
		} {
			packed := written(t, format+"."+compression, r, p, p)
			in, err := open(strings.NewReader(packed))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(in); err != nil || string(got) != want {
				t.Errorf("%s.%s: %q (%v), want %q", format, compression, got, err, want)
			}
			if packed != written(t, format+"."+compression, r, p, p) {
				t.Errorf("%s.%s: other bytes the second time", format, compression)
			}
		}
	}
}

// TestNothingOfWhatIsNotFinite: such a prediction is refused, and the file is
// what it would be without it.
func TestNothingOfWhatIsNotFinite(t *testing.T) {
	r := Rule{Top: 2}
	good := r.Predict("a.jpg", []string{"ants", "bees"}, []float64{0.75, 0.25})
	bad := []*Prediction{
		{Path: "n.jpg", Label: "ants", Probability: math.NaN(), Top: good.Top},
		{Path: "i.jpg", Label: "ants", Probability: math.Inf(1), Top: good.Top},
		{Path: "t.jpg", Label: "ants", Probability: 1, Top: []Score{{"ants", 1}, {"bees", math.NaN()}}},
	}
	for _, format := range append(Formats, "csv.gz") {
		var file bytes.Buffer
		w, err := NewWriter(format, &file, r.Columns())
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range []*Prediction{bad[0], good, bad[1], bad[2], good} {
			if err := w.Write(p); (err == nil) != (p == good) || err != nil && !strings.Contains(err.Error(), p.Path) {
				t.Errorf("%s, %d: %v", format, i, err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if format != "parquet" { // says by whom and with which options it was made
			if want := written(t, format, r, good, good); file.String() != want {
				t.Errorf("%s: %q, want %q", format, &file, want)
			}
			continue
		}
		table, err := pqarrow.ReadTable(t.Context(), bytes.NewReader(file.Bytes()), nil, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
		if err != nil || table.NumRows() != 2 {
			t.Errorf("parquet: %v (%v)", table, err)
		}
	}
}
