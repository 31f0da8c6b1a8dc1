package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// Tensor is a named array of float32, its values row by row.
type Tensor struct {
	Name string
	Dims []int64
	Data []float32 // as many as the product of Dims
}

// WriteSafetensors writes tensors, in their order, as a .safetensors file.
// The same input gives the same bytes.
func WriteSafetensors(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	header, err := writeHeader(tensors, metadata)
	if err != nil {
		return fmt.Errorf("writing safetensors: %w", err)
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

// writeHeader makes the JSON, padded with spaces so that the data is aligned.
func writeHeader(tensors []Tensor, metadata map[string]string) ([]byte, error) {
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
		n, err := product(t.Dims)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		if n != int64(len(t.Data)) {
			return nil, fmt.Errorf("tensor %q of shape %v has %d values", t.Name, t.Dims, len(t.Data))
		}
		entry(t.Name, span{F32, append([]int64{}, t.Dims...), [2]int64{at, at + 4*n}})
		at += 4 * n
	}
	h = append(h, '}')
	return append(h, bytes.Repeat([]byte(" "), (8-len(h)%8)%8)...), nil
}
