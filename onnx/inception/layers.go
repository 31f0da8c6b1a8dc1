package inception

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"graft/onnx"
)

// A kernel is the geometry of a convolution or pooling window: rows by columns.
type kernel struct{ h, w, stride, padH, padW int64 }

var (
	k1x1 = kernel{1, 1, 1, 0, 0}
	k3x3 = kernel{3, 3, 1, 1, 1}
	k5x5 = kernel{5, 5, 1, 2, 2}
	k1x3 = kernel{1, 3, 1, 0, 1}
	k3x1 = kernel{3, 1, 1, 1, 0}
	k1x7 = kernel{1, 7, 1, 0, 3}
	k7x1 = kernel{7, 1, 1, 3, 0}

	valid = kernel{3, 3, 1, 0, 0} // 3×3 without padding
	half  = kernel{3, 3, 2, 0, 0} // 3×3, stride 2: halves the map
)

// pixels declares the input and converts it to float32 n×3×h×w, still 0…255.
func (t *trunk) pixels() layer {
	x := t.Input("pixels", onnx.Uint8, "n", "h", "w", 3)
	// Transposing bytes moves a quarter of the memory of transposing floats.
	x = t.Op("Transpose", "planes", x)
	t.Attr("perm", []int64{0, 3, 1, 2})
	x = t.Op("Cast", "input", x)
	t.Attr("to", int64(onnx.Float32))
	return layer{x, 3}
}

// conv adds a convolution to out channels (at width 1), its batch
// normalisation folded into weights and bias, and a ReLU.
func (t *trunk) conv(x layer, name string, out int64, k kernel) layer {
	y := layer{name, scaled(out, t.width)}
	dims := []int64{y.channels, x.channels, k.h, k.w}
	weight, bias := t.folded(name, dims)
	if t.list != nil {
		t.Op("Relu", name, x.name) // in place of the layer
		return y
	}
	w := t.Const(name+".weight", dims, weight)
	b := t.Const(name+".bias", dims[:1], bias)
	t.Op("Conv", name+".conv", x.name, w, b)
	t.window(k)
	t.Op("Relu", name, name+".conv")
	return y
}

// scaled is a channel count at some width: a multiple of 4, for vector units.
func scaled(channels int64, width float64) int64 {
	return 4 * max(1, int64(math.Round(float64(channels)*width/4)))
}

func (t *trunk) maxPool(x layer, name string) layer {
	t.Op("MaxPool", name, x.name)
	t.window(half)
	return layer{name, x.channels}
}

// avgPool adds a 3×3 average over a zero-padded map; the zeros count, as in
// torchvision but not as in TensorFlow.
func (t *trunk) avgPool(x layer, name string) layer {
	t.Op("AveragePool", name, x.name)
	t.window(k3x3)
	t.Attr("count_include_pad", int64(1))
	return layer{name, x.channels}
}

func (t *trunk) concat(name string, branches ...layer) layer {
	y := layer{name: name + ".cat"}
	names := make([]string, len(branches))
	for i, b := range branches {
		names[i] = b.name
		y.channels += b.channels
	}
	t.Op("Concat", y.name, names...)
	t.Attr("axis", int64(1))
	return y
}

// tap adds the average of a map over rows and columns as an output.
func (t *trunk) tap(x layer, name string) {
	t.Op("GlobalAveragePool", name+".avgpool", x.name)
	t.Op("Flatten", name, name+".avgpool")
	t.Output(name, onnx.Float32, "n", x.channels)
	t.taps = append(t.taps, onnx.Tap{Name: name, Dim: int(x.channels)})
}

func (t *trunk) window(k kernel) {
	t.Attr("kernel_shape", []int64{k.h, k.w})
	t.Attr("strides", []int64{k.stride, k.stride})
	t.Attr("pads", []int64{k.padH, k.padW, k.padH, k.padW})
}

// param reads a parameter and checks its shape.
func (t *trunk) param(name string, want ...int64) []float32 {
	if t.Err() != nil {
		return nil
	}
	if t.list != nil {
		*t.list = append(*t.list, Parameter{name, want})
		return nil
	}
	dims, data, err := t.weights.Tensor(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.Fail(fmt.Errorf("tensor %q of shape %v is missing: %w", name, want, err))
	case err != nil:
		t.Fail(fmt.Errorf("tensor %q: %w", name, err))
	case !slices.Equal(dims, want):
		t.Fail(fmt.Errorf("tensor %q has shape %v, want %v at width %g", name, dims, want, t.width))
	default:
		return data
	}
	return nil
}
