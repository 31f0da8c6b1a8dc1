package classify

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/headmodel"
	"graft/onnx/ort"
)

// merge is a classifier of the lab's trunk, as a model.
func (l *lab) merge(t testing.TB) *onnx.Model {
	t.Helper()
	graph, err := l.trunk.Model()
	if err != nil {
		t.Fatal(err)
	}
	h, err := l.linear(onnx.Features).Model()
	if err != nil {
		t.Fatal(err)
	}
	m, err := headmodel.Merge(graph, h, headmodel.MergeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// set is a change of a model's metadata.
func set(key, value string) func(*onnx.Model) {
	return func(m *onnx.Model) { m.SetProperty(key, value) }
}

// damages are changes of the metadata after which neither a head nor a
// classifier can be used, and what is said of them.
var damages = map[string]func(*onnx.Model){
	"no class names":              set(onnx.KeyLabels, ""),
	"class names in graft.labels": set(onnx.KeyLabels, `{"a":1}`),
	"2":                           set(onnx.KeyLabels, `["a","b"]`),
	"does not say how photographs become pixels":   set(onnx.KeyTransform, ""),
	"resize is 0; it must be 1…8192":               set(onnx.KeyTransform, "null"),
	"resize is -5":                                 set(onnx.KeyTransform, `{"crop":75,"exif":"apply","resize":-5}`),
	"crop is 1099511627776; it must be 1…8192":     set(onnx.KeyTransform, `{"crop":1099511627776,"exif":"apply","resize":86}`),
	"cannot unmarshal":                             set(onnx.KeyTransform, `{"crop":1e99,"exif":"apply","resize":86}`),
	`exif is "both"`:                               set(onnx.KeyTransform, `{"crop":75,"exif":"both","resize":86}`),
	`unknown field "sharpen"`:                      set(onnx.KeyTransform, `{"crop":75,"exif":"apply","resize":86,"sharpen":true}`),
	`interpolation is "spline"`:                    set(onnx.KeyTransform, `{"crop":75,"exif":"apply","resize":86,"interpolation":"spline"}`),
	`its transform "{\"crop\":75,": unexpected EO`: set(onnx.KeyTransform, `{"crop":75,`),
	"has no graft.trunk":                           set(onnx.KeyTrunk, ""),
	"description in graft.trunk":                   set(onnx.KeyTrunk, `{"crop":-1}`),
	`takes crops of 75 pixels only, not of 80`: func(m *onnx.Model) {
		m.SetProperty(onnx.KeyTransform, `{"crop":80,"exif":"apply","resize":86}`)
		m.SetProperty(onnx.KeyTrunk, `{"name":"small","crop":75,"fixed":true}`)
	},
	"does not say which trunk it belongs to": set(onnx.KeyFingerprint, ""),
	"its training record":                    set(onnx.KeyTraining, "[]"),
	"graft.trained_on) is damaged":           set(onnx.KeyTrainedOn, "AAAA"),
	`takes the tap "Mixed_9z", which its trunk "inception_v3 × 0.1" does not have`: set(onnx.KeyTap, "Mixed_9z"),
	`the tap "Mixed_5d" of its trunk "inception_v3 × 0.1" gives 32`:                set(onnx.KeyTap, "Mixed_5d"),
	"not pixels": func(m *onnx.Model) { m.Graph.Input(onnx.Pixels).Type = onnx.Float32 },
}

// only says which of the two a damage is one of; the others are of both.
func only(said string) string {
	switch {
	case strings.Contains(said, "graft.trunk"), strings.Contains(said, "pixels only"), said == "not pixels":
		return onnx.KindClassifier
	case strings.Contains(said, "train"), strings.Contains(said, "its trunk"), strings.Contains(said, "which trunk"):
		return onnx.KindHead
	}
	return ""
}

// TestDamaged opens heads and classifiers with one thing wrong. It needs no
// ONNX Runtime: what a file says is looked at before it is loaded.
func TestDamaged(t *testing.T) {
	l := newLab(t)
	head := func() *onnx.Model {
		m, err := l.linear(onnx.Features).Model()
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for kind, model := range map[string]func() *onnx.Model{onnx.KindHead: head, onnx.KindClassifier: func() *onnx.Model { return l.merge(t).Clone() }} {
		for said, change := range damages {
			if is := only(said); is != "" && is != kind {
				continue
			}
			m := model()
			change(m)
			path := l.writeModel(t, "damaged.onnx", m)
			_, err := Open(path, l.options("not there"))
			var damaged *DamagedError
			if !errors.As(err, &damaged) || damaged.Hint() == "" || !strings.HasPrefix(err.Error(), fmt.Sprintf("%s %q: ", kind, path)) || !strings.Contains(err.Error(), said) {
				t.Errorf("%s: got %v, want %s in it", kind, err, said)
			}
		}
		m := model()
		m.SetProperty(onnx.KeyFormat, "2")
		if _, err := Open(l.writeModel(t, "newer.onnx", m), l.options("not there")); err == nil || !strings.Contains(err.Error(), "or a newer one") {
			t.Errorf("%s of a newer version: %v", kind, err)
		}
	}
}

// TestNotAHead opens other files, and pieces of a head and of a classifier.
func TestNotAHead(t *testing.T) {
	l := newLab(t)
	linear, err := l.linear(onnx.Features).Model()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"empty": nil, "text": []byte("bread, butter\n"), "trunk": l.otherTrunk(t).Encode(), "foreign": foreign(t)}
	for name, whole := range map[string][]byte{"head": linear.Encode(), "classifier": l.merge(t).Encode()} {
		for at := 1; at < len(whole); at += 1 + at/8 { // most of the ways in which a part can end come early
			files[fmt.Sprintf("%s of %d bytes", name, at)] = whole[:at]
		}
		files[name+" without its last byte"] = whole[:len(whole)-1]
	}
	path := filepath.Join(l.dir, "file")
	for name, file := range files {
		if err := os.WriteFile(path, file, 0o666); err != nil {
			t.Fatal(err)
		}
		_, openErr := Open(path, l.options("not there"))
		_, readErr := ReadHead(path)
		for _, err := range []error{openErr, readErr} {
			var no *HeadError
			if !errors.As(err, &no) || no.Hint() == "" || no.Path != path {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := Open(filepath.Join(l.dir, "nothing"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Open(l.dir, Options{}); err == nil {
		t.Error("a folder was opened")
	}
}

// foreign is a model that graft did not write.
func foreign(t *testing.T) []byte {
	b := onnx.NewBuilder("foreign")
	b.Op("Relu", "y", b.Input("x", onnx.Float32, "n", 3))
	b.Output("y", onnx.Float32, "n", 3)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	return m.Encode()
}

// TestOpenErrors is about what is missing around a head that is in order.
func TestOpenErrors(t *testing.T) {
	l := newLab(t)
	path := l.write(t, "head.onnx", l.linear(onnx.Features))
	var missing *TrunkError
	if _, err := Open(path, Options{Cache: trunk.Cache{Dir: t.TempDir()}}); !errors.As(err, &missing) || missing.Hint() == "" || missing.Head != path || missing.Missing.SHA256 != l.trunk.SHA256 {
		t.Errorf("no trunk: %v", err)
	}
	other := l.writeModel(t, "other.onnx", l.otherTrunk(t))
	if _, err := Open(path, Options{Trunk: other}); !errors.As(err, &missing) || missing.Hint() == "" || missing.Missing.Path != other {
		t.Errorf("another trunk: %v", err)
	}
	if _, err := Open(path, Options{Trunk: path}); err == nil || errors.As(err, &missing) && missing.Missing.Path == path {
		t.Errorf("a head as trunk: %v", err)
	}
	o := l.options("not there")
	o.JPEG = "by hand"
	if _, err := Open(path, o); err == nil || !strings.Contains(err.Error(), `"by hand"`) {
		t.Errorf("a decoder that there is not: %v", err)
	}
	var library *ort.LibraryError
	if _, err := Open(path, l.options(filepath.Join(l.dir, "not there"))); !errors.As(err, &library) {
		t.Errorf("no library: %v", err)
	}
	o = l.options("")
	o.Device.Device.Kind = "abacus"
	if _, err := Open(path, o); err == nil || !strings.Contains(err.Error(), `"abacus"`) {
		t.Errorf("no device: %v", err)
	}
	if n := ort.OpenSessions(); n != 0 {
		t.Errorf("%d sessions are open", n)
	}
}

// FuzzModels reads any bytes as a head and as a classifier: what is read can be
// used.
func FuzzModels(f *testing.F) {
	l := newLab(f)
	for _, h := range []headmodel.Head{l.linear("Mixed_5d"), headmodel.KNN{
		Labels: labLabels, Dim: 2, Rows: []float32{1, 0, 0, 1, 0, -1}, Classes: []int{0, 1, 2}, K: 2, Temperature: 0.07, Properties: l.properties("Mixed_5d"),
	}} {
		m, err := h.Model()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(m.Encode())
	}
	m := l.merge(f).Clone()
	m.Graph.Initializers, m.Graph.Nodes = nil, nil // reading looks at neither
	f.Add(m.Encode())
	f.Fuzz(func(t *testing.T, encoded []byte) {
		m, err := decodeModel("fuzz", encoded)
		if err != nil {
			return
		}
		if m.Kind() == onnx.KindClassifier {
			if c, err := mergedOf("fuzz", m); err == nil && (len(c.labels) == 0 || c.transform.Validate() != nil) {
				t.Errorf("%+v", c)
			}
			return
		}
		h, err := headOf("fuzz", m)
		if err != nil {
			return
		}
		checkHead(t, h)
	})
}

// checkHead uses a head that was read.
func checkHead(t *testing.T, h *Head) {
	if h.Identity.Transform.Validate() != nil || h.Identity.Trunk == "" || h.Identity.Tap == "" || h.Width() < 1 {
		t.Errorf("%+v", h.Identity)
	}
	x, p, sum := make([]float32, h.Width()), make([]float64, len(h.Classes())), 0.0
	h.Predict(x, p)
	for _, v := range p {
		sum += v
	}
	if !(math.Abs(sum-1) < 1e-6) {
		t.Errorf("probabilities %v", p)
	}
	h.TrainedOn.Has([32]byte{1})
}
