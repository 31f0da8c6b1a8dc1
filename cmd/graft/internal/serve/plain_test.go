package serve

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"image/jpeg"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"graft/cmd/graft/internal/serve/reply"
	"graft/extractor/pixels"
	"graft/head/classify"
)

// expected are the probabilities that the head in f gives for a file, by the
// packages that predict uses.
func (f *fixture) expected(t testing.TB, file []byte) []float64 {
	t.Helper()
	crop, row := make([]byte, 16*16*3), make([]float32, fakeDim)
	if _, err := pixels.NewDecoder(fakeTransform, pixels.Limits{}).Crop(crop, file); err != nil {
		t.Fatal(err)
	}
	open := &fakeTrunk{}
	if err := open.Run(t.Context(), crop, 1, 16, 16, [][]float32{row}); err != nil {
		t.Fatal(err)
	}
	h, err := classify.ReadHead(f.head)
	if err != nil {
		t.Fatal(err)
	}
	p := make([]float64, len(h.Classes()))
	h.Predict(row, p)
	return p
}

func TestClassifyOneImage(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	file := photo(3)
	want := f.expected(t, file)
	best := slices.Index(want, slices.Max(want))
	for _, path := range []string{"/classify?top=3", "/models/insects/classify?top=99"} {
		a := f.answer(t, http.StatusOK, "POST", path, file)
		r := a.Results[0]
		if a.Model != "insects" || a.Fingerprint != f.sum || a.Error != "" || len(a.Results) != 1 {
			t.Errorf("%s: %+v", path, a)
		}
		if r.Label != fakeLabels[best] || r.Probability != want[best] || r.Key != pixels.KeyOf(file).String() || r.Width != 40 || r.Height != 30 {
			t.Errorf("%s: %+v, want %q with %v", path, r, fakeLabels[best], want[best])
		}
		if len(r.Top) != 3 || r.Top[0].Probability < r.Top[1].Probability || r.Top[1].Probability < r.Top[2].Probability {
			t.Errorf("%s: top %v", path, r.Top)
		}
		for _, s := range r.Top {
			if got := want[slices.Index(fakeLabels, s.Label)]; math.Float64bits(got) != math.Float64bits(s.Probability) {
				t.Errorf("%s: %q has %v, want the bits of %v", path, s.Label, s.Probability, got)
			}
		}
	}
	if n := f.trunk.runs.Load(); n != 3 { // two of loading
		t.Errorf("the trunk ran %d times; the second request should have been answered from the cache", n-2)
	}
}

func TestClassifyManyImages(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	names := []string{"a.jpg", "../../etc/b.png", "c.jpg", "d.bmp"}
	files := [][]byte{photo(1), []byte("\x89PNG\r\n\x1a\nbroken"), photo(2), {}}
	body, kind := form(names, files...)
	want := []string{"a.jpg", "b.png", "c.jpg", "d.bmp"} // of a form the last part of the name counts
	for name, ask := range map[string]func() reply.Answer{
		"form": func() reply.Answer { return f.answer(t, 200, "POST", "/classify", body, "Content-Type", kind) },
		"zip":  func() reply.Answer { return f.answer(t, 200, "POST", "/classify", zipOf(names, files...)) },
		"zip in a form": func() reply.Answer {
			body, kind := form([]string{"all.zip"}, zipOf(names, files...))
			return f.answer(t, 200, "POST", "/classify", body, "Content-Type", kind)
		},
	} {
		a := ask()
		if len(a.Results) != 4 || a.Error != "" {
			t.Errorf("%s: %+v", name, a)
			continue
		}
		for i, r := range a.Results {
			if got := r.Name; got != want[i] && got != names[i] {
				t.Errorf("%s: image %d is called %q", name, i, got)
			}
			if good := i%2 == 0; good != (r.Error == "" && r.Label != "") || good == (r.Error != "") {
				t.Errorf("%s: image %d: %+v", name, i, r)
			}
		}
	}
}

func TestNothingReadable(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	a := f.answer(t, http.StatusUnprocessableEntity, "POST", "/classify", []byte("hello"))
	if len(a.Results) != 1 || a.Results[0].Error == "" || a.Error != a.Results[0].Error {
		t.Errorf("%+v", a)
	}
}

