package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
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
	BGR       bool   // the model takes blue, green, red; Mean and Std stay red, green, blue
	Layout    string // of the input: NCHW or NHWC; "": inferred from the shape
	// Output is the value that becomes features; "": the model's only output
	// unless that looks like class scores, or the one of several whose name says
	// that it is the image's vector.
	Output string
	// Taps are further values, outputs or not, that become taps under their own
	// names; nil: if Output is one of the model's outputs, all others that can be
	// taps, in order of depth.
	Taps []string
	// MapLayout is the layout of values that are maps (4-D): NCHW or NHWC; "":
	// what the operators around a value, or its shape, say.
	MapLayout string
	// Pool says how a sequence of tokens or a map becomes one vector: pools
	// joined by "+", whose results are put side by side; "": maps are averaged,
	// tokens are an error.
	Pool string
	// Observed are shapes for one image of the model's own values that were seen
	// in a run, for those that cannot be inferred.
	Observed map[string][]int64
	// KeepBatch says that the trunk takes one image at a time: that opening a
	// fixed batch, or an open one, did not work.
	KeepBatch bool
	// OneSize says that no other crop is possible, although the model's input
	// would take one.
	OneSize bool

	Name    string // of the trunk; "": the graph's name
	Source  string // of the weights, such as the file's name and SHA-256
	Licence string // of the weights
	Resize  int    // of the short side, in pixels; 0: 342/299 of Crop
	Crop    int    // side of the square crop, in pixels; 0: the model's own size, else 299 or a usual one that fits
	// Asked is what the images want beyond resize and crop.
	Asked Asked
	// Noted, if not nil, is called with what a person should know of choices
	// that Import made.
	Noted func(note string)
}

// Import makes a trunk of a foreign model: a copy with the input pixels, uint8
// n×h×w×3, and the outputs features and the taps, float32 n×d. Nodes that no
// output needs are removed, and inputs with them. Maps are averaged over rows and
// columns, or pooled as o says. A fixed batch size becomes open if shape
// inference shows that any size works. The model m is not changed, but weights
// are shared.
//
// It is an error if features do not come of one image as float, if no
// normalisation is given, or if an output does not exist or cannot become a
// vector. Those that somebody can do something about are an [*OutputError], a
// [*PoolError], a [*LayoutError], a [*NormalisationError], a [*SizeError], a
// [*BatchError] and a [*ShapeError].
func Import(m *Model, o ImportOptions) (*Model, error) {
	i := &importer{o: o, m: m.Clone()}
	for _, step := range []func() error{
		i.checkOptions, i.chooseOutput, i.findInput, i.setSizes, i.findOutputs, i.rebuild, i.checkInference, i.openBatch, i.finish,
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
	}
	return i.m, nil
}

// importer carries the steps of Import.
type importer struct {
	o       ImportOptions
	m       *Model
	input   *Value   // the foreign input
	fixed   int64    // side that the input demands; 0: any
	batch   Dim      // of pixels
	taps    []source // features first
	shapes  *shapes  // for one image of the foreign graph
	layouts map[string]string
	pooling bool            // a tap is pooled as o.Pool says
	taken   map[string]bool // names, once rebuilding has begun
	probing bool            // the taps are shapes
}

// note tells what a person should know of a choice.
func (i *importer) note(format string, a ...any) {
	if i.o.Noted != nil {
		i.o.Noted(fmt.Sprintf(format, a...))
	}
}

// maxNodes is far beyond the graphs of image models, of which large ones have
// some ten thousand nodes.
const maxNodes = 200_000

