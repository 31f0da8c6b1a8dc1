// Package oip reads requests and writes responses of the Open Inference Protocol,
// version 2, over REST, with two extensions of Triton's: binary tensor data and
// classification. It knows nothing of models.
//
// A body is a JSON object, and behind it the tensors that are binary, one after
// the other; a header then says where the JSON ends:
//
//	Inference-Header-Content-Length: N     bytes of JSON; missing: all of it
//
//	{"id": "…", "parameters": {"binary_data_output": true},
//	 "inputs":  [{"name": "…", "shape": [2, 3], "datatype": "UINT8", "data": [1, 2, 3, 4, 5, 6]},
//	             {"name": "…", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 9}}],
//	 "outputs": [{"name": "…", "parameters": {"binary_data": false, "classification": 3}}]}
//
// Binary numbers are little-endian, row by row. An element of BYTES is its length,
// four bytes, little-endian, and its bytes; in JSON it is a text.
//
// [Parse] reads a request, [Response.Encode] writes a response.
package oip

import (
	"encoding/json"
	"fmt"
	"math"
)

// Names of datatypes.
const (
	Bytes = "BYTES"
	Uint8 = "UINT8"
	FP32  = "FP32"
	FP64  = "FP64"
)

// Header is the header of requests and responses that says how long the JSON is.
const Header = "Inference-Header-Content-Length"

// Extensions are the names of the extensions that this package knows.
var Extensions = []string{"binary_tensor_data", "classification"}

// An Error says what is wrong with a request.
type Error string

// Error is what is wrong, in words.
func (e Error) Error() string { return string(e) }

func wrong(format string, a ...any) error { return Error(fmt.Sprintf(format, a...)) }

// A Request asks for outputs of some inputs.
type Request struct {
	ID      string
	Inputs  []Input
	Outputs []Wanted // nil: all that there are
	// Binary is how outputs are wanted that do not say it themselves.
	Binary bool
}

// An Input is a tensor of a request.
type Input struct {
	Name     string
	Datatype string
	Shape    []int // each at least 0
	Elements int   // their product

	text   json.RawMessage // the data in JSON; nil: it is binary
	binary []byte
}

// A Wanted is an output that is asked for.
type Wanted struct {
	Name           string
	Binary         bool
	Classification int // 0: the tensor itself; n: the n largest elements of each row, as texts
}

// maxElements bounds the product of a shape: no body holds more.
const maxElements = math.MaxInt32

// The JSON of a request. Fields that are not named are passed over.
type (
	wireRequest struct {
		ID         string       `json:"id"`
		Parameters parameters   `json:"parameters"`
		Inputs     []wireInput  `json:"inputs"`
		Outputs    []wireOutput `json:"outputs"`
	}
	wireInput struct {
		Name       string          `json:"name"`
		Shape      []int64         `json:"shape"`
		Datatype   string          `json:"datatype"`
		Parameters parameters      `json:"parameters"`
		Data       json.RawMessage `json:"data"`
	}
	wireOutput struct {
		Name       string     `json:"name"`
		Parameters parameters `json:"parameters"`
	}
	parameters map[string]json.RawMessage
)

// Parse reads the body of a request. header is the length of its JSON as
// [Header] gives it, or -1 if there is no such header. What is wrong is an
// [Error]. The request keeps parts of body.
func Parse(body []byte, header int) (*Request, error) {
	text, rest := body, []byte(nil)
	if header >= 0 {
		if header > len(body) {
			return nil, wrong("%s is %d, and the body has %d bytes", Header, header, len(body))
		}
		text, rest = body[:header], body[header:]
	}
	var wire wireRequest
	if err := json.Unmarshal(text, &wire); err != nil {
		return nil, wrong("the request is not the JSON of an inference request: %v", err)
	}
	r := &Request{ID: wire.ID}
	var err error
	if r.Binary, err = wire.Parameters.flag("binary_data_output"); err != nil {
		return nil, err
	}
	if err := r.readInputs(wire.Inputs, rest, header >= 0); err != nil {
		return nil, err
	}
	return r, r.readOutputs(wire.Outputs)
}

