package precision

import (
	"slices"

	"graft/onnx"
)

// A view is a map with a border of zeros.
type view struct {
	array
	stride, top, left int
}

func viewOf(n *onnx.Node, x array) view {
	v := view{array: x, stride: 1}
	if s := n.Ints("strides"); s != nil {
		v.stride = int(s[0])
	}
	if p := n.Ints("pads"); p != nil {
		v.top, v.left = int(p[0]), int(p[1])
	}
	return v
}

// out is the size of a result for a window.
func (v view) out(kh, kw int) (h, w int) {
	return (v.dims[2]+2*v.top-kh)/v.stride + 1, (v.dims[3]+2*v.left-kw)/v.stride + 1
}

func (v view) at(c, y, x int) (value float64, inside bool) {
	y, x = y-v.top, x-v.left
	if y < 0 || x < 0 || y >= v.dims[2] || x >= v.dims[3] {
		return 0, false
	}
	return v.data[(c*v.dims[2]+y)*v.dims[3]+x], true
}

func convolve(n *onnx.Node, in []array) array {
	v, w := viewOf(n, in[0]), in[1]
	channels, kh, kw := w.dims[1], w.dims[2], w.dims[3]
	h, width := v.out(kh, kw)
	out := array{dims: []int{1, w.dims[0], h, width}}
	for o := range w.dims[0] {
		for y := range h {
			for x := range width {
				sum := 0.0
				if len(in) > 2 {
					sum = in[2].data[o]
				}
				for k := range channels * kh * kw {
					c, dy, dx := k/(kh*kw), k/kw%kh, k%kw
					p, _ := v.at(c, y*v.stride+dy, x*v.stride+dx)
					sum += p * w.data[o*channels*kh*kw+k]
				}
				out.data = append(out.data, sum)
			}
		}
	}
	return out
}

func pool(n *onnx.Node, x array) array {
	v, k := viewOf(n, x), int(n.Ints("kernel_shape")[0])
	h, w := v.out(k, k)
	out := array{dims: []int{1, x.dims[1], h, w}}
	for i := range x.dims[1] * h * w {
		var in []float64
		for j := range k * k {
			p, inside := v.at(i/(h*w), i/w%h*v.stride+j/k, i%w*v.stride+j%k)
			if inside || n.Op == "AveragePool" && n.Int("count_include_pad", 0) == 1 {
				in = append(in, p)
			}
		}
		if n.Op == "MaxPool" {
			out.data = append(out.data, slices.Max(in))
			continue
		}
		sum := 0.0
		for _, p := range in {
			sum += p / float64(len(in))
		}
		out.data = append(out.data, sum)
	}
	return out
}

func average(x array) array {
	out := array{dims: []int{1, x.dims[1], 1, 1}, data: make([]float64, x.dims[1])}
	per := len(x.data) / x.dims[1]
	for i, v := range x.data {
		out.data[i/per] += v / float64(per)
	}
	return out
}

func join(in []array) array {
	out := array{dims: slices.Clone(in[0].dims)}
	out.dims[1] = 0
	for _, x := range in {
		out.dims[1] += x.dims[1]
		out.data = append(out.data, x.data...)
	}
	return out
}
