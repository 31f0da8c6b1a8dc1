package pixels

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Values of Transform.EXIF.
const (
	ApplyEXIF  = "apply"  // photographs come out upright, as by Pillow's ImageOps.exif_transpose
	IgnoreEXIF = "ignore" // pixels as they are stored, which is what torchvision sees
)

// Values of Transform.Gray16 and Transform.Alpha beside "", which is Pillow's way.
const (
	ScaleGray16 = "scale"
	GroundWhite = "white"
	GroundBlack = "black"
)

// Values of Transform.ResizeMode. "" is ResizeShortest, which a Transform does not spell out.
const (
	ResizeShortest = "shortest"
	ResizeSquash   = "squash"
	ResizePad      = "longest-pad"
)

// Values of Transform.Rounding. "" is torchvision's.
const (
	RoundingTimm         = "timm"
	RoundingTransformers = "transformers"
)

// maxSide bounds Resize and Crop, so that an absurd value cannot ask for an absurd buffer.
const maxSide = 8192

// Transform says which pixels of a photograph a trunk sees. It travels with features and heads,
// so its JSON form is stable: fields are added, never renamed, and zero values of later ones are
// left out.
type Transform struct {
	Resize int    `json:"resize"` // pixels that a side is resized to, 1…8192: which one, ResizeMode says
	Crop   int    `json:"crop"`   // width, and without CropHeight height, of what is cut from the middle, 1…8192
	EXIF   string `json:"exif"`   // ApplyEXIF or IgnoreEXIF
	// CropHeight is the height of a crop that is not square, else 0. Where the resized image is
	// smaller than the crop, Fill surrounds it.
	CropHeight int `json:"crop_height,omitempty"`
	// ResizeHeight is the height that Resize, then a width, goes with where the two differ, else 0.
	ResizeHeight int `json:"resize_height,omitempty"`
	// ResizeMode says what is resized. With "" the short side becomes Resize, or with ResizeHeight the
	// image just covers both; with ResizeSquash both sides do, whatever their ratio; with ResizePad
	// the long side does, or the image just fits into both.
	ResizeMode string `json:"resize_mode,omitempty"`
	// Interpolation is a filter of Pillow's: Bicubic, Lanczos, Box, Hamming, Nearest; "" is bilinear.
	Interpolation string `json:"interpolation,omitempty"`
	// Rounding says how sizes and places become whole numbers where libraries differ. With "", as
	// torchvision does: the long side is truncated, the place of the crop rounded half to even.
	// RoundingTimm rounds the sides of an image that is to cover or fit, as ResizeKeepRatio of timm
	// and open_clip does. RoundingTransformers truncates the place of the crop, and rounds up that of a
	// smaller image in it.
	Rounding string `json:"rounding,omitempty"`
	Fill     Colour `json:"fill,omitzero"` // around an image that is smaller than the crop
	// Fast decodes large JPEGs at 1/2, 1/4 or 1/8 of their size before resizing them, as
	// Pillow's draft mode does: faster, and not the same pixels.
	Fast bool `json:"fast,omitempty"`
	// Gray16 says what becomes of gray of 16 bits (of 12 in TIFF). With "", everything over 255 is
	// white, as in Pillow. ScaleGray16 keeps the highest 8 bits, of signed numbers those of the
	// positive ones: the largest value that can be stored is white, whatever the picture holds, so
	// that pictures stay comparable. It is what becomes of 16-bit colour in any case.
	Gray16 string `json:"gray16,omitempty"`
	// Alpha says what is seen through transparent pixels. With "", alpha is dropped as in Pillow,
	// and shows whatever colour is stored beneath. GroundWhite and GroundBlack put pictures on a
	// white or black ground before they are resized. A picture without alpha has no ground.
	Alpha string `json:"alpha,omitempty"`
}

// A Colour is red, green and blue.
type Colour [3]uint8

// Width is that of the crop.
func (t Transform) Width() int { return t.Crop }

// Height is that of the crop.
func (t Transform) Height() int { return cmp.Or(t.CropHeight, t.Crop) }

// Bytes is how many a crop has: height×width×3.
func (t Transform) Bytes() int { return 3 * t.Width() * t.Height() }

