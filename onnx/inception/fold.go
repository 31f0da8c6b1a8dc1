package inception

import (
	"fmt"
	"math"
)

// epsilon of every batch normalisation in the network.
const epsilon = 0.001

// A normalisation turns a pixel p of channel c into (p/255 − mean[c])/std[c].
type normalisation struct{ mean, std [3]float32 }

// folded returns weights, of shape dims, and bias of a convolution that is
// equivalent to the layer's convolution and batch normalisation, and in the
// first layer to the pixels' normalisation, too. Sums are computed in float64,
// so each value is rounded once; conversions of products keep compilers from
// fusing operations, so that a trunk is the same file on every machine.
func (t *trunk) folded(name string, dims []int64) (weight, bias []float32) {
	out := dims[0]
	raw := t.param(name+".conv.weight", dims...)
	gamma := t.param(name+".bn.weight", out)
	beta := t.param(name+".bn.bias", out)
	mean := t.param(name+".bn.running_mean", out)
	variance := t.param(name+".bn.running_var", out)
	if t.Err() != nil || t.list != nil {
		return nil, nil
	}
	weight, bias = make([]float32, len(raw)), make([]float32, out)
	per := len(raw) / int(out)
	plane := int(dims[2] * dims[3])
	for c := range bias {
		scale := float64(gamma[c]) / math.Sqrt(float64(variance[c])+epsilon)
		shift := float64(beta[c]) - float64(float64(mean[c])*scale)
		shift += t.first.fold(weight[c*per:(c+1)*per], raw[c*per:(c+1)*per], plane, scale)
		bias[c] = float32(shift)
	}
	t.first = nil
	t.checkFinite(name, weight)
	t.checkFinite(name, bias)
	return weight, bias
}

// fold writes src·scale to dst, one output channel's weights, plane values an
// input channel, and returns what the normalisation contributes to the bias.
func (n *normalisation) fold(dst, src []float32, plane int, scale float64) (shift float64) {
	if n == nil {
		for i, v := range src {
			dst[i] = float32(float64(v) * scale)
		}
		return 0
	}
	for i, v := range src {
		mean, std := float64(n.mean[i/plane]), float64(n.std[i/plane])
		dst[i] = float32(float64(v) * scale / (255 * std))
		shift -= float64(float64(v) * scale * mean / std)
	}
	return shift
}

// checkFinite fails on values of a damaged or diverged checkpoint.
func (t *trunk) checkFinite(name string, values []float32) {
	for i, v := range values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			t.Fail(fmt.Errorf("layer %q: value %d of its convolution with batch normalisation folded in is %v; the checkpoint is damaged or its training diverged", name, i, v))
			return
		}
	}
}
