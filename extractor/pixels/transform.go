package pixels

import (
	"encoding/json"
	"fmt"
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

// maxSide bounds Resize and Crop, so that an absurd value cannot ask for an absurd buffer.
const maxSide = 8192

// Transform says which pixels of a photograph a trunk sees. It travels with features and heads,
// so its JSON form is stable: fields are added, never renamed, and zero values of later ones are
// left out.
type Transform struct {
	Resize int    `json:"resize"` // the short side is resized to this many pixels, 1…8192
	Crop   int    `json:"crop"`   // side of the square cut from the middle, 1…8192; zero padding where the image is smaller
	EXIF   string `json:"exif"`   // ApplyEXIF or IgnoreEXIF
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

// Validate says which field cannot be used, and what it may be.
func (t Transform) Validate() error {
	if t.Resize < 1 || t.Resize > maxSide {
		return fmt.Errorf("transform: resize is %d; it must be 1…%d", t.Resize, maxSide)
	}
	if t.Crop < 1 || t.Crop > maxSide {
		return fmt.Errorf("transform: crop is %d; it must be 1…%d", t.Crop, maxSide)
	}
	if t.EXIF != ApplyEXIF && t.EXIF != IgnoreEXIF {
		return fmt.Errorf("transform: exif is %q; it must be %q or %q", t.EXIF, ApplyEXIF, IgnoreEXIF)
	}
	if t.Gray16 != "" && t.Gray16 != ScaleGray16 {
		return fmt.Errorf("transform: gray16 is %q; it must be %q, or nothing to clip", t.Gray16, ScaleGray16)
	}
	if t.Alpha != "" && t.Alpha != GroundWhite && t.Alpha != GroundBlack {
		return fmt.Errorf("transform: alpha is %q; it must be %q or %q, or nothing to drop it", t.Alpha, GroundWhite, GroundBlack)
	}
	return nil
}

// String is the transform for people: "resize 342, crop 299, exif apply".
func (t Transform) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "resize %d, crop %d, exif %s", t.Resize, t.Crop, t.EXIF)
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

// JSON is the form in which features and heads carry the transform: the fields sorted by name, no
// white space. The same transform has the same text, so that texts can be compared.
func (t Transform) JSON() string {
	b, _ := json.Marshal(struct {
		Alpha  string `json:"alpha,omitempty"`
		Crop   int    `json:"crop"`
		EXIF   string `json:"exif"`
		Fast   bool   `json:"fast,omitempty"`
		Gray16 string `json:"gray16,omitempty"`
		Resize int    `json:"resize"`
	}{t.Alpha, t.Crop, t.EXIF, t.Fast, t.Gray16, t.Resize})
	return string(b) // numbers, texts and a bool: there is no error
}