// Canonical spells out nothing that goes without saying, so that equal transforms are equal.
func (t Transform) Canonical() Transform {
	if t.CropHeight == t.Crop {
		t.CropHeight = 0
	}
	if t.ResizeHeight == t.Resize {
		t.ResizeHeight = 0
	}
	if t.ResizeMode == ResizeShortest {
		t.ResizeMode = ""
	}
	if t.Interpolation == Bilinear {
		t.Interpolation = ""
	}
	return t
}

// Validate says which field cannot be used, and what it may be.
func (t Transform) Validate() error {
	for _, side := range []struct {
		name  string
		value int
		least int
	}{{"resize", t.Resize, 1}, {"crop", t.Crop, 1}, {"resize_height", t.ResizeHeight, 0}, {"crop_height", t.CropHeight, 0}} {
		if side.value < side.least || side.value > maxSide {
			return fmt.Errorf("transform: %s is %d; it must be %d…%d", side.name, side.value, side.least, maxSide)
		}
	}
	for _, choice := range []struct {
		name, value string
		may         []string // beside ""
	}{
		{"interpolation", t.Interpolation, []string{Bicubic, Lanczos, Box, Hamming, Nearest}},
		{"resize_mode", t.ResizeMode, []string{ResizeSquash, ResizePad}},
		{"rounding", t.Rounding, []string{RoundingTimm, RoundingTransformers}},
		{"gray16", t.Gray16, []string{ScaleGray16}},
		{"alpha", t.Alpha, []string{GroundWhite, GroundBlack}},
	} {
		if choice.value != "" && !slices.Contains(choice.may, choice.value) {
			return fmt.Errorf("transform: %s is %q; it must be %s, or not be there", choice.name, choice.value, strings.Join(choice.may, " or "))
		}
	}
	if t.EXIF != ApplyEXIF && t.EXIF != IgnoreEXIF {
		return fmt.Errorf("transform: exif is %q; it must be %q or %q", t.EXIF, ApplyEXIF, IgnoreEXIF)
	}
	if t != t.Canonical() {
		return fmt.Errorf("transform: %s is spelled out although it goes without saying", t)
	}
	return nil
}

// String is the transform for people: "resize 342, crop 299, exif apply".
func (t Transform) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "resize %s, crop %s", Sides(t.Resize, t.ResizeHeight), Sides(t.Crop, t.CropHeight))
	for _, word := range []string{t.ResizeMode, t.Interpolation} {
		if word != "" {
			b.WriteString(", " + word)
		}
	}
	if t.Rounding != "" {
		b.WriteString(", rounding of " + t.Rounding)
	}
	if t.Fill != (Colour{}) {
		fmt.Fprintf(&b, ", fill %d,%d,%d", t.Fill[0], t.Fill[1], t.Fill[2])
	}
	b.WriteString(", exif " + t.EXIF)
	if t.Fast {
		b.WriteString(", fast")
	}
	if t.Gray16 != "" {
		b.WriteString(", gray16 " + t.Gray16)
	}
	if t.Alpha != "" {
		b.WriteString(", alpha " + t.Alpha)
	}
	return b.String()
}

// Sides is a width and a height for people: "224", or height×width, "192×224", where the height is
// not 0 and another.
func Sides(width, height int) string {
	if height == 0 || height == width {
		return strconv.Itoa(width)
	}
	return fmt.Sprintf("%d×%d", height, width)
}

// JSON is the form in which features and heads carry the transform: the fields sorted by name, no
// white space. The same transform has the same text, so that texts can be compared.
func (t Transform) JSON() string {
	b, _ := json.Marshal(struct {
		Alpha         string `json:"alpha,omitempty"`
		Crop          int    `json:"crop"`
		CropHeight    int    `json:"crop_height,omitempty"`
		EXIF          string `json:"exif"`
		Fast          bool   `json:"fast,omitempty"`
		Fill          Colour `json:"fill,omitzero"`
		Gray16        string `json:"gray16,omitempty"`
		Interpolation string `json:"interpolation,omitempty"`
		Resize        int    `json:"resize"`
		ResizeHeight  int    `json:"resize_height,omitempty"`
		ResizeMode    string `json:"resize_mode,omitempty"`
		Rounding      string `json:"rounding,omitempty"`
	}{t.Alpha, t.Crop, t.CropHeight, t.EXIF, t.Fast, t.Fill, t.Gray16, t.Interpolation, t.Resize, t.ResizeHeight, t.ResizeMode, t.Rounding})
	return string(b) // numbers, texts and a bool: there is no error
}
