package precision

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"graft/onnx"
)

// An array is a value of a graph that is being run: C order.
type array struct {
	dims []int
	data []float64
}

// A runner computes a graph in float64, operator by operator, as the ONNX
// specification says: the reference for what the rewritten graphs compute.
type runner struct {
	t      *testing.T
	values map[string]array
}

// run computes every value of m for one image of side×side×3 pixels.
func run(t *testing.T, m *onnx.Model, pixels []byte, side int) map[string]array {
	t.Helper()
	r := &runner{t, map[string]array{}}
	for _, c := range m.Graph.Initializers {
		r.values[c.Name] = constant(t, c)
	}
	in := array{[]int{1, side, side, 3}, make([]float64, len(pixels))}
	for i, p := range pixels {
		in.data[i] = float64(p)
	}
	r.values[onnx.Pixels] = in
	for _, n := range m.Graph.Nodes {
		in := make([]array, len(n.Inputs))
		for i, name := range n.Inputs {
			v, known := r.values[name]
			if !known {
				t.Fatalf("%s %q takes %q, which is computed by nothing before it", n.Op, n.Name, name)
			}
			in[i] = v
		}
		r.values[n.Outputs[0]] = r.apply(n, in)
	}
	return r.values
}

func constant(t *testing.T, c *onnx.Tensor) array {
	var a array
	for _, d := range c.Dims {
		a.dims = append(a.dims, int(d))
	}
	if isFloat(c.Type) {
		data, err := c.Floats()
		if err != nil {
			t.Fatal(err)
		}
		a.data = widen(data)
		return a
	}
	data, err := c.Ints()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range data {
		a.data = append(a.data, float64(v))
	}
	return a
}

func (r *runner) apply(n *onnx.Node, in []array) array {
	x := in[0]
	switch n.Op {
	case "Cast", "Identity":
		return x
	case "Abs":
		return each(x, func(_ int, v float64) float64 { return math.Abs(v) })
	case "ReduceMax": // over all axes
		return array{nil, []float64{slices.Max(x.data)}}
	case "Reshape": // of one number
		return array{[]int{1, 1}, x.data}
	case "Relu":
		return each(x, func(_ int, v float64) float64 { return max(v, 0) })
	case "Clip":
		return each(x, func(_ int, v float64) float64 { return min(max(v, in[1].data[0]), in[2].data[0]) })
	case "Sigmoid":
		return each(x, func(_ int, v float64) float64 { return 1 / (1 + math.Exp(-v)) })
	case "Add", "Sub", "Mul", "Div":
		return binary(n.Op, x, in[1])
	case "Transpose":
		return planes(x)
	case "Conv":
		return convolve(n, in)
	case "MaxPool", "AveragePool":
		return pool(n, x)
	case "GlobalAveragePool":
		return average(x)
	case "Flatten":
		return array{[]int{1, len(x.data)}, x.data}
	case "Concat":
		return join(in)
	case "QuantizeLinear":
		return each(x, func(_ int, v float64) float64 {
			return min(max(math.RoundToEven(v/in[1].data[0])+in[2].data[0], 0), 255)
		})
	case "DequantizeLinear":
		return dequantise(in)
	}
	r.t.Fatalf("the reference does not know %s", n.Op)
	return array{}
}

func each(x array, f func(i int, v float64) float64) array {
	out := array{x.dims, make([]float64, len(x.data))}
	for i, v := range x.data {
		out.data[i] = f(i, v)
	}
	return out
}

// binary combines with an array of the same shape, one value, or one a channel.
func binary(op string, x, y array) array {
	per := len(x.data) / len(y.data)
	if len(y.data) != len(x.data) && len(y.data) != 1 {
		per = x.dims[2] * x.dims[3]
	}
	return each(x, func(i int, v float64) float64 {
		w := y.data[i/per%len(y.data)]
		return map[string]float64{"Add": v + w, "Sub": v - w, "Mul": v * w, "Div": v / w}[op]
	})
}

func planes(x array) array {
	h, w := x.dims[1], x.dims[2]
	out := array{[]int{1, 3, h, w}, make([]float64, len(x.data))}
	for i, v := range x.data {
		out.data[i%3*h*w+i/3] = v
	}
	return out
}

func dequantise(in []array) array {
	per := len(in[0].data) / len(in[1].data)
	return each(in[0], func(i int, v float64) float64 {
		zero := 0.0
		if len(in) > 2 {
			zero = in[2].data[i/per]
		}
		return (v - zero) * in[1].data[i/per]
	})
}

// noise are the pixels of image k, side×side×3.
func noise(k, side int) []byte {
	p := make([]byte, side*side*3)
	state := uint32(k + 1)
	for i := range p {
		state = state*1664525 + 1013904223
		p[i] = byte(state >> 24)
	}
	return p
}

// weights are made up: they do not repeat and are of either sign.
func weights(n int, size float64) []float32 {
	w := make([]float32, n)
	for i := range w {
		w[i] = float32(size * math.Sin(float64(i*i)+0.5))
	}
	return w
}

// check that the reference agrees with itself on a value that is known:
// a 2×2 average with and without the border.
func TestReference(t *testing.T) {
	n := &onnx.Node{Op: "AveragePool"}
	for name, v := range map[string][]int64{"kernel_shape": {2, 2}, "pads": {1, 1, 1, 1}, "strides": {2, 2}} {
		if err := n.Set(name, v); err != nil {
			t.Fatal(err)
		}
	}
	x := array{[]int{1, 1, 2, 2}, []float64{1, 2, 3, 4}}
	if got := pool(n, x); fmt.Sprint(got.data) != "[1 2 3 4]" {
		t.Errorf("without the border: %v", got.data)
	}
	if err := n.Set("count_include_pad", 1); err != nil {
		t.Fatal(err)
	}
	if got := pool(n, x); fmt.Sprint(got.data) != "[0.25 0.5 0.75 1]" {
		t.Errorf("with the border: %v", got.data)
	}
}
