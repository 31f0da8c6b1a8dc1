package main

import (
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
	"graft/onnx"
)

// photographs are the crops that a quantization works with, each size×size×3
// bytes.
type photographs struct {
	size     int
	measured [][]byte // ranges are measured on these
	heldOut  [][]byte // features are compared on these
	failed   int      // that could not be read; they have been listed
}

// calibrationPhotographs reads some of the photographs at --calibrate, spread
// evenly over the data. If there are too few, a fifth is held out.
func calibrationPhotographs(c *cli.Context, t onnx.Trunk) (*photographs, error) {
	path := c.String("calibrate")
	data, err := dataset.Scan(c.Context, path, dataOptions(c))
	if err != nil {
		return nil, err
	}
	defer data.Close()
	measured, heldOut := c.Int("images"), c.Int("held-out")
	p := &photographs{size: t.Crop}
	crops, err := p.read(c, data, spread(training(data), measured+heldOut), t)
	if err != nil {
		return nil, err
	}
	switch {
	case len(crops) == 0:
		return nil, fmt.Errorf("calibrate: %s has no photograph that could be read", path)
	case len(crops) == 1:
		return nil, fmt.Errorf("calibrate: %s has one photograph that could be read, and one more must be held out to compare features", path)
	case len(crops) < measured+heldOut:
		heldOut = max(1, len(crops)*heldOut/(measured+heldOut))
	}
	for i, crop := range crops { // every k-th is held out
		if (i+1)*heldOut/len(crops) > i*heldOut/len(crops) {
			p.heldOut = append(p.heldOut, crop)
		} else {
			p.measured = append(p.measured, crop)
		}
	}
	return p, nil
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

// read makes the crops as the trunk sees them.
func (p *photographs) read(c *cli.Context, data *dataset.Dataset, samples []dataset.Sample, t onnx.Trunk) (crops [][]byte, err error) {
	tr := pixels.Transform{Resize: t.Resize, Crop: t.Crop, EXIF: pixels.ApplyEXIF}
	if tr.Resize == 0 {
		tr.Resize = tr.Crop
	}
	for crop, err := range extractor.Crops(c.Context, data.Part(samples), extractor.CropSettings{Transform: tr, Limits: limitsOf(c)}) {
		if err != nil {
			return nil, err
		}
		if crop.Err != nil {
			p.failed++
			say(c.App.ErrWriter, "%s: %v", crop.Sample.Path, crop.Err)
			continue
		}
		crops = append(crops, crop.Pixels)
	}
	return crops, nil
}
