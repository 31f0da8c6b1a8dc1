package trunk

import (
	"context"
	"fmt"
	"slices"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
	"graft/onnx"
)

// PhotographSettings say which photographs a trunk is quantized with, or a
// converted one is compared on.
type PhotographSettings struct {
	Path     string // of data with splits, train is used
	Measured int    // photographs that ranges are measured on; 0: all are for comparing
	HeldOut  int    // others that features are compared on
	Data     dataset.Options
	Limits   pixels.Limits
}

// Photographs are the crops that a quantization works with, each crop×crop×3
// bytes of the trunk's own transform.
type Photographs struct {
	Measured [][]byte // ranges are measured on these
	HeldOut  [][]byte // features are compared on these
	Paths    []string // of HeldOut
	Failed   []string // photographs that could not be read, with the reason
}

// ReadPhotographs reads some photographs, spread evenly over the data. If there
// are fewer than are wanted, the parts keep their proportion. Which could not be
// read is known beside an error, too.
func ReadPhotographs(ctx context.Context, t onnx.Trunk, s PhotographSettings) (*Photographs, error) {
	p := new(Photographs)
	tr, err := Transform(t, Adjust{})
	if err != nil {
		return p, err
	}
	data, err := dataset.Scan(ctx, s.Path, s.Data)
	if err != nil {
		return p, err
	}
	defer data.Close()
	wanted := *data
	wanted.Samples = spread(training(data), s.Measured+s.HeldOut)
	var crops [][]byte
	var paths []string
	for c, err := range extractor.Crops(ctx, &wanted, extractor.CropSettings{Transform: tr, Limits: s.Limits}) {
		if err != nil {
			return p, err
		}
		if c.Err != nil {
			p.Failed = append(p.Failed, fmt.Sprintf("%s: %v", c.Sample.Path, c.Err))
			continue
		}
		crops, paths = append(crops, c.Pixels), append(paths, c.Sample.Path)
	}
	for _, u := range data.Unread {
		p.Failed = append(p.Failed, fmt.Sprintf("%s: %v", u.Path, u))
	}
	switch {
	case len(crops) == 0:
		return p, fmt.Errorf("calibrate: %s has no photograph that could be read", s.Path)
	case len(crops) == 1 && s.Measured > 0:
		return p, fmt.Errorf("calibrate: %s has one photograph that could be read, and one more must be held out to compare features", s.Path)
	}
	p.divide(crops, paths, s)
	return p, nil
}

// divide holds out every k-th crop.
func (p *Photographs) divide(crops [][]byte, paths []string, s PhotographSettings) {
	n, heldOut := len(crops), s.HeldOut
	if n < s.Measured+heldOut {
		heldOut = max(1, n*heldOut/(s.Measured+heldOut))
	}
	for i, crop := range crops {
		if (i+1)*heldOut/n > i*heldOut/n {
			p.HeldOut, p.Paths = append(p.HeldOut, crop), append(p.Paths, paths[i])
		} else {
			p.Measured = append(p.Measured, crop)
		}
	}
}

// training is the samples that may be calibrated on: those of the split train
// where there is one.
func training(d *dataset.Dataset) []dataset.Sample {
	if !slices.Contains(d.Splits, "train") {
		return d.Samples
	}
	return slices.DeleteFunc(slices.Clone(d.Samples), func(s dataset.Sample) bool { return s.Split != "train" })
}

// spread takes n samples at even distances.
func spread(samples []dataset.Sample, n int) []dataset.Sample {
	if len(samples) <= n {
		return samples
	}
	taken := make([]dataset.Sample, n)
	for i := range taken {
		taken[i] = samples[i*len(samples)/n]
	}
	return taken
}
