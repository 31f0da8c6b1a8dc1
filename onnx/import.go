package onnx

import (
	"errors"
	"fmt"
	"math"
)

// Layouts of the image input of a foreign model.
const (
	NCHW = "nchw" // channels before rows: PyTorch's
	NHWC = "nhwc" // channels last: TensorFlow's
)

// ImportOptions are the properties of the model that Import cannot read from it.
type ImportOptions struct {
	// Mean and Std of the normalisation (x − mean)/std of pixels x on the scale
	// 0…1, one value or three (red, green, blue). They are required: a model has
	// no record of the normalisation.
	Mean, Std []float64
	Layout    string // of the input: NCHW or NHWC; "": inferred from the shape
	Output    string // the value that becomes features; "": the model's only output
	// Taps are further values, outputs or not, that become taps under their own
	// names; nil: if Output is one of the model's outputs, all others that can be
	// taps, in order of depth.
	Taps []string
	// MapLayout is the layout of values that are maps (4-D): NCHW or NHWC; "":
	// NCHW for inner values, the input's layout for the model's outputs.
	MapLayout string

	Name    string // of the trunk; "": the graph's name
	Source  string // of the weights, such as the file's name and SHA-256
	Licence string // of the weights
	Resize  int    // of the short side, in pixels; 0: 342/299 of Crop
	Crop    int    // side of the square crop, in pixels; 0: the model's own size, else 299
}

// Import makes a trunk of a foreign model: a copy with the input pixels, uint8
// n×h×w×3, and the outputs features and the taps, float32 n×d. Nodes that no
// output needs are removed. Maps are averaged over rows and columns. A fixed
// batch size becomes open if shape inference shows that any size works. The
// model m is not changed, but weights are shared.
//
// It is an error if the model has not one image as its float input, if no
// normalisation is given, or if an output does not exist or is not a vector or a
// map.
func Import(m *Model, o ImportOptions) (*Model, error) {
	i := &importer{o: o, m: m.Clone()}
	for _, step := range []func() error{
		i.findInput, i.checkNormalisation, i.setSizes, i.findOutputs, i.rebuild, i.openBatch, i.finish,
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
	}
	return i.m, nil
}

// importer carries the steps of Import.
type importer struct {
	o     ImportOptions
	m     *Model
	input *Value   // the foreign input
	fixed int64    // side that the input demands; 0: any
	batch Dim      // of pixels
	taps  []source // features first
}

// findInput checks that the model takes one image as floating-point numbers.
func (i *importer) findInput() error {
	if i.m.Opset() < 7 {
		return fmt.Errorf("the model is written in opset %d, which graft does not import; convert it with onnx.version_converter to 13", i.m.Opset())
	}
	inputs := i.m.Graph.RealInputs()
	if len(inputs) != 1 {
		return fmt.Errorf("the model has %d inputs%s; an image model has one", len(inputs), listed(inputs))
	}
	in := inputs[0]
	i.input = in
	switch {
	case in.Type == Uint8 && in.Name == Pixels:
		return fmt.Errorf("input %q is %s: the model takes pixels already", in.Name, in)
	case !in.Type.isFloat():
		return fmt.Errorf("input %q is %s; graft imports models that take floating-point images (take the float model, not the quantised one)", in.Name, in)
	case len(in.Dims) != 4:
		return fmt.Errorf("input %q is %s; an image model takes four dimensions, n×3×h×w or n×h×w×3", in.Name, in)
	}
	return i.findLayout()
}

