package onnx

import (
	"math"
	"slices"
)

// Limits of the elements that shape inference follows: of one value, and of all.
const (
	maxContents    = 1024
	maxAllContents = 1 << 22
)

// keep notes the elements of a value, integers or floating-point numbers.
func (s *shapes) keep(name string, ints []int64, reals []float64, ok bool) {
	n := len(ints) + len(reals)
	if !ok || n > maxContents || s.kept+n > maxAllContents {
		return
	}
	s.kept += n
	if reals != nil {
		s.reals[name] = reals
		return
	}
	s.ints[name] = append([]int64{}, ints...)
}

// contents propagates the elements of small values, with which exporters
// compute shapes.
func (s *shapes) contents(n *Node) {
	out := n.Outputs[0]
	first, known := s.ints[input(n, 0)]
	switch n.Op {
	case "Constant":
		s.constantNode(n)
	case "Shape":
		if dims, ok := s.dims[input(n, 0)]; ok {
			from, to := span(n.Int("start", 0), n.Int("end", math.MaxInt64), int64(len(dims)))
			s.keep(out, dims[from:to], nil, true)
		}
	case "Size":
		if dims, ok := s.dims[input(n, 0)]; ok {
			s.keep(out, []int64{product(dims)}, nil, true)
		}
	case "Identity", "Squeeze", "Unsqueeze", "Reshape", "Flatten":
		s.keep(out, first, s.reals[input(n, 0)], known || s.reals[input(n, 0)] != nil)
	case "Cast":
		s.cast(n)
	case "Gather":
		if list := gathered(first, s.ints[input(n, 1)]); known && list != nil && s.isList(input(n, 0)) {
			s.keep(out, list, nil, true)
		}
	case "Concat":
		s.concatenated(n)
	case "Slice":
		s.sliced(n, first, known)
	case "Transpose":
		s.transposed(n, first, known)
	case "Split":
		s.parted(n, first, known)
	case "ConstantOfShape", "Range", "Expand", "Tile":
		s.filled(n, first, known)
	default:
		s.computed(n)
	}
}

// constantNode notes the value of a Constant, in any of its forms.
func (s *shapes) constantNode(n *Node) {
	out := n.Outputs[0]
	if t, ok := n.Attr("value").(*Tensor); ok {
		s.constant(out, t)
	}
	if list := n.Ints("value_ints"); list != nil {
		s.constant(out, NewInt64s(out, []int64{int64(len(list))}, list))
	}
	if v, ok := n.Attr("value_int").(int64); ok {
		s.constant(out, NewInt64s(out, nil, []int64{v}))
	}
	if v, ok := n.Attr("value_float").(float32); ok {
		s.constant(out, NewFloats(out, nil, []float32{v}))
	}
	if list, ok := n.Attr("value_floats").([]float32); ok {
		s.constant(out, NewFloats(out, []int64{int64(len(list))}, list))
	}
}

// isList reports whether a value is a scalar or has one dimension.
func (s *shapes) isList(name string) bool {
	dims, ok := s.dims[name]
	return ok && len(dims) <= 1
}

// span normalises the ends of a piece of a list of size n, which may count from
// the end, to 0 ≤ from ≤ to ≤ n.
func span(from, to, n int64) (int64, int64) {
	clamp := func(v int64) int64 {
		if v < 0 {
			v += n
		}
		return max(0, min(v, n))
	}
	from, to = clamp(from), clamp(to)
	return from, max(from, to)
}

// cast converts elements between integers and floating-point numbers.
func (s *shapes) cast(n *Node) {
	to, out := DataType(n.Int("to", 0)), n.Outputs[0]
	ints, known := s.ints[input(n, 0)]
	reals, real := s.reals[input(n, 0)]
	switch {
	case known && to.isFloat():
		s.keep(out, nil, realsOf(ints), true)
	case known:
		s.keep(out, ints, nil, true)
	case real && to.isFloat():
		s.keep(out, nil, reals, true)
	case real:
		list := make([]int64, len(reals))
		for i, v := range reals {
			if !(math.Abs(v) < maxSize) {
				return
			}
			list[i] = int64(v)
		}
		s.keep(out, list, nil, true)
	}
}

func realsOf(ints []int64) []float64 {
	list := make([]float64, len(ints))
	for i, v := range ints {
		list[i] = float64(v)
	}
	return list
}

// gathered selects entries of a list; nil if an index is out of range.
func gathered(list, at []int64) (out []int64) {
	for _, i := range at {
		if i < 0 {
			i += int64(len(list))
		}
		if i < 0 || i >= int64(len(list)) {
			return nil
		}
		out = append(out, list[i])
	}
	return out
}

