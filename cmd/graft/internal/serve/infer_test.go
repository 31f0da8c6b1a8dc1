package serve

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"graft/cmd/graft/internal/serve/oip"
)

// tensors is a response of the protocol.
type tensors struct {
	Model   string `json:"model_name"`
	Version string `json:"model_version"`
	ID      string `json:"id"`
	Outputs []struct {
		Name, Datatype string
		Shape          []int
		Parameters     map[string]int
		Data           json.RawMessage
	}
	Error string
}

// infer sends a request of the protocol; behind is the binary data.
func (f *fixture) tensors(t *testing.T, status int, path, text, behind string) (r tensors, rest []byte) {
	t.Helper()
	headers := []string{}
	if behind != "" {
		headers = []string{oip.Header, strconv.Itoa(len(text))}
	}
	w := f.ask("POST", path, []byte(text+behind), headers...)
	body := w.Body.Bytes()
	if h := w.Header().Get(oip.Header); h != "" {
		n, err := strconv.Atoi(h)
		if err != nil {
			t.Fatal(err)
		}
		body, rest = body[:n], body[n:]
	}
	if err := json.Unmarshal(body, &r); err != nil || w.Code != status {
		t.Fatalf("%s: status %d, want %d; %.300s", path, w.Code, status, w.Body)
	}
	return r, rest
}

func lengths(files ...[]byte) string {
	var b []byte
	for _, f := range files {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(f))), f...)
	}
	return string(b)
}

// TestInferBinary is what tritonclient sends by default.
func TestInferBinary(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	photos := [][]byte{photo(1), photo(2)}
	behind := lengths(photos...)
	text := fmt.Sprintf(`{"id":"9","inputs":[{"name":"image","shape":[2,1],"datatype":"BYTES","parameters":{"binary_data_size":%d}}],"parameters":{"binary_data_output":true}}`, len(behind))
	for _, path := range []string{"/v2/models/insects/infer", "/v2/models/insects/versions/" + f.sum[:16] + "/infer", "/v2/models/insects/versions/" + f.sum + "/infer"} {
		r, rest := f.tensors(t, 200, path, text, behind)
		if r.Model != "insects" || r.Version != f.sum[:16] || r.ID != "9" || len(r.Outputs) != 3 {
			t.Fatalf("%+v", r)
		}
		p := r.Outputs[0]
		if p.Name != "probabilities" || p.Datatype != "FP64" || !slices.Equal(p.Shape, []int{2, 3}) || p.Parameters["binary_data_size"] != 48 {
			t.Fatalf("%+v", p)
		}
		for i, file := range photos {
			for k, want := range f.expected(t, file) {
				if got := binary.LittleEndian.Uint64(rest[8*(3*i+k):]); got != math.Float64bits(want) {
					t.Errorf("image %d, class %d: %v, want the bits of %v", i, k, math.Float64frombits(got), want)
				}
			}
		}
		if l := r.Outputs[1]; l.Name != "label" || l.Datatype != "BYTES" || !slices.Equal(l.Shape, []int{2}) {
			t.Errorf("%+v", l)
		}
		if x := r.Outputs[2]; x.Name != "features" || x.Datatype != "FP32" || !slices.Equal(x.Shape, []int{2, fakeDim}) || x.Parameters["binary_data_size"] != 4*2*fakeDim {
			t.Errorf("%+v", x)
		}
	}
}

func TestInferJSON(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	text := `{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["` + base64.StdEncoding.EncodeToString(photo(1)) + `"]}],
		"outputs":[{"name":"label"},{"name":"probabilities"}]}`
	r, rest := f.tensors(t, 200, "/v2/models/insects/infer", text, "")
	var labels []string
	var p []float64
	if err := json.Unmarshal(r.Outputs[0].Data, &labels); err != nil || len(labels) != 1 || rest != nil {
		t.Fatalf("%+v", r)
	}
	if err := json.Unmarshal(r.Outputs[1].Data, &p); err != nil || !slices.Equal(p, f.expected(t, photo(1))) {
		t.Errorf("%v, want %v", p, f.expected(t, photo(1)))
	}
	r, _ = f.tensors(t, 200, "/v2/models/insects/infer", strings.Replace(text, `{"name":"label"},{"name":"probabilities"}`, `{"name":"probabilities","parameters":{"classification":2}}`, 1), "")
	if err := json.Unmarshal(r.Outputs[0].Data, &labels); err != nil || len(labels) != 2 || !slices.Equal(r.Outputs[0].Shape, []int{1, 2}) {
		t.Fatalf("%+v", r)
	}
	if want := fmt.Sprintf("%v:%d:%s", slices.Max(p), argmax(p), fakeLabels[argmax(p)]); labels[0] != want {
		t.Errorf("the first class is %q, want %q", labels[0], want)
	}
}

