package ingest_test

import (
	"errors"
	"image/color"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

// twoPictures is a dark picture and a white one.
func twoPictures(t *testing.T) string {
	t.Helper()
	orttest.Library(t)
	dir := t.TempDir()
	extractortest.Painted(t, filepath.Join(dir, "a/dark.png"), color.NRGBA{40, 30, 20, 255}, 0)
	extractortest.Painted(t, filepath.Join(dir, "b/white.png"), color.NRGBA{250, 250, 250, 255}, 0)
	return dir
}

// TestOverflowIsAnOutcome: the image is listed with the reason, in the result and
// in the table, each time; the other one is done once.
func TestOverflowIsAnOutcome(t *testing.T) {
	data, folder := twoPictures(t), filepath.Join(t.TempDir(), "f")
	o := ingest.Options{Trunk: extractortest.Overflowing(t, 200, 300, 1e38), Folder: folder}
	for turn := range 2 {
		o.Progress = new(extractor.Progress)
		r, err := ingest.Run(t.Context(), data, o)
		if err != nil {
			t.Fatal(err)
		}
		want := (&extractor.NotFiniteError{}).Error()
		if len(r.Failed) != 1 || r.Failed[0].Path != "b/white.png" || r.Failed[0].Error != want || len(r.Damaged) != 0 {
			t.Errorf("failed %+v, damaged %q", r.Failed, r.Damaged)
		}
		if n := int(o.Progress.Computed.Load()); n != 1-turn {
			t.Errorf("turn %d: %d rows were computed", turn, n)
		}
	}
	v, err := ingest.Verify(t.Context(), data, o, ingest.VerifySettings{Sample: 4})
	if err != nil || v[0].Err() != nil || v[0].Rows != 1 {
		t.Errorf("verified %+v, %v", v, err)
	}
}

// TestRowsOfEarlierVersions: a row that is not finite is found by Verify, and is
// computed again by Run, which may help if it was another trunk's fault.
func TestRowsOfEarlierVersions(t *testing.T) {
	data, folder := twoPictures(t), filepath.Join(t.TempDir(), "f")
	o := ingest.Options{Trunk: extractortest.Overflowing(t, 300, 301, 1), Folder: folder}
	if _, err := ingest.Run(t.Context(), data, o); err != nil {
		t.Fatal(err)
	}
	spoil(t, folder, "b/white.png")
	v, err := ingest.Verify(t.Context(), data, o, ingest.VerifySettings{Sample: 4})
	if err != nil {
		t.Fatal(err)
	}
	var wrong *ingest.VerifyError
	if !errors.As(v[0].Err(), &wrong) || len(v[0].Problems) != 1 || !errors.Is(v[0].Problems[0], features.ErrNotFinite) ||
		len(v[0].Missing) != 1 || v[0].Missing[0].Path != "b/white.png" {
		t.Errorf("verified %+v", v[0])
	}
	r, err := ingest.Run(t.Context(), data, o)
	if err != nil || len(r.Failed) != 0 || len(r.Damaged) != 1 || !strings.Contains(r.Damaged[0], "not finite") {
		t.Errorf("%+v, %v", r, err)
	}
	if v, err = ingest.Verify(t.Context(), data, o, ingest.VerifySettings{Sample: 4}); err != nil || v[0].Err() != nil {
		t.Errorf("verified %+v, %v", v[0], err)
	}
}

// spoil gives a photograph a row that is not finite, as earlier versions wrote
// it.
func spoil(t *testing.T, folder, path string) {
	t.Helper()
	existing, err := features.OpenExisting(folder, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	table, err := existing.ReadTable(features.SamplesTable)
	if err != nil {
		t.Fatal(err)
	}
	var rows []features.Row
	for _, r := range table.Records {
		row := features.Row{ID: features.ID{Key: r.Key}, Features: make([]float32, existing.Dim())}
		if err := existing.Row(r.Key, 0, row.Features); err != nil {
			t.Fatal(err)
		}
		if r.Path == path {
			row.Features[1] = float32(math.NaN())
		}
		rows = append(rows, row)
	}
	existing.Close()
	extractortest.RemoveParts(t, folder)
	store, err := features.Open(folder, existing.Meta(), features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(store.Append(rows...), store.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestOpenCached finds the folder that a run has filled, and no other.
func TestOpenCached(t *testing.T) {
	data, cache := twoPictures(t), trunk.Cache{Dir: t.TempDir()}
	path := extractortest.Overflowing(t, 200, 300, 1e38)
	f, err := trunk.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	id := trunk.Identity{Trunk: f.SHA256, Tap: onnx.Features, Transform: pixels.Transform{Resize: 32, Crop: 32, EXIF: pixels.ApplyEXIF}}
	if s, err := ingest.OpenCached(cache, f, id, trunk.Device{}); s != nil || err != nil {
		t.Errorf("nothing is there yet: %v, %v", s, err)
	}
	if _, err := ingest.Run(t.Context(), data, ingest.Options{Trunk: path, Cache: cache}); err != nil {
		t.Fatal(err)
	}
	s, err := ingest.OpenCached(cache, f, id, trunk.Device{})
	if err != nil || s == nil {
		t.Fatal(s, err)
	}
	defer s.Close()
	d, err := dataset.Scan(t.Context(), data, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false} {
		file, err := d.Read(d.Samples[i], nil)
		if err != nil || s.Has(pixels.KeyOf(file), 0) != want {
			t.Errorf("%s: there is %v (%v)", d.Samples[i].Path, !want, err)
		}
	}
	other := id
	other.Transform.Resize = 40
	if s, err := ingest.OpenCached(cache, f, other, trunk.Device{}); s != nil || err != nil {
		t.Errorf("another transform: %v, %v", s, err)
	}
	recorded := trunk.Device{Recorded: trunk.Recorded{Device: string(ort.CUDA), Precision: "fp16"}}
	if s, err := ingest.OpenCached(cache, f, id, recorded); s != nil || err != nil {
		t.Errorf("another device: %v, %v", s, err)
	}
	other.Tap = "none"
	var tap *trunk.TapError
	if _, err := ingest.OpenCached(cache, f, other, trunk.Device{}); !errors.As(err, &tap) {
		t.Errorf("another tap: %v", err)
	}
}
