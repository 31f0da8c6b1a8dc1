package checkpoint_test

import (
	"fmt"
	"log"

	"graft/onnx/checkpoint"
)

// A tensor is read by its name.
func ExampleOpen() {
	f, err := checkpoint.Open("../../testdata/golden/checkpoint/plain.safetensors")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	fmt.Println(f.Names()[:4])
	dims, data, err := f.Tensor("column")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(dims, data)
	// Output:
	// [counter column corner empty]
	// [3] [0.375 0.875 1.375]
}
