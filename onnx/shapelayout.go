package onnx

import "slices"

// The rules of the operators that change the layout of a tensor and not its
// elements. The operator of each is specified at
// https://onnx.ai/onnx/operators/onnx__NAME.html.

// flatten is the rule of Flatten: the dimensions before axis and those from it on
// become one each.
func (x *shapedNode) flatten() []int64 {
	a := x.n.Int("axis", 1)
	if a < 0 {
		a += int64(len(x.in[0]))
	}
	if a < 0 || a > int64(len(x.in[0])) {
		return nil
	}
	return []int64{product(x.in[0][:a]), product(x.in[0][a:])}
}

// transpose is the rule of Transpose: dimension i of the output is perm[i] of the
// input; without perm the order is reversed.
func (x *shapedNode) transpose() []int64 {
	in, perm := x.in[0], x.n.Ints("perm")
	out := slices.Clone(in)
	if perm == nil {
		slices.Reverse(out)
		return out
	}
	if len(perm) != len(in) {
		return nil
	}
	for i, p := range perm {
		if p < 0 || p >= int64(len(in)) {
			return nil
		}
		out[i] = in[p]
	}
	return out
}

// reshape is the rule of Reshape: 0 copies a dimension unless allowzero is set,
// one -1 is inferred from the number of elements.
func (x *shapedNode) reshape() []int64 {
	want, ok := x.s.ints[input(x.n, 1)]
	if !ok {
		return nil
	}
	out, free := slices.Clone(want), -1
	for i, d := range out {
		switch {
		case d == 0 && x.n.Int("allowzero", 0) == 0:
			if i >= len(x.in[0]) {
				return nil
			}
			out[i] = x.in[0][i]
		case d == -1 && free < 0:
			free, out[i] = i, 1
		case d < 0:
			return nil
		}
	}
	total, rest := product(x.in[0]), product(out)
	if free >= 0 && rest > 0 && total%rest == 0 {
		out[free] = total / rest
	}
	if product(out) != total {
		return nil
	}
	return out
}

// axes reads the axes from the attribute (before opset 13) or the second input;
// nil without either. ok is false if they are not known or out of range.
func (x *shapedNode) axes(rank int) (list []int, ok bool) {
	axes := x.n.Ints("axes")
	if name := input(x.n, 1); name != "" {
		if axes, ok = x.s.ints[name]; !ok {
			return nil, false
		}
	}
	for _, a := range axes {
		i := axis(a, rank)
		if i < 0 {
			return nil, false
		}
		list = append(list, i)
	}
	return list, true
}

// squeeze is the rule of Squeeze: the axes are removed, without axes all of size 1.
func (x *shapedNode) squeeze() []int64 {
	axes, ok := x.axes(len(x.in[0]))
	if !ok {
		return nil
	}
	out := []int64{}
	for i, d := range x.in[0] {
		if slices.Contains(axes, i) || axes == nil && d == 1 {
			continue
		}
		out = append(out, d)
	}
	return out
}

// unsqueeze is the rule of Unsqueeze: dimensions of size 1 are inserted at the axes
// of the output.
func (x *shapedNode) unsqueeze() []int64 {
	list := x.n.Ints("axes")
	if name := input(x.n, 1); name != "" {
		list = x.s.ints[name]
	}
	axes, ok := x.axes(len(x.in[0]) + len(list))
	if !ok || len(axes) == 0 {
		return nil
	}
	slices.Sort(axes)
	out := slices.Clone(x.in[0])
	for _, a := range axes {
		if a > len(out) {
			return nil
		}
		out = slices.Insert(out, a, 1)
	}
	return out
}

// reduce is the rule of ReduceMean, ReduceSum, ReduceMax and ReduceL2: the axes,
// without axes all, become 1 or, with keepdims=0, are removed.
func (x *shapedNode) reduce() []int64 {
	axes, ok := x.axes(len(x.in[0]))
	if !ok {
		return nil
	}
	keep, out := x.n.Int("keepdims", 1) != 0, []int64{}
	for i, d := range x.in[0] {
		switch {
		case axes != nil && !slices.Contains(axes, i):
			out = append(out, d)
		case keep:
			out = append(out, 1)
		}
	}
	return out
}

// concat is the rule of Concat: sizes add up along axis and are equal elsewhere.
func (x *shapedNode) concat() []int64 {
	if len(x.in) == 0 {
		return nil
	}
	out := slices.Clone(x.in[0])
	a := axis(x.n.Int("axis", 0), len(out))
	if a < 0 {
		return nil
	}
	for _, d := range x.in[1:] {
		if len(d) != len(out) {
			return nil
		}
		for i := range d {
			if i != a && d[i] != out[i] {
				return nil
			}
		}
		out[a] += d[a]
	}
	return out
}

// gather is the rule of Gather: the shape of the indices replaces axis.
func (x *shapedNode) gather() []int64 {
	if len(x.in) != 2 {
		return nil
	}
	a := axis(x.n.Int("axis", 0), len(x.in[0]))
	if a < 0 {
		return nil
	}
	out := append([]int64{}, x.in[0][:a]...) // not nil, even for a scalar
	return append(append(out, x.in[1]...), x.in[0][a+1:]...)
}

// pad is the rule of Pad: pads has the elements added before each of the axes,
// without that input all, then those after each.
func (x *shapedNode) pad() []int64 {
	pads := x.n.Ints("pads")
	if name := input(x.n, 1); name != "" {
		pads = x.s.ints[name]
	}
	rank := len(x.in[0])
	axes := make([]int64, rank)
	for i := range axes {
		axes[i] = int64(i)
	}
	if name := input(x.n, 3); name != "" {
		axes = x.s.ints[name]
	}
	if len(pads) != 2*len(axes) || len(axes) == 0 {
		return nil
	}
	out := slices.Clone(x.in[0])
	for i, a := range axes {
		before, after, at := pads[i], pads[i+len(axes)], axis(a, rank)
		if at < 0 || max(before, -before, after, -after) > maxSize {
			return nil
		}
		out[at] += before + after
	}
	return out
}

// topK is the rule of TopK: axis has size k, in the values and in the indices.
func (x *shapedNode) topK() []int64 {
	k := x.s.ints[input(x.n, 1)]
	a := axis(x.n.Int("axis", -1), len(x.in[0]))
	if len(k) != 1 || a < 0 {
		return nil
	}
	out := slices.Clone(x.in[0])
	out[a] = k[0]
	if len(x.n.Outputs) == 2 {
		x.s.dims[x.n.Outputs[1]] = out
		x.s.types[x.n.Outputs[1]] = Int64
	}
	return out
}

// oneHot is the rule of OneHot with the new axis last: it has size depth.
func (x *shapedNode) oneHot() []int64 {
	depth := x.s.ints[input(x.n, 1)]
	if len(depth) != 1 || x.n.Int("axis", -1) != -1 {
		return nil
	}
	return append(slices.Clone(x.in[0]), depth[0])
}

// shape is the rule of Shape: one element for each dimension from start to end.
func (x *shapedNode) shape() []int64 {
	from, to := span(x.n.Int("start", 0), x.n.Int("end", maxSize), int64(len(x.in[0])))
	return []int64{to - from}
}

// constant is the rule of Constant, whose value is known already.
func (x *shapedNode) constant() []int64 {
	if dims, ok := x.s.dims[x.n.Outputs[0]]; ok {
		return append([]int64{}, dims...)
	}
	return nil
}
