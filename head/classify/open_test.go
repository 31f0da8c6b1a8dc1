package classify

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

// pictures are drawings of the demo, three of each class.
func pictures(t testing.TB) *dataset.Dataset {
	t.Helper()
	var paths []string
	for _, label := range labLabels {
		found, err := filepath.Glob(filepath.Join("../../testdata/demo/val", label, "0[0-2].jpg"))
		if err != nil || len(found) != 3 {
			t.Fatalf("%d drawings of %s (%v)", len(found), label, err)
		}
		paths = append(paths, found...)
	}
	return dataset.Files(paths, dataset.Options{})
}

// all collects what ClassifyAll gives.
func all(t testing.TB, c *Classifier, d *dataset.Dataset) (list []Prediction) {
	t.Helper()
	for p, err := range c.ClassifyAll(t.Context(), d, nil) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// open opens a head or classifier of a lab.
func open(t testing.TB, path string, o Options) *Classifier {
	t.Helper()
	c, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestOpen opens every kind of file and asks it in every way there is.
func TestOpen(t *testing.T) {
	library := orttest.Library(t)
	l := newLab(t)
	for name, path := range map[string]string{
		"linear": l.write(t, "linear.onnx", l.linear(onnx.Features)),
		"knn":    l.write(t, "knn.onnx", l.knn()),
		"tap":    l.write(t, "tap.onnx", l.linear("Mixed_6e")),
	} {
		t.Run(name, func(t *testing.T) {
			c, data := open(t, path, l.options(library)), pictures(t)
			if got := c.Labels(); !slices.Equal(got, labLabels) || c.Transform().Crop != crop || len(c.Notes()) != 1 {
				t.Errorf("%q, %v, %q", got, c.Transform(), c.Notes())
			}
			want := all(t, c, data)
			var calls sync.WaitGroup
			for i, p := range want {
				checkPrediction(t, p, data.Samples[i].Path)
				calls.Go(func() { checkSame(t, c, p) })
			}
			calls.Wait()
		})
	}
}

// checkPrediction is about what every prediction must be.
func checkPrediction(t *testing.T, p Prediction, path string) {
	t.Helper()
	sum := 0.0
	for _, v := range p.P {
		sum += v
	}
	if p.Path != path || p.Err != nil || p.Key == (pixels.Key{}) || p.Width == 0 || p.Height == 0 || len(p.P) != 3 ||
		p.Probability != slices.Max(p.P) || labLabels[slices.Index(p.P, p.Probability)] != p.Label || sum < 0.999999 || sum > 1.000001 {
		t.Errorf("%s: %+v", path, p)
	}
}

// checkSame asks for a file and for its bytes what is known already.
func checkSame(t *testing.T, c *Classifier, want Prediction) {
	t.Helper()
	if p, err := c.ClassifyFile(t.Context(), want.Path); err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("ClassifyFile: %+v (%v), want %+v", p, err, want)
	}
	file, err := dataset.Files([]string{want.Path}, dataset.Options{}).Read(dataset.Sample{Path: want.Path}, nil)
	if err != nil {
		t.Error(err)
	}
	p, err := c.Classify(t.Context(), file)
	if want.Path = ""; err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("Classify: %+v (%v), want %+v", p, err, want)
	}
}

// TestOpenZeroOptions leaves everything to where things are looked for.
func TestOpenZeroOptions(t *testing.T) {
	library := orttest.Library(t)
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, t.TempDir())
	}
	t.Setenv(ort.LibraryVariable, library)
	l := newLabIn(t, trunk.Cache{})
	path := l.write(t, "head.onnx", l.linear(onnx.Features))
	want := all(t, open(t, path, Options{}), pictures(t))
	named := Options{Trunk: l.trunk.Path, Cache: trunk.Cache{Dir: t.TempDir()}, JPEG: pixels.OwnJPEG, Workers: 3}
	named.Device = ort.Options{Library: library, Device: ort.Device{Kind: ort.CPU}, Outputs: []string{"Mixed_6e"}}
	if got := all(t, open(t, path, named), pictures(t)); !reflect.DeepEqual(got, want) {
		t.Errorf("all named: %+v, want %+v", got, want)
	}
}

// TestOpenDeviceAuto says what was taken, in the Notes.
func TestOpenDeviceAuto(t *testing.T) {
	library := orttest.Library(t)
	l := newLab(t)
	o := l.options(library)
	o.Device.Device.Kind = ort.Auto
	for _, path := range []string{l.write(t, "head.onnx", l.linear(onnx.Features)), l.export(t, library, l.linear(onnx.Features))} {
		if notes := open(t, path, o).Notes(); len(notes) != 2 || !strings.Contains(strings.Join(notes, "\n"), "device auto takes ") {
			t.Errorf("%q", notes)
		}
	}
}