// checkOptions checks what does not depend on the model, and its size.
func (i *importer) checkOptions() error {
	if n := len(i.m.Graph.Nodes); n > maxNodes {
		return fmt.Errorf("the graph has %d nodes; at most %d are imported", n, maxNodes)
	}
	if i.m.Opset() < 7 {
		return fmt.Errorf("the model is written in opset %d, which graft does not import; convert it with onnx.version_converter to 13", i.m.Opset())
	}
	for what, l := range map[string]string{"layout": i.o.Layout, "layout of maps": i.o.MapLayout} {
		if l != "" && l != NCHW && l != NHWC {
			return fmt.Errorf("%s %q; say nchw or nhwc", what, l)
		}
	}
	if i.o.Pool != "" {
		if err := CheckPool(i.o.Pool); err != nil {
			return err
		}
	}
	return i.checkNormalisation()
}

// findInput checks that the features come of one image as floating-point
// numbers.
func (i *importer) findInput() error {
	inputs := i.m.Graph.inputsOf(i.o.Output)
	if len(inputs) == 0 { // the output does not exist, or depends on nothing: said where it is looked up
		inputs = i.m.Graph.RealInputs()
	}
	if len(inputs) != 1 {
		return fmt.Errorf("%q needs %d inputs%s; an image model has one", i.o.Output, len(inputs), listed(inputs))
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

// findLayout checks the layout, or infers it from the number of channels or from
// the operators that take the input.
func (i *importer) findLayout() error {
	fits := func(layout string) bool { return i.input.Dims[channelAxis(layout)].Size == 3 }
	if i.o.Layout == "" && fits(NCHW) != fits(NHWC) {
		i.o.Layout = NHWC
		if fits(NCHW) {
			i.o.Layout = NCHW
		}
	}
	if i.o.Layout == "" {
		i.o.Layout = i.m.Graph.imageLayout(i.input)
	}
	if i.o.Layout == "" {
		return &LayoutError{Value: i.input.Name, Shape: i.input.String()}
	}
	if c := i.input.Dims[channelAxis(i.o.Layout)].Size; c >= 0 && c != 3 {
		return fmt.Errorf("input %q is %s: %d channels in layout %s, want 3", i.input.Name, i.input, c, i.o.Layout)
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

// A NormalisationError says that it is not known how a model's images were
// normalised.
type NormalisationError struct{ Missing string } // "mean" or "std"

// Error says what is missing.
func (e *NormalisationError) Error() string {
	return fmt.Sprintf("no %s given; the model does not say how its images were normalised", e.Missing)
}

// checkNormalisation requires mean and std; there is no default.
func (i *importer) checkNormalisation() error {
	for _, list := range []struct {
		name   string
		values []float64
	}{{"mean", i.o.Mean}, {"std", i.o.Std}} {
		if n := len(list.values); n == 0 {
			return &NormalisationError{list.name}
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

// random are operators that models have while they are trained.
var random = []string{"RandomUniform", "RandomNormal", "RandomUniformLike", "RandomNormalLike", "Bernoulli", "Multinomial"}

// A TrainingError says that a model gives other features for the same image every
// time.
type TrainingError struct{ Operator string }

// Error names the operator.
func (e *TrainingError) Error() string {
	return fmt.Sprintf("the model draws random numbers (%s): it was exported as it is trained", e.Operator)
}

// Hint is what to do.
func (e *TrainingError) Hint() string {
	return "export it for inference, in PyTorch after model.eval()"
}

// checkInference refuses a model that draws random numbers.
func (i *importer) checkInference() error {
	for _, n := range i.m.Graph.Nodes {
		if slices.Contains(random, n.Op) && isStandard(n.Domain) {
			return &TrainingError{n.Op}
		}
	}
	return nil
}

// finish writes the trunk's description and checks the result.
func (i *importer) finish() error {
	t := Trunk{
		Name: i.o.Name, Trained: true, Source: i.o.Source, Licence: i.o.Licence,
		Resize: i.o.Resize, Crop: i.o.Crop, Fixed: i.fixed > 0, Asked: i.o.Asked,
	}
	if t.Name == "" {
		t.Name = i.m.Graph.Name
	}
	for _, src := range i.taps {
		tap := Tap{Name: src.tap, Dim: int(src.width), Pool: src.pool}
		if src.pool != "" {
			tap.Value = src.named
		}
		t.Taps = append(t.Taps, tap)
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
