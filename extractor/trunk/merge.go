package trunk

import (
	"cmp"
	"fmt"

	"graft/onnx"
)

// A ContradictionError says that two configurations of a model differ.
type ContradictionError struct {
	Field string // "mean", "std", "crop", …
	Says  [2]string
	Of    [2]string // the sources
}

// Error says what differs.
func (e *ContradictionError) Error() string {
	return fmt.Sprintf("%s is %s in %s and %s in %s", e.Field, e.Says[0], e.Of[0], e.Says[1], e.Of[1])
}

// merge completes the settings with what the configurations say, which must not
// contradict each other in what the settings leave open.
func (s *ImportSettings) merge(list []Preprocessing) error {
	if len(list) == 0 {
		return nil
	}
	open := map[string]bool{
		"mean": s.Mean == nil, "std": s.Std == nil, "crop": s.Crop == 0, "resize": s.Resize == 0,
		"interpolation": s.Asked.Interpolation == "", "resize mode": s.Asked.ResizeMode == "",
	}
	all := list[0]
	for _, p := range list[1:] {
		if err := all.join(p, open); err != nil {
			return err
		}
	}
	if s.Mean == nil && s.Std == nil {
		s.Mean, s.Std, s.BGR = all.Mean, all.Std, s.BGR || all.BGR
	}
	s.mergeSizes(all)
	s.Asked.Interpolation = cmp.Or(s.Asked.Interpolation, all.Asked.Interpolation)
	s.Asked.ResizeMode = cmp.Or(s.Asked.ResizeMode, all.Asked.ResizeMode)
	s.Asked.Rounding, s.Asked.Fill = all.Asked.Rounding, all.Asked.Fill
	return nil
}

// mergeSizes takes crop and resize over where the settings leave them open.
func (s *ImportSettings) mergeSizes(all Preprocessing) {
	a := &s.Asked
	if s.Crop == 0 {
		s.Crop, a.CropHeight = all.Crop, all.Asked.CropHeight
	}
	switch {
	case s.Resize != 0 || a.CropPct != 0 || all.Resize == 0:
	case s.Crop == all.Crop && a.CropHeight == all.Asked.CropHeight || all.Crop == 0:
		s.Resize, a.ResizeHeight, a.CropPct = all.Resize, all.Asked.ResizeHeight, all.Asked.CropPct
	case a.CropHeight == 0 && all.Asked.CropHeight == 0: // for another crop in proportion
		s.Resize = all.Resize * s.Crop / all.Crop
	}
}

// join adds what another configuration says.
func (p *Preprocessing) join(o Preprocessing, open map[string]bool) error {
	for _, f := range []struct {
		name  string
		a, b  string
		given bool
	}{
		{"mean", numbers(p.Mean), numbers(o.Mean), p.Mean != nil && o.Mean != nil},
		{"std", numbers(p.Std), numbers(o.Std), p.Std != nil && o.Std != nil},
		{"crop", p.crop(), o.crop(), p.Crop != 0 && o.Crop != 0},
		{"resize", p.resize(), o.resize(), p.Resize != 0 && o.Resize != 0},
		{"interpolation", interpolation(p.Asked), interpolation(o.Asked), p.Resize != 0 && o.Resize != 0},
		{"resize mode", resizeMode(p.Asked), resizeMode(o.Asked), p.Resize != 0 && o.Resize != 0},
	} {
		if f.given && f.a != f.b && open[f.name] {
			return &ContradictionError{f.name, [2]string{f.a, f.b}, [2]string{p.Source, o.Source}}
		}
	}
	if p.Mean == nil {
		p.Mean, p.Std, p.BGR = o.Mean, o.Std, o.BGR
	}
	if p.Crop == 0 {
		p.Crop, p.Asked.CropHeight = o.Crop, o.Asked.CropHeight
	}
	if p.Resize == 0 {
		height := p.Asked.CropHeight
		p.Resize, p.Asked = o.Resize, o.Asked
		p.Asked.CropHeight = height
	}
	return nil
}

func interpolation(a onnx.Asked) string {
	if a.Interpolation == "" {
		return onnx.Bilinear
	}
	return a.Interpolation
}

func resizeMode(a onnx.Asked) string {
	if a.ResizeMode == "" {
		return onnx.ResizeShortest
	}
	return a.ResizeMode
}
