package onnx_test

import (
	"fmt"
	"log"

	"graft/onnx"
)

// A model is built node by node, encoded, and decoded again.
func ExampleNewBuilder() {
	b := onnx.NewBuilder("scale")
	x := b.Input("x", onnx.Float32, "n", 2)
	y := b.Op("Mul", "y", x, b.Const("by", []int64{2}, []float32{10, 100}))
	b.Output(y, onnx.Float32, "n", 2)
	m, err := b.Model()
	if err != nil {
		log.Fatal(err)
	}
	m.SetProperty("author", "nobody in particular")
	file := m.Encode()

	m, err = onnx.Decode(file)
	if err != nil {
		log.Fatal(err)
	}
	for _, n := range m.Graph.Nodes {
		fmt.Println(n.Op, n.Inputs, n.Outputs)
	}
	factors, err := m.Graph.Initializer("by").Floats()
	fmt.Println(factors, err)
	fmt.Println(m.Property("author"))
	// Output:
	// Mul [x by] [y]
	// [10 100] <nil>
	// nobody in particular
}

// Inspect describes a model without running it.
func ExampleInspect() {
	b := onnx.NewBuilder("product")
	x := b.Op("MatMul", "y", b.Input("x", onnx.Float32, "n", 4), b.Const("w", []int64{4, 3}, make([]float32, 12)))
	b.Output(x, onnx.Float32, "n", 3)
	m, err := b.Model()
	if err != nil {
		log.Fatal(err)
	}
	i, err := onnx.Inspect(m.Encode())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(i.Inputs[0].Name, i.Inputs[0].Type, i.Inputs[0].Shape)
	fmt.Println(i.Parameters, "parameters,", *i.Cost.MultiplyAdds, "multiply-adds a row")
	// Output:
	// x float32 n×4
	// 12 parameters, 12 multiply-adds a row
}
