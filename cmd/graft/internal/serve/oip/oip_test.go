package oip

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// elements is the binary form of BYTES.
func elements(list ...string) string {
	var b []byte
	for _, s := range list {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
	}
	return string(b)
}

func TestParseBinary(t *testing.T) {
	text := `{"id":"42","parameters":{"binary_data_output":true,"other":{"x":1}},"inputs":[
		{"name":"image","shape":[2,1],"datatype":"BYTES","parameters":{"binary_data_size":15}},
		{"name":"pixels","shape":[1,3],"datatype":"UINT8","parameters":{"binary_data_size":3}},
		{"name":"given","shape":[2],"datatype":"UINT8","data":[7,8]}],
		"outputs":[{"name":"a"},{"name":"b","parameters":{"binary_data":false,"classification":3}}],"unknown":null}`
	r, err := Parse([]byte(text+elements("one", "four")+"xyz"), len(text))
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != "42" || !r.Binary || len(r.Inputs) != 3 {
		t.Fatalf("%+v", r)
	}
	if files, err := r.Inputs[0].Files(); err != nil || len(files) != 2 || string(files[0]) != "one" || string(files[1]) != "four" {
		t.Errorf("files %q, %v", files, err)
	}
	if v, err := r.Inputs[1].Uint8s(); err != nil || string(v) != "xyz" {
		t.Errorf("pixels %q, %v", v, err)
	}
	if v, err := r.Inputs[2].Uint8s(); err != nil || string(v) != "\x07\x08" {
		t.Errorf("pixels in JSON %q, %v", v, err)
	}
	want := []Wanted{{"a", true, 0}, {"b", false, 3}}
	if !slices.Equal(r.Outputs, want) {
		t.Errorf("outputs %+v, want %+v", r.Outputs, want)
	}
}

func TestParseJSON(t *testing.T) {
	file := "\xff\xd8\x00any bytes?>"
	std, url := base64.StdEncoding.EncodeToString([]byte(file)), base64.RawURLEncoding.EncodeToString([]byte(file))
	escaped := strings.ReplaceAll(std, "/", `\/`)
	text := `{"inputs":[{"name":"image","shape":[2,2],"datatype":"BYTES","data":[["` + std + `","` + url + `"], ["` + escaped + `" , ""]]}]}`
	r, err := Parse([]byte(text), -1)
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.Inputs[0].Files()
	if err != nil || len(files) != 4 || string(files[0]) != file || string(files[1]) != file || string(files[2]) != file || len(files[3]) != 0 {
		t.Errorf("%q, %v", files, err)
	}
	r, err = Parse([]byte(`{"inputs":[{"name":"p","shape":[2,3],"datatype":"UINT8","data":[ [0,255, 1.0],[2e1,
		3,4]]}]}`), -1)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := r.Inputs[0].Uint8s(); err != nil || !bytes.Equal(v, []byte{0, 255, 1, 20, 3, 4}) {
		t.Errorf("%v, %v", v, err)
	}
}

