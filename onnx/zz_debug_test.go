package onnx

import (
	"fmt"
	"os"
	"testing"
)

func TestZZ(t *testing.T) {
	b, err := os.ReadFile(os.Getenv("ZZ"))
	if err != nil {
		t.Skip()
	}
	m := decoded(t, b)
	side := int64(224)
	s := m.Graph.inferShapes(batchOf(m.Graph, side, 3))
	k := 0
	fmt.Println("misfit", s.misfit)
	for _, n := range m.Graph.Nodes {
		if s.dims[n.Outputs[0]] == nil {
			fmt.Println(n.Op, n.Name, n.Inputs, n.Outputs)
			for _, i := range n.Inputs {
				fmt.Println("   ", i, s.dims[i], s.ints[i], s.reals[i])
			}
			k++
			if k > 5 {
				break
			}
		}
	}
}
