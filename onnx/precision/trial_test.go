package precision

import (
	"math"
	"testing"

	"graft/onnx"
)

// side is the height and width of the test network's images.
const side = 11

// A trial network has a convolution that takes the pixels, pools, a
// concatenation of three branches, one of which has an operator without an
// integer form, and an addition.
type networkOptions struct {
	normalise func(b *onnx.Builder, x string) string // in front; nil: none
	pad       int64                                  // of the first convolution
	opset     int64                                  // 0: 13
	halfStore bool                                   // weights are stored in float16 and cast
}

func network(t *testing.T, o networkOptions) *onnx.Model {
	t.Helper()
	b := onnx.NewBuilder("trial")
	if o.opset != 0 {
		b.Opset(o.opset)
	}
	conv := func(x, name string, in, out, k, pad int64) string {
		dims := []int64{out, in, k, k}
		w := weights(int(out*in*k*k), 0.5)
		weight := name + ".w"
		if o.halfStore {
			b.Op("Cast", weight, b.Tensor(onnx.NewFloat16s(name+".w16", dims, w)))
			b.Attr("to", int64(onnx.Float32))
		} else {
			b.Const(weight, dims, w)
		}
		bias := b.Const(name+".b", []int64{out}, weights(int(out), 0.1))
		b.Op("Conv", name, x, weight, bias)
		b.Attr("pads", []int64{pad, pad, pad, pad})
		return name
	}
	relu := func(x string) string { return b.Op("Relu", x+".relu", x) }
	window := func(op, x, name string, pad int64) string {
		b.Op(op, name, x)
		b.Attr("kernel_shape", []int64{3, 3})
		b.Attr("pads", []int64{pad, pad, pad, pad})
		return name
	}
	x := b.Op("Transpose", "planes", b.Input(onnx.Pixels, onnx.Uint8, "n", "h", "w", 3))
	b.Attr("perm", []int64{0, 3, 1, 2})
	x = b.Op("Cast", "input", x)
	b.Attr("to", int64(onnx.Float32))
	if o.normalise != nil {
		x = o.normalise(b, x)
	} else {
		x = b.Op("Mul", "scaled", x, b.Const("by", nil, []float32{1.0 / 64}))
	}
	x = relu(conv(x, "first", 3, 6, 3, o.pad))
	x = window("MaxPool", x, "max", 0)
	branch1 := relu(conv(x, "one", 6, 4, 1, 0))
	branch2 := conv(window("AveragePool", x, "around", 1), "two", 6, 3, 3, 1) // may be negative
	branch3 := relu(conv(b.Op("Sigmoid", "sigmoid", conv(x, "three", 6, 4, 1, 0)), "four", 4, 4, 3, 1))
	x = b.Op("Concat", "join", branch1, branch2, branch3)
	b.Attr("axis", 1)
	x = b.Op("Add", "sum", conv(x, "left", 11, 5, 3, 1), conv(x, "right", 11, 5, 1, 0))
	x = relu(x)
	b.Op("GlobalAveragePool", "pooled", x)
	b.Op("Flatten", onnx.Features, "pooled")
	b.Output(onnx.Features, onnx.Float32, "n", 5)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	onnx.Trunk{Name: "trial", Trained: true, Resize: side, Crop: side, Taps: []onnx.Tap{{Name: onnx.Features, Dim: 5}}}.Describe(m)
	return m
}

// measured analyses a model and calibrates it on some images.
func measured(t *testing.T, m *onnx.Model) (*Network, *Calibration) {
	t.Helper()
	return measuredIn(t, m, []int{0, 1, 2, 3, 4, 5})
}

// measuredIn is measured with the images in some order.
func measuredIn(t *testing.T, m *onnx.Model, order []int) (*Network, *Calibration) {
	t.Helper()
	n, err := Analyse(m)
	if err != nil {
		t.Fatal(err)
	}
	c := n.Calibrate(side)
	for _, k := range order {
		values := run(t, n.Model(), noise(k, side), side)
		var rows [][]float32
		for _, name := range n.Activations() {
			rows = append(rows, narrow(values[name].data))
		}
		if err := c.Add(k, rows); err != nil {
			t.Fatal(err)
		}
	}
	return n, c
}

// normalised subtracts and scales by channel, after the planes.
func normalised(mean, scale []float32) func(*onnx.Builder, string) string {
	return func(b *onnx.Builder, x string) string {
		dims := func(v []float32) []int64 { return []int64{int64(len(v)), 1, 1} }
		x = b.Op("Sub", "centred", x, b.Const("mean", dims(mean), mean))
		return b.Op("Mul", "scaled", x, b.Const("scale", dims(scale), scale))
	}
}

var networks = map[string]networkOptions{
	"plain":           {},
	"normalised":      {normalise: normalised([]float32{120, 110, 100.5}, []float32{1. / 58, 1. / 60, 1. / 57})},
	"padded, whole":   {normalise: normalised([]float32{128}, []float32{1. / 128}), pad: 1},
	"padded, by hand": {normalise: normalised([]float32{120, 110, 100.5}, []float32{1. / 58}), pad: 1},
	"old opset":       {opset: 11},
	"stored in half":  {halfStore: true},
}

// distance is |a−b| as a part of |b|.
func distance(a, b []float64) float64 {
	var d, l float64
	for i := range b {
		d += (a[i] - b[i]) * (a[i] - b[i])
		l += b[i] * b[i]
	}
	return math.Sqrt(d / l)
}