// TestRefused are requests that make no sense, and what is said of them.
func TestRefused(t *testing.T) {
	input := func(fields string) string { return `{"inputs":[{"name":"x",` + fields + `}]}` }
	for body, c := range map[string]struct {
		header int
		reason string
	}{
		``:                          {-1, "not the JSON"},
		`[]`:                        {-1, "not the JSON"},
		`{}`:                        {-1, "no inputs"},
		`{"inputs":[]}`:             {-1, "no inputs"},
		`{"inputs":[{"name":"x"}]}`: {-1, "no shape"},
		`{"inputs":[]} and more`:    {-1, "not the JSON"},
		`{"inputs":[]`:              {99, "has 12 bytes"},
		input(`"shape":[1]`):        {-1, "no data"},
		input(`"shape":[-1]`):       {-1, "shape"},
		input(`"shape":[1.5]`):      {-1, "not the JSON"},
		input(`"shape":[65536,65536,65536,65536]`):                                                                            {-1, "shape"},
		input(`"shape":[0,9223372036854775807]`):                                                                              {-1, "shape"},
		input(`"shape":[1],"data":[1],"parameters":{"binary_data_size":0}`):                                                   {-1, "in JSON and behind"},
		input(`"shape":[1],"parameters":{"binary_data_size":1}`):                                                              {-1, "no header"},
		input(`"shape":[1],"parameters":{"binary_data_size":-1}`):                                                             {-1, "from 0 on"},
		input(`"shape":[1],"parameters":{"binary_data_size":null}`):                                                           {-1, "from 0 on"},
		input(`"shape":[1],"parameters":{"binary_data_size":"1"}`):                                                            {-1, "from 0 on"},
		input(`"shape":[1],"parameters":{"shared_memory_region":"r"}`):                                                        {-1, "shared memory"},
		`{"inputs":[{"name":"x","shape":[1],"data":[1]},{"name":"x","shape":[1]}]}`:                                           {-1, "two inputs"},
		`{"parameters":{"binary_data_output":1},"inputs":[{"name":"x","shape":[1],"data":[1]}]}`:                              {-1, "true or false"},
		`{"inputs":[{"name":"x","shape":[1],"data":[1]}],"outputs":[{"name":"y"},{"name":"y"}]}`:                              {-1, "twice"},
		`{"inputs":[{"name":"x","shape":[1],"data":[1]}],"outputs":[{"name":"y","parameters":{"shared_memory_region":"r"}}]}`: {-1, "shared memory"},
		`{"inputs":[{"name":"x","shape":[1],"data":[1]}],"outputs":[{"name":"y","parameters":{"classification":1.5}}]}`:       {-1, "from 0 on"},
		`{"inputs":[{"name":"x","shape":[1],"data":[1]}],"outputs":[{"name":"y","parameters":{"binary_data":"yes"}}]}`:        {-1, "true or false"},
	} {
		_, err := Parse([]byte(body), c.header)
		var wrong Error
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v, want %q", body, err, c.reason)
		}
	}
	behind := input(`"shape":[1],"parameters":{"binary_data_size":3}`)
	for rest, reason := range map[string]string{"ab": "2 left", "abcd": "belong to no input"} {
		if _, err := Parse([]byte(behind+rest), len(behind)); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%d bytes for 3: %v", len(rest), err)
		}
	}
}

// TestRefusedData are tensors that do not hold what their shape promises.
func TestRefusedData(t *testing.T) {
	for _, c := range []struct{ datatype, data, reason string }{
		{"UINT8", `[1]`, "has 1 elements"},
		{"UINT8", `[1,2,3]`, "more than the 2"},
		{"UINT8", `[1,256]`, "0 to 255"},
		{"UINT8", `[1,-1]`, "0 to 255"},
		{"UINT8", `[1,1.5]`, "0 to 255"},
		{"UINT8", `[1,"2"]`, "0 to 255"},
		{"UINT8", `[1,{"a":[2,3]}]`, "0 to 255"},
		{"UINT8", `[1,null]`, "0 to 255"},
		{"UINT8", `5`, "no list"},
		{"UINT8", `{"a":1}`, "no list"},
		{"FP32", `[1,2]`, "not UINT8"},
		{"BYTES", `["YQ",1]`, "base64"},
		{"BYTES", `["YQ","not base64!"]`, "base64"},
		{"BYTES", `["YQ","a]b,c\""]`, "base64"},
		{"BYTES", `["YQ","YQ","YQ"]`, "more than the 2"},
	} {
		r, err := Parse([]byte(`{"inputs":[{"name":"x","shape":[2],"datatype":"`+c.datatype+`","data":`+c.data+`}]}`), -1)
		if err != nil {
			t.Errorf("%s: %v", c.data, err)
			continue
		}
		if c.datatype == "BYTES" {
			_, err = r.Inputs[0].Files()
		} else {
			_, err = r.Inputs[0].Uint8s()
		}
		if err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v, want %q", c.data, err, c.reason)
		}
	}
	for data, reason := range map[string]string{
		elements("a"):           "1 elements",
		elements("a", "b", "c"): "more than the 2",
		"\x01\x00":              "middle of a length",
		"\xff\xff\xff\xffa":     "there are 1 left",
	} {
		in := Input{Name: "x", Datatype: Bytes, Shape: []int{2}, Elements: 2, binary: []byte(data)}
		if _, err := in.Files(); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%q: %v, want %q", data, err, reason)
		}
	}
}

