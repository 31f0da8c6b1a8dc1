package onnx

import "fmt"

// Names of interpolations and of ways to resize in a trunk's description.
const (
	Bilinear = "bilinear"
	Bicubic  = "bicubic"

	ResizeShortest = "shortest"    // the short side becomes Resize
	ResizeSquash   = "squash"      // both sides do
	ResizePad      = "longest-pad" // the long side does, the rest is padded
)

// Asked is what the configuration of a model asks for beyond resize and crop,
// its zero value being what graft does anyhow: the short side resized
// bilinearly.
type Asked struct {
	Interpolation string  `json:"interpolation,omitempty"` // "bicubic", "lanczos", …; "" is bilinear
	ResizeMode    string  `json:"resize_mode,omitempty"`   // ResizeSquash or ResizePad; "" is ResizeShortest
	CropPct       float64 `json:"crop_pct,omitempty"`      // crop/resize of timm's configuration; 0 is not given
}

// notes say what of it is not done.
func (a Asked) notes() (list []string) {
	if a.Interpolation != "" && a.Interpolation != Bilinear {
		list = append(list, fmt.Sprintf("the model wants %s; graft resizes bilinearly", a.Interpolation))
	}
	switch a.ResizeMode {
	case ResizeSquash:
		list = append(list, "the model wants images squashed to its crop; graft resizes the short side and crops the middle")
	case ResizePad:
		list = append(list, "the model wants images padded to a square; graft resizes the short side and crops the middle")
	}
	return list
}
