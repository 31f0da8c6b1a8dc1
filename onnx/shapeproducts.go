package onnx

import (
	"slices"
	"strings"
)

// einsum is the rule of Einsum with one letter a dimension.
func (x *shapedNode) einsum() []int64 {
	equation, _ := x.n.Attr("equation").(string)
	equation = strings.ReplaceAll(equation, " ", "")
	left, right, explicit := strings.Cut(equation, "->")
	terms := strings.Split(left, ",")
	if !explicit || len(terms) != len(x.in) || strings.Contains(equation, ".") {
		return nil
	}
	sizes := map[rune]int64{}
	for i, term := range terms {
		if len([]rune(term)) != len(x.in[i]) {
			return nil
		}
		for k, letter := range []rune(term) {
			if d, ok := sizes[letter]; ok && d != x.in[i][k] && d != 1 && x.in[i][k] != 1 {
				return nil
			}
			sizes[letter] = max(sizes[letter], x.in[i][k])
		}
	}
	out, all := []int64{}, []int64{}
	for _, letter := range right {
		d, ok := sizes[letter]
		if !ok {
			return nil
		}
		out = append(out, d)
	}
	for _, d := range sizes {
		all = append(all, d)
	}
	if len(terms) > 1 {
		x.count(all...)
	}
	return out
}

// attention is the rule of Attention, opset 23: queries n×heads×q×d or n×q×c,
// keys and values alike.
func (x *shapedNode) attention() []int64 {
	if len(x.in) < 3 || len(x.in[0]) < 3 || len(x.in[1]) != len(x.in[0]) || len(x.in[2]) != len(x.in[0]) {
		return nil
	}
	q, k, v := x.in[0], x.in[1], x.in[2]
	last := len(q) - 1
	out := slices.Clone(q)
	if len(q) == 4 {
		out[last] = v[last]
	}
	keys := k[last-1]
	x.count(product(q), keys)
	x.count(product(out), keys)
	return out
}

// convTranspose is the rule of ConvTranspose: n×c×h×w and c×o/group×kh×kw.
func (x *shapedNode) convTranspose() []int64 {
	if len(x.in) < 2 || len(x.in[0]) < 3 || len(x.in[1]) != len(x.in[0]) || x.n.Attr("output_shape") != nil || x.n.Attr("auto_pad") != nil {
		return nil
	}
	in, w := x.in[0], x.in[1]
	group, pads := x.n.Int("group", 1), x.n.Ints("pads")
	if group < 1 || group > maxSize || w[1] > maxSize/group || in[1] != w[0] {
		return nil
	}
	out := []int64{in[0], w[1] * group}
	for i, size := range in[2:] {
		stride, dilation := at(x.n.Ints("strides"), i, 1), at(x.n.Ints("dilations"), i, 1)
		kernel := w[2+i]
		if min(stride, dilation, kernel, size) < 1 || max(stride, dilation, kernel, size) > 1<<20 {
			return nil
		}
		d := stride*(size-1) + at(x.n.Ints("output_padding"), i, 0) + (kernel-1)*dilation + 1 - at(pads, i, 0) - at(pads, i+len(in)-2, 0)
		out = append(out, d)
	}
	if slices.ContainsFunc(out, func(d int64) bool { return d < 0 || d > maxSize }) {
		return nil
	}
	x.count(slices.Concat(in, w[1:])...)
	return out
}
