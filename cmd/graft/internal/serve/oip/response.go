package oip

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// A Response answers a Request.
type Response struct {
	Model, Version string
	ID             string // that of the request; "" if it has none
	Outputs        []Output
}

// An Output is a tensor of a response: the one of Floats64, Floats32 and Texts
// that is not nil.
type Output struct {
	Name     string
	Shape    []int
	Floats64 []float64
	Floats32 []float32
	Texts    []string
	Binary   bool
}

// Metadata describes a tensor of a model. -1 in a shape is a size that the
// request decides.
type Metadata struct {
	Name     string `json:"name"`
	Datatype string `json:"datatype"`
	Shape    []int  `json:"shape"`
}

type wireResponse struct {
	Model   string       `json:"model_name"`
	Version string       `json:"model_version,omitempty"`
	ID      string       `json:"id,omitempty"`
	Outputs []wireTensor `json:"outputs"`
}

type wireTensor struct {
	Name       string         `json:"name"`
	Datatype   string         `json:"datatype"`
	Shape      []int          `json:"shape"`
	Parameters map[string]int `json:"parameters,omitempty"`
	Data       any            `json:"data,omitempty"`
}

// Encode writes the response. header is the length of its JSON, for [Header], or
// -1 if there is nothing behind the JSON.
func (r *Response) Encode() (body []byte, header int, err error) {
	wire := wireResponse{Model: r.Model, Version: r.Version, ID: r.ID, Outputs: []wireTensor{}}
	var behind []byte
	header = -1
	for _, o := range r.Outputs {
		t := wireTensor{Name: o.Name, Datatype: o.Datatype(), Shape: o.Shape, Data: o.data()}
		if o.Binary {
			before := len(behind)
			behind = o.appendBinary(behind)
			t.Data, t.Parameters, header = nil, map[string]int{"binary_data_size": len(behind) - before}, 0
		}
		wire.Outputs = append(wire.Outputs, t)
	}
	if body, err = json.Marshal(wire); err != nil {
		return nil, 0, fmt.Errorf("encode the response: %w", err)
	}
	if header == 0 {
		header = len(body)
	}
	return append(body, behind...), header, nil
}

// Datatype is the name of the type of the elements.
func (o *Output) Datatype() string {
	switch {
	case o.Floats64 != nil:
		return FP64
	case o.Floats32 != nil:
		return FP32
	}
	return Bytes
}

func (o *Output) data() any {
	switch {
	case o.Floats64 != nil:
		return o.Floats64
	case o.Floats32 != nil:
		return o.Floats32
	}
	return o.Texts
}

func (o *Output) appendBinary(b []byte) []byte {
	for _, v := range o.Floats64 {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	for _, v := range o.Floats32 {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	for _, v := range o.Texts {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(v))), v...)
	}
	return b
}

// Classify turns an output of n rows of probabilities into the k largest elements
// of each, as texts "value:index:label"; of equals the first comes first.
func (o *Output) Classify(k int, labels []string) {
	columns := o.Shape[len(o.Shape)-1]
	k = min(k, columns)
	texts := make([]string, 0, k*len(o.Floats64)/max(columns, 1))
	for row := range slices.Chunk(o.Floats64, columns) {
		order := make([]int, columns)
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(row[b], row[a]) })
		for _, i := range order[:k] {
			texts = append(texts, strconv.FormatFloat(row[i], 'g', -1, 64)+":"+strconv.Itoa(i)+":"+labels[i])
		}
	}
	o.Texts, o.Floats64 = texts, nil
	o.Shape = append(slices.Clone(o.Shape[:len(o.Shape)-1]), k)
}
