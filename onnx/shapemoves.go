package onnx

import "slices"

// Rules of the operators that move elements without computing.

func (x *site) flatten() []int64 {
	a := x.n.Int("axis", 1)
	if a < 0 {
		a += int64(len(x.in[0]))
	}
	if a < 0 || a > int64(len(x.in[0])) {
		return nil
	}
	return []int64{product(x.in[0][:a]), product(x.in[0][a:])}
}

func (x *site) transpose() []int64 {
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

// reshape follows ONNX: 0 keeps a dimension, -1 takes what is left.
func (x *site) reshape() []int64 {
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

// axes reads the axes from the attribute (older opsets) or the second input.
func (x *site) axes(rank int) ([]int, bool) {
	list := x.n.Ints("axes")
	if name := input(x.n, 1); name != "" {
		var ok bool
		if list, ok = x.s.ints[name]; !ok {
			return nil, false
		}
	}
	var out []int
	for _, a := range list {
		at := axis(a, rank)
		if at < 0 {
			return nil, false
		}
		out = append(out, at)
	}
	return out, true
}

func (x *site) squeeze() []int64 {
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

func (x *site) unsqueeze() []int64 {
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

func (x *site) reduce() []int64 {
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

func (x *site) concat() []int64 {
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

func (x *site) gather() []int64 {
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

func (x *site) pad() []int64 {
	pads := x.n.Ints("pads")
	if name := input(x.n, 1); name != "" {
		pads = x.s.ints[name]
	}
	if len(pads) != 2*len(x.in[0]) || input(x.n, 3) != "" {
		return nil
	}
	out := slices.Clone(x.in[0])
	for i := range out {
		if before, after := pads[i], pads[i+len(out)]; max(before, -before, after, -after) <= maxSize {
			out[i] += before + after
		} else {
			return nil
		}
	}
	return out
}

func (x *site) topK() []int64 {
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

func (x *site) oneHot() []int64 {
	depth := x.s.ints[input(x.n, 1)]
	if len(depth) != 1 || x.n.Int("axis", -1) != -1 {
		return nil
	}
	return append(slices.Clone(x.in[0]), depth[0])
}

func (x *site) shape() []int64 { return []int64{int64(len(x.in[0]))} }

func (x *site) constant() []int64 {
	if dims, ok := x.s.dims[x.n.Outputs[0]]; ok {
		return append([]int64{}, dims...)
	}
	return nil
}