// concatenated concatenates elements if all of them are known.
func (s *shapes) concatenated(n *Node) {
	var all []int64
	var reals []float64
	for _, name := range n.Inputs {
		part, whole := s.ints[name]
		numbers, real := s.reals[name]
		if !whole && !real || len(all)+len(reals) > maxContents || !s.isList(name) {
			return
		}
		all, reals = append(all, part...), append(reals, numbers...)
	}
	s.keep(n.Outputs[0], all, reals, all == nil || reals == nil)
}

// sliced is a piece of a small tensor, along one axis.
func (s *shapes) sliced(n *Node, list []int64, known bool) {
	starts, ends, axes, steps, ok := s.slicing(n, 1)
	dims := s.dims[input(n, 0)]
	if !known || !ok || len(starts) != 1 || len(dims) == 0 || steps[0] == 0 || product(dims) != int64(len(list)) {
		return
	}
	a := axis(axes[0], len(dims))
	if a < 0 {
		return
	}
	size, inner := int(dims[a]), int(product(dims[a+1:]))
	var out []int64
	for at := 0; at+size*inner <= len(list) && size*inner > 0; at += size * inner {
		for _, i := range indices(starts[0], ends[0], steps[0], int64(size)) {
			out = append(out, list[at+int(i)*inner:at+(int(i)+1)*inner]...)
		}
	}
	s.keep(n.Outputs[0], out, nil, true)
}

// transposed changes the order of a small matrix's elements.
func (s *shapes) transposed(n *Node, list []int64, known bool) {
	dims, perm := s.dims[input(n, 0)], n.Ints("perm")
	if !known || len(dims) != 2 || product(dims) != int64(len(list)) || perm != nil && !slices.Equal(perm, []int64{1, 0}) {
		return
	}
	var out []int64
	for column := range dims[1] {
		for row := range dims[0] {
			out = append(out, list[row*dims[1]+column])
		}
	}
	s.keep(n.Outputs[0], out, nil, true)
}

// indices lists the entries that a slice with a step, which may be negative,
// takes of a list of size n ≤ maxContents.
func indices(start, end, step, n int64) (out []int64) {
	if n < 1 || n > maxContents {
		return nil
	}
	if start < 0 {
		start += n
	}
	if end < 0 && end >= -n {
		end += n
	}
	if step > 0 {
		for i := max(start, 0); i < min(end, n); i += min(step, n) {
			out = append(out, i)
		}
		return out
	}
	for i := min(start, n-1); i > max(end, -1) && i >= 0; i += max(step, -n) {
		out = append(out, i)
	}
	return out
}

// parted is Split of a list.
func (s *shapes) parted(n *Node, list []int64, known bool) {
	if !known || !s.isList(input(n, 0)) {
		return
	}
	sizes, ok := s.splitSizes(n, int64(len(list)))
	if !ok {
		return
	}
	for i, size := range sizes {
		s.keep(n.Outputs[i], list[:size], nil, n.Outputs[i] != "")
		list = list[size:]
	}
}

// filled is what ConstantOfShape, Range, Expand and Tile make of one element or
// of a list.
func (s *shapes) filled(n *Node, first []int64, known bool) {
	second := s.ints[input(n, 1)]
	var out []int64
	switch {
	case !known:
		return
	case n.Op == "ConstantOfShape":
		value := []int64{0}
		if t, ok := n.Attr("value").(*Tensor); ok {
			value, _ = t.Ints()
		}
		if size := product(first); len(value) == 1 && size <= maxContents {
			out = slices.Repeat(value, int(size))
		}
	case n.Op == "Range" && len(first) == 1 && len(second) == 1:
		delta := s.ints[input(n, 2)]
		if len(delta) != 1 || rangeSize(first[0], second[0], delta[0]) > maxContents {
			return
		}
		for i := range rangeSize(first[0], second[0], delta[0]) {
			out = append(out, first[0]+i*delta[0])
		}
	case n.Op == "Expand" && len(first) == 1 && product(second) <= maxContents:
		out = slices.Repeat(first, int(product(second)))
	case n.Op == "Expand" && s.isList(input(n, 0)) && len(second) == 1 && (second[0] == 1 || second[0] == int64(len(first))):
		out = first
	case n.Op == "Tile" && s.isList(input(n, 0)) && len(second) == 1 && second[0] >= 0 && second[0] <= maxContents && second[0]*int64(len(first)) <= maxContents:
		out = slices.Repeat(first, int(second[0]))
	}
	s.keep(n.Outputs[0], out, nil, out != nil)
}

// rangeSize is the number of elements of Range; maxSize if it is too large or
// the numbers make no sense.
func rangeSize(start, limit, delta int64) int64 {
	if delta == 0 || max(start, -start, limit, -limit, delta, -delta) > maxSize {
		return maxSize
	}
	return max(0, (limit-start+delta-sign(delta))/delta)
}

func sign(v int64) int64 {
	if v < 0 {
		return -1
	}
	return 1
}
