//go:build unix

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"graft/extractor/trunk"
	"graft/onnx"
)

// readTable reads a csv or tsv file.
func readTable(t *testing.T, path string, comma rune) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = comma
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// column is a column of a table, by its name.
func column(t *testing.T, rows [][]string, name string) (cells []string) {
	t.Helper()
	at := slices.Index(rows[0], name)
	if at < 0 {
		t.Fatalf("no column %q in %q", name, rows[0])
	}
	for _, row := range rows[1:] {
		cells = append(cells, row[at])
	}
	return cells
}

// jsonPaths are the paths in json, an array, and jsonl.
func jsonPaths(t *testing.T, path string) (paths []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	type object struct{ Path string }
	var list []object
	if err := json.Unmarshal(text, &list); err != nil {
		list = nil
		for d := json.NewDecoder(bytes.NewReader(text)); ; {
			var o object
			if err := d.Decode(&o); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			list = append(list, o)
		}
	}
	for _, o := range list {
		paths = append(paths, o.Path)
	}
	return paths
}

// parquetPaths is the column path of a Parquet file.
func parquetPaths(t *testing.T, path string) (paths []string) {
	t.Helper()
	f, err := file.OpenParquetFile(path, false)
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
	for _, chunk := range table.Column(0).Data().Chunks() {
		for i := range chunk.Len() {
			paths = append(paths, chunk.(*array.String).Value(i))
		}
	}
	return paths
}

// quickTrunk writes an untrained trunk of one convolution.
func quickTrunk(t *testing.T) string {
	t.Helper()
	const dim, kernel = 8, 8 * 3 * 4 * 4
	random := rand.New(rand.NewPCG(1, 1))
	weights := make([]float32, kernel)
	for i := range weights {
		weights[i] = (random.Float32() - 0.5) / 100
	}
	b := onnx.NewBuilder("quick")
	x := b.Input(onnx.Pixels, onnx.Uint8, "n", "h", "w", 3)
	x = b.Op("Cast", "float", x)
	b.Attr("to", int64(onnx.Float32))
	x = b.Op("Transpose", "planes", x)
	b.Attr("perm", []int64{0, 3, 1, 2})
	x = b.Op("Conv", "convolved", x, b.Const("kernels", []int64{dim, 3, 4, 4}, weights))
	b.Attr("strides", []int64{4, 4})
	b.Op("Flatten", onnx.Features, b.Op("GlobalAveragePool", "averages", b.Op("Relu", "lifted", x)))
	b.Output(onnx.Features, onnx.Float32, "n", dim)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	onnx.Trunk{Name: "quick", Source: "a test", Resize: 40, Crop: 32, Taps: []onnx.Tap{{Name: onnx.Features, Dim: dim}}}.Describe(m)
	path := filepath.Join(t.TempDir(), "quick.onnx")
	if _, err := trunk.WriteModel(path, m); err != nil {
		t.Fatal(err)
	}
	return path
}