func TestFeaturesAndCrop(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	a := f.answer(t, 200, "POST", "/features", photo(1))
	if r := a.Results[0]; len(r.Features) != fakeDim || r.Label != "" {
		t.Errorf("%+v", r)
	}
	a = f.answer(t, 200, "POST", "/classify?crop=1", photo(1)) // known, but for the crop
	m, err := jpeg.Decode(bytes.NewReader(a.Results[0].Crop))
	if err != nil || m.Bounds().Dx() != 16 || a.Results[0].Label == "" {
		t.Errorf("crop: %v, %+v", err, a.Results[0])
	}
}

func TestCSV(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	body, kind := form([]string{"a,b.jpg", "c.jpg"}, photo(1), []byte("no"))
	w := f.ask("POST", "/classify?top=2", body, "Content-Type", kind, "Accept", "text/csv")
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(rows) != 3 || w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
		t.Fatalf("%d, %v, %q", w.Code, err, rows)
	}
	if want := "name,label,probability,label2,probability2,key,width,height,fingerprint,error"; strings.Join(rows[0], ",") != want {
		t.Errorf("columns %q", rows[0])
	}
	if rows[1][0] != "a,b.jpg" || rows[1][1] == "" || rows[1][9] != "" || rows[2][1] != "" || rows[2][9] == "" {
		t.Errorf("rows %q", rows[1:])
	}
}

// TestErrors is what clients are told, and that it is JSON.
func TestErrors(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, func(o *Options) { o.Limits.Body, o.Limits.Images = 100_000, 3 })
	many := make([]string, 4)
	files := make([][]byte, 4)
	for i := range many {
		many[i], files[i] = "x.jpg", photo(i)
	}
	four, kind := form(many, files...)
	empty, emptyKind := form(nil)
	bomb := zipOf([]string{"zeros.png"}, make([]byte, 3_000_000))
	for _, c := range []struct {
		status        int
		method, path  string
		body          []byte
		header, value string
	}{
		{404, "GET", "/nothing", nil, "", ""},
		{405, "GET", "/classify", nil, "", ""},
		{405, "DELETE", "/v2/health/live", nil, "", ""},
		{404, "POST", "/models/moths/classify", photo(1), "", ""},
		{400, "POST", "/classify", nil, "", ""},
		{400, "POST", "/classify?top=0", photo(1), "", ""},
		{400, "POST", "/classify?top=many", photo(1), "", ""},
		{400, "POST", "/classify?crop=maybe", photo(1), "", ""},
		{413, "POST", "/classify", make([]byte, 100_001), "", ""},
		{413, "POST", "/classify", four, "Content-Type", kind},
		{413, "POST", "/classify", zipOf(many, files...), "", ""},
		{400, "POST", "/classify", empty, "Content-Type", emptyKind},
		{400, "POST", "/classify", four[:len(four)/2], "Content-Type", kind},
		{400, "POST", "/classify", four, "Content-Type", "multipart/form-data"},
		{400, "POST", "/classify", zipOf(many, files...)[:300], "", ""},
		{400, "POST", "/classify", zipOf(nil), "", ""},
		{422, "POST", "/classify", bomb, "", ""},
		{415, "POST", "/classify", photo(1), "Content-Encoding", "br"},
		{400, "POST", "/classify", photo(1), "Content-Encoding", "gzip"},
	} {
		w := f.ask(c.method, c.path, c.body, c.header, c.value)
		var said struct{ Error string }
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code != c.status || said.Error == "" {
			t.Errorf("%s %s: status %d, want %d; %.200s", c.method, c.path, w.Code, c.status, w.Body)
		}
		if strings.Contains(w.Body.String(), f.head) {
			t.Errorf("%s %s tells a path: %s", c.method, c.path, w.Body)
		}
	}
}

// TestFailingTrunk is a failure of the machine: told in the log, not to clients.
func TestFailingTrunk(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	f.trunk.failing.Store(true)
	w := f.ask("POST", "/classify", photo(1))
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if !strings.Contains(f.log.String(), "secret") {
		t.Errorf("the log says %s", f.log)
	}
	f.trunk.failing.Store(false)
	f.answer(t, 200, "POST", "/classify", photo(1))
}
