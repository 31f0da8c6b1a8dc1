package onnx

import (
	"fmt"
	"slices"
)

// probeRank bounds the rank of values whose shape is probed.
const probeRank = 8

// ShapeProbe returns a model with the input of the trunk that Import would make
// of m, whose output features is the shape of the value that o names as the
// features, and each tap the shape of that value: float32 1×8, filled up with
// −1. A run of it on one image tells what inference cannot. The name of the value
// that is the features comes along.
func ShapeProbe(m *Model, o ImportOptions) (probe *Model, features string, err error) {
	i := &importer{o: o, m: m.Clone()}
	i.o.Noted = nil
	for _, step := range []func() error{i.checkOptions, i.chooseOutput, i.findInput, i.setSizes, i.probe} {
		if err := step(); err != nil {
			return nil, "", fmt.Errorf("import: %w", err)
		}
	}
	return i.m, i.o.Output, nil
}

// ProbedShape reads a row of a ShapeProbe's output; nil if the rank is too
// large.
func ProbedShape(row []float32) (dims []int64) {
	for _, v := range row {
		if v < 0 {
			return dims
		}
		dims = append(dims, int64(v))
	}
	return nil
}

// probe replaces the outputs by their shapes.
func (i *importer) probe() error {
	g := i.m.Graph
	makers := g.makers()
	for at, name := range slices.Concat([]string{i.o.Output}, i.o.Taps) {
		if makers[name] == nil {
			return &OutputError{fmt.Sprintf("the model computes no value %q; its outputs are%s", name, listed(g.Outputs)), i.m.Candidates(i.o.Crop)}
		}
		tap := name
		if at == 0 {
			tap = Features
		}
		i.taps = append(i.taps, source{tap: tap, value: name, typ: Undefined, width: probeRank})
	}
	i.probing = true
	if err := i.rebuild(); err != nil {
		return err
	}
	for _, v := range g.Outputs {
		v.Dims = []Dim{{Size: 1}, {Size: probeRank}}
	}
	return nil
}

// shapeNodes computes the shape of a source as a row of a tap.
func (p *pooler) shapeNodes(x string) {
	pad := NewFloats(p.i.fresh(p.base+".pad"), []int64{probeRank}, slices.Repeat([]float32{-1}, probeRank))
	p.i.m.Graph.Initializers = append(p.i.m.Graph.Initializers, pad)
	shape := p.op("Cast", "sizes", map[string]any{"to": int64(Float32)}, p.op("Shape", "shape", nil, x))
	all := p.op("Concat", "all", map[string]any{"axis": int64(0)}, shape, pad.Name)
	if p.opset < 10 {
		all = p.op("Slice", "first", map[string]any{"axes": []int64{0}, "starts": []int64{0}, "ends": []int64{probeRank}}, all)
	} else {
		all = p.slice("first", all, 0, p.ints("from", 0), p.ints("to", probeRank))
	}
	p.op("Reshape", "row", nil, all, p.ints("row.shape", 1, probeRank))
}
