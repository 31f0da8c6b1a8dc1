package onnx

import (
	"math"
	"slices"
)

// Arithmetic on integers as ONNX defines it: division truncates, the remainder
// has the divisor's sign, and comparisons give 0 or 1.
var integerOps = map[string]func(a, b int64) (int64, bool){
	"Add": func(a, b int64) (int64, bool) { return a + b, true },
	"Sub": func(a, b int64) (int64, bool) { return a - b, true },
	"Mul": func(a, b int64) (int64, bool) {
		return a * b, max(a, -a) <= math.MaxInt32 && max(b, -b) <= math.MaxInt32
	},
	"Div": func(a, b int64) (int64, bool) {
		if b == 0 {
			return 0, false
		}
		return a / b, true
	},
	"Mod": func(a, b int64) (int64, bool) {
		if b == 0 {
			return 0, false
		}
		if r := a % b; r != 0 && (r < 0) != (b < 0) {
			return r + b, true
		}
		return a % b, true
	},
	"Min":            func(a, b int64) (int64, bool) { return min(a, b), true },
	"Max":            func(a, b int64) (int64, bool) { return max(a, b), true },
	"Equal":          func(a, b int64) (int64, bool) { return truth(a == b) },
	"Greater":        func(a, b int64) (int64, bool) { return truth(a > b) },
	"Less":           func(a, b int64) (int64, bool) { return truth(a < b) },
	"GreaterOrEqual": func(a, b int64) (int64, bool) { return truth(a >= b) },
	"LessOrEqual":    func(a, b int64) (int64, bool) { return truth(a <= b) },
	"And":            func(a, b int64) (int64, bool) { return truth(a != 0 && b != 0) },
	"Or":             func(a, b int64) (int64, bool) { return truth(a != 0 || b != 0) },
}

func truth(b bool) (int64, bool) {
	if b {
		return 1, true
	}
	return 0, true
}

// realOps is the same on floating-point numbers.
var realOps = map[string]func(a, b float64) float64{
	"Add": func(a, b float64) float64 { return a + b }, "Sub": func(a, b float64) float64 { return a - b },
	"Mul": func(a, b float64) float64 { return a * b }, "Div": func(a, b float64) float64 { return a / b },
	"Min": math.Min, "Max": math.Max, "Pow": math.Pow,
}

// unaryOps act on one number.
var unaryOps = map[string]func(a float64) float64{
	"Floor": math.Floor, "Ceil": math.Ceil, "Round": math.RoundToEven, "Sqrt": math.Sqrt, "Neg": func(a float64) float64 { return -a }, "Abs": math.Abs,
}

// computed notes the result of arithmetic on small values, element by element
// with a list against a list or a single number, and of reductions of a list.
func (s *shapes) computed(n *Node) {
	out := n.Outputs[0]
	a, b := s.ints[input(n, 0)], s.ints[input(n, 1)]
	x, y := s.reals[input(n, 0)], s.reals[input(n, 1)]
	integer, real, unary := integerOps[n.Op], realOps[n.Op], unaryOps[n.Op]
	switch {
	case n.Op == "Where":
		s.chosen(n)
	case n.Op == "Clip":
		s.clipped(n)
	case integer != nil && a != nil && b != nil:
		list, ok := pairwise(a, b, integer)
		s.keep(out, list, nil, ok)
	case real != nil && x != nil && y != nil:
		list, ok := pairwise(x, y, func(a, b float64) (float64, bool) { return real(a, b), true })
		s.keep(out, nil, list, ok)
	case unary != nil && x != nil:
		list := slices.Clone(x)
		for i, v := range x {
			list[i] = unary(v)
		}
		s.keep(out, nil, list, true)
	case unary != nil && a != nil && n.Op != "Sqrt":
		list := slices.Clone(a)
		for i, v := range a {
			list[i] = int64(unary(float64(v)))
		}
		s.keep(out, list, nil, true)
	case n.Op == "Not" && a != nil:
		list := slices.Clone(a)
		for i, v := range a {
			list[i], _ = truth(v == 0)
		}
		s.keep(out, list, nil, true)
	default:
		s.reduced(n, a)
	}
}

// clipped is Clip of numbers.
func (s *shapes) clipped(n *Node) {
	low, high := math.Inf(-1), math.Inf(1)
	if v, ok := n.Attr("min").(float32); ok {
		low = float64(v)
	}
	if v, ok := n.Attr("max").(float32); ok {
		high = float64(v)
	}
	numbers := func(name string) []float64 {
		if list, ok := s.ints[name]; ok {
			return realsOf(list)
		}
		return s.reals[name]
	}
	for i, to := range []*float64{&low, &high} {
		list := numbers(input(n, i+1))
		if input(n, i+1) != "" && len(list) != 1 {
			return
		}
		if len(list) == 1 {
			*to = list[0]
		}
	}
	list := slices.Clone(numbers(input(n, 0)))
	if list == nil {
		return
	}
	for i, v := range list {
		list[i] = min(max(v, low), high)
	}
	if _, whole := s.ints[input(n, 0)]; !whole {
		s.keep(n.Outputs[0], nil, list, true)
		return
	}
	ints := make([]int64, len(list))
	for i, v := range list {
		ints[i] = int64(v)
	}
	s.keep(n.Outputs[0], ints, nil, true)
}

// pairwise applies f to two lists of one length, or to a list and one number.
func pairwise[T any](a, b []T, f func(a, b T) (T, bool)) ([]T, bool) {
	n := max(len(a), len(b))
	if len(a) == 0 || len(b) == 0 || len(a) != n && len(a) != 1 || len(b) != n && len(b) != 1 {
		return nil, false
	}
	out := make([]T, n)
	for i := range out {
		var ok bool
		if out[i], ok = f(a[i%len(a)], b[i%len(b)]); !ok {
			return nil, false
		}
	}
	return out, true
}

// chosen is Where on lists.
func (s *shapes) chosen(n *Node) {
	condition, a, b := s.ints[input(n, 0)], s.ints[input(n, 1)], s.ints[input(n, 2)]
	size := max(len(condition), len(a), len(b))
	for _, list := range [][]int64{condition, a, b} {
		if len(list) != size && len(list) != 1 {
			return
		}
	}
	out := make([]int64, size)
	for i := range out {
		if out[i] = b[i%len(b)]; condition[i%len(condition)] != 0 {
			out[i] = a[i%len(a)]
		}
	}
	s.keep(n.Outputs[0], out, nil, true)
}

// reduced is the product, sum, least or largest of a whole list.
func (s *shapes) reduced(n *Node, list []int64) {
	op := map[string]string{"ReduceProd": "Mul", "ReduceSum": "Add", "ReduceMin": "Min", "ReduceMax": "Max"}[n.Op]
	if op == "" || len(list) == 0 || !s.isList(input(n, 0)) {
		return
	}
	total, ok := list[0], true
	for _, v := range list[1:] {
		if total, ok = integerOps[op](total, v); !ok {
			return
		}
	}
	s.keep(n.Outputs[0], []int64{total}, nil, true)
}
