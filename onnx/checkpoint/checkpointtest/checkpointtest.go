// Package checkpointtest is for tests that need a checkpoint: [Write] writes one.
package checkpointtest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// Tensor is a named array of float32, in C order.
type Tensor struct {
	Name string
	Dims []int64
	Data []float32 // as many as the product of Dims
}

// span is the header's entry of a tensor.
type span struct {
	DType   string   `json:"dtype"`
	Shape   []int64  `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// Write writes tensors, in their order, as a .safetensors file. The same input
// gives the same bytes.
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	header, err := header(tensors, metadata)
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(len(header))); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, t := range tensors {
		if err := binary.Write(w, binary.LittleEndian, t.Data); err != nil {
			return err
		}
	}
	return nil
}

// header returns the JSON, padded with spaces so that the data is aligned.
func header(tensors []Tensor, metadata map[string]string) ([]byte, error) {
	h := []byte("{")
	entry := func(name string, v any) {
		key, _ := json.Marshal(name) // neither strings nor spans can fail
		value, _ := json.Marshal(v)
		if len(h) > 1 {
			h = append(h, ',')
		}
		h = append(append(append(h, key...), ':'), value...)
	}
	if len(metadata) > 0 {
		entry("__metadata__", metadata)
	}
	at := int64(0)
	for _, t := range tensors {
		n := int64(1)
		for _, d := range t.Dims {
			n *= d
		}
		if n != int64(len(t.Data)) {
			return nil, fmt.Errorf("tensor %q of shape %v has %d values", t.Name, t.Dims, len(t.Data))
		}
		entry(t.Name, span{"F32", append([]int64{}, t.Dims...), [2]int64{at, at + 4*n}})
		at += 4 * n
	}
	h = append(h, '}')
	return append(h, bytes.Repeat([]byte(" "), (8-len(h)%8)%8)...), nil
}
