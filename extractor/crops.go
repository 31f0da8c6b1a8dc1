package extractor

import (
	"context"
	"fmt"
	"iter"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

// CropSettings say what Crops makes of a photograph.
type CropSettings struct {
	Transform pixels.Transform
	Limits    pixels.Limits
	JPEG      string // as in [Extractor]
	Views     int    // augmented views beside the crop; 0 means none
	Seed      uint64 // of the augmented views
}

// A Crop is a photograph as a trunk sees it.
type Crop struct {
	Sample dataset.Sample
	Key    pixels.Key  // zero if the file could not be read
	Info   pixels.Info // what the file's header says
	Pixels []byte      // height×width×3 of the transform's crop, RGB, 0…255
	Views  [][]byte    // augmented views 1, 2, …, each like Pixels
	Err    error       // why there are no pixels, nil if there are
}

// Crops makes the crops of the samples of d, in order, one photograph at a time
// and only as far as they are taken: the pixels are those that a run of an
// Extractor gives its trunk. An image that cannot be read is a Crop with Err.
// An error ends them: settings that cannot be used, or the end of ctx. The
// pixels are the caller's to keep.
func Crops(ctx context.Context, d *dataset.Dataset, s CropSettings) iter.Seq2[Crop, error] {
	return func(yield func(Crop, error) bool) {
		r, err := newCropReader(d, s)
		if err != nil {
			yield(Crop{}, fmt.Errorf("crops: %w", err))
			return
		}
		for _, sample := range d.Samples {
			if ctx.Err() != nil {
				yield(Crop{}, context.Cause(ctx))
				return
			}
			if !yield(r.read(sample), nil) {
				return
			}
		}
	}
}

// A cropReader has what Crops uses again and again.
type cropReader struct {
	extractor *Extractor
	data      *dataset.Dataset
	decoder   *pixels.Decoder
	file      []byte
}

func newCropReader(d *dataset.Dataset, s CropSettings) (*cropReader, error) {
	e := &Extractor{Transform: s.Transform, Limits: s.Limits, JPEG: s.JPEG, Views: s.Views, Seed: s.Seed}
	if err := e.check(); err != nil {
		return nil, err
	}
	decoder, err := e.newDecoder()
	return &cropReader{extractor: e, data: d, decoder: decoder}, err
}

func (r *cropReader) read(s dataset.Sample) Crop {
	c := Crop{Sample: s}
	if r.file, c.Err = r.data.Read(s, r.file); c.Err != nil {
		return c
	}
	c.Key = pixels.KeyOf(r.file)
	for view := range r.extractor.Views + 1 {
		px := make([]byte, r.extractor.Transform.Bytes())
		c.Info, c.Err = r.extractor.render(r.decoder, px, r.file, c.Key, view)
		switch {
		case c.Err != nil:
			c.Pixels, c.Views = nil, nil
			return c
		case view == 0:
			c.Pixels = px
		default:
			c.Views = append(c.Views, px)
		}
	}
	return c
}
