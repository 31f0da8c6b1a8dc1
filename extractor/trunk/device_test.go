package trunk_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/trunk"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

// TestReferenceIsNotRecorded: the CPU in fp32, however it is asked for, needs no
// library to be decided, and leaves no trace in features.
func TestReferenceIsNotRecorded(t *testing.T) {
	for _, o := range []ort.Options{
		{},
		{Device: ort.Device{Kind: ort.CPU}},
		{Precision: ort.FP32, Library: filepath.Join(t.TempDir(), "nowhere.so")},
	} {
		d, err := trunk.Decide(o)
		if err != nil || d.Recorded != (trunk.Recorded{}) || d.Note != "" || d.Options.Library != o.Library {
			t.Errorf("%+v: %+v, %v", o, d, err)
		}
	}
}

// TestDeviceThatIsNotThere is an error, never another device.
func TestDeviceThatIsNotThere(t *testing.T) {
	o := ort.Options{Device: ort.Device{Kind: ort.CUDA}, Library: filepath.Join(t.TempDir(), "nowhere.so")}
	d, err := trunk.Decide(o)
	var library *ort.LibraryError
	var device *ort.DeviceError
	if !errors.As(err, &library) && !errors.As(err, &device) {
		t.Errorf("%+v, error %v", d, err)
	}
	if _, err := trunk.Decide(ort.Options{Precision: ort.BF16}); err == nil {
		t.Error("the CPU was taken for one that computes in bf16")
	}
}

// TestAutoSaysWhatItTakes, and why not what comes before it; if that is the
// reference, it is recorded as little as if it had been asked for.
func TestAutoSaysWhatItTakes(t *testing.T) {
	orttest.Library(t)
	d, err := trunk.Decide(ort.Options{Device: ort.Device{Kind: ort.Auto}})
	if err != nil {
		t.Fatal(err)
	}
	kind := d.Options.Device.Kind
	if !strings.HasPrefix(d.Note, "device auto takes "+string(kind)) || kind == ort.Auto || d.Options.Library == "" {
		t.Errorf("%+v", d)
	}
	if kind == ort.CPU && (d.Recorded != (trunk.Recorded{}) || !strings.Contains(d.Note, "cuda: ")) {
		t.Errorf("%+v", d)
	}
	if kind != ort.CPU && (d.Recorded.Device != string(kind) || d.Recorded.Library == "") {
		t.Errorf("%+v", d)
	}
}
