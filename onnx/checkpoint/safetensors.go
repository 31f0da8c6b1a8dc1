package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// maxHeader is the most bytes of JSON a .safetensors file may begin with, as
// in the reference implementation.
const maxHeader = 100_000_000

// A span is the entry of one tensor in the header of a .safetensors file.
type span struct {
	DType   elementType `json:"dtype"`
	Shape   []int64     `json:"shape"`
	Offsets [2]int64    `json:"data_offsets"`
}

// readSafetensors reads the directory of a .safetensors file:
//
//	u64    N, little-endian, at most 100,000,000
//	N      JSON: {name: {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__": {…}}
//	…      the tensors, in C order, little-endian; offsets count from here
//
// The tensors must cover the rest of the file without gaps or overlaps, as
// the reference implementation requires.
func readSafetensors(r io.ReaderAt, size int64) (*directory, error) {
	header, err := safetensorsHeader(r, size)
	if err != nil {
		return nil, err
	}
	names, spans, metadata, err := parseHeader(header)
	if err != nil {
		return nil, fmt.Errorf("safetensors header: %w", err)
	}
	start := 8 + int64(len(header))
	if err := checkCover(names, spans, size-start); err != nil {
		return nil, err
	}
	d := newDirectory()
	d.metadata = metadata
	for i, name := range names {
		e, err := spans[i].entry(r, start)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		d.add(name, e)
	}
	return d, nil
}

func safetensorsHeader(r io.ReaderAt, size int64) ([]byte, error) {
	var head [8]byte
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return nil, fmt.Errorf("truncated: %d bytes, less than a safetensors header's length field", size)
	}
	n := binary.LittleEndian.Uint64(head[:])
	switch {
	case n > maxHeader:
		return nil, fmt.Errorf("safetensors header of %d bytes; at most %d are allowed", n, maxHeader)
	case int64(n) > size-8:
		return nil, fmt.Errorf("truncated: the safetensors header is %d bytes long, but only %d follow its length", n, size-8)
	}
	header := make([]byte, n)
	if got, err := r.ReadAt(header, 8); got < len(header) {
		return nil, fmt.Errorf("safetensors header: %w", err)
	}
	return header, nil
}

// parseHeader reads the top level of the JSON token by token, since a decoder
// into a map would hide a name that occurs twice.
func parseHeader(header []byte) (names []string, spans []span, metadata map[string]string, err error) {
	d := json.NewDecoder(bytes.NewReader(header))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, nil, fmt.Errorf("no JSON object (%v)", cmp.Or(err, fmt.Errorf("found %v", t)))
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, nil, nil, fmt.Errorf("at byte %d: %w", d.InputOffset(), err)
		}
		name := t.(string) // the only token a key can be
		if seen[name] {
			return nil, nil, nil, fmt.Errorf("%q is there twice", name)
		}
		seen[name] = true
		if name == "__metadata__" {
			err = d.Decode(&metadata)
		} else {
			var s span
			err = d.Decode(&s)
			names, spans = append(names, name), append(spans, s)
		}
		if err != nil {
			return nil, nil, nil, fmt.Errorf("entry %q: %w", name, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, nil, fmt.Errorf("at byte %d: %w", d.InputOffset(), err)
	}
	if rest := bytes.TrimSpace(header[d.InputOffset():]); len(rest) > 0 {
		return nil, nil, nil, fmt.Errorf("at byte %d: data after the object", d.InputOffset())
	}
	return names, spans, metadata, nil
}

// checkCover checks that the spans tile the buffer.
func checkCover(names []string, spans []span, buffer int64) error {
	order := make([]int, len(spans))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(spans[a].Offsets[0], spans[b].Offsets[0]), cmp.Compare(spans[a].Offsets[1], spans[b].Offsets[1]))
	})
	end, last := int64(0), ""
	for _, i := range order {
		o := spans[i].Offsets
		switch {
		case o[0] < 0 || o[1] < o[0]:
			return fmt.Errorf("tensor %q: offsets %v are no range", names[i], o)
		case o[0] < end:
			return fmt.Errorf("tensor %q: bytes %d to %d overlap those of %q, which end at %d", names[i], o[0], o[1], last, end)
		case o[0] > end:
			return fmt.Errorf("bytes %d to %d before tensor %q belong to no tensor", end, o[0], names[i])
		case o[1] > buffer:
			return fmt.Errorf("truncated: tensor %q is at bytes %d to %d, but only %d follow the header", names[i], o[0], o[1], buffer)
		}
		end, last = o[1], names[i]
	}
	if end < buffer {
		return fmt.Errorf("%d bytes after the last tensor belong to none", buffer-end)
	}
	return nil
}

// entry checks a span; start is the offset of the data in the file.
func (s span) entry(r io.ReaderAt, start int64) (*entry, error) {
	size, ok := sizes[s.DType]
	if !ok {
		return nil, fmt.Errorf("unknown type %q", s.DType)
	}
	if s.Shape == nil {
		return nil, fmt.Errorf("has no shape")
	}
	count, err := product(s.Shape)
	if err != nil {
		return nil, err
	}
	if have := s.Offsets[1] - s.Offsets[0]; have != count*size {
		return nil, fmt.Errorf("%s of shape %v takes %d bytes, but its offsets %v hold %d", s.DType, s.Shape, count*size, s.Offsets, have)
	}
	data := &storage{name: "its data", dtype: s.DType, count: count, at: start + s.Offsets[0], in: r}
	return newEntry(data, s.DType, 0, s.Shape, rowMajor(s.Shape))
}

// rowMajor returns the strides of a tensor in C order without gaps. The product
// of dims is at most maxElements.
func rowMajor(dims []int64) []int64 {
	strides := make([]int64, len(dims))
	n := int64(1)
	for i := len(dims) - 1; i >= 0; i-- {
		strides[i] = n
		n *= max(1, min(dims[i], maxElements))
		n = min(n, maxElements)
	}
	return strides
}
