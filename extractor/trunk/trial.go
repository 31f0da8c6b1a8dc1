package trunk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"graft/extractor"
	"graft/extractor/pixels"
	"graft/onnx"
	"graft/onnx/ort"
)

// A TrialError says what went wrong when an imported trunk was run on synthetic
// images. Nothing was written.
type TrialError struct {
	Reason string
	Err    error // of the run; nil if it went through
}

// Error is the reason and the run's error.
func (e *TrialError) Error() string {
	if e.Err == nil {
		return e.Reason
	}
	return fmt.Sprintf("%s: %v", e.Reason, e.Err)
}

// Unwrap gives the run's error.
func (e *TrialError) Unwrap() error { return e.Err }

// trialBatch is how many images are run at once to see whether several can be.
const trialBatch = 3

// trialSides are sizes that are tried beside a trunk's own, or instead of one
// that does not work.
var trialSides = []int{224, 256, 384, 336, 448, 512, 518, 240, 288, 320, 299, 196, 192, 160, 128, 112, 96, 64, 32}

// try runs a trunk. If that shows that it must be made differently, the settings
// are changed.
func (i *importing) try(m *onnx.Model) (changed bool, err error) {
	t, err := onnx.DescribeTrunk(m)
	if err != nil {
		return false, err
	}
	s, err := i.open(m)
	var library *ort.LibraryError
	if errors.As(err, &library) {
		i.trial = fmt.Sprintf("the trunk was not run, since ONNX Runtime is not there (%v): sizes, batches and values are unchecked", library)
		return false, nil
	}
	if err != nil {
		return false, &TrialError{"ONNX Runtime cannot open the trunk", err}
	}
	defer s.Close()
	height, width := t.Sides()
	single, err := s.images(i.ctx, height, width, 1)
	if err != nil {
		return i.otherCrop(s, t, err)
	}
	if at := slices.IndexFunc(single, notFinite); at >= 0 {
		return false, &TrialError{Reason: fmt.Sprintf("on synthetic images of %d×%d the trunk's %q has values that are not finite", height, width, m.Graph.Outputs[at].Name)}
	}
	if m.Graph.Inputs[0].Dims[0].Size < 0 {
		if why := i.checkBatch(s, t, single); why != nil {
			if i.settings.KeepBatch {
				return false, why
			}
			i.settings.KeepBatch = true
			return true, nil
		}
	}
	return i.checkSizes(s, m, t)
}

// checkBatch runs several images at once; nil means that each has the features
// that it has alone.
func (i *importing) checkBatch(s *trialSession, t onnx.Trunk, single [][]float32) error {
	height, width := t.Sides()
	several, err := s.images(i.ctx, height, width, trialBatch)
	if err != nil {
		return &TrialError{fmt.Sprintf("the trunk does not run on %d images at once", trialBatch), err}
	}
	for at, row := range single {
		if !near(row, several[at][:len(row)]) {
			return &TrialError{Reason: "the features of an image are others in a batch than alone"}
		}
	}
	return nil
}

// checkSizes sees whether a trunk that seems to take images of any size does.
func (i *importing) checkSizes(s *trialSession, m *onnx.Model, t onnx.Trunk) (changed bool, err error) {
	batches := "one at a time"
	if m.Graph.Inputs[0].Dims[0].Size < 0 {
		batches = fmt.Sprintf("alone and %d at once", trialBatch)
	}
	height, width := t.Sides()
	sizes := fmt.Sprintf("%d×%d", height, width)
	if m.Graph.Inputs[0].Dims[1].Size < 0 {
		other := i.otherSide(s, t.Crop)
		if other == 0 {
			i.settings.OneSize = true
			return true, nil
		}
		sizes += fmt.Sprintf(" and %d×%d", other, other)
	}
	i.trial = fmt.Sprintf("ran on synthetic images of %s, %s: %d finite features", sizes, batches, t.Taps[0].Dim)
	return false, nil
}

// otherSide is a size other than a trunk's own that it runs on with finite
// values; 0 if none was found.
func (i *importing) otherSide(s *trialSession, crop int) int {
	for _, side := range trialSides {
		if side == crop || side > 2*crop && side > 256 {
			continue
		}
		if rows, err := s.square(i.ctx, side, 1); err == nil && !slices.ContainsFunc(rows, notFinite) {
			return side
		}
		if i.ctx.Err() != nil {
			return 0
		}
	}
	return 0
}

// otherCrop takes another size where nobody named one and the trunk does not run
// on that which was assumed.
func (i *importing) otherCrop(s *trialSession, t onnx.Trunk, failed error) (changed bool, err error) {
	if i.ctx.Err() != nil {
		return false, failed
	}
	height, width := t.Sides()
	if t.Fixed {
		return false, &TrialError{fmt.Sprintf("the trunk does not run on an image of %d×%d", height, width), failed}
	}
	works := i.otherSide(s, t.Crop)
	switch {
	case works == 0:
		return false, &TrialError{fmt.Sprintf("the trunk runs neither on an image of %d×%d nor on one of any usual size", height, width), failed}
	case i.settings.Crop != 0:
		return false, &onnx.SizeError{Crop: t.Crop, Works: []int{works}, Reason: "the model does not run on images of this size"}
	}
	i.settings.Crop = works
	return true, nil
}

// A trialSession runs a trunk on synthetic images.
type trialSession struct {
	*ort.Session
}

func (i *importing) open(m *onnx.Model) (*trialSession, error) {
	o := ort.Options{Library: i.settings.Library}
	for _, v := range m.Graph.Outputs {
		o.Outputs = append(o.Outputs, v.Name)
	}
	s, err := ort.Open(i.ctx, m.Encode(), o)
	if err != nil {
		return nil, err
	}
	return &trialSession{s}, nil
}

// rowsOf runs a model once.
func (i *importing) rowsOf(m *onnx.Model, height, width, n int) ([][]float32, error) {
	s, err := i.open(m)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.images(i.ctx, height, width, n)
}

// square runs n synthetic images of side×side pixels.
func (s *trialSession) square(ctx context.Context, side, n int) ([][]float32, error) {
	return s.images(ctx, side, side, n)
}

// images runs n synthetic images; the first is always the same.
func (s *trialSession) images(ctx context.Context, height, width, n int) ([][]float32, error) {
	crops := slices.Concat(pixels.Synthetic(n, width, height)...)
	rows := make([][]float32, len(s.Dims()))
	for k, d := range s.Dims() {
		rows[k] = make([]float32, n*d)
	}
	return rows, s.Run(ctx, crops, n, height, width, rows)
}

// notFinite reports whether a row has a value that is not finite.
func notFinite(row []float32) bool {
	return !extractor.Finite(row)
}

// near reports whether two rows are equal but for rounding, also that of
// float16.
func near(a, b []float32) bool {
	largest, off := 0.0, 0.0
	for k := range a {
		largest = max(largest, math.Abs(float64(a[k])))
		off = max(off, math.Abs(float64(a[k]-b[k])))
	}
	return off <= 1e-2*largest
}
