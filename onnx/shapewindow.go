package onnx

import "slices"

// window computes the dimensions after the first two of the output of a sliding
// window of size kernel: attributes strides, dilations, pads, auto_pad and
// ceil_mode as specified for Conv and MaxPool.
func (x *shapedNode) window(kernel []int64) []int64 {
	spatial := x.in[0][2:]
	if len(kernel) != len(spatial) {
		return nil
	}
	out := make([]int64, len(spatial))
	for i := range spatial {
		if out[i] = x.windowSize(i, kernel[i]); out[i] < 0 {
			return nil
		}
	}
	return out
}

// windowSize is the size of spatial dimension i of the output; -1 if the window
// does not fit.
func (x *shapedNode) windowSize(i int, kernel int64) int64 {
	spatial := x.in[0][2:]
	size, pads := spatial[i], x.n.Ints("pads")
	stride, dilation := at(x.n.Ints("strides"), i, 1), at(x.n.Ints("dilations"), i, 1)
	pad := int64(0)
	if i+len(spatial) < len(pads) {
		pad = pads[i] + pads[i+len(spatial)]
	}
	if stride <= 0 || dilation <= 0 || dilation > maxSize || kernel <= 0 || kernel > maxSize/dilation || pad < -maxSize || pad > maxSize {
		return -1
	}
	extent := dilation*(kernel-1) + 1
	auto, _ := x.n.Attr("auto_pad").(string)
	switch {
	case auto == "SAME_UPPER" || auto == "SAME_LOWER":
		return (size + stride - 1) / stride
	case auto == "" && size+pad < extent:
		return -1
	case x.n.Int("ceil_mode", 0) == 1:
		n := (size+pad-extent+stride-1)/stride + 1
		if (n-1)*stride >= size+pad/2 { // a window may not begin in the padding at the end
			n--
		}
		return n
	}
	return (size+pad-extent)/stride + 1
}

// at is entry i of a list, or otherwise if the list is shorter.
func at(list []int64, i int, otherwise int64) int64 {
	if i < len(list) {
		return list[i]
	}
	return otherwise
}

// conv is the rule of Conv: n×c×h×w and o×c/group×kh×kw to n×o×h′×w′.
func (x *shapedNode) conv() []int64 {
	if len(x.in) < 2 || len(x.in[0]) < 3 || len(x.in[1]) != len(x.in[0]) {
		return nil
	}
	in, w := x.in[0], x.in[1]
	spatial := x.window(w[2:])
	if group := x.n.Int("group", 1); spatial == nil || group < 1 || group > maxSize || w[1] > maxSize || in[1] != w[1]*group {
		return nil
	}
	out := append([]int64{in[0], w[0]}, spatial...)
	x.count(slices.Concat(out, w[1:])...)
	return out
}

// pool is the rule of MaxPool and AveragePool.
func (x *shapedNode) pool() []int64 {
	if len(x.in[0]) < 3 {
		return nil
	}
	spatial := x.window(x.n.Ints("kernel_shape"))
	if spatial == nil {
		return nil
	}
	return append(slices.Clone(x.in[0][:2]), spatial...)
}

// globalPool is the rule of GlobalAveragePool and GlobalMaxPool: n×c×1×1.
func (x *shapedNode) globalPool() []int64 {
	if len(x.in[0]) < 2 {
		return nil
	}
	out := slices.Clone(x.in[0])
	for i := range out[2:] {
		out[2+i] = 1
	}
	return out
}
