package headmodel_test

import (
	"fmt"
	"log"

	"graft/onnx"
	"graft/onnx/headmodel"
)

// A head is written as an ONNX file that any tool opens, and read again with
// its labels.
func ExampleReadHead() {
	head := headmodel.Linear{
		Labels:  []string{"ant", "bee"},
		Dim:     3,
		Weights: []float32{1, 0, -1, 0, 2, 0}, // a class a row
		Bias:    []float32{0.5, 0},
		Properties: map[string]string{
			onnx.KeyTap: onnx.Features,
		},
	}
	m, err := head.Model()
	if err != nil {
		log.Fatal(err)
	}
	file := m.Encode()

	m, err = onnx.Decode(file)
	if err != nil {
		log.Fatal(err)
	}
	read, err := headmodel.ReadHead(m)
	if err != nil {
		log.Fatal(err)
	}
	linear := read.(headmodel.Linear)
	fmt.Println(read.Kind(), linear.Labels, linear.Weights)
	fmt.Println(m.Graph.Output(onnx.Probabilities))
	// Output:
	// linear [ant bee] [1 0 -1 0 2 0]
	// float32 n×2
}
