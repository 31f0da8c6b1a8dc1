package onnx

import (
	"fmt"
	"slices"
)

// leastInputs are operators that take more than one input at least, as ONNX's
// specification says: those whose inputs are looked at by their place. An
// operator of another domain that has one of their names is held to them, too.
var leastInputs = map[string]int{
	"Conv": 2, "ConvInteger": 2, "ConvTranspose": 2, "Gemm": 2, "MatMul": 2, "MatMulInteger": 2,
	"Add": 2, "Sub": 2, "Mul": 2, "Div": 2, "Pow": 2, "Mod": 2, "PRelu": 2, "Equal": 2, "Less": 2, "Greater": 2, "And": 2, "Or": 2,
	"BatchNormalization": 5, "InstanceNormalization": 3, "LayerNormalization": 2, "GroupNormalization": 3,
	"Reshape": 2, "Expand": 2, "Gather": 2, "GatherElements": 2, "GatherND": 2, "Tile": 2, "Where": 3, "Range": 3, "ScatterND": 3,
	"QuantizeLinear": 2, "DequantizeLinear": 2, "QLinearConv": 8, "QLinearMatMul": 8,
}

// sources are operators that take no input.
var sources = []string{"Constant", "RandomNormal", "RandomUniform", "Optional", "SequenceEmpty"}

// checkArity refuses a node that has no output, or fewer inputs than its
// operator takes: ONNX Runtime refuses it, too, and whoever reads the graph may
// take both for granted.
func (n *Node) checkArity() error {
	if len(n.Outputs) == 0 {
		return fmt.Errorf("it has no output")
	}
	least := leastInputs[n.Op]
	if least == 0 && !slices.Contains(sources, n.Op) {
		least = 1
	}
	if len(n.Inputs) < least {
		return fmt.Errorf("it has %d inputs, and this operator takes at least %d", len(n.Inputs), least)
	}
	return nil
}

// checkOnce refuses a graph in which a value is made twice, as ONNX Runtime
// does: whoever looks up a value's maker may take it for the only one.
func (g *Graph) checkOnce() error {
	made := map[string]bool{}
	for _, v := range g.Inputs {
		made[v.Name] = true
	}
	for _, t := range g.Initializers {
		made[t.Name] = true
	}
	for _, n := range g.Nodes {
		for _, name := range n.Outputs {
			if name != "" && made[name] {
				return fmt.Errorf("%s node %q makes the value %q, which is there already", n.Op, n.Name, name)
			}
			made[name] = true
		}
	}
	return nil
}
