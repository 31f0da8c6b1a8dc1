package inception_test

import (
	"fmt"
	"log"

	"graft/onnx/inception"
)

// Random weights make a trunk for tests; those of a checkpoint.File make one
// for photographs.
func ExampleBuild() {
	weights := inception.Seeded{Seed: 1, Width: 0.25}
	m, err := inception.Build(weights, inception.Options{Width: weights.Width, Source: weights.Source()})
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range m.Graph.Inputs {
		fmt.Println("input ", v.Name, v)
	}
	for _, v := range m.Graph.Outputs {
		fmt.Println("output", v.Name, v)
	}
	// Output:
	// input  pixels uint8 n×h×w×3
	// output features float32 n×512
	// output Mixed_5d float32 n×72
	// output Mixed_6e float32 n×192
	// output Mixed_7a float32 n×320
}
