package onnx

import "slices"

// The rules of the operators that take pieces of a tensor or repeat it, and of
// those that make one of numbers.

// slicing reads starts, ends, axes and steps of Slice, which are inputs from i
// on or, before opset 10, attributes.
func (s *shapes) slicing(n *Node, i int) (starts, ends, axes, steps []int64, ok bool) {
	if input(n, i) == "" {
		starts, ends, axes = n.Ints("starts"), n.Ints("ends"), n.Ints("axes")
	} else {
		var given [4]bool
		for k, list := range []*[]int64{&starts, &ends, &axes, &steps} {
			name := input(n, i+k)
			*list, given[k] = s.ints[name]
			if name == "" {
				*list, given[k] = nil, k >= 2
			}
		}
		if given != [4]bool{true, true, true, true} {
			return nil, nil, nil, nil, false
		}
	}
	if axes == nil {
		for a := range starts {
			axes = append(axes, int64(a))
		}
	}
	if steps == nil {
		steps = slices.Repeat([]int64{1}, len(starts))
	}
	ok = len(starts) > 0 && len(ends) == len(starts) && len(axes) == len(starts) && len(steps) == len(starts)
	return starts, ends, axes, steps, ok
}

// slice is the rule of Slice.
func (x *shapedNode) slice() []int64 {
	starts, ends, axes, steps, ok := x.s.slicing(x.n, 1)
	if !ok {
		return nil
	}
	out := slices.Clone(x.in[0])
	for i, a := range axes {
		at := axis(a, len(out))
		if at < 0 || steps[i] == 0 {
			return nil
		}
		out[at] = sliceSize(starts[i], ends[i], steps[i], out[at])
	}
	return out
}

// sliceSize is the number of entries that a slice takes of n.
func sliceSize(start, end, step, n int64) int64 {
	if step > 0 {
		from, to := span(start, end, n)
		return (to - from + step - 1) / max(1, min(step, maxSize))
	}
	if start < 0 {
		start += n
	}
	if end < 0 && end >= -n {
		end += n
	}
	from, to := min(start, n-1), max(end, -1)
	if step = max(step, -maxSize); from <= to {
		return 0
	}
	return (from - to - step - 1) / -step
}

// splitSizes are the sizes of the pieces of a dimension: of the attribute split
// (before opset 13), of the second input, or equal.
func (s *shapes) splitSizes(n *Node, size int64) ([]int64, bool) {
	sizes, known := n.Ints("split"), true
	if name := input(n, 1); name != "" {
		sizes, known = s.ints[name]
	}
	parts := int64(len(n.Outputs))
	if sizes == nil && known {
		each := (size + parts - 1) / parts
		for rest := size; len(sizes) < len(n.Outputs); rest -= each {
			sizes = append(sizes, max(0, min(each, rest)))
		}
	}
	total := int64(0)
	for _, v := range sizes {
		if v < 0 || v > size {
			return nil, false
		}
		total += v
	}
	return sizes, known && len(sizes) == len(n.Outputs) && total == size
}

// split is the rule of Split; it notes the shapes of all outputs.
func (x *shapedNode) split() []int64 {
	a := axis(x.n.Int("axis", 0), len(x.in[0]))
	if a < 0 {
		return nil
	}
	sizes, ok := x.s.splitSizes(x.n, x.in[0][a])
	if !ok {
		return nil
	}
	var first []int64
	for i, size := range sizes {
		out := slices.Clone(x.in[0])
		if out[a] = size; i == 0 {
			first = out
		}
		if name := x.n.Outputs[i]; name != "" {
			x.s.dims[name], x.s.types[name] = out, x.s.types[x.n.Inputs[0]]
		}
	}
	return first
}

// expand is the rule of Expand: the shape broadcasts with the second input's
// elements.
func (x *shapedNode) expand() []int64 {
	to, ok := x.s.ints[input(x.n, 1)]
	if !ok {
		return nil
	}
	if len(to) == 0 {
		return append([]int64{}, x.in[0]...)
	}
	return broadcast(x.in[0], to)
}

