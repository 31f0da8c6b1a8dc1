package headmodel

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"graft/onnx"
)

// KNN is the weighted k-nearest-neighbour classifier of DINOv2's eval/knn.py:
// similarity is the cosine s of the features, and the vote of each of the K
// most similar training images has the weight softmax(s/Temperature).
//
// As a model: features n×Dim are normalised to length 1 and multiplied with the
// constant `rows` (Dim×N); TopK selects K, whose classes are gathered from
// `classes` (int64, N) and one-hot encoded; a MatMul adds up the weighted votes.
type KNN struct {
	Labels      []string          // C ≥ 2 different names
	Dim         int               // features of an image
	Rows        []float32         // N×Dim: training features of length 1 (or 0), one image a row
	Classes     []int             // N: indices into Labels
	K           int               // 1…N
	Temperature float64           // above 0; DINOv2 uses 0.07
	Properties  map[string]string // further metadata, as in Linear
}

const (
	knnRows    = "rows"
	knnClasses = "classes"
	keyKNN     = "graft.knn" // JSON: knnSettings
)

// knnSettings are the settings that cannot be read back exactly from the graph.
type knnSettings struct {
	K           int     `json:"k"`
	Temperature float64 `json:"temperature"`
}

// Kind is "knn".
func (KNN) Kind() string { return "knn" }

// check returns an error if sizes do not fit or a value is out of range.
func (k KNN) check() error {
	if err := checkLabels(k.Labels); err != nil {
		return err
	}
	n := len(k.Classes)
	if k.Dim <= 0 || n == 0 || len(k.Rows)/k.Dim != n || len(k.Rows)%k.Dim != 0 {
		return fmt.Errorf("head: %d values for %d images of %d features", len(k.Rows), n, k.Dim)
	}
	if k.K < 1 || k.K > n {
		return fmt.Errorf("head: %d neighbours of %d images", k.K, n)
	}
	if !(k.Temperature > 0) || math.IsInf(1/k.Temperature, 0) || math.IsInf(k.Temperature, 0) {
		return fmt.Errorf("head: temperature %v, want a number above 0", k.Temperature)
	}
	for i, c := range k.Classes {
		if c < 0 || c >= len(k.Labels) {
			return fmt.Errorf("head: image %d has class %d of %d", i, c, len(k.Labels))
		}
	}
	for i, v := range k.Rows {
		if !(v >= -1.001 && v <= 1.001) {
			return fmt.Errorf("head: value %v in row %d; rows must have length 1", v, i/k.Dim)
		}
	}
	return nil
}

// Model returns the head as an ONNX model. The same head gives the same bytes.
func (k KNN) Model() (*onnx.Model, error) {
	if err := k.check(); err != nil {
		return nil, err
	}
	c, d, n := int64(len(k.Labels)), int64(k.Dim), int64(len(k.Classes))
	b := onnx.NewBuilder("head")
	x := k.normalised(b, b.Input(onnx.Features, onnx.Float32, "n", d))             // n×d
	x = b.Op("MatMul", "cosines", x, b.Const(knnRows, []int64{d, n}, k.columns())) // n×N
	b.Node("TopK", []string{"nearest", "places"}, x, b.ConstInt64("k", []int64{1}, []int64{int64(k.K)}))

	w := b.Op("Mul", "sharpened", "nearest", b.Const("scale", nil, []float32{float32(1 / k.Temperature)}))
	w = b.Op("Softmax", "weights", w) // n×K
	b.Attr("axis", 1)
	w = b.Op("Reshape", "weights.row", w, b.ConstInt64("row", []int64{3}, []int64{0, 1, -1})) // n×1×K

	v := b.Op("Gather", "voters", b.ConstInt64(knnClasses, []int64{n}, k.classes()), "places") // n×K
	v = b.Op("OneHot", "votes", v, b.ConstInt64("depth", []int64{1}, []int64{c}), b.Const("off.on", []int64{2}, []float32{0, 1}))

	v = b.Op("MatMul", "counted", w, v) // n×1×C
	b.Op("Flatten", onnx.Probabilities, v)
	b.Attr("axis", 1)
	b.Output(onnx.Probabilities, onnx.Float32, "n", c)
	m, err := finish(b, k.Labels, k.Properties)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(knnSettings{k.K, k.Temperature})
	m.SetProperty(keyKNN, string(text))
	return m, err
}

// normalised divides every row by its length; a row of zeros stays zero.
func (k KNN) normalised(b *onnx.Builder, x string) string {
	ones := slices.Repeat([]float32{1}, k.Dim)
	y := b.Op("Mul", "squares", x, x)
	y = b.Op("MatMul", "square", y, b.Const("ones", []int64{int64(k.Dim), 1}, ones)) // n×1
	y = b.Op("Sqrt", "length", y)
	y = b.Op("Max", "length.safe", y, b.Const("tiny", nil, []float32{1e-12})) // as torch's normalize
	return b.Op("Div", "direction", x, y)
}

// columns is Rows as Dim×N, for a product without a Transpose.
func (k KNN) columns() []float32 { return transposed(k.Rows, len(k.Classes), k.Dim) }

// transposed is the transpose, columns×rows, of x, rows×columns.
func transposed(x []float32, rows, columns int) []float32 {
	out := make([]float32, len(x))
	for i := range rows {
		for j := range columns {
			out[j*rows+i] = x[i*columns+j]
		}
	}
	return out
}

// classes is Classes as a constant of the graph has it.
func (k KNN) classes() []int64 {
	list := make([]int64, len(k.Classes))
	for i, c := range k.Classes {
		list[i] = int64(c)
	}
	return list
}

// readKNN returns the head in a model that KNN.Model made and checkHead passed.
func readKNN(m *onnx.Model) (KNN, error) {
	labels, err := m.Labels()
	if err != nil {
		return KNN{}, err
	}
	var s knnSettings
	if err := json.Unmarshal([]byte(m.Property(keyKNN)), &s); err != nil {
		return KNN{}, fmt.Errorf("it is not a head of nearest neighbours: %s: %w", keyKNN, err)
	}
	k := KNN{Labels: labels, K: s.K, Temperature: s.Temperature, Properties: properties(m)}
	k.Dim = int(m.Graph.Input(onnx.Features).Dims[1].Size)
	classes := m.Graph.Initializer(knnClasses)
	if classes == nil {
		return KNN{}, fmt.Errorf("it has no constant %q", knnClasses)
	}
	list, err := classes.Ints()
	if err != nil {
		return KNN{}, err
	}
	rows, err := floats(m, knnRows, int64(k.Dim), int64(len(list)))
	if err != nil {
		return KNN{}, err
	}
	k.Rows = transposed(rows, k.Dim, len(list))
	for _, c := range list {
		k.Classes = append(k.Classes, int(c))
	}
	return k, k.check()
}
