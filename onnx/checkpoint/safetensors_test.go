package checkpoint

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"graft/onnx/checkpoint/checkpointtest"
)

// file makes a .safetensors file of a header and so many bytes of data.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestSafetensorsRefused(t *testing.T) {
	const f4 = `{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`
	for _, c := range []struct {
		name, want string
		in         []byte
	}{
		{"header too long", "100000000", append(binary.LittleEndian.AppendUint64(nil, 100_000_001), '{')},
		{"header past the end", "truncated", append(binary.LittleEndian.AppendUint64(nil, 50), '{')},
		{"no object", "entry \"a\"", file(`{"a":3}`, 0)},
		{"broken JSON", "colon", file(`{"a" 3}`, 0)},
		{"open object", "header", file(`{"a":`+f4, 4)},
		{"data after object", "after the object", file(`{"a":`+f4+`} x`, 4)},
		{"name twice", "twice", file(`{"a":`+f4+`,"a":`+f4+`}`, 4)},
		{"overlap", "overlap", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8)},
		{"gap", "belong to no tensor", file(`{"a":`+f4+`,"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}`, 12)},
		{"past the end", "truncated", file(`{"a":`+f4+`}`, 3)},
		{"data left over", "after the last tensor", file(`{"a":`+f4+`}`, 5)},
		{"backwards", "no range", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 4)},
		{"negative offset", "no range", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`, 4)},
		{"size", "takes 8 bytes", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4)},
		{"negative dimension", "negative", file(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 4)},
		{"overflow", "elements", file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0)},
		{"type", "\"F31\"", file(`{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}`, 4)},
		{"no shape", "shape", file(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, 4)},
	} {
		_, _, err := read(bytes.NewReader(c.in), int64(len(c.in)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestSafetensorsRoundTrip(t *testing.T) {
	in := []checkpointtest.Tensor{
		{Name: "module.b", Dims: []int64{2, 1}, Data: []float32{1, -2}},
		{Name: "module.a", Dims: nil, Data: []float32{3}},
		{Name: "module.none", Dims: []int64{0, 5}, Data: nil},
	}
	path := filepath.Join(t.TempDir(), "x.pth") // the name does not matter
	var b bytes.Buffer
	if err := checkpointtest.Write(&b, in, map[string]string{"k": "v"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if want := []string{"b", "a", "none"}; !slices.Equal(f.Names(), want) || f.Metadata()["k"] != "v" {
		t.Errorf("names %q, want %q; metadata %v", f.Names(), want, f.Metadata())
	}
	for _, w := range in {
		dims, data, err := f.Tensor(strings.TrimPrefix(w.Name, "module."))
		if err != nil || !slices.Equal(dims, w.Dims) || !slices.Equal(data, w.Data) {
			t.Errorf("%s: %v %v (%v)", w.Name, dims, data, err)
		}
	}
	if err := checkpointtest.Write(&b, []checkpointtest.Tensor{{Name: "a", Dims: []int64{2}, Data: []float32{1}}}, nil); err == nil {
		t.Error("a tensor with too few values is written")
	}
}

func TestStripPrefixes(t *testing.T) {
	for _, c := range []struct{ in, want []string }{
		{[]string{"module.a", "module.b"}, []string{"a", "b"}},
		{[]string{"model._orig_mod.module.a"}, []string{"a"}},
		{[]string{"module.a", "b"}, []string{"module.a", "b"}},
		{[]string{"module."}, []string{"module."}},
		{nil, nil},
	} {
		d := newDirectory()
		for _, name := range c.in {
			d.add(name, &entry{count: int64(len(name))})
		}
		d.stripPrefixes()
		if !slices.Equal(d.names, c.want) {
			t.Errorf("%q becomes %q, want %q", c.in, d.names, c.want)
		}
		for i, name := range d.names {
			if e := d.tensors[name]; e == nil || e.count != int64(len(c.in[i])) {
				t.Errorf("%q no longer leads to its tensor", c.in[i])
			}
		}
	}
}