// tile is the rule of Tile: every dimension is repeated.
func (x *shapedNode) tile() []int64 {
	times, ok := x.s.ints[input(x.n, 1)]
	if !ok || len(times) != len(x.in[0]) {
		return nil
	}
	out := []int64{}
	for i, d := range x.in[0] {
		if times[i] < 0 || times[i] > maxSize {
			return nil
		}
		out = append(out, product([]int64{d, times[i]}))
	}
	return out
}

// constantOfShape is the rule of ConstantOfShape.
func (x *shapedNode) constantOfShape() []int64 {
	dims, ok := x.s.ints[input(x.n, 0)]
	if !ok {
		return nil
	}
	return append([]int64{}, dims...)
}

// numberRange is the rule of Range.
func (x *shapedNode) numberRange() []int64 {
	start, limit, delta := x.s.ints[input(x.n, 0)], x.s.ints[input(x.n, 1)], x.s.ints[input(x.n, 2)]
	if len(start) != 1 || len(limit) != 1 || len(delta) != 1 {
		return nil
	}
	if n := rangeSize(start[0], limit[0], delta[0]); n < maxSize {
		return []int64{n}
	}
	return nil
}

// second is the rule of operators whose output has the shape of their second
// input.
func (x *shapedNode) second() []int64 { return x.in[1] }

// gatherND is the rule of GatherND.
func (x *shapedNode) gatherND() []int64 {
	if len(x.in) != 2 || len(x.in[1]) == 0 {
		return nil
	}
	data, at, batch := x.in[0], x.in[1], x.n.Int("batch_dims", 0)
	depth := at[len(at)-1]
	if batch < 0 || batch > int64(len(data)) || depth < 0 || depth > int64(len(data))-batch {
		return nil
	}
	return append(append([]int64{}, at[:len(at)-1]...), data[batch+depth:]...)
}

// argMax is the rule of ArgMax and ArgMin: one axis becomes 1 or is removed.
func (x *shapedNode) argMax() []int64 {
	a := axis(x.n.Int("axis", 0), len(x.in[0]))
	if a < 0 {
		return nil
	}
	out := slices.Clone(x.in[0])
	if out[a] = 1; x.n.Int("keepdims", 1) == 0 {
		out = slices.Delete(out, a, a+1)
	}
	return out
}

// resize is the rule of Resize and Upsample: by sizes, or by scales, rounded
// down, of all axes or of some.
func (x *shapedNode) resize() []int64 {
	out := slices.Clone(x.in[0])
	axes := x.n.Ints("axes")
	if axes == nil {
		for i := range out {
			axes = append(axes, int64(i))
		}
	}
	at := 2 // Resize from opset 11: X, roi, scales, sizes
	if len(x.n.Inputs) == 2 {
		at = 1
	}
	sizes, scales := x.s.ints[input(x.n, 3)], x.s.reals[input(x.n, at)]
	if scales == nil && input(x.n, at) == "" && x.n.Attr("scales") != nil {
		list, _ := x.n.Attr("scales").([]float32)
		for _, v := range list {
			scales = append(scales, float64(v))
		}
	}
	for i, a := range axes {
		k := axis(a, len(out))
		switch {
		case k < 0:
			return nil
		case len(sizes) == len(axes):
			out[k] = sizes[i]
		case len(scales) == len(axes) && scales[i] > 0 && scales[i]*float64(out[k]) < maxSize:
			out[k] = int64(scales[i] * float64(out[k]))
		default:
			return nil
		}
	}
	return out
}

// depthToSpace is the rule of DepthToSpace.
func (x *shapedNode) depthToSpace() []int64 {
	in, b := x.in[0], x.n.Int("blocksize", 0)
	if len(in) != 4 || b < 1 || b > 1<<16 || in[1]%(b*b) != 0 {
		return nil
	}
	return []int64{in[0], in[1] / (b * b), product([]int64{in[2], b}), product([]int64{in[3], b})}
}

// spaceToDepth is the rule of SpaceToDepth.
func (x *shapedNode) spaceToDepth() []int64 {
	in, b := x.in[0], x.n.Int("blocksize", 0)
	if len(in) != 4 || b < 1 || b > 1<<16 || in[2]%b != 0 || in[3]%b != 0 {
		return nil
	}
	return []int64{in[0], product([]int64{in[1], b * b}), in[2] / b, in[3] / b}
}
