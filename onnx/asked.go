package onnx

import (
	"cmp"
	"fmt"
)

// Names of interpolations and of ways to resize in a trunk's description.
const (
	Bilinear = "bilinear"
	Bicubic  = "bicubic"

	ResizeShortest = "shortest"    // the short side becomes Resize
	ResizeSquash   = "squash"      // both sides do
	ResizePad      = "longest-pad" // the long side does, the rest is padded
)

// Asked is what a trunk's images want beyond resize and crop, its zero value
// being the short side resized bilinearly and a square crop. A zero field is not
// given.
type Asked struct {
	Interpolation string   `json:"interpolation,omitempty"` // Bicubic, "lanczos", "box", "hamming", "nearest"; "" is bilinear
	ResizeMode    string   `json:"resize_mode,omitempty"`   // ResizeSquash or ResizePad; "" is ResizeShortest
	CropPct       float64  `json:"crop_pct,omitempty"`      // crop/resize of the model's configuration
	CropHeight    int      `json:"crop_height,omitempty"`   // pixels, of a crop that is not square
	ResizeHeight  int      `json:"resize_height,omitempty"` // pixels, that Resize, a width, goes with
	Rounding      string   `json:"rounding,omitempty"`      // of sizes and places: "timm" or "transformers"; "" is torchvision
	Fill          [3]uint8 `json:"fill,omitzero"`           // colour around an image that is smaller than the crop
}

// height is the height of crops that are crop pixels wide.
func (a Asked) height(crop int) int { return cmp.Or(a.CropHeight, crop) }

// Sides is the size of the trunk's crops, in pixels.
func (t Trunk) Sides() (height, width int) { return t.height(t.Crop), t.Crop }

// sides is a height and a width for people.
func sides[T int | int64](height, width T) string { return fmt.Sprintf("%d×%d", height, width) }