func TestEncode(t *testing.T) {
	r := Response{Model: "m", Version: "v", ID: "7", Outputs: []Output{
		{Name: "p", Shape: []int{1, 2}, Floats64: []float64{1. / 3, 2. / 3}},
		{Name: "f", Shape: []int{1, 2}, Floats32: []float32{0.1, -1}, Binary: true},
		{Name: "l", Shape: []int{1}, Texts: []string{"größe"}, Binary: true},
		{Name: "t", Shape: []int{1}, Texts: []string{"x"}},
	}}
	body, header, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"model_name":"m","model_version":"v","id":"7","outputs":[` +
		`{"name":"p","datatype":"FP64","shape":[1,2],"data":[0.3333333333333333,0.6666666666666666]},` +
		`{"name":"f","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}},` +
		`{"name":"l","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":11}},` +
		`{"name":"t","datatype":"BYTES","shape":[1],"data":["x"]}]}`
	if string(body[:header]) != want {
		t.Errorf("%s\nwant %s", body[:header], want)
	}
	rest := string(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, math.Float32bits(0.1)), math.Float32bits(-1))) + elements("größe")
	if string(body[header:]) != rest {
		t.Errorf("behind it %q, want %q", body[header:], rest)
	}
	r.Outputs = r.Outputs[:1]
	if _, header, err := r.Encode(); header != -1 || err != nil {
		t.Errorf("without binary data the header is %d, %v", header, err)
	}
}

func TestClassify(t *testing.T) {
	o := Output{Shape: []int{2, 3}, Floats64: []float64{0.25, 0.5, 0.25, 0.1, 0.1, 0.8}}
	o.Classify(2, []string{"a", "b", "c:d"})
	if want := []string{"0.5:1:b", "0.25:0:a", "0.8:2:c:d", "0.1:0:a"}; !slices.Equal(o.Texts, want) || !slices.Equal(o.Shape, []int{2, 2}) || o.Datatype() != Bytes {
		t.Errorf("%q %v", o.Texts, o.Shape)
	}
}

// FuzzParse reads any body: nothing panics, nothing holds more than its body, and
// what is read of a tensor is what its shape promises.
func FuzzParse(f *testing.F) {
	text := `{"id":"42","inputs":[{"name":"image","shape":[2,1],"datatype":"BYTES","parameters":{"binary_data_size":15}}],"outputs":[{"name":"p","parameters":{"binary_data":true}}]}`
	f.Add([]byte(text+elements("one", "four")), len(text))
	f.Add([]byte(`{"inputs":[{"name":"pixels","shape":[1,1,1,3],"datatype":"UINT8","data":[[[[1,2,3]]]]}]}`), -1)
	f.Add([]byte(`{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["AQID"]}]}`), -1)
	f.Fuzz(func(t *testing.T, body []byte, header int) {
		if header < -1 {
			header = -1
		}
		r, err := Parse(body, header)
		if err != nil {
			var wrong Error
			if !errors.As(err, &wrong) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		for _, in := range r.Inputs {
			if files, err := in.Files(); err == nil {
				total := 0
				for _, file := range files {
					total += len(file)
				}
				if len(files) != in.Elements || total > len(body) {
					t.Errorf("%d files of %d bytes for %d elements in a body of %d", len(files), total, in.Elements, len(body))
				}
			}
			if values, err := in.Uint8s(); err == nil && len(values) != in.Elements {
				t.Errorf("%d values for %d elements", len(values), in.Elements)
			}
		}
	})
}