// TestInferPixels gives what the trunk gives for crops that are ready.
func TestInferPixels(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	crops := bytes.Repeat([]byte{10, 200, 77}, 3*16*16)
	text := fmt.Sprintf(`{"inputs":[{"name":"pixels","shape":[3,16,16,3],"datatype":"UINT8","parameters":{"binary_data_size":%d}}],"outputs":[{"name":"features"}]}`, len(crops))
	r, _ := f.tensors(t, 200, "/v2/models/insects/infer", text, string(crops))
	var got []float32
	want := make([]float32, 3*fakeDim)
	new(fakeTrunk).Run(t.Context(), crops, 3, 16, 16, [][]float32{want})
	if err := json.Unmarshal(r.Outputs[0].Data, &got); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestInferErrors(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, func(o *Options) { o.Limits.Images = 2 })
	image := func(shape, data string) string {
		return `{"inputs":[{"name":"image","shape":` + shape + `,"datatype":"BYTES","data":` + data + `}]}`
	}
	good := base64.StdEncoding.EncodeToString(photo(1))
	for _, c := range []struct {
		status             int
		path, text, reason string
	}{
		{404, "/v2/models/moths/infer", image("[1]", `["`+good+`"]`), "no model"},
		{404, "/v2/models/insects/versions/1/infer", image("[1]", `["`+good+`"]`), "not in service"},
		{400, "/v2/models/insects/infer", `{`, "not the JSON"},
		{400, "/v2/models/insects/infer", `{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":[]}]}`, "one input"},
		{400, "/v2/models/insects/infer", image("[0]", `[]`), "empty"},
		{400, "/v2/models/insects/infer", image("[1,2]", `["",""]`), "n or n×1"},
		{400, "/v2/models/insects/infer", image("[2]", `["`+good+`","AAAA"]`), "image 1"},
		{400, "/v2/models/insects/infer", image("[2]", `["`+good+`"]`), "1 elements"},
		{413, "/v2/models/insects/infer", image("[3]", `["","",""]`), "more than the 2"},
		{400, "/v2/models/insects/infer", `{"inputs":[{"name":"pixels","shape":[1,16,16,4],"datatype":"UINT8","data":[]}]}`, "n×16×16×3"},
		{400, "/v2/models/insects/infer", `{"inputs":[{"name":"pixels","shape":[1,16,16,3],"datatype":"FP32","data":[]}]}`, "not UINT8"},
		{400, "/v2/models/insects/infer", strings.TrimSuffix(image("[1]", `["`+good+`"]`), "}") + `,"outputs":[{"name":"logits"}]}`, "no output"},
		{400, "/v2/models/insects/infer", strings.TrimSuffix(image("[1]", `["`+good+`"]`), "}") + `,"outputs":[{"name":"label","parameters":{"classification":1}}]}`, "no classes"},
	} {
		if r, _ := f.tensors(t, c.status, c.path, c.text, ""); !strings.Contains(r.Error, c.reason) {
			t.Errorf("%s %s: %q, want %q", c.path, c.text, r.Error, c.reason)
		}
	}
	if w := f.ask("POST", "/v2/models/insects/infer", []byte("{}"), oip.Header, "-3"); w.Code != 400 {
		t.Errorf("a header of -3: status %d", w.Code)
	}
}

// TestMetadata is what clients ask before they begin.
func TestMetadata(t *testing.T) {
	f := newFixture(t, &fakeTrunk{}, nil)
	if w := f.ask("GET", "/v2/health/live", nil); w.Code != 200 {
		t.Errorf("before it is loaded it is not alive: %d", w.Code)
	}
	for _, path := range []string{"/v2/health/ready", "/v2/models/insects/ready", "/v2/models/insects"} {
		if w := f.ask("GET", path, nil); w.Code != http.StatusServiceUnavailable {
			t.Errorf("before it is loaded %s has status %d", path, w.Code)
		}
	}
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/v2":                       `{"name":"graft","version":"test","extensions":["binary_tensor_data","classification"]}`,
		"/v2/":                      `{"name":"graft","version":"test","extensions":["binary_tensor_data","classification"]}`,
		"/v2/health/live":           `{"live":true}`,
		"/v2/health/ready":          `{"ready":true}`,
		"/v2/models/insects/ready":  `{"name":"insects","ready":true}`,
		"/v2/models/insects":        `{"name":"insects","versions":["` + f.sum[:16] + `"],"platform":"graft_onnx","inputs":[{"name":"image","datatype":"BYTES","shape":[-1]},{"name":"pixels","datatype":"UINT8","shape":[-1,16,16,3]}],"outputs":[{"name":"probabilities","datatype":"FP64","shape":[-1,3]},{"name":"label","datatype":"BYTES","shape":[-1]},{"name":"features","datatype":"FP32","shape":[-1,6]}]}`,
		"/v2/models/moths":          `{"error":"there is no model \"moths\""}`,
		"/v2/models/insects/ready/": `{"error":"there is nothing here"}`,
		"/v2/models/insects/versions/" + f.sum[:16] + "/ready": `{"name":"insects","ready":true}`,
		"/v2/models/insects/versions/2":                        `{"error":"version \"2\" of model \"insects\" is not in service"}`,
	} {
		if w := f.ask("GET", path, nil); strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%s: %s\nwant %s", path, w.Body, want)
		}
	}
}