// readInputs reads the inputs, whose binary data is in rest.
func (r *Request) readInputs(list []wireInput, rest []byte, binary bool) error {
	if len(list) == 0 {
		return wrong("the request has no inputs")
	}
	seen := map[string]bool{}
	for _, w := range list {
		if seen[w.Name] {
			return wrong("there are two inputs %q", w.Name)
		}
		seen[w.Name] = true
		in := Input{Name: w.Name, Datatype: w.Datatype, text: w.Data}
		if err := in.measure(w.Shape); err != nil {
			return err
		}
		size, err := w.Parameters.size("binary_data_size")
		if err != nil {
			return err
		}
		if w.Parameters["shared_memory_region"] != nil {
			return wrong("input %q is in shared memory, which is not supported", w.Name)
		}
		switch {
		case size < 0 && isNull(w.Data):
			return wrong("input %q has no data", w.Name)
		case size < 0:
		case !isNull(w.Data):
			return wrong("input %q has data in JSON and behind it", w.Name)
		case !binary:
			return wrong("input %q is binary, and there is no header %s", w.Name, Header)
		case size > len(rest):
			return wrong("input %q has %d bytes, and the body has %d left for it", w.Name, size, len(rest))
		default:
			in.text, in.binary, rest = nil, rest[:size:size], rest[size:]
		}
		r.Inputs = append(r.Inputs, in)
	}
	if len(rest) > 0 {
		return wrong("%d bytes of the body belong to no input", len(rest))
	}
	return nil
}

// measure reads a shape.
func (in *Input) measure(shape []int64) error {
	if len(shape) == 0 {
		return wrong("input %q has no shape", in.Name)
	}
	in.Elements = 1
	for _, n := range shape {
		if n < 0 || n > maxElements || in.Elements > 0 && n > int64(maxElements/in.Elements) {
			return wrong("input %q has the shape %v", in.Name, shape)
		}
		in.Shape, in.Elements = append(in.Shape, int(n)), in.Elements*int(n)
	}
	return nil
}

// readOutputs reads which outputs are wanted.
func (r *Request) readOutputs(list []wireOutput) error {
	seen := map[string]bool{}
	for _, w := range list {
		if seen[w.Name] {
			return wrong("output %q is asked for twice", w.Name)
		}
		seen[w.Name] = true
		out := Wanted{Name: w.Name, Binary: r.Binary}
		if w.Parameters["shared_memory_region"] != nil {
			return wrong("output %q is to go into shared memory, which is not supported", w.Name)
		}
		if w.Parameters["binary_data"] != nil {
			var err error
			if out.Binary, err = w.Parameters.flag("binary_data"); err != nil {
				return err
			}
		}
		n, err := w.Parameters.size("classification")
		if err != nil {
			return err
		}
		out.Classification = max(n, 0)
		r.Outputs = append(r.Outputs, out)
	}
	return nil
}

// flag reads a parameter that is true or false; false if it is not there.
func (p parameters) flag(name string) (v bool, err error) {
	if p[name] == nil {
		return false, nil
	}
	if json.Unmarshal(p[name], &v) != nil {
		return false, wrong("parameter %q is %.40s; it must be true or false", name, p[name])
	}
	return v, nil
}

// size reads a parameter that is a number from 0 on; -1 if it is not there.
func (p parameters) size(name string) (int, error) {
	if p[name] == nil {
		return -1, nil
	}
	var n int
	if json.Unmarshal(p[name], &n) != nil || n < 0 || n > maxElements || isNull(p[name]) {
		return 0, wrong("parameter %q is %.40s; it must be a whole number from 0 on", name, p[name])
	}
	return n, nil
}

func isNull(text json.RawMessage) bool { return len(text) == 0 || string(text) == "null" }