// findLayout checks the layout, or infers it from the number of channels.
func (i *importer) findLayout() error {
	fits := func(layout string) bool { return i.input.Dims[channelAxis(layout)].Size == 3 }
	switch {
	case i.o.Layout == "" && fits(NCHW) == fits(NHWC):
		return fmt.Errorf("input %q is %s: the layout cannot be inferred; say nchw or nhwc", i.input.Name, i.input)
	case i.o.Layout == "" && fits(NCHW):
		i.o.Layout = NCHW
	case i.o.Layout == "":
		i.o.Layout = NHWC
	case i.o.Layout != NCHW && i.o.Layout != NHWC:
		return fmt.Errorf("layout %q; say nchw or nhwc", i.o.Layout)
	}
	if c := i.input.Dims[channelAxis(i.o.Layout)].Size; c >= 0 && c != 3 {
		return fmt.Errorf("input %q is %s: %d channels in layout %s, want 3", i.input.Name, i.input, c, i.o.Layout)
	}
	if l := i.o.MapLayout; l != "" && l != NCHW && l != NHWC {
		return fmt.Errorf("layout of maps %q; say nchw or nhwc", l)
	}
	return nil
}

// channelAxis is the axis of the channels in a layout.
func channelAxis(layout string) int {
	if layout == NHWC {
		return 3
	}
	return 1
}

// checkNormalisation requires mean and std; there is no default.
func (i *importer) checkNormalisation() error {
	for _, list := range []struct {
		name   string
		values []float64
	}{{"mean", i.o.Mean}, {"std", i.o.Std}} {
		if n := len(list.values); n == 0 {
			return fmt.Errorf("no %s given; the model does not say how its images were normalised, so say it (on the scale 0…1; for many ImageNet models mean 0.485,0.456,0.406 and std 0.229,0.224,0.225)", list.name)
		} else if n != 1 && n != 3 {
			return fmt.Errorf("%d values of %s, want 1 or 3", n, list.name)
		}
		for _, v := range list.values {
			if math.IsNaN(v) || math.Abs(v) > 1e6 || list.name == "std" && v < 1e-6 {
				return fmt.Errorf("%s %v makes no sense", list.name, v)
			}
		}
	}
	return nil
}

// setSizes sets crop and resize; a fixed size of the model takes precedence.
func (i *importer) setSizes() error {
	h, w := i.input.Dims[2], i.input.Dims[3]
	if i.o.Layout == NHWC {
		h, w = i.input.Dims[1], i.input.Dims[2]
	}
	switch {
	case h.Size >= 0 && w.Size >= 0 && h.Size != w.Size:
		return fmt.Errorf("the model takes images of %d×%d; graft's crops are square", h.Size, w.Size)
	case max(h.Size, w.Size) >= 0:
		i.fixed = max(h.Size, w.Size)
	}
	const most = 1 << 14
	if i.o.Crop == 0 {
		i.o.Crop = int(min(i.fixed, most+1))
	}
	if i.o.Crop == 0 {
		i.o.Crop = defaultSide
	}
	if i.fixed > 0 && int64(i.o.Crop) != i.fixed {
		return fmt.Errorf("crop %d; the model takes images of %d×%d only", i.o.Crop, i.fixed, i.fixed)
	}
	if i.o.Resize == 0 {
		i.o.Resize = (i.o.Crop*342 + defaultSide/2) / defaultSide
	}
	if i.o.Crop < 1 || i.o.Crop > most || i.o.Resize < 1 || i.o.Resize > most {
		return fmt.Errorf("resize %d and crop %d; both from 1 to %d", i.o.Resize, i.o.Crop, most)
	}
	return nil
}

// finish writes the trunk's description and checks the result.
func (i *importer) finish() error {
	t := Trunk{
		Name: i.o.Name, Trained: true, Source: i.o.Source, Licence: i.o.Licence,
		Resize: i.o.Resize, Crop: i.o.Crop, Fixed: i.fixed > 0,
	}
	if t.Name == "" {
		t.Name = i.m.Graph.Name
	}
	for _, src := range i.taps {
		t.Taps = append(t.Taps, Tap{Name: src.tap, Dim: int(src.dims[i.featureAxis(src)])})
	}
	if i.batch.Size >= 0 {
		t.Notes = append(t.Notes, "takes one image at a time")
	}
	t.Describe(i.m)
	if _, err := DescribeTrunk(i.m); err != nil {
		return errors.Join(errors.New("the result is not a trunk"), err)
	}
	return nil
}
