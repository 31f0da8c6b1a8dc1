package extractor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

// seeingTrunk keeps the crops that it is given.
type seeingTrunk struct{ crops [][]byte }

func (t *seeingTrunk) Run(_ context.Context, pixels []byte, _, _, _ int, _ [][]float32) error {
	t.crops = append(t.crops, bytes.Clone(pixels))
	return nil
}
func (t *seeingTrunk) Dims() []int  { return []int{1} }
func (t *seeingTrunk) Workers() int { return 1 }
func (t *seeingTrunk) Batch() int   { return 1 }
func (t *seeingTrunk) Close() error { return nil }

// TestCropsAreWhatTheTrunkSees compares crops and views with those of a run.
func TestCropsAreWhatTheTrunkSees(t *testing.T) {
	d := folder(t, 6, 2)
	trunk := new(seeingTrunk)
	e := newExtractor(nil)
	e.Open = func(context.Context) (Trunk, error) { return trunk, nil }
	e.Workers, e.Views, e.Seed = 1, 2, 5
	var outcomes []Outcome
	err := e.Each(t.Context(), d, func(_ int, o Outcome, _ []Features) error {
		outcomes = append(outcomes, o)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got [][]byte
	i := 0
	for c, err := range Crops(t.Context(), d, CropSettings{Transform: e.Transform, Views: 2, Seed: 5}) {
		if err != nil {
			t.Fatal(err)
		}
		o := outcomes[i]
		if c.Sample != d.Samples[i] || c.Key != o.Key || c.Info != o.Info || fmt.Sprint(c.Err) != fmt.Sprint(o.Err) {
			t.Errorf("crop %d: %+v, want the outcome %+v", i, c, o)
		}
		if c.Err == nil {
			got = append(append(got, c.Pixels), c.Views...)
		} else if c.Pixels != nil || c.Views != nil {
			t.Errorf("crop %d has an error and pixels", i)
		}
		i++
	}
	if i != 6 || !slices.EqualFunc(got, trunk.crops, bytes.Equal) {
		t.Errorf("%d samples, %d crops; the trunk saw %d others", i, len(got), len(trunk.crops))
	}
}

func TestCropsEnd(t *testing.T) {
	d := folder(t, 3)
	settings := CropSettings{Transform: pixels.Transform{Resize: crop, Crop: crop, EXIF: pixels.ApplyEXIF}}
	errorOf := func(ctx context.Context, s CropSettings, stop func()) (n int, err error) {
		for _, err = range Crops(ctx, d, s) {
			n++
			stop()
		}
		return n, err
	}
	broken := errors.New("broken")
	ctx, cancel := context.WithCancelCause(t.Context())
	if n, err := errorOf(ctx, settings, func() { cancel(broken) }); n != 2 || !errors.Is(err, broken) {
		t.Errorf("called off after the first: %d values, error %v", n, err)
	}
	for name, change := range map[string]func(*CropSettings){
		"transform": func(s *CropSettings) { s.Transform.Crop = 0 },
		"views":     func(s *CropSettings) { s.Views = -1 },
		"decoder":   func(s *CropSettings) { s.JPEG = "none" },
	} {
		bad := settings
		change(&bad)
		if n, err := errorOf(t.Context(), bad, func() {}); n != 1 || err == nil {
			t.Errorf("%s: %d values, error %v", name, n, err)
		}
	}
	for c, err := range Crops(t.Context(), d.Part([]dataset.Sample{{Path: "nowhere.png"}}), settings) {
		if err != nil || c.Err == nil || c.Key != (pixels.Key{}) {
			t.Errorf("a file that is not there: %+v, %v", c, err)
		}
	}
}
