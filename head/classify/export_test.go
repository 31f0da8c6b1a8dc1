package classify

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"graft/extractor"
	"graft/onnx"
	"graft/onnx/headmodel"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

// export makes a classifier of the lab's trunk and a linear head.
func (l *lab) export(t testing.TB, library string, h headmodel.Head) string {
	t.Helper()
	head, err := ReadHead(l.write(t, "exported.onnx", h))
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(l.dir, "classifier.onnx")
	if _, err := Export(t.Context(), head, ExportOptions{Options: l.options(library)}, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestExport opens what it has made, and compares it with head and trunk.
func TestExport(t *testing.T) {
	library := orttest.Library(t)
	l := newLab(t)
	for name, h := range map[string]headmodel.Head{"linear": l.linear(onnx.Features), "knn": l.knn(), "tap": l.linear("Mixed_7a")} {
		t.Run(name, func(t *testing.T) {
			path := l.write(t, name+".onnx", h)
			head, err := ReadHead(path)
			if err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(l.dir, name+"-whole.onnx")
			o := ExportOptions{Options: l.options(library), Features: true, Licence: "for trials only"}
			for c, err := range extractor.Crops(t.Context(), pictures(t), extractor.CropSettings{Transform: head.Identity.Transform}) {
				if err != nil || c.Err != nil {
					t.Fatal(err, c.Err)
				}
				o.Crops = append(o.Crops, c.Pixels)
			}
			e, err := Export(t.Context(), head, o, out)
			if err != nil {
				t.Fatal(err)
			}
			file, err := os.ReadFile(out)
			if err != nil || e.Path != out || e.SHA256 != onnx.Fingerprint(file) || e.Crops != 9 || !(e.Difference <= MaxExportDifference) || len(e.Notes) != 1 {
				t.Errorf("%+v, %v", e, err)
			}
			checkWhole(t, open(t, out, l.options(library)), open(t, path, l.options(library)))
			_, err = ReadHead(out)
			var no *HeadError
			if !errors.As(err, &no) || !strings.Contains(err.Error(), "it is a classifier, not a head") {
				t.Errorf("read as a head: %v", err)
			}
		})
	}
}

// checkWhole compares a merged classifier with its head: the same but for the
// last bits of probabilities.
func checkWhole(t *testing.T, whole, parts *Classifier) {
	t.Helper()
	if !reflect.DeepEqual(whole.Labels(), parts.Labels()) || whole.Transform() != parts.Transform() || !reflect.DeepEqual(whole.Notes(), parts.Notes()) {
		t.Errorf("%q, %v, %q", whole.Labels(), whole.Transform(), whole.Notes())
	}
	got, want := all(t, whole, pictures(t)), all(t, parts, pictures(t))
	for i, p := range got {
		checkPrediction(t, p, want[i].Path)
		checkSame(t, whole, p)
		for j, v := range p.P {
			if math.Abs(v-want[i].P[j]) > MaxExportDifference {
				t.Errorf("%s: %v, of head and trunk %v", p.Path, p.P, want[i].P)
			}
		}
		p.P, want[i].P, p.Probability, want[i].Probability = nil, nil, 0, 0
		if !reflect.DeepEqual(p, want[i]) {
			t.Errorf("%+v, of head and trunk %+v", p, want[i])
		}
	}
}

// TestExportRefuses leaves no file behind where it refuses.
func TestExportRefuses(t *testing.T) {
	library := orttest.Library(t)
	l := newLab(t)
	out := filepath.Join(l.dir, "classifier.onnx")
	head, err := ReadHead(l.write(t, "head.onnx", l.linear(onnx.Features)))
	if err != nil {
		t.Fatal(err)
	}
	o := ExportOptions{Options: l.options(library)}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Export(gone, head, o, out); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	o.Crops = [][]byte{bytes.Repeat([]byte{1}, 12)}
	if _, err := Export(t.Context(), head, o, out); err == nil {
		t.Error("crops of another size were taken")
	}
	o.Crops, o.Trunk = nil, l.writeModel(t, "other.onnx", l.otherTrunk(t))
	_, err = Export(t.Context(), head, o, out)
	var missing *TrunkError
	if !errors.As(err, &missing) || missing.Hint() == "" || missing.Missing.Path != o.Trunk {
		t.Errorf("another trunk: %v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written")
	}
	if n := ort.OpenSessions(); n != 0 {
		t.Errorf("%d sessions are open", n)
	}
}

// otherTrunk is the lab's trunk with other bytes.
func (l *lab) otherTrunk(t testing.TB) *onnx.Model {
	t.Helper()
	m, err := l.trunk.Model()
	if err != nil {
		t.Fatal(err)
	}
	m = m.Clone()
	m.Doc = "another"
	return m
}
